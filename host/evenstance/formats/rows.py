"""Rows of a text file with comma-separated values, and the numbers in them, with line numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evenstance.bounded_read import TooLargeError, read_bytes
from evenstance.errors import InputError
from evenstance.formats.block import FloatArray

if TYPE_CHECKING:
    import _csv

MAX_BYTES = 200_000_000  # an hour of both plates at 1000 Hz has about 80 MB
MAX_CELLS = 12_000_000  # that hour; as texts they take about 1 GB
MIN_ROWS = 2


def cannot_be_read(path: Path, error: OSError) -> InputError:
    """What is said of a recording that the system does not give."""
    return InputError(
        f"The recording {path} cannot be read.",
        cause=error.strerror or str(error),
        next_step="Check the path and its permissions.",
    )


class Rows:
    """All rows that are not empty, and the line of the file that each stands on."""

    def __init__(self, path: Path, format_help: str, delimiter: str = ",") -> None:
        self.name = path.name
        self.format_help = format_help
        self.rows: list[list[str]] = []
        self.lines: list[int] = []
        self._read(path, delimiter)

    def _read(self, path: Path, delimiter: str) -> None:
        try:
            data = read_bytes(path, MAX_BYTES)
            with io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="") as file:
                self._take(csv.reader(file, delimiter=delimiter))
        except TooLargeError as error:
            raise self._too_large(f"more than {MAX_BYTES / 1e6:.0f} MB") from error
        except OSError as error:
            raise cannot_be_read(path, error) from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(
                f"The recording {self.name} is not a text file with comma-separated values.",
                cause=str(error),
                next_step=self.format_help,
            ) from error
        if not self.rows:
            raise InputError(
                f"The recording {self.name} is empty.",
                cause="The file holds no line at all.",
                next_step=self.format_help,
            )

    def _take(self, reader: _csv.Reader) -> None:
        cells = 0
        for row in reader:
            cells += len(row)
            if cells > MAX_CELLS:
                self.rows.clear()
                raise self._too_large(f"more than {MAX_CELLS} values")
            if row:
                self.rows.append(row)
                self.lines.append(reader.line_num)

    def _too_large(self, found: str) -> InputError:
        return InputError(
            f"The recording {self.name} has {found}, and is not read.",
            cause="It is no recording, or one of many hours.",
            next_step="Cut it into sessions.",
        )

    def numbers(
        self, first: int, end: int, columns: Sequence[int], width: int
    ) -> list[FloatArray]:
        """The columns of rows `first` to `end` (not included), each with `width` cells.

        Raises InputError for too few rows, a row of another width, a cell that is no number.
        """
        if end - first < MIN_ROWS:
            raise InputError(
                f"The recording {self.name} has {max(end - first, 0)} rows of data; "
                f"it needs at least {MIN_ROWS}.",
                cause="The file was cut off, or holds only its header.",
                next_step="Export or record it again.",
            )
        for row, line in zip(self.rows[first:end], self.lines[first:end], strict=True):
            if len(row) != width:
                raise InputError(
                    f"Line {line} of the recording {self.name} has {len(row)} values "
                    f"instead of {width}.",
                    cause="The line is damaged, or numbers are written with a decimal comma.",
                    next_step="Correct the line, or export the file again with decimal points.",
                )
        return [np.array(self._column(first, end, column)) for column in columns]

    def _column(self, first: int, end: int, column: int) -> list[float]:
        found: list[float] = []
        try:
            for row in self.rows[first:end]:
                found.append(float(row[column]))
        except ValueError:
            at = first + len(found)
            raise InputError(
                f"Line {self.lines[at]} of the recording {self.name} holds "
                f"{self.rows[at][column][:40]!r}, which is not a number.",
                cause="The value is missing, or written in another way than 12.34.",
                next_step="Correct the line, or export the file again.",
            ) from None
        return found


def is_number(cell: str) -> bool:
    """Whether a cell holds a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
