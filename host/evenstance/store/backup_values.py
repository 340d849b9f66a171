"""Can every value of a history file be read? SQLite itself would keep any text in any column."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, cast

from evenstance.metrics.hold import trial_from_summary
from evenstance.store.contents import pragma, quoted, table_names

_LARGEST = "1.7976931348623157e308"
# What must hold of a value that is not NULL, by the type of its column.
_RULES = {
    "VARCHAR": "typeof({0}) = 'text'",
    "INTEGER": "typeof({0}) = 'integer'",
    "BIGINT": "typeof({0}) = 'integer'",
    "BOOLEAN": "typeof({0}) = 'integer' AND {0} IN (0, 1)",
    "DOUBLE": "typeof({0}) IN ('real', 'integer') AND abs({0}) <= " + _LARGEST,
    "BLOB": "typeof({0}) = 'blob'",
    "DATE": "is_date({0})",
    "DATETIME": "is_moment({0})",
    "JSON": "is_json({0})",
}
_SUMMARY = ("trial", "summary")


def unreadable(database: sqlite3.Connection) -> str | None:
    """The first column (`table.column`) with a value that no version would have written."""
    for name, read in _READ.items():
        database.create_function(name, 1, _guarded(read), deterministic=True)
    for table in table_names(database):
        for row in pragma(database, "table_xinfo", table):
            name, kind = str(row[1]), str(row[2])
            rule = "is_summary({0})" if (table, name) == _SUMMARY else _RULES.get(kind)
            if rule is None:
                continue
            column = quoted(name)
            query = (
                f"SELECT 1 FROM {quoted(table)} WHERE {column} IS NOT NULL"
                f" AND NOT ({rule.format(column)}) LIMIT 1"
            )
            if database.execute(query).fetchone() is not None:
                return f"{table}.{name}"
    return None


def _guarded(read: Callable[[Any], object]) -> Callable[[Any], bool]:
    def can_be_read(value: Any) -> bool:
        try:
            read(value)
        except (ValueError, TypeError, RecursionError):
            return False
        return True

    return can_be_read


def _json(value: str) -> None:
    """An object, or rows of objects; no number that JSON has no word for."""
    found: object = json.loads(value, parse_constant=_refused)
    rows = cast("list[object]", found) if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("no object")


def _refused(word: str) -> object:
    raise ValueError(word)


_READ: dict[str, Callable[[Any], object]] = {
    "is_date": date.fromisoformat,
    "is_moment": datetime.fromisoformat,
    "is_json": _json,
    "is_summary": trial_from_summary,
}
