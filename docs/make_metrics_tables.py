"""Writes the part of docs/metrics.md that is made from the registry of metrics.

    .venv/bin/python docs/make_metrics_tables.py

A test says when it must be run again.
"""

from __future__ import annotations

from pathlib import Path

from evenstance.report.metrics import metrics_table

PAGE = Path(__file__).with_name("metrics.md")
BEGIN = "<!-- made by docs/make_metrics_tables.py -->\n"
END = "<!-- end of what is made -->\n"


def renewed(text: str) -> str:
    """The page with its tables as the registry has them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has lost the marks between which the tables stand")
    return f"{before}{begin}\n{metrics_table()}\n\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), encoding="utf-8")
