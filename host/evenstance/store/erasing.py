"""Forgets a person in history files: rows, free pages, write-ahead log; the copies beside too."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from evenstance.errors import StoreError
from evenstance.store import forgetting
from evenstance.store.backup_file import seal, sealed, unseal
from evenstance.store.engine import BUSY_TIMEOUT_MS, make_engine, writing
from evenstance.store.faults import store_error, translated
from evenstance.store.forgetting import Identity
from evenstance.store.name_scan import plain_files

_MAGIC = b"SQLite format 3\x00"
_LOGS = ("-wal", "-shm", "-journal")


@dataclass
class Erased:
    """What was removed of each table, by file, and copies that could not be changed."""

    history: dict[str, int] = field(default_factory=dict[str, int])
    copies: dict[Path, dict[str, int]] = field(default_factory=dict[Path, dict[str, int]])
    failed: dict[Path, str] = field(default_factory=dict[Path, str])


def copies_beside(history: Path) -> list[Path]:
    """The other databases beside the history: copies made before an upgrade, backups."""
    found: list[Path] = []
    for path in plain_files(history):
        log = path.name.endswith(_LOGS)
        if path == history or log:
            continue
        try:
            with path.open("rb") as file:
                if file.read(len(_MAGIC)) == _MAGIC:
                    found.append(path)
        except OSError:
            found.append(path)  # nobody knows what it holds: it will be told
    return found


def erase(history: Path, who: Identity, extra: Sequence[Path] = ()) -> Erased:
    """Remove the person from the copies first and from the history last.

    So a run that was interrupted finds the person again and goes on. A file that cannot be
    changed or cleaned is told, not fatal; `extra` are copies kept elsewhere.
    """
    done = Erased()
    beside = copies_beside(history)
    for copy in [*beside, *(path for path in extra if path not in beside)]:
        try:
            removed = _from_copy(copy, who)
            if any(removed.values()):
                done.copies[copy] = removed
        except StoreError as error:
            done.failed[copy] = " ".join(filter(None, (error.what, error.cause)))
    done.history = _rows(history, who)
    try:
        _clean(history)
    except StoreError as error:
        done.failed[history] = " ".join(filter(None, (error.what, error.cause)))
    return done


def identify(history: Path, name: str, athlete_id: int) -> Identity:
    """How the person can be known in copies."""
    engine = make_engine(history)
    try:
        with translated(history), engine.begin() as connection:
            tables = forgetting.tables_of(connection)
            return forgetting.identity(connection, tables, name, athlete_id)
    finally:
        engine.dispose()


def rows_of(history: Path, who: Identity) -> dict[str, int]:
    """How many rows of each table `erase` would remove from the history."""
    engine = make_engine(history)
    try:
        with translated(history), engine.begin() as connection:
            tables = forgetting.tables_of(connection)
            people = forgetting.same_person(connection, tables, who)
            return forgetting.count(connection, tables, people)
    finally:
        engine.dispose()


def _from_copy(copy: Path, who: Identity) -> dict[str, int]:
    """A backup is sealed anew, with the moment that its values are of."""
    try:
        of = sealed(copy)
    except (sqlite3.Error, TypeError, ValueError):
        of = None  # what it is will be found out now, or told
    if of is not None:
        unseal(copy)
    try:
        removed = _rows(copy, who)
        _clean(copy)
    finally:
        if of is not None:
            seal(copy, *of)
    return removed


def _rows(path: Path, who: Identity) -> dict[str, int]:
    try:
        engine = make_engine(path)
        try:
            with writing(engine).begin() as connection:
                tables = forgetting.tables_of(connection)
                if not {"athlete", "session"} <= set(tables.tables):
                    return {}  # some other database: none of ours
                people = forgetting.same_person(connection, tables, who)
                return forgetting.forget(connection, tables, people) if people else {}
        finally:
            engine.dispose()
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise store_error(error, path) from error


def _clean(path: Path) -> None:
    """Write the file anew without its free pages, and empty its write-ahead log."""
    with (
        translated(path),
        closing(
            sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
        ) as raw,
    ):
        raw.execute("PRAGMA secure_delete = ON")
        raw.execute("VACUUM")
        busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise StoreError(
            f"The log of {path} still holds what was removed",
            cause="Another program has it open.",
            next_step="Close it, then run the same command again.",
        )
