"""Any other file with a column of time and one or two of force, named by the user."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evenstance.errors import InputError, UsageError
from evenstance.formats.block import (
    STANDARD_GRAVITY_M_S2,
    Channel,
    FloatArray,
    ForceBlock,
    check_times,
    check_values,
)
from evenstance.formats.rows import Rows, is_number

PARTS = ("time", "left", "right")
UNITS_N = {"N": 1.0, "kN": 1000.0, "kg": STANDARD_GRAVITY_M_S2}
UNITS_S = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
DELIMITERS = (",", ";", "\t")
FORMAT_HELP = "Say which columns to take, for example --columns time=1,left=Fz1,right=Fz2."


def parse_mapping(text: str) -> dict[str, str]:
    """`time=NAME,left=NAME,right=NAME`; names of columns or their numbers from 1, one leg enough.

    >>> parse_mapping("time=1,left=Fz1")
    {'time': '1', 'left': 'Fz1'}
    """
    found: dict[str, str] = {}
    for part in text.split(","):
        key, equals, column = (piece.strip() for piece in part.partition("="))
        if not equals or key not in PARTS or key in found or not column:
            raise UsageError(f"{part.strip()!r} names no column.", next_step=FORMAT_HELP)
        found[key] = column
    if "time" not in found or len(found) < 2:
        raise UsageError(
            "A column of time and at least one of force are needed.", next_step=FORMAT_HELP
        )
    return found


def read(
    path: Path, mapping: Mapping[str, str], *, force_unit: str = "N", time_unit: str = "s"
) -> ForceBlock:
    """Read the named columns; InputError says what is wrong and where."""
    rows = Rows(path, FORMAT_HELP, _delimiter(path))
    header = rows.rows[0]
    first = 0 if all(is_number(cell) for cell in header) else 1
    columns = [_column(rows, header, mapping[part], first) for part in PARTS if part in mapping]
    t, *forces = rows.numbers(first, len(rows.rows), columns, len(header))
    t_s = t * UNITS_S[time_unit]
    forces_n = [force * UNITS_N[force_unit] for force in forces]
    lines = rows.lines[first:]
    check_values(rows.name, lines, t_s, *forces_n)
    check_times(rows.name, lines, t_s)
    by_side: dict[str, FloatArray] = dict(
        zip([part for part in PARTS[1:] if part in mapping], forces_n, strict=True)
    )
    channels = {side: Channel(t_s, force_n) for side, force_n in by_side.items()}
    return ForceBlock(path.stem, channels.get("left"), channels.get("right"))


def _delimiter(path: Path) -> str:
    """The separator that the first line has most of; a comma when it has none."""
    if not path.is_file():
        return ","
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            first = file.readline(100_000)
    except OSError:
        return ","  # told when the file is read
    return max(DELIMITERS, key=first.count)


def _column(rows: Rows, header: list[str], wanted: str, first: int) -> int:
    if wanted.isdecimal() and 1 <= int(wanted) <= len(header):
        return int(wanted) - 1
    names = [cell.strip() for cell in header]
    if first == 0 or names.count(wanted) != 1:
        said = "It has no header line" if first == 0 else f"Its header says: {', '.join(names)}"
        raise InputError(
            f"The recording {rows.name} has no one column {wanted!r}.",
            cause=f"{said[:140]}.",
            next_step=FORMAT_HELP,
        )
    return names.index(wanted)
