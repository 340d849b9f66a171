"""The data dictionary: every column of every table, as Markdown, CSV or JSON."""

from __future__ import annotations

import csv
import io
from typing import Any

from evenstance.export.tables import INDEX, TABLES, all_columns

ENTRY = ("table", "column", "type", "unit", "meaning", "missing", "where")
_TITLES = {
    "holds": "Holds",
    "sessions": "Sessions",
    "traces": "Traces: samples",
    INDEX: "Traces: index",
    "results": "Results",
}


def tables() -> tuple[str, ...]:
    """All tables in the order of the dictionary."""
    found: list[str] = []
    for table in TABLES:
        found += [table, INDEX] if table == "traces" else [table]
    return tuple(found)


def entries() -> list[dict[str, str]]:
    """One entry for each column, keys as in ENTRY."""
    return [
        {
            "table": table,
            "column": one.name,
            "type": one.type,
            "unit": one.unit,
            "meaning": one.meaning,
            "missing": one.missing,
            "where": one.where,
        }
        for table in tables()
        for one in all_columns(table)
    ]


def as_json() -> list[dict[str, Any]]:
    """The entries as a JSON value."""
    return list(entries())


def as_csv() -> str:
    """The entries as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(ENTRY)
    writer.writerows([one[key] for key in ENTRY] for one in entries())
    return out.getvalue()


def as_markdown() -> str:
    """One table for each table of the export."""
    parts: list[str] = []
    for table in tables():
        lines = [
            f"### {_TITLES[table]}",
            "",
            "| column | type | unit | meaning | empty | in |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for one in all_columns(table):
            cells = (f"`{one.name}`", one.type, one.unit, one.meaning, one.missing, one.where)
            lines.append("| " + " | ".join(cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)
