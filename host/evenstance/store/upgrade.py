"""Brings a history file to the current schema: finds its revision, copies it, runs Alembic.

Reading the revision is plain SQL, so that opening a current file never loads Alembic.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, text

from evenstance.errors import StoreError
from evenstance.private_files import make_file, names_to_disk, to_disk
from evenstance.store.engine import make_engine, writing
from evenstance.store.soundness import first_fault

MIGRATIONS = Path(__file__).parent / "migrations"
REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""Oldest first; this version reads and writes the last."""


def ensure_current(engine: Engine, path: Path) -> None:
    """Create or upgrade the schema; does nothing when it is current.

    Raises StoreError when the file was written by a newer Evenstance or by another program.
    """
    found = stored_revision(engine, path)
    if found == REVISIONS[-1]:
        return
    if found is not None:
        if found not in REVISIONS:
            raise _newer(path, found)
        copy_before(path, found, REVISIONS[-1])
    migrate(path)


def stored_revision(engine: Engine, path: Path) -> str | None:
    """Return the revision in the file, None for an empty file; StoreError for a foreign one."""
    with engine.begin() as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        tables = set(connection.execute(text(query)).scalars())
        if not tables:
            return None
        rows: list[str] = []
        if "alembic_version" in tables:
            rows = list(
                connection.execute(text("SELECT version_num FROM alembic_version")).scalars()
            )
    if len(rows) != 1:
        raise StoreError(
            f"{path} is a database, but not a history of Evenstance",
            cause="It has no single schema revision.",
            next_step="Move it away, or set EVENSTANCE_HOME to another folder.",
        )
    return rows[0]


def copy_before(path: Path, found: str, target: str) -> Path:
    """Copy the whole history at revision `found` beside itself; return the path of the copy.

    The copy is complete or absent: it is written under another name and renamed at the end. If
    another process has upgraded the file meanwhile, its copy is left alone.
    """
    copy = path.with_name(f"{path.name}.before-{target}")
    partial = path.with_name(f"{copy.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        make_file(partial)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as to:
            _require_intact(source, path)
            source.backup(to)
            copied = to.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        if copied == found:
            to_disk(partial)
            os.replace(partial, copy)
            names_to_disk(copy.parent)
    except OSError as error:
        raise StoreError(
            f"The history {path} was not upgraded: no copy could be made first",
            cause=error.strerror or str(error),
            next_step="Free some space in its folder and try again; nothing was changed.",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return copy


def _require_intact(source: sqlite3.Connection, path: Path) -> None:
    found = first_fault(source, path)
    if found is not None:
        raise StoreError(
            f"The history {path} is damaged and was not upgraded",
            cause=found,
            next_step="Put a backup in its place with `evenstance restore FILE`.",
            anchor="the-history-is-damaged",
        )


def migrate(path: Path, to: str | None = None) -> None:
    """Bring a file to a revision (the last one when None), in one transaction, without a copy."""
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    # Rebuilding a table would fire its foreign keys: they are off here and checked at the end.
    engine = make_engine(path, foreign_keys=False)
    try:
        with writing(engine).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to or REVISIONS[-1])
            broken = connection.execute(text("PRAGMA foreign_key_check")).first()
            if broken is not None:
                raise StoreError(
                    f"The history {path} was not upgraded",
                    cause=f"A record of table {broken[0]} points to one that is missing.",
                    next_step="Nothing was changed. Keep the file and report this message.",
                )
    except CommandError as error:
        raise StoreError(
            f"The history {path} could not be upgraded",
            cause=str(error),
            next_step="Nothing was changed. Upgrade Evenstance and try again.",
        ) from error
    finally:
        engine.dispose()


def _newer(path: Path, found: str) -> StoreError:
    return StoreError(
        f"The history {path} was written by a newer Evenstance",
        cause=f"Its schema is {found}; this version knows up to {REVISIONS[-1]}.",
        next_step="Upgrade Evenstance, for example: pipx upgrade evenstance",
        anchor="the-history-was-written-by-a-newer-version",
    )
