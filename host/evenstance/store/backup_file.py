"""A backup: one closed history file with a seal in it; sealed here, and verified before any use.

A file that is verified may come from anywhere. It is opened read only, its tables are compared
with those of its schema before anything in it is run or read, and nothing is trusted to be small.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from evenstance.errors import InputError
from evenstance.store import contents
from evenstance.store.backup_values import unreadable
from evenstance.store.soundness import MAGIC
from evenstance.store.upgrade import REVISIONS, migrate

SEAL = "backup_seal"
MOST_BYTES = 16 * 2**30
MOST_VALUE_BYTES = 64 * 2**20  # the largest of ours, a trace, has 12 kB
ANCHOR = "a-backup-cannot-be-used"
_MAKE_SEAL = f"CREATE TABLE {SEAL} (digest TEXT, made_at TEXT, version TEXT)"
_HEADER_BYTES = 100
_COUNTED = ("athlete", "board", "session", "trial", "trace", "result", "plan")


@dataclass(frozen=True)
class Backup:
    """What a verified backup holds. `made_at` and `version` come from its seal; a copy of a
    history without one has neither, and was not compared with a digest."""

    revision: str
    size_bytes: int
    digest: str
    rows: Mapping[str, int]
    made_at: datetime | None
    version: str | None

    @property
    def older(self) -> bool:
        """Whether it must be upgraded to be used."""
        return self.revision != REVISIONS[-1]


def seal(path: Path, made_at: datetime, version: str) -> None:
    """Make one closed file of a copied history: no log beside it, a digest of its values in it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
        found = contents.digest(database)
        database.execute("BEGIN")
        database.execute(_MAKE_SEAL)
        row = (found, made_at.isoformat(), version)
        database.execute(f"INSERT INTO {SEAL} VALUES (?, ?, ?)", row)
        database.execute("COMMIT")


def sealed(path: Path) -> tuple[datetime, str] | None:
    """When and by which version a file was sealed; None for one that is no backup."""
    with closing(sqlite3.connect(path)) as database:
        if SEAL not in contents.structure(database):
            return None
        made_at, version = database.execute(f"SELECT made_at, version FROM {SEAL}").fetchone()
    return datetime.fromisoformat(made_at), version


