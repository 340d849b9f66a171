"""JSON lines: one object a line, null for missing, ASCII so that no line end hides in a text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from evenstance.export.columns import Column, Row, Value
from evenstance.export.text import clean, day_text, time_text


class JsonlFile:
    """A file of JSON lines."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.rows = 0
        self._names = [one.name for one in columns]
        self._file = path.open("w", encoding="ascii", newline="\n")

    def add(self, row: Row) -> None:
        """Write one row."""
        cells = {name: _plain(value) for name, value in zip(self._names, row, strict=True)}
        self._file.write(json.dumps(cells, allow_nan=False, separators=(",", ":")) + "\n")
        self.rows += 1

    def __enter__(self) -> JsonlFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _plain(value: Value) -> Value:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, datetime):
        return time_text(value)
    return day_text(value) if isinstance(value, date) else value
