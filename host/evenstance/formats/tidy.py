"""The plain form: a CSV file with the header t_s,left_n,right_n."""

from __future__ import annotations

from pathlib import Path

from evenstance.errors import InputError
from evenstance.formats.block import Channel, ForceBlock, check_times, check_values
from evenstance.formats.rows import Rows, is_number

COLUMNS = ("t_s", "left_n", "right_n")
FORMAT_HELP = "Use a CSV file with the header t_s,left_n,right_n: seconds, newtons, newtons."


def read(path: Path) -> ForceBlock:
    """Read and check a recording of both plates; InputError says what is wrong and where."""
    rows = Rows(path, FORMAT_HELP)
    _check_header(rows)
    t_s, left_n, right_n = rows.numbers(1, len(rows.rows), (0, 1, 2), len(COLUMNS))
    check_values(rows.name, rows.lines[1:], t_s, left_n, right_n)
    check_times(rows.name, rows.lines[1:], t_s)
    return ForceBlock(path.stem, Channel(t_s, left_n), Channel(t_s, right_n))


def matches(header: list[str]) -> bool:
    """Whether a first row is the header of this form."""
    return tuple(cell.strip() for cell in header) == COLUMNS


def _check_header(rows: Rows) -> None:
    header = rows.rows[0]
    if matches(header):
        return
    if len(header) == 1:
        what = f"The recording {rows.name} has a single column; it needs {', '.join(COLUMNS)}."
        cause = "The columns are missing, or separated by something other than commas."
    elif all(is_number(cell) for cell in header):
        what = f"The recording {rows.name} has no header line."
        cause = "Its first line already holds numbers."
    else:
        what = f"The recording {rows.name} has other columns than {', '.join(COLUMNS)}."
        cause = f"Its header says: {', '.join(cell.strip() for cell in header)[:120]}."
    raise InputError(what, cause=cause, next_step=FORMAT_HELP)
