"""The MDC band: where one more session lies while nothing changes.

About the mean of the base line (`change`: the first three comparable sessions), in logs:

    mean before +- q sqrt(variance of that mean + variance of one session of 5 holds a leg)

Five in a hundred sessions of somebody who did not change lie outside by chance, on each line. A
session outside is no verdict; `change` compares means of sessions that were fixed beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evenstance.decision.change import HOLDS_TO_COME, Change, Subject
from evenstance.decision.types import SessionHolds
from evenstance.metrics.hold import Leg
from evenstance.reliability.personal import SessionError
from evenstance.reliability.pooling import pct_from_log_ratio

Outside = Literal["below", "above"]
_LARGEST_LOG = 700.0


@dataclass(frozen=True)
class Band:
    """One line's band: force SD of a leg (N), or the gap as signed `pct_larger` (%)."""

    subject: Subject
    unit: str
    mean: float
    low: float
    high: float
    source: str

    def outside(self, value: float) -> Outside | None:
        """On which side of the band a value lies; None within."""
        if value < self.low:
            return "below"
        return "above" if value > self.high else None


def bands(found: Change) -> tuple[Band, ...]:
    """Left, right and gap; none without a base line."""
    if not found.base:
        return ()
    errors = dict(found.errors)
    left, right = leg_log(found.base, "left"), leg_log(found.base, "right")
    return (
        _band("left", left, errors["left"]),
        _band("right", right, errors["right"]),
        _band("gap", right - left, errors["gap"]),
    )


def leg_log(sessions: Sequence[SessionHolds], leg: Leg) -> float:
    """Unweighted mean over sessions of the mean log of their holds on one leg."""
    means: list[float] = []
    for one in sessions:
        holds = one.left_n if leg == "left" else one.right_n
        means.append(math.fsum(math.log(value) for value in holds) / len(holds))
    return math.fsum(means) / len(means)


def _band(subject: Subject, mean: float, error: SessionError) -> Band:
    to_come = error.variance_of_next(1, HOLDS_TO_COME)
    half = error.quantile * math.sqrt(error.variance_of_mean(0) + to_come)
    mean, low, high = (_shown(subject, v) for v in (mean, mean - half, mean + half))
    return Band(subject, "%" if subject == "gap" else "N", mean, low, high, error.source)


def _shown(subject: Subject, value: float) -> float:
    if subject == "gap":
        return pct_from_log_ratio(value)
    return math.exp(min(value, _LARGEST_LOG))
