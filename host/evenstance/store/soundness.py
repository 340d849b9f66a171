"""Is a history file sound? Read only: nothing is created, upgraded or repaired."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Finding = Literal["sound", "empty", "older", "newer", "foreign", "damaged", "busy", "unreadable"]
BUSY_TIMEOUT_MS = 500
MAGIC = b"SQLite format 3\x00"


@dataclass(frozen=True)
class Soundness:
    """What was found, and what the database said of it."""

    finding: Finding
    detail: str


def begins_as_database(path: Path) -> bool:
    """Whether a file begins as one of SQLite does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def soundness(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Soundness:
    """Look through the whole file at `path`, which must exist."""
    uri = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=busy_timeout_ms / 1000)) as database:
            found = first_fault(database, path)
            if found is not None:
                return Soundness("damaged", found)
            return _of_schema(database)
    except sqlite3.DatabaseError as error:
        return Soundness(_meaning(error), str(error))


def first_fault(database: sqlite3.Connection, path: Path) -> str | None:
    """What is wrong with the file, None when it is whole.

    SQLite takes the missing end of a last page for zeros, which in a trace nobody would notice.
    While there is a log, the file alone may be shorter.
    """
    found = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        return " ".join(found.split())
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = database.execute("PRAGMA page_size").fetchone()
    log = path.with_name(f"{path.name}-wal")
    size_bytes = path.stat().st_size
    if size_bytes < pages * page_bytes and not (log.exists() and log.stat().st_size):
        return f"it was cut: {size_bytes} bytes of {pages * page_bytes}"
    return None


def _of_schema(database: sqlite3.Connection) -> Soundness:
    from evenstance.store.upgrade import REVISIONS

    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if not tables:
        return Soundness("empty", "nothing was stored yet")
    if "alembic_version" not in tables:
        return Soundness("foreign", "it has no schema number")
    rows = [str(n) for (n,) in database.execute("SELECT version_num FROM alembic_version")]
    if len(rows) != 1:
        return Soundness("foreign", f"it has {len(rows)} schema numbers")
    if rows[0] == REVISIONS[-1]:
        return Soundness("sound", f"schema {rows[0]}")
    kind: Finding = "older" if rows[0] in REVISIONS else "newer"
    return Soundness(kind, f"schema {rows[0]}, this version has {REVISIONS[-1]}")


def _meaning(error: sqlite3.DatabaseError) -> Finding:
    text = str(error).lower()
    if "locked" in text or "busy" in text:
        return "busy"
    if isinstance(error, sqlite3.OperationalError) and "malformed" not in text:
        return "unreadable"
    return "damaged"
