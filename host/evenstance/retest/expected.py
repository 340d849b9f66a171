"""The difference that a re-test shows without any practice: regression to the mean.

A block is given because a reading was large, so its error is more often upwards than down, and the
next reading is smaller on average although nothing happened. With true log ratios that scatter
about zero with the variance t^2 between people, and a base reading D of variance v:

    share kept        w = t^2 / (t^2 + v)
    expected re-test  w D
    its variance      w v + v'        (what is left unknown of the person, and the re-test's own)

The reading is that of the ladder (`reliability.pooling.pool`): the same outlier rule, the same
error model. `smaller` says that the re-test lies below the range expected without practice. It
holds whatever led to the block, as long as the block was given on these base sessions: what is
known of the person is in them. t is assumed; with a true t below it more people are told
"smaller" without cause, which docs/evidence/retest.md gives in numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evenstance.decision.parameters import LADDER
from evenstance.decision.types import SessionHolds
from evenstance.metrics.hold import Leg
from evenstance.reliability.pooling import (
    Pooled,
    log_variance_from_pct,
    pct_from_log_ratio,
    pool,
)
from evenstance.reliability.student import t_quantile
from evenstance.retest.parameters import RULES, Rules


@dataclass(frozen=True)
class Expected:
    """Differences as shares of the larger value (%), positive where `larger` has the larger SD.

    `larger` is the leg with the larger force SD at the start. `low_pct` and `high_pct` hold the
    re-tests expected without practice; a re-test is smaller only below `low_pct`. `kept` is the
    share of the base reading (in logs) that is expected again.
    """

    larger: Leg
    before_pct: float
    expected_pct: float
    low_pct: float
    high_pct: float
    after_pct: float
    kept: float
    smaller: bool
    side_changed: bool
    confidence_pct: float
    spread_between_people_pct: float

    @property
    def fall_pct(self) -> float:
        """By how many points the size fell; negative where it rose."""
        return abs(self.before_pct) - abs(self.after_pct)

    @property
    def fall_expected_pct(self) -> float:
        """By how many points it was expected to fall without practice."""
        return abs(self.before_pct) - abs(self.expected_pct)


def expected(
    base: Sequence[SessionHolds],
    after: Sequence[SessionHolds],
    larger: Leg | None = None,
    rules: Rules = RULES,
) -> Expected:
    """The re-test held against what is expected of it without any practice.

    `larger`: the less steady leg of the plan; without one the side of the base reading.
    Raises ValueError where `pool` does.
    """
    before, now = _pooled(base), _pooled(after)
    side: Leg = larger or ("right" if before.log_ratio > 0.0 else "left")
    sign = 1.0 if side == "right" else -1.0
    d, a = sign * before.log_ratio, sign * now.log_ratio
    kept, middle, half = shrunk(
        d, before.standard_error, now.standard_error, min(before.df, now.df), rules
    )
    t = t_quantile(now.df, 0.5 + LADDER.confidence_pct / 200.0)
    other_side = a < -t * now.standard_error
    return Expected(
        larger=side,
        before_pct=pct_from_log_ratio(d),
        expected_pct=pct_from_log_ratio(middle),
        low_pct=pct_from_log_ratio(middle - half),
        high_pct=pct_from_log_ratio(middle + half),
        after_pct=pct_from_log_ratio(a),
        kept=kept,
        smaller=d > 0.0 and a < middle - half and abs(a) < middle and not other_side,
        side_changed=d > 0.0 and other_side,
        confidence_pct=rules.confidence_pct,
        spread_between_people_pct=rules.spread_between_people_pct,
    )


def shrunk(
    base: float, base_error: float, retest_error: float, df: int, rules: Rules = RULES
) -> tuple[float, float, float]:
    """Share kept, expected re-test and half the width of its range, in logs.

    >>> [round(x, 3) for x in shrunk(0.25, 0.09, 0.09, 28)]
    [0.499, 0.125, 0.226]
    """
    between = log_variance_from_pct(rules.spread_between_people_pct)
    kept = between / (between + base_error**2)
    error = math.sqrt(kept * base_error**2 + retest_error**2)
    return kept, kept * base, t_quantile(df, 0.5 + rules.confidence_pct / 200.0) * error


def _pooled(sessions: Sequence[SessionHolds]) -> Pooled:
    return pool([(one.left_n, one.right_n) for one in sessions], LADDER.error_model())
