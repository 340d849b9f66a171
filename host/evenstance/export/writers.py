"""Writes rows to a file: CSV, JSON lines or Parquet, each row as soon as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

from evenstance.export.columns import Column, Row

Format = Literal["csv", "jsonl", "parquet"]
FORMATS: tuple[Format, ...] = ("csv", "jsonl", "parquet")


class Writer(Protocol):
    """Takes rows one by one; `rows` counts them."""

    @property
    def rows(self) -> int: ...

    def add(self, row: Row) -> None:
        """Write one row; its cells are those of the columns, in order."""
        ...


def writer(form: Format, path: Path, columns: Sequence[Column]) -> AbstractContextManager[Writer]:
    """A writer into `path`, which exists and is empty; the file is whole after the `with`."""
    if form == "csv":
        from evenstance.export.csv_file import CsvFile

        return CsvFile(path, columns)
    if form == "jsonl":
        from evenstance.export.jsonl_file import JsonlFile

        return JsonlFile(path, columns)
    from evenstance.export.parquet_file import ParquetFile

    return ParquetFile(path, columns)
