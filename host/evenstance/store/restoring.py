"""Puts a verified backup in the place of the history, in one transaction of the history itself.

The file is never exchanged under its name: another program that opened it a moment before would
write into the old one, and its log would be read with the new one. So the pages of the backup are
written into the history as a transaction, which a power cut rolls back.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from evenstance.errors import StoreError
from evenstance.private_files import names_to_disk, to_disk, waiting_file
from evenstance.store.backup_file import Backup, refused, unseal, verify_backup
from evenstance.store.faults import translated
from evenstance.store.location import make_private_file
from evenstance.store.soundness import begins_as_database
from evenstance.store.upgrade import REVISIONS, migrate

BUSY_TIMEOUT_MS = 2000
ROOM_TIMES = 3  # the copy that is verified, the history, its journal
_PAGE_BYTES = 4096  # a log takes pages of the size of the file alone
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """What was restored, whether it was upgraded, and where the history of before is, if any."""

    backup: Backup
    upgraded: bool
    kept: Path | None


def restore(source: Path, history: Path, now: datetime, tell: Tell) -> Restored:
    """Verify `source`, keep the present history under a dated name, then replace its content.

    Raises InputError when the backup cannot be used, StoreError when the history cannot be
    changed; then it is as it was.
    """
    tell(f"verifying {source.name}")
    verify_backup(source)  # before anything is made
    make_private_file(history)
    with translated(history), _room(history), waiting_file(history) as copy:
        need = ROOM_TIMES * source.stat().st_size
        if shutil.disk_usage(history.parent).free < need:
            raise _no_room(history, f"{need} bytes are needed.")
        shutil.copyfile(source, copy)
        found = verify_backup(copy, shown=source)  # what is used is what was looked at
        _make_current(copy, found)
        with _alone(history, now) as (present, damaged):
            kept = damaged or _keep(present, history, now)
            if kept is not None:
                tell(f"kept the present history as {kept.name}")
            with closing(sqlite3.connect(copy)) as verified:
                verified.backup(present)
        names_to_disk(history.parent)
    return Restored(found, found.older, kept)


def _make_current(copy: Path, found: Backup) -> None:
    unseal(copy)
    if found.older:
        migrate(copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
        if database.execute("PRAGMA page_size").fetchone()[0] != _PAGE_BYTES:
            database.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            database.execute("VACUUM")
        (intact,) = database.execute("PRAGMA integrity_check(1)").fetchone()
        (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    if intact != "ok" or revision != REVISIONS[-1]:
        raise refused(copy, "could not be upgraded", f"{intact}, schema {revision}")


@contextmanager
def _alone(
    history: Path, now: datetime
) -> Generator[tuple[sqlite3.Connection, Path | None], None, None]:
    """The history, locked against everybody; fails when another program has it open.

    A log is folded in and removed first, which SQLite refuses as long as another one reads it.
    A history so damaged that it cannot be opened is moved aside with its log, to the second value.
    """
    moved = None if _begins_well(history) else _move_aside(history, now)
    try:
        database = _locked(history)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        moved = _move_aside(history, now)
        database = _locked(history)
    with closing(database):
        yield database, moved


def _begins_well(history: Path) -> bool:
    """Whether the file is empty or begins as a database; SQLite would drop the log of another."""
    return not history.stat().st_size or begins_as_database(history)


def _locked(history: Path) -> sqlite3.Connection:
    uri = f"{history.resolve().as_uri()}?mode=rw"
    database = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
    try:
        database.execute("PRAGMA synchronous = FULL")
        if database.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
            raise sqlite3.OperationalError("database is locked")
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
        database.execute("COMMIT")  # the lock stays
    except BaseException:
        database.close()
        raise
    return database


def _keep(present: sqlite3.Connection, history: Path, now: datetime) -> Path | None:
    """Copy the present history under a dated name; None when it holds nothing."""
    with suppress(sqlite3.DatabaseError):  # damaged: kept as it is
        if present.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            return None
    kept = _dated(history, now)
    with waiting_file(kept) as copy:
        with closing(sqlite3.connect(copy)) as to:
            present.backup(to)
        to_disk(copy)
        os.rename(copy, kept)
    names_to_disk(history.parent)
    return kept


def _move_aside(history: Path, now: datetime) -> Path:
    kept = _dated(history, now)
    for ending in ("", "-wal", "-journal"):
        part = history.with_name(history.name + ending)
        if part.exists():
            os.rename(part, kept.with_name(kept.name + ending))
    history.with_name(history.name + "-shm").unlink(missing_ok=True)
    make_private_file(history)
    return kept


def _dated(history: Path, now: datetime) -> Path:
    """A name that is not taken: the moment, and a number where that is not enough."""
    name = f"{history.name}.replaced-{now.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}"
    number = 1
    while (path := history.with_name(name if number == 1 else f"{name}-{number}")).exists():
        number += 1
    return path


@contextmanager
def _room(history: Path) -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        raise _no_room(history, error.strerror or str(error)) from error


def _no_room(history: Path, cause: str) -> StoreError:
    return StoreError(
        f"The history {history} was not replaced: there is no room for the backup beside it",
        cause=cause,
        next_step="Free some space in its folder and try again; nothing was changed.",
        anchor="the-disk-is-full",
    )
