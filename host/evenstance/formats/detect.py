"""Which kind of file this is, by its first line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Literal

from evenstance.formats import kinvent, tidy, wii
from evenstance.formats.rows import cannot_be_read

FormatId = Literal["tidy", "kinvent", "wii"]


def detect(path: Path) -> FormatId | None:
    """The format of a file, None when its first line shows none; InputError without a file.

    What is no plain file shows none: a pipe might never say anything.
    """
    if path.exists() and not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
            rows = list(csv.reader([file.readline(100_000)]))
    except OSError as error:
        raise cannot_be_read(path, error) from error
    except csv.Error:
        return None
    header = rows[0] if rows else []
    if tidy.matches(header):
        return "tidy"
    if kinvent.matches(header):
        return "kinvent"
    if wii.matches(header):
        return "wii"
    return None
