"""Removes every row of a person from a history of any schema, along its foreign keys.

Tables are read from the file itself, so copies that earlier versions made are served as well, and
so is a table added later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    MetaData,
    Table,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)

NOT_OF_A_BOARD = ("import", "replay")


@dataclass(frozen=True)
class Identity:
    """Who is meant, also in a copy from before they were renamed or merged."""

    name: str
    id: int | None = None
    created_at: datetime | None = None
    sessions: frozenset[str] = frozenset()


def tables_of(connection: Connection) -> MetaData:
    """The tables of this file as they are."""
    found = MetaData()
    found.reflect(connection)
    return found


def identity(connection: Connection, tables: MetaData, name: str, athlete_id: int) -> Identity:
    """How the person can be known again elsewhere."""
    athlete, session = tables.tables["athlete"], tables.tables["session"]
    row = connection.execute(select(athlete).where(athlete.c.id == athlete_id)).one()
    sessions = connection.scalars(select(session.c.id).where(session.c.athlete_id == athlete_id))
    return Identity(name, athlete_id, row.created_at, frozenset(sessions))


def same_person(connection: Connection, tables: MetaData, who: Identity) -> list[int]:
    """Whose rows are theirs: by name, by number and time of entry, or by a session."""
    athlete, session = tables.tables["athlete"], tables.tables["session"]
    found = {
        row.id
        for row in connection.execute(select(athlete))
        if row.name.casefold() == who.name.casefold()
        or (row.id == who.id and row.created_at == who.created_at)
    }
    pairs = connection.execute(select(session.c.id, session.c.athlete_id))
    found |= {owner for number, owner in pairs if owner is not None and number in who.sessions}
    return sorted(found)


def count(connection: Connection, tables: MetaData, people: Sequence[int]) -> dict[str, int]:
    """How many rows of each table are theirs."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table).where(theirs)) or 0
        for table, theirs in _rows_of(tables, people).items()
    }


def forget(connection: Connection, tables: MetaData, people: Sequence[int]) -> dict[str, int]:
    """Delete all their rows in the transaction of `connection`; how many of each table.

    Where the schema can say so, the numbers of their trials are kept for their boards.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")  # what is deleted becomes zeros
    rows = _rows_of(tables, people)
    _remember_trials(connection, tables.tables, rows)
    return {
        table.name: connection.execute(delete(table).where(theirs)).rowcount
        for table, theirs in reversed(rows.items())
    }


def _rows_of(tables: MetaData, people: Sequence[int]) -> dict[Table, ColumnElement[bool]]:
    """For each table with rows of people, which are theirs; a table comes after what it needs."""
    athlete = tables.tables["athlete"]
    found: dict[Table, ColumnElement[bool]] = {athlete: athlete.c.id.in_(people)}
    for table in tables.sorted_tables:
        ways = [
            key.parent.in_(select(key.column).where(found[key.column.table]))
            for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
            if key.column.table in found
        ]
        if ways and table is not athlete:
            found[table] = or_(*ways)
    return found


def _remember_trials(
    connection: Connection, tables: Any, rows: dict[Table, ColumnElement[bool]]
) -> None:
    forgotten, trial, session = (
        tables.get(name) for name in ("forgotten_trial", "trial", "session")
    )
    if forgotten is None:
        return
    from sqlalchemy import false

    query = (
        select(trial.c.board_uid, trial.c.journal_id, trial.c.seq, false())
        .outerjoin(session, session.c.id == trial.c.session_id)
        .where(
            rows[trial],
            or_(session.c.id.is_(None), session.c.protocol_name.not_in(NOT_OF_A_BOARD)),
        )
    )
    names = ["board_uid", "journal_id", "seq", "erased"]
    known = exists().where(
        forgotten.c.board_uid == trial.c.board_uid,
        forgotten.c.journal_id == trial.c.journal_id,
        forgotten.c.seq == trial.c.seq,
    )
    connection.execute(insert(forgotten).from_select(names, query.where(~known)))
