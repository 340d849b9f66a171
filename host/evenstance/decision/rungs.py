"""The rungs of the ladder: reasons in their order, and how numbers are judged as printed.

The scalar ladder and the vectorised one share what is here, so that neither can drift.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from evenstance.decision.parameters import LADDER, Ladder
from evenstance.reliability.pooling import log_variance_from_pct

if TYPE_CHECKING:
    from evenstance.decision.types import Comparison

Reason = Literal[
    "no_sessions",
    "familiarisation_only",
    "too_few_holds",
    "holds_scatter",
    "interval_includes_zero",
    "small_but_consistent",
    "seen_once",
    "sides_disagree",
    "one_day_only",
    "third_session_needed",
    "strict_interval_includes_zero",
    "difference",
    "red_flag",
]
STEPS: dict[Reason, int] = {
    "no_sessions": 0,
    "familiarisation_only": 0,
    "too_few_holds": 0,
    "holds_scatter": 0,
    "interval_includes_zero": 1,
    "small_but_consistent": 1,
    "seen_once": 2,
    "sides_disagree": 2,
    "one_day_only": 2,
    "third_session_needed": 2,
    "strict_interval_includes_zero": 2,
    "difference": 3,
    "red_flag": 4,
}
REASONS: tuple[Reason, ...] = tuple(STEPS)
NO_SIDE_BELOW = 1e-9
"""Log ratios this small are rounding, not a side."""


@lru_cache(maxsize=64)
def smallest_printed_as(value: float, decimals: int) -> float:
    """The smallest float that is printed as `value` (which has these decimals) or more.

    `x >= smallest_printed_as(15.0, 1)` says the same as `round(x, 1) >= 15.0` for every float.
    """
    x = value - 0.5 * 10.0**-decimals
    while round(x, decimals) >= value:
        x = math.nextafter(x, -math.inf)
    while round(x, decimals) < value:
        x = math.nextafter(x, math.inf)
    return x


def smallest_printed_above(value: float, decimals: int) -> float:
    """The smallest float that is printed as more than `value` (which has these decimals)."""
    return smallest_printed_as(round(value + 10.0**-decimals, decimals), decimals)


def reason_of(c: Comparison, ladder: Ladder = LADDER) -> Reason:
    """The first rung that holds a comparison back; none does: a difference.

    Scatter comes first and in two sizes: above `cv_limit_strict_pct` nothing is believed; above
    `cv_limit_pct` a difference that passes every other rung is, and less than that is not.
    """
    beyond = not includes_zero(c.interval_low_pct, c.interval_high_pct)
    strict = not includes_zero(c.strict_low_pct, c.strict_high_pct)
    size = abs(c.difference_pct)
    rungs: tuple[tuple[bool, Reason], ...] = (
        (not beyond, "interval_includes_zero"),
        (
            size < smallest_printed_as(ladder.threshold_pct, ladder.decimals),
            "small_but_consistent",
        ),
        (len(c.sessions) == 1, "seen_once"),
        (c.same_side_sessions < ladder.min_same_side, "sides_disagree"),
        (c.same_side_days < ladder.min_days, "one_day_only"),
        (len(c.sessions) < ladder.sessions, "third_session_needed"),
        (not strict, "strict_interval_includes_zero"),
    )
    reason: Reason = "difference"
    for holds_back, name in reversed(rungs):
        reason = name if holds_back else reason
    limit_pct = ladder.cv_limit_strict_pct if reason == "difference" else ladder.cv_limit_pct
    above = c.within_leg_cv_pct >= smallest_printed_above(limit_pct, ladder.decimals)
    holds = [mean_holds(part.holds_left, part.holds_right) for part in c.sessions]
    if above and not made_up(c.within_leg_cv_pct, holds, ladder):
        return "holds_scatter"
    return reason


def includes_zero(low: float, high: float) -> bool:
    """Whether an interval includes zero, its ends counted in."""
    return low <= 0.0 <= high


def made_up(cv_pct: float, holds: Sequence[float], ladder: Ladder = LADDER) -> bool:
    """Whether the number of holds makes up for their scatter.

    `holds`: `mean_holds` of each session. The mean of n holds with the log variance s^2 is as
    sure as that of m = `min_holds_per_leg` holds with s^2 m/n; that must not exceed the log
    variance of `made_up_cv_pct`.
    """
    mean = math.fsum(holds) / len(holds)
    variance = log_variance_from_pct(cv_pct)
    return variance * ladder.min_holds_per_leg <= mean * log_variance_from_pct(
        ladder.made_up_cv_pct
    )


def mean_holds(left: int, right: int) -> float:
    """Holds per leg that are as sure as these of both legs: their harmonic mean."""
    return 2.0 / (1.0 / left + 1.0 / right)
