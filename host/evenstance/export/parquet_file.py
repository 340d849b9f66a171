"""Parquet, written by DuckDB from rows that wait in a file beside it, so that memory is bounded.

The dictionary of the columns, with their units, is in the file's metadata.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from glob import escape
from pathlib import Path
from types import TracebackType

from evenstance import __version__
from evenstance.errors import InputError
from evenstance.export.columns import Column, Row, Type
from evenstance.export.csv_file import CsvFile
from evenstance.private_files import make_file

SQL_TYPES: dict[Type, str] = {
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "text": "VARCHAR",
    "date": "DATE",
    "time": "TIMESTAMPTZ",
    "bytes": "BLOB",
}
_MEMORY = "256MB"
GROUP_ROWS = 122_880


class ParquetFile:
    """A Parquet file; it comes into being at the end of the `with`.

    `group_rows` go into one row group: what is in memory at once when it is written or read.
    """

    def __init__(
        self, path: Path, columns: Sequence[Column], *, group_rows: int = GROUP_ROWS
    ) -> None:
        self._path = path
        self._columns = columns
        self._group_rows = group_rows
        self._waiting = path.with_name(path.name + ".rows")
        make_file(self._waiting)
        try:
            self._csv = CsvFile(self._waiting, columns, formulas=True)
        except BaseException:
            self._waiting.unlink()
            raise

    @property
    def rows(self) -> int:
        """How many rows were added."""
        return self._csv.rows

    def add(self, row: Row) -> None:
        """Take one row."""
        self._csv.add(row)

    def __enter__(self) -> ParquetFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._csv.__exit__()
            if error is None:
                self._write()
        finally:
            self._waiting.unlink(missing_ok=True)

    def _write(self) -> None:
        import duckdb

        # bytes wait as hexadecimal text
        waiting = {**SQL_TYPES, "bytes": "VARCHAR"}
        types = ", ".join(f"{_quoted(one.name)}: '{waiting[one.type]}'" for one in self._columns)
        cells = ", ".join(
            f'unhex("{one.name}") AS "{one.name}"' if one.type == "bytes" else f'"{one.name}"'
            for one in self._columns
        )
        dictionary = json.dumps([one.as_dict() for one in self._columns])
        rows = (
            f"read_csv({_quoted(escape(str(self._waiting)))}, header = true, auto_detect = false, "
            f"columns = {{{types}}}, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
            "new_line = '\\r\\n', parallel = false, max_line_size = 16777216)"
        )
        statement = (
            f"COPY (SELECT {cells} FROM {rows}) TO {_quoted(str(self._path))} (FORMAT parquet, "
            # into the file that is there, since that one nobody else may read
            f"COMPRESSION zstd, ROW_GROUP_SIZE {self._group_rows}, USE_TMP_FILE false, "
            "KV_METADATA {"
            f"evenstance_version: {_quoted(__version__)}, "
            f"evenstance_columns: {_quoted(dictionary)}}})"
        )
        settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": 1,
            "memory_limit": _MEMORY,
            "temp_directory": "",
            # nothing is fetched from anywhere
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        try:
            with duckdb.connect(config=settings) as engine:
                engine.execute(statement)
        except duckdb.Error as error:
            raise InputError(
                f"{self._path.name} cannot be written as Parquet.",
                cause=str(error),
                next_step="Check the room on the disk, or export as CSV.",
            ) from error


def _quoted(text: str) -> str:
    """Text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
