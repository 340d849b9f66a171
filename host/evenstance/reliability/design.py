"""A complete table of people by sessions, and its split into sources of scatter.

The model is the two-way one without replication: value = grand mean + person + session + error,
where "error" holds the person-by-session interaction as well. With n people and k sessions:

    MS_people   = k SS(row means) / (n - 1)
    MS_sessions = n SS(column means) / (k - 1)
    MS_error    = SS(value - row mean - column mean + grand mean) / ((n - 1)(k - 1))

Source: Shrout and Fleiss 1979, Psychol Bull 86:420; McGraw and Wong 1996, Psychol Methods 1:30
(the formulas as the package pingouin prints them; the papers were not read). A table with a
missing cell is refused by name: nothing is filled in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

DesignReason = Literal[
    "too_few_people",
    "too_few_sessions",
    "missing_cell",
    "not_finite",
    "not_positive",
    "no_variance",
    "no_interval",
    "average_unbounded",
    "one_side_only",
]
Table = Sequence[Sequence[float | None]]

_ROUNDING = 4e-16  # twice the distance of neighbouring floats at 1


class DesignError(ValueError):
    """Numbers that this statistic cannot be made of; `reason` is a stable id."""

    def __init__(self, reason: DesignReason, text: str) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason: DesignReason = reason
        self.text = text


@dataclass(frozen=True)
class TwoWay:
    """Mean squares of a people-by-sessions table, in the square of the value's unit."""

    people: int
    sessions: int
    mean: float
    ms_people: float
    ms_sessions: float
    ms_error: float

    @property
    def df_people(self) -> int:
        return self.people - 1

    @property
    def df_error(self) -> int:
        return (self.people - 1) * (self.sessions - 1)

    @property
    def person_variance(self) -> float:
        """Variance between people free of error; negative when people do not differ beyond it."""
        return (self.ms_people - self.ms_error) / self.sessions

    @property
    def session_variance(self) -> float:
        """Variance of the session means free of error; negative when there is none to see."""
        return (self.ms_sessions - self.ms_error) / self.people

    @property
    def total_variance(self) -> float:
        """Variance of all n k values about the grand mean, with n k - 1 degrees of freedom."""
        squares = (
            self.df_people * self.ms_people
            + (self.sessions - 1) * self.ms_sessions
            + self.df_error * self.ms_error
        )
        return squares / (self.people * self.sessions - 1)


def checked(table: Table) -> list[list[float]]:
    """The table as floats; DesignError for a missing cell, a value not finite, or too few.

    >>> checked([[1, 2], [3, 4]])
    [[1.0, 2.0], [3.0, 4.0]]
    >>> try:
    ...     checked([[1, 2], [3, None]])
    ... except DesignError as error:
    ...     print(error)
    missing_cell: person 2 has no value in session 2
    """
    if len(table) < 2:
        raise DesignError("too_few_people", f"{len(table)} people; at least 2 are needed")
    width = max(len(row) for row in table)
    if width < 2:
        raise DesignError("too_few_sessions", f"{width} sessions; at least 2 are needed")
    rows: list[list[float]] = []
    for number, row in enumerate(table, 1):
        cells: list[float] = []
        for session in range(width):
            cell = row[session] if session < len(row) else None
            where = f"person {number} has"
            if cell is None:
                raise DesignError("missing_cell", f"{where} no value in session {session + 1}")
            if not math.isfinite(cell):
                raise DesignError("not_finite", f"{where} {cell!r} in session {session + 1}")
            cells.append(float(cell))
        rows.append(cells)
    return rows


def two_way(table: Table) -> TwoWay:
    """Split a complete table into people, sessions and error.

    DesignError `no_variance` when all values are equal.

    >>> split = two_way([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8],
    ...                  [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    >>> [round(ms, 2) for ms in (split.ms_people, split.ms_sessions, split.ms_error)]
    [11.24, 32.49, 1.02]
    """
    rows = checked(table)
    n, k = len(rows), len(rows[0])
    everything = [cell for row in rows for cell in row]
    if max(everything) == min(everything):
        raise DesignError("no_variance", f"all {n * k} values are {everything[0]!r}")
    size = max(map(abs, everything))
    # Scaled, so that no square leaves the range of a float; centred, so that a common offset
    # costs no digits.
    shift = math.fsum(cell / size for cell in everything) / (n * k)
    centred = [[cell / size - shift for cell in row] for row in rows]
    people = [math.fsum(row) / k for row in centred]
    sessions = [math.fsum(column) / n for column in zip(*centred, strict=True)]
    left_over = [centred[i][j] - people[i] - sessions[j] for i in range(n) for j in range(k)]
    noise = _ROUNDING * _ROUNDING * n * k  # what rounding alone may leave in a sum of squares
    unit = size * size

    def mean_square(values: Sequence[float], weight: int, df: int) -> float:
        squares = weight * math.fsum(v * v for v in values)
        return 0.0 if squares <= noise else unit * squares / df

    return TwoWay(
        people=n,
        sessions=k,
        mean=size * shift,
        ms_people=mean_square(people, k, n - 1),
        ms_sessions=mean_square(sessions, n, k - 1),
        ms_error=mean_square(left_over, 1, (n - 1) * (k - 1)),
    )
