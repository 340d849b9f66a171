"""Two Wii balance boards, one under each foot: two CSV files of four corners in kilograms.

There is no one export format; programs name the columns in their own ways. A file is taken when
its header names a time and each of the four corners once. The boards sample irregularly, so each
keeps its own times; both files must have been written on one clock.
"""

from __future__ import annotations

import re
from pathlib import Path

from evenstance.errors import InputError
from evenstance.formats.block import (
    STANDARD_GRAVITY_M_S2,
    Channel,
    ForceBlock,
    check_times,
    check_values,
)
from evenstance.formats.rows import Rows

FORMAT_HELP = (
    "Use one CSV file per board, with a column of time in seconds and the columns top left, top "
    "right, bottom left, bottom right in kilograms."
)
TIMES = {"t", "ts", "time", "times", "timestamp", "seconds", "elapsed", "timesec", "timeseconds"}
CORNERS = (
    {"topleft", "tl", "frontleft"},
    {"topright", "tr", "frontright"},
    {"bottomleft", "bl", "backleft"},
    {"bottomright", "br", "backright"},
)
MIN_OVERLAP_S = 1.0


def read(left: Path, right: Path, *, right_ahead_s: float = 0.0) -> ForceBlock:
    """Both boards on the left one's clock; `right_ahead_s` is how far the right one's was ahead.

    Raises InputError for files that are no such recordings or do not overlap in time.
    """
    left_board = _board(left)
    right_board = _board(right)
    right_board = Channel(right_board.t_s - right_ahead_s, right_board.force_n)
    overlap_s = min(left_board.t_s[-1], right_board.t_s[-1]) - max(
        left_board.t_s[0], right_board.t_s[0]
    )
    if overlap_s < MIN_OVERLAP_S:
        raise InputError(
            f"{left.name} and {right.name} have {max(float(overlap_s), 0.0):.1f} s in common; at "
            f"least {MIN_OVERLAP_S:.0f} s are needed.",
            cause="The two files were not written on one clock, or belong to different tests.",
            next_step="Say with --right-ahead how many seconds the right file's clock is ahead.",
        )
    return ForceBlock(left.stem, left_board, right_board)


def matches(header: list[str]) -> bool:
    """Whether a first row is the header of such a file."""
    names = [_plain(cell) for cell in header]
    return all(sum(name in wanted for name in names) == 1 for wanted in (TIMES, *CORNERS))


def _plain(cell: str) -> str:
    """A column's name without its unit, in small letters only."""
    return re.sub(r"[^a-z]", "", re.sub(r"[(\[].*", "", cell.lower()).replace("_kg", ""))


def _board(path: Path) -> Channel:
    rows = Rows(path, FORMAT_HELP)
    header = rows.rows[0]
    if not matches(header):
        raise InputError(
            f"The header of {rows.name} does not name a time and four corners, each once.",
            cause=f"Its header says: {', '.join(cell.strip() for cell in header)[:120]}.",
            next_step=FORMAT_HELP,
        )
    names = [_plain(cell) for cell in header]
    columns = [
        next(n for n, name in enumerate(names) if name in wanted) for wanted in (TIMES, *CORNERS)
    ]
    t_s, *corners_kg = rows.numbers(1, len(rows.rows), columns, len(header))
    force_n = corners_kg[0]
    for corner in corners_kg[1:]:
        force_n = force_n + corner
    force_n = force_n * STANDARD_GRAVITY_M_S2
    check_values(rows.name, rows.lines[1:], t_s, force_n)
    check_times(rows.name, rows.lines[1:], t_s)
    return Channel(t_s, force_n)
