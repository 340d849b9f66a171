"""Writes the part of docs/export.md that is made from the columns of the exports.

    .venv/bin/python docs/make_export_tables.py

A test says when it must be run again.
"""

from __future__ import annotations

from pathlib import Path

from evenstance.export.dictionary import as_markdown

PAGE = Path(__file__).with_name("export.md")
BEGIN = "<!-- made by docs/make_export_tables.py -->\n"
END = "<!-- end of what is made -->\n"


def renewed(text: str) -> str:
    """The page with its tables as the columns are."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has lost the marks between which the tables stand")
    return f"{before}{begin}\n{as_markdown()}\n\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), encoding="utf-8")
