"""CSV as in RFC 4180: UTF-8, commas, CRLF, quotes where they are needed, empty for missing."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evenstance.export.columns import Column, Row, Type
from evenstance.export.text import clean, day_text, neutral, time_text


class CsvFile:
    """A CSV file; with `formulas` text stays as it is, for programs that are no spreadsheets."""

    def __init__(self, path: Path, columns: Sequence[Column], *, formulas: bool = False) -> None:
        self.rows = 0
        text = clean if formulas else _neutral
        turned: dict[Type, Callable[[Any], str | None]] = {
            "text": text,
            "boolean": lambda value: "true" if value else "false",
            "date": day_text,
            "time": time_text,
            "bytes": bytes.hex,
        }
        # numbers are left to csv, which writes the shortest text that reads back as the same
        self._turn = [(n, turned[one.type]) for n, one in enumerate(columns) if one.type in turned]
        self._file = path.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\r\n")
        self._csv.writerow([one.name for one in columns])

    def add(self, row: Row) -> None:
        """Write one row."""
        cells: list[object] = list(row)
        for n, turn in self._turn:
            value = cells[n]
            if value is not None:
                cells[n] = turn(value)
        self._csv.writerow(cells)
        self.rows += 1

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _neutral(text: str) -> str | None:
    plain = clean(text)
    return None if plain is None else neutral(plain)
