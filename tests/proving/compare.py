"""A stream of conversions against what the converter did: missing, doubled, wrong, late.

Each conversion of the stream is placed by its time, so that one error is one error and not the
end of the comparison. Where the stream begins is found by its values.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KEY = 24  # conversions in a row that find a place
LATE_US = 200.0


@dataclass(frozen=True)
class Truth:
    """All conversions of one chip: ends (us), counts."""

    t_us: list[float]
    counts: list[int]


@dataclass(frozen=True)
class Compared:
    """How a stream differs; `at` is the place of its first conversion in the truth."""

    n: int
    at: int
    missing: int
    doubled: int
    wrong: int
    late: int
    errors_us: list[float]

    @property
    def worst_us(self) -> float:
        """The largest error of a time."""
        return max(abs(one) for one in self.errors_us)

    @property
    def is_equal(self) -> bool:
        """Nothing differs."""
        return not (self.missing or self.doubled or self.wrong or self.late)


def read_log(path: Path) -> tuple[Truth, Truth]:
    """The emulator's log: chip, time (us), index, counts."""
    found = {"left": Truth([], []), "right": Truth([], [])}
    with path.open(encoding="ascii") as file:
        next(file)
        for line in file:
            fields = line.split(",")
            if len(fields) != 4 or not line.endswith("\n"):
                continue  # still being written
            chip = found[fields[0]]
            chip.t_us.append(float(fields[1]))
            chip.counts.append(int(fields[3]))
    return found["left"], found["right"]


def compare(
    t_us: Sequence[int], counts: Sequence[int], truth: Truth, offset_us: float | None = None
) -> Compared | None:
    """Compare a stream; None when it is found nowhere.

    `offset_us` is what the stream's clock is behind that of the truth, when that is known; else it
    is taken from the values, and only the spread of the errors means something.
    """
    best: Compared | None = None
    for offset in [offset_us] if offset_us is not None else _offsets(t_us, counts, truth):
        one = _compared(t_us, counts, truth, offset)
        if best is None or _badness(one) < _badness(best):
            best = one
    return best


def _badness(one: Compared) -> int:
    return one.missing + one.doubled + one.wrong + one.late


def _offsets(t_us: Sequence[int], counts: Sequence[int], truth: Truth) -> list[float]:
    """What may lie between both clocks: of each place where a piece of the stream is found."""
    places: dict[tuple[int, ...], list[int]] = {}
    for at in range(len(truth.counts) - KEY + 1):
        places.setdefault(tuple(truth.counts[at : at + KEY]), []).append(at)
    for first in range(0, len(counts) - KEY + 1, KEY):
        found = places.get(tuple(counts[first : first + KEY]), [])
        if found:
            return [
                statistics.median(truth.t_us[at + k] - t_us[first + k] for k in range(KEY))
                for at in found
            ]
    return []


def _compared(
    t_us: Sequence[int], counts: Sequence[int], truth: Truth, offset_us: float
) -> Compared:
    missing = doubled = wrong = late = 0
    errors: list[float] = []
    first = before = -1
    for mine_us, value in zip(t_us, counts, strict=True):
        at = _nearest(truth.t_us, mine_us + offset_us)
        if before < 0:
            first = at
        elif at <= before:
            doubled += 1
        else:
            missing += at - before - 1
        error = mine_us + offset_us - truth.t_us[at]
        errors.append(error)
        wrong += value != truth.counts[at]
        late += abs(error) >= LATE_US
        before = max(at, before)
    return Compared(len(errors), first, missing, doubled, wrong, late, errors)


def _nearest(row: Sequence[float], value: float) -> int:
    at = bisect_left(row, value)
    if at == len(row) or (at and value - row[at - 1] <= row[at] - value):
        return at - 1
    return at
