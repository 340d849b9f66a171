"""Exports of KINVENT Physio from K-Force plates: blocks of one leg each, four cells in kilograms.

A block begins with "Side:" and "Repetition:", goes on with the maker's own results, which are not
used here, and ends with a table of time and CHANNEL_1 to CHANNEL_4. Only the plate under the
stance leg is exported: the other one is "not measured", not empty.
"""

from __future__ import annotations

from pathlib import Path

from evenstance.errors import InputError
from evenstance.formats.block import (
    STANDARD_GRAVITY_M_S2,
    Channel,
    FloatArray,
    ForceBlock,
    check_times,
    check_values,
)
from evenstance.formats.rows import Rows, is_number

FORMAT_HELP = "Export the raw data of the single-leg test from KINVENT Physio as CSV."
_CHANNELS = ("CHANNEL_1", "CHANNEL_2", "CHANNEL_3", "CHANNEL_4")
_SIDES = {"left": "left", "right": "right"}


def matches(header: list[str]) -> bool:
    """Whether a first row is that of such an export."""
    return bool(header) and header[0].strip().upper().startswith("KINVENT")


def read(path: Path) -> list[ForceBlock]:
    """Every block of the file; InputError says what is wrong and where."""
    rows = Rows(path, FORMAT_HELP)
    starts = [n for n, row in enumerate(rows.rows) if row[0].strip() == "Side:"]
    if not matches(rows.rows[0]) or not starts:
        raise InputError(
            f"The recording {rows.name} is no export of a single-leg test by KINVENT Physio.",
            cause="Its first line does not name the program, or no block names a side.",
            next_step=FORMAT_HELP,
        )
    ends = [*starts[1:], len(rows.rows)]
    return [_block(rows, start, end) for start, end in zip(starts, ends, strict=True)]


def _block(rows: Rows, start: int, end: int) -> ForceBlock:
    said = rows.rows[start][1].strip() if len(rows.rows[start]) > 1 else ""
    side = _SIDES.get(said.lower())
    if side is None:
        raise InputError(
            f"Line {rows.lines[start]} of the recording {rows.name} names the side {said[:20]!r}.",
            cause="Sides are Left and Right; a test on both legs is another one.",
            next_step=FORMAT_HELP,
        )
    repetition = next(
        (
            row[1].strip()
            for row in rows.rows[start:end]
            if len(row) > 1 and row[0].strip() == "Repetition:"
        ),
        "?",
    )
    head = next(
        (n for n in range(start, end) if rows.rows[n][0].strip().startswith("Time (sec)")), None
    )
    if head is None:
        raise InputError(
            f"The block from line {rows.lines[start]} of the recording {rows.name} has no table "
            "of channels.",
            cause="Only results were exported, or the file was cut off.",
            next_step=FORMAT_HELP,
        )
    columns = _columns(rows, head)
    last = head + 1
    while last < end and is_number(rows.rows[last][0]):
        last += 1
    t_s, *cells_kg = rows.numbers(head + 1, last, (0, *columns), len(rows.rows[head]))
    force_n = _sum_n(cells_kg)
    lines = rows.lines[head + 1 : last]
    check_values(rows.name, lines, t_s, force_n)
    check_times(rows.name, lines, t_s)
    label = f"{side} {repetition}"
    channel = Channel(t_s, force_n)
    if side == "left":
        return ForceBlock(label, channel, None)
    return ForceBlock(label, None, channel)


def _columns(rows: Rows, head: int) -> tuple[int, ...]:
    names = [cell.strip() for cell in rows.rows[head]]
    if any(names.count(name) != 1 for name in _CHANNELS):
        raise InputError(
            f"Line {rows.lines[head]} of the recording {rows.name} does not name each of "
            f"{', '.join(_CHANNELS)} once.",
            cause="It is the export of another device or test.",
            next_step=FORMAT_HELP,
        )
    return tuple(names.index(name) for name in _CHANNELS)


def _sum_n(cells_kg: list[FloatArray]) -> FloatArray:
    total = cells_kg[0]
    for cell in cells_kg[1:]:
        total = total + cell
    return total * STANDARD_GRAVITY_M_S2
