"""The SQLite connection: durable, with foreign keys, and with transactions that are explicit."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event

BUSY_TIMEOUT_MS = 5000
WRITE = "evenstance_write"


def make_engine(
    path: Path,
    *,
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    foreign_keys: bool = True,
    mode: Literal["rw", "ro"] = "rw",
) -> Engine:
    """Return an engine on an existing file; it is never created here.

    Write-ahead log, synchronous FULL: a committed transaction survives a power cut. The driver's
    own transaction handling is off; BEGIN is sent by `_begin`, so that a writer takes the lock
    at once and never fails half-way for want of it.
    """
    uri = f"{path.resolve().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(
            uri,
            uri=True,
            timeout=busy_timeout_ms / 1000.0,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _prepare(raw, foreign_keys=foreign_keys, mode=mode)
        except BaseException:
            raw.close()
            raise
        return raw

    engine = create_engine(
        URL.create("sqlite", database=str(path)), creator=connect, json_serializer=_to_json
    )
    event.listen(engine, "begin", _begin)
    return engine


def writing(engine: Engine) -> Engine:
    """Return the same engine for transactions that write."""
    return engine.execution_options(**{WRITE: True})


def _prepare(raw: sqlite3.Connection, *, foreign_keys: bool, mode: str) -> None:
    raw.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    if mode == "rw" and raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _to_json(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)
