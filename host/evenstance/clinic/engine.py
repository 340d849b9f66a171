"""The PostgreSQL connection: one snapshot for a read, one writer at a time for a clinic."""

from __future__ import annotations

import json
import logging
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import StatementError

from evenstance.clinic.faults import REACH
from evenstance.errors import StoreError
from evenstance.store.engine import WRITE

SCHEMA = "evenstance"
LOCK_TIMEOUT_MS = 60_000
IDLE_TIMEOUT_MS = 120_000
"""A client that was killed, or sleeps, in the middle of a transaction gives its lock back."""


def clinic_engine(url: URL) -> Engine:
    """Return an engine whose transactions behave as those of the laptop's history.

    A read sees one moment of the history (repeatable read, read only). A write first takes the
    row of its own clinic: writers of one clinic follow each other, so looking whether a trial is
    there and adding it cannot be parted; writers of two clinics never wait for each other.
    """
    # What the driver logs of a lost connection is told by the error, in the program's own words.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    engine = plain_engine(url, pool_pre_ping=True, pool_size=1, json_serializer=_to_json)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def plain_engine(url: URL, **options: Any) -> Engine:
    """An engine on the server; StoreError without the driver."""
    try:
        return create_engine(url, **options)
    except ModuleNotFoundError as error:
        raise StoreError(
            "The clinic's history needs the driver for PostgreSQL",
            cause=f"{error.name} is not installed.",
            next_step="Install it, in the folder of the README: `pipx install '.[clinic]'`.",
            anchor=REACH,
        ) from error


def _prepare(raw: DBAPIConnection, _record: object) -> None:
    cursor = raw.cursor()
    try:
        cursor.execute(f"SET search_path = {SCHEMA}, pg_temp")
        cursor.execute("SET timezone = 'UTC'")
        cursor.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        cursor.execute(f"SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_MS}")
    finally:
        cursor.close()
    raw.commit()


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get(WRITE, False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return
    connection.exec_driver_sql("SELECT name FROM clinic FOR NO KEY UPDATE")


def _to_json(value: object) -> str:
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:  # called in the driver: nobody wraps it
        raise StatementError(str(error), None, None, error) from error
