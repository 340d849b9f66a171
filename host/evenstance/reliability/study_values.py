"""The session values of a study, and how much one hold adds to their scatter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from evenstance.reliability.design import DesignError
from evenstance.reliability.direction import Side
from evenstance.reliability.pooling import t_quantile
from evenstance.reliability.study_table import LEG_NAMES, LegName, StudyTable

MeasureName = Literal["left", "right", "both", "gap"]
MEASURES: tuple[MeasureName, ...] = ("left", "right", "both", "gap")
POINTS = 100.0
"""Points in one unit of ln(R/L)."""


def measure_table(table: StudyTable, name: MeasureName) -> list[list[float]]:
    """One row a person, one column a session: the measure's session values."""
    return [[session_value(table, p, s, name) for s in table.sessions] for p in table.people]


def log_table(table: StudyTable, name: MeasureName) -> list[list[float]]:
    """Means of the logs of the holds; of both legs their mean, of the gap their difference."""
    return [[log_value(table, p, s, name) for s in table.sessions] for p in table.people]


def session_value(table: StudyTable, person: str, session: int, name: MeasureName) -> float:
    """The mean of the holds; of both legs their mean, of the gap ln(R/L) in points."""
    if name == "gap":
        return POINTS * log_value(table, person, session, name)
    if name == "both":
        return _mean([_mean(table.values[person, session, leg]) for leg in LEG_NAMES])
    return _mean(table.values[person, session, leg_of(name)])


def log_value(table: StudyTable, person: str, session: int, name: MeasureName) -> float:
    """The same from the means of the logs of the holds."""
    left, right = (
        _mean([math.log(value) for value in table.values[person, session, leg]])
        for leg in LEG_NAMES
    )
    if name == "both":
        return 0.5 * (left + right)
    if name == "gap":
        return right - left
    return left if name == "left" else right


def hold_variance(table: StudyTable, name: MeasureName, *, logs: bool = False) -> float:
    """Variance that one hold (on each leg it needs) adds to the measure; 0 with single holds."""
    if table.holds < 2:
        return 0.0
    of_log = logs or name == "gap"

    def within(leg: LegName) -> float:
        groups = [
            [math.log(v) for v in group] if of_log else list(group)
            for group in hold_groups(table, (leg,))
        ]
        squares = [(v - _mean(group)) ** 2 for group in groups for v in group]
        return math.fsum(squares) / (len(groups) * (table.holds - 1))

    if name == "gap":
        unit = 1.0 if logs else POINTS * POINTS
        return unit * (within("left") + within("right"))
    if name == "both":
        return 0.25 * (within("left") + within("right"))
    return within(leg_of(name))


def hold_groups(table: StudyTable, legs: Sequence[LegName]) -> list[tuple[float, ...]]:
    """The holds of each person, session and leg."""
    return [table.values[p, s, leg] for p in table.people for s in table.sessions for leg in legs]


def leg_of(name: MeasureName) -> LegName:
    """The leg of a measure of one leg."""
    return "left" if name == "left" else "right"


def session_sides(table: StudyTable, *, beyond_error: bool) -> list[list[Side]]:
    """The leg with the larger value, by sign or only where its own interval excludes zero."""
    limit = 0.0
    df = 2 * len(table.people) * len(table.sessions) * (table.holds - 1)
    if beyond_error:
        if df < 1:
            raise DesignError("too_few_sessions", "single holds have no error of their own")
        error = math.sqrt(hold_variance(table, "gap") / table.holds)
        limit = t_quantile(df, 0.975) * error

    def side(gap: float) -> Side:
        if abs(gap) <= limit or abs(gap) < 1e-9:
            return "none"
        return "right" if gap > 0.0 else "left"

    return [[side(gap) for gap in row] for row in measure_table(table, "gap")]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
