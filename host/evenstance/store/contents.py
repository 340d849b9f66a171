"""What a history file holds: its tables, how many rows, and a digest of every value in them.

The digest is of values, not of bytes of the file: a copy, another SQLite or a VACUUM keeps it,
and a single bit that flipped in a trace does not.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import struct
from typing import Any

Structure = dict[str, tuple[object, ...]]
AT_ONCE = 500  # rows in memory
_STATISTICS = "sqlite_stat"  # of the query planner, when somebody ran ANALYZE
_CHECK = re.compile(r"\bck_\w+")  # every check of the schema has a name


def structure(database: sqlite3.Connection) -> Structure:
    """Every table with its columns, references, indexes and checks; else the kind of a thing.

    Two files of one schema give the same, whatever wrote the text of their definitions.
    """
    found: Structure = {}
    for kind, name, text in database.execute("SELECT type, name, sql FROM sqlite_master"):
        if kind == "index" or str(name).startswith(_STATISTICS):
            continue
        virtual = str(text).split("(")[0].upper().startswith("CREATE VIRTUAL")
        if kind != "table" or virtual:
            found[str(name)] = (f"{'virtual ' if virtual else ''}{kind}",)
            continue
        found[str(name)] = (
            tuple(pragma(database, "table_xinfo", name)),
            frozenset(row[2:5] for row in pragma(database, "foreign_key_list", name)),
            frozenset(
                (unique, partial, tuple(r[2] for r in pragma(database, "index_info", index)))
                for _, index, unique, _, partial in pragma(database, "index_list", name)
            ),
            frozenset(_CHECK.findall(str(text))),
        )
    return found


def row_counts(database: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {
        name: int(database.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0])
        for name in table_names(database)
    }


def digest(database: sqlite3.Connection, *, leaving_out: frozenset[str] = frozenset()) -> str:
    """SHA-256 (hex) over every value of every table, rows in the order of their primary keys."""
    found = hashlib.sha256()
    for name in table_names(database):
        if name in leaving_out:
            continue
        columns = pragma(database, "table_xinfo", name)
        names = ", ".join(quoted(row[1]) for row in columns)
        keys = ", ".join(quoted(row[1]) for row in columns if row[5]) or "rowid"
        found.update(f"{name}({names})\n".encode())
        rows = database.execute(f"SELECT {names} FROM {quoted(name)} ORDER BY {keys}")
        while some := rows.fetchmany(AT_ONCE):
            found.update(b"".join(_encoded(value) for row in some for value in row))
    return found.hexdigest()


def table_names(database: sqlite3.Connection) -> list[str]:
    """Names of all tables, in order."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    names = [str(name) for (name,) in database.execute(query)]
    return [name for name in names if not name.startswith(_STATISTICS)]


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def pragma(database: sqlite3.Connection, which: str, name: str) -> list[tuple[Any, ...]]:
    """What SQLite says of a table or an index."""
    return database.execute(f"PRAGMA {which}({quoted(name)})").fetchall()


def _encoded(value: object) -> bytes:
    """One value, so that no two rows of different values give the same bytes."""
    if value is None:
        return b"n"
    if isinstance(value, int):
        return b"i%d;" % value
    if isinstance(value, float):
        return b"f" + struct.pack("<d", value)
    if isinstance(value, str):
        raw = value.encode()
        return b"t%d:" % len(raw) + raw
    assert isinstance(value, bytes)
    return b"b%d:" % len(value) + value
