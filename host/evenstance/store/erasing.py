"""Forgets a person in history files: rows, free pages, write-ahead log; the copies beside too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from evenstance.errors import StoreError
from evenstance.store import forgetting
from evenstance.store.backup_file import seal, sealed, unseal
from evenstance.store.engine import BUSY_TIMEOUT_MS, make_engine, writing
from evenstance.store.faults import translated
from evenstance.store.forgetting import Identity
from evenstance.store.name_scan import plain_files
from evenstance.store.soundness import begins_as_database

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
            if begins_as_database(path):
                found.append(path)
        except OSError:
            found.append(path)  # nobody knows what it holds: it will be told
    return found


def erase(history: Path, who: Identity) -> Erased:
    """Remove the person from the copies first and from the history last.

    So a run that was interrupted finds the person again and goes on. A file that cannot be
    changed or cleaned is told, not fatal.
    """
    done = Erased()
    for copy in copies_beside(history):
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


def _from_copy(copy: Path, who: Identity) -> dict[str, int]:
    """A backup is sealed anew, with the moment that its values are of."""
    try:
        of = sealed(copy)
    except (sqlite3.Error, TypeError, ValueError):
        of = None  # what it is will be found out now, or told
    if of is None:
        return _removed(copy, who)
    with translated(copy):
        unseal(copy)
        try:
            return _removed(copy, who)
        finally:
            seal(copy, *of)


def _removed(path: Path, who: Identity) -> dict[str, int]:
    removed = _rows(path, who)
    _clean(path)
    return removed


def _rows(path: Path, who: Identity) -> dict[str, int]:
    engine = make_engine(path)
    try:
        with translated(path), writing(engine).begin() as connection:
            tables = forgetting.tables_of(connection)
            if not {"athlete", "session"} <= set(tables.tables):
                return {}  # some other database: none of ours
            people = forgetting.same_person(connection, tables, who)
            return forgetting.forget(connection, tables, people) if people else {}
    finally:
        engine.dispose()


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
