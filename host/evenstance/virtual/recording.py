"""Force recordings from CSV files (`t_s,left_n,right_n`), and their playback onto the plates."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evenstance.errors import InputError
from evenstance.virtual.loads import FloatArray, IntArray

COLUMNS = ("t_s", "left_n", "right_n")
MIN_DURATION_S = 1.0
MAX_MEDIAN_STEP_S = 0.020
MAX_GAP_S = 0.100
MAX_FORCE_N = 10_000.0
LEAD_US = 1_000_000
_ROUNDING_S = 1e-9
_MIN_ROWS = 2
_FORMAT_HELP = "Use a CSV file with the header t_s,left_n,right_n: seconds, newtons, newtons."


@dataclass(frozen=True)
class Recording:
    """Times (s, strictly increasing) and forces on both plates (N), equally long."""

    t_s: FloatArray
    left_n: FloatArray
    right_n: FloatArray

    @property
    def duration_s(self) -> float:
        """Time from the first row to the last (s)."""
        return float(self.t_s[-1] - self.t_s[0])


def read_recording(path: str | Path) -> Recording:
    """Read and check a recording; raises InputError with what is wrong, why and what to do."""
    name = Path(path).name
    rows, lines = _rows(Path(path), name)
    t_s, left_n, right_n = _numbers(rows, lines, name)
    _check_values(t_s, left_n, right_n, lines, name)
    _check_times(t_s, lines, name)
    return Recording(t_s, left_n, right_n)


def _rows(path: Path, name: str) -> tuple[list[list[str]], list[int]]:
    """The rows under the header and their line numbers in the file."""
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, None)
            if header is not None:
                _check_header(header, name)
            for row in reader:
                if row:
                    rows.append(row)
                    lines.append(reader.line_num)
    except OSError as error:
        raise InputError(
            f"The recording {path} cannot be read.",
            cause=error.strerror or str(error),
            next_step="Check the path and its permissions.",
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"The recording {name} is not a text file with comma-separated values.",
            cause=str(error),
            next_step=_FORMAT_HELP,
        ) from error
    if header is None:
        raise InputError(
            f"The recording {name} is empty.",
            cause="The file holds no line at all.",
            next_step=_FORMAT_HELP,
        )
    if len(rows) < _MIN_ROWS:
        raise InputError(
            f"The recording {name} has {len(rows)} rows of data; it needs at least {_MIN_ROWS}.",
            cause="The file was cut off, or holds only its header.",
            next_step="Export or record it again.",
        )
    return rows, lines


def _check_header(header: list[str], name: str) -> None:
    found = [cell.strip() for cell in header]
    if tuple(found) == COLUMNS:
        return
    if len(found) == 1:
        what = f"The recording {name} has a single column; it needs {', '.join(COLUMNS)}."
        cause = "The columns are missing, or separated by something other than commas."
    elif all(_is_number(cell) for cell in found):
        what = f"The recording {name} has no header line."
        cause = "Its first line already holds numbers."
    else:
        what = f"The recording {name} has other columns than {', '.join(COLUMNS)}."
        cause = f"Its header says: {', '.join(found)[:120]}."
    raise InputError(what, cause=cause, next_step=_FORMAT_HELP)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(rows: list[list[str]], lines: list[int], name: str) -> tuple[FloatArray, ...]:
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(COLUMNS):
            raise InputError(
                f"Line {line} of the recording {name} has {len(row)} values instead of 3.",
                cause="The line is damaged, or numbers are written with a decimal comma.",
                next_step="Correct the line, or export the file again with decimal points.",
            )
    try:
        values = [float(cell) for row in rows for cell in row]
    except ValueError:
        line, cell = next(
            (line, cell)
            for row, line in zip(rows, lines, strict=True)
            for cell in row
            if not _is_number(cell)
        )
        raise InputError(
            f"Line {line} of the recording {name} holds {cell[:40]!r}, which is not a number.",
            cause="The value is missing, or written in another way than 12.34.",
            next_step="Correct the line, or export the file again.",
        ) from None
    return tuple(np.array(values[n :: len(COLUMNS)]) for n in range(len(COLUMNS)))


def _check_values(
    t_s: FloatArray, left_n: FloatArray, right_n: FloatArray, lines: list[int], name: str
) -> None:
    broken = np.flatnonzero(~np.isfinite(t_s + left_n + right_n))
    if broken.size:
        raise InputError(
            f"Line {lines[broken[0]]} of the recording {name} holds a value that is not finite.",
            cause="NaN or infinity marks samples that were lost.",
            next_step="Cut the recording before or after the loss; gaps are not filled in.",
        )
    absurd = np.flatnonzero(np.maximum(np.abs(left_n), np.abs(right_n)) > MAX_FORCE_N)
    if absurd.size:
        raise InputError(
            f"Line {lines[absurd[0]]} of the recording {name} holds a force "
            f"beyond {MAX_FORCE_N:.0f} N.",
            cause="The forces are probably in another unit than newtons.",
            next_step="Convert the forces to newtons.",
        )


def _check_times(t_s: FloatArray, lines: list[int], name: str) -> None:
    step_s = np.diff(t_s)
    back = np.flatnonzero(step_s <= 0)
    if back.size:
        word = "repeats the time" if step_s[back[0]] == 0 else "goes back in time"
        raise InputError(
            f"Line {lines[back[0] + 1]} of the recording {name} {word}.",
            cause="Rows are out of order, or times were rounded too far.",
            next_step="Sort the rows and write times with at least 4 decimals.",
        )
    duration_s = float(t_s[-1] - t_s[0])
    if duration_s < MIN_DURATION_S - _ROUNDING_S:
        raise InputError(
            f"The recording {name} lasts {duration_s:.3f} s; "
            f"it needs at least {MIN_DURATION_S:.0f} s.",
            cause="It was cut off, or its times are not in seconds.",
            next_step="Use a longer recording, with times in seconds.",
        )
    median_s = float(np.median(step_s))
    if median_s > MAX_MEDIAN_STEP_S + _ROUNDING_S:
        raise InputError(
            f"The recording {name} is too coarse: a row every {median_s * 1e3:.0f} ms "
            f"where at most {MAX_MEDIAN_STEP_S * 1e3:.0f} ms is allowed.",
            cause="It was recorded below 50 rows a second, or its times are not in seconds.",
            next_step="Use a recording with at least 50 rows a second, with times in seconds.",
        )
    widest = int(np.argmax(step_s))
    if step_s[widest] > MAX_GAP_S + _ROUNDING_S:
        raise InputError(
            f"The recording {name} has a gap of {step_s[widest] * 1e3:.0f} ms "
            f"before line {lines[widest + 1]}; at most {MAX_GAP_S * 1e3:.0f} ms is allowed.",
            cause="Samples were lost while it was recorded.",
            next_step="Cut the recording before or after the gap; gaps are not filled in.",
        )


class RecordingLoads:
    """Plays a recording: its first row at `start_us`, straight lines between rows.

    The first row's loads stand for 1 s before it and the last row's for 1 s after the end;
    before and after that the plates are empty. Virtual time of a recorded moment is
    `t0_us + t_s * 1e6`.
    """

    def __init__(self, recording: Recording, start_us: int) -> None:
        self.t0_us = start_us - round(float(recording.t_s[0]) * 1e6)
        self.end_us = start_us + round(recording.duration_s * 1e6)
        self._start_us = start_us
        self._t_us = (recording.t_s - recording.t_s[0]) * 1e6
        self._left_n = recording.left_n
        self._right_n = recording.right_n

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        if t_us.size == 0:
            return np.empty(0), np.empty(0)
        at_us = (t_us - self._start_us).astype(np.float64)
        left = np.interp(at_us, self._t_us, self._left_n)
        right = np.interp(at_us, self._t_us, self._right_n)
        loaded = (t_us >= self._start_us - LEAD_US) & (t_us <= self.end_us + LEAD_US)
        if not loaded.all():
            left[~loaded] = 0.0
            right[~loaded] = 0.0
        return left, right

    def hear(self, t_us: int, level: int) -> None:
        """A recording hears nothing."""
