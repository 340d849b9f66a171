"""Which kind of file this is, by its first line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Literal

from evenstance.formats import kinvent, tidy, wii

FormatId = Literal["tidy", "kinvent", "wii"]


def detect(path: Path) -> FormatId | None:
    """The format of a file, None when its first line shows none; unreadable files show none."""
    if not path.is_file():  # a pipe might never say anything
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
            rows = list(csv.reader([file.readline(100_000)]))
    except (OSError, csv.Error):
        return None
    header = rows[0] if rows else []
    if tidy.matches(header):
        return "tidy"
    if kinvent.matches(header):
        return "kinvent"
    if wii.matches(header):
        return "wii"
    return None
