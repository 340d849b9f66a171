"""Can every value of a history file be read? SQLite itself would keep any text in any column."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import date, datetime

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
    for name, holds in (
        ("is_date", lambda value: isinstance(date.fromisoformat(value), date)),
        ("is_moment", lambda value: isinstance(datetime.fromisoformat(value), datetime)),
        ("is_json", _is_json),
        ("is_summary", lambda value: bool(trial_from_summary(value))),
    ):
        database.create_function(name, 1, _guarded(holds), deterministic=True)
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


def _guarded(holds: Callable[[object], bool]) -> Callable[[object], bool]:
    def holds_or_not(value: object) -> bool:
        try:
            return holds(value)
        except (ValueError, TypeError, RecursionError):
            return False

    return holds_or_not


def _is_json(value: object) -> bool:
    """An object, or rows of objects; no number that JSON has no word for."""
    found = json.loads(value, parse_constant=_refused) if isinstance(value, str) else value
    rows = found if isinstance(found, list) else [found]
    return all(isinstance(row, dict) for row in rows)


def _refused(word: str) -> object:
    raise ValueError(word)
