"""A history as a file: copied for a task, its rows, and what is wrong with it afterwards."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from evenstance.private_files import LEFTOVER
from kills.checks import HISTORY
from kills.prepared import columns_of

Columns = dict[str, list[str]]
Rows = dict[str, list[tuple[object, ...]]]


def history_in(home: Path, source: Path) -> Path:
    """A folder with a copy of that history."""
    home.mkdir()
    return Path(shutil.copy(source, home / HISTORY))


def columns_in(path: Path) -> Columns:
    """Every table with its columns, but the list of files written: a backup adds itself."""
    with closing(sqlite3.connect(path)) as db:
        names = [
            str(name)
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name not in ("alembic_version", "written_file")
        ]
        return {name: columns_of(db, name) for name in names}


def rows_in(path: Path, columns: Columns) -> Rows:
    """Every row, of these columns."""
    with closing(sqlite3.connect(path)) as db:
        return {
            table: db.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY 1, 2").fetchall()
            for table, names in columns.items()
        }


def differences(path: Path, columns: Columns, before: Rows, what: str) -> list[str]:
    """What SQLite finds wrong, and which tables have other rows."""
    with closing(sqlite3.connect(path)) as db:
        integrity = db.execute("PRAGMA integrity_check").fetchall()
        broken = db.execute("PRAGMA foreign_key_check").fetchall()
    wrong = [] if integrity == [("ok",)] else [f"{what}: integrity_check {integrity[:3]}"]
    if broken:
        wrong.append(f"{what}: foreign_key_check {broken[:3]}")
    now = rows_in(path, columns)
    return wrong + [f"{what}: {table} differs" for table in before if now[table] != before[table]]


def is_complete(path: Path, columns: Columns, before: Rows, revision: str) -> list[str]:
    """A private copy with every row."""
    if not path.exists():
        return [f"no {path.name}"]
    wrong = differences(path, columns, before, path.name)
    if schema_of(path) != revision:
        wrong.append(f"{path.name} has schema {schema_of(path)}")
    if path.stat().st_mode & 0o077:
        wrong.append(f"{path.name} can be read by others: {path.stat().st_mode:o}")
    return wrong


def schema_of(path: Path) -> str:
    """The number of its schema."""
    with closing(sqlite3.connect(path)) as db:
        return str(db.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def left_over(home: Path, expected: set[str]) -> list[str]:
    """Files that nobody will remove; an unfinished one goes a day later."""
    found = {path.name for path in home.iterdir() if not LEFTOVER.fullmatch(path.name)}
    return [f"left over: {sorted(found - expected)}"] if found - expected else []