def unseal(path: Path) -> None:
    """Make a history of a verified backup."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute(f"DROP TABLE IF EXISTS {SEAL}")


def verify_backup(path: Path, *, shown: Path | None = None) -> Backup:
    """Look through the whole file; InputError with the reason when it cannot be used.

    Nothing is written, and nothing beside it is read. `shown` is its name in messages.
    """
    name = path if shown is None else shown
    try:
        size_bytes = _require_whole(path, name)
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as database:
            _distrust(database)
            return _looked_through(database, name, size_bytes)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # names of tables may be any bytes
        raise _damaged(name, str(error)) from error
    except OSError as error:
        raise refused(name, "cannot be read", error.strerror or str(error)) from error


def refused(name: Path, what: str, cause: str, next_step: str = "") -> InputError:
    """The failure of a file that is no usable backup."""
    return InputError(
        f"{name} {what}",
        cause=cause,
        next_step=next_step or "The history was not changed. Name another backup.",
        anchor=ANCHOR,
    )


def _damaged(name: Path, cause: str) -> InputError:
    return refused(name, "is damaged or is not a backup of Evenstance", " ".join(cause.split()))


def _require_whole(path: Path, name: Path) -> int:
    """The size of a plain, closed file that is as long as its first page says."""
    no_follow = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if path.is_symlink():
        raise refused(name, "is a link", "A backup is a plain file.", "Name the file itself.")
    with open(os.open(path, os.O_RDONLY | no_follow | getattr(os, "O_BINARY", 0)), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise refused(name, "is not a plain file", "A backup is a plain file.")
        head = file.read(_HEADER_BYTES)
    if found.st_size > MOST_BYTES:
        raise refused(name, "is too large", f"It has {found.st_size} bytes, at most {MOST_BYTES}.")
    if len(head) < _HEADER_BYTES or not head.startswith(MAGIC):
        raise _damaged(name, "It does not begin as a database does.")
    page_bytes = int.from_bytes(head[16:18], "big")
    page_bytes = 65536 if page_bytes == 1 else page_bytes
    said = page_bytes * int.from_bytes(head[28:32], "big")
    if said != found.st_size:
        raise _damaged(name, f"It has {found.st_size} bytes; its first page says {said}.")
    for beside in ("-wal", "-journal"):
        other = path.with_name(path.name + beside)
        if other.exists() and other.stat().st_size:
            raise refused(
                name,
                "is not closed",
                f"What was written last is in {other.name} beside it.",
                "Make a backup of it with `evenstance backup` where it is used.",
            )
    return found.st_size


def _distrust(database: sqlite3.Connection) -> None:
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
        database.execute(f"PRAGMA {setting}")
    if sys.version_info >= (3, 11):
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_VALUE_BYTES)


def _looked_through(database: sqlite3.Connection, name: Path, size_bytes: int) -> Backup:
    found = contents.structure(database)
    sealed = SEAL in found
    revision = _revision(database, name, found)
    expected = {**_structure_of(revision), **(_structure_of(SEAL) if sealed else {})}
    if found != expected:
        odd = sorted(k for k in found.keys() | expected.keys() if found.get(k) != expected.get(k))
        raise refused(
            name,
            "is a database, but not a history of Evenstance",
            f"{odd[0]!r} is not as in schema {revision}.",
        )
    (intact,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if intact != "ok":
        raise _damaged(name, str(intact))
    broken = database.execute("PRAGMA foreign_key_check").fetchone()
    if broken is not None:
        raise _damaged(name, f"A record of table {broken[0]} points to one that is missing.")
    column = unreadable(database)
    if column is not None:
        raise _damaged(name, f"A value of {column} cannot be read.")
    digest = contents.digest(database, leaving_out=frozenset((SEAL,)))
    made_at, version = _seal(database, name, digest) if sealed else (None, None)
    counts = contents.row_counts(database)
    rows = {table: counts.get(table, 0) for table in _COUNTED}
    return Backup(revision, size_bytes, digest, rows, made_at, version)


def _revision(database: sqlite3.Connection, name: Path, found: contents.Structure) -> str:
    rows: list[object] = []
    if len(found.get("alembic_version", ())) > 1:  # a table, not a view
        query = "SELECT version_num FROM alembic_version LIMIT 2"
        rows = [row[0] for row in database.execute(query)]
    if len(rows) != 1 or not isinstance(rows[0], str):
        raise refused(
            name,
            "is a database, but not a history of Evenstance",
            "It has no single schema number.",
        )
    if rows[0] not in REVISIONS:
        raise InputError(
            f"{name} was written by a newer Evenstance",
            cause=f"Its schema is {rows[0][:20]}; this version knows up to {REVISIONS[-1]}.",
            next_step="Upgrade Evenstance, for example: pipx upgrade evenstance",
            anchor="the-history-was-written-by-a-newer-version",
        )
    return rows[0]


def _seal(
    database: sqlite3.Connection, name: Path, digest: str
) -> tuple[datetime | None, str | None]:
    rows = database.execute(f"SELECT digest, made_at, version FROM {SEAL} LIMIT 2").fetchall()
    if len(rows) != 1 or rows[0][0] != digest:
        raise _damaged(name, "Its values are not those that were backed up.")
    try:
        return datetime.fromisoformat(rows[0][1]), str(rows[0][2])[:40]
    except (TypeError, ValueError):
        raise _damaged(name, "Its seal cannot be read.") from None


@cache
def _structure_of(revision: str) -> contents.Structure:
    """What a file of that schema has, from the migrations themselves; or what a seal is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite3"
        path.touch()
        if revision != SEAL:
            migrate(path, revision)
        with closing(sqlite3.connect(path)) as database:
            if revision == SEAL:
                database.execute(_MAKE_SEAL)
            return contents.structure(database)
