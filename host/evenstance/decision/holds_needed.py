"""About how many more holds would settle a comparison, from the ladder's own error model.

What it assumes: the difference is truly what was measured (those that were noticed for being
large are smaller on average), the scatter stays what it was, and the next sessions replace the
oldest pooled ones. Sides, days and the wander of one person's ratio are not foreseen. It is a
planning number; the rates of `evenstance study` show how it does.
"""

from __future__ import annotations

import math

from evenstance.decision.parameters import LADDER, Ladder
from evenstance.decision.rungs import STEPS, made_up, mean_holds, reason_of
from evenstance.decision.types import Comparison, HoldsNeeded
from evenstance.reliability.pooling import log_variance_from_pct
from evenstance.reliability.student import t_quantile

_MANY = 10**6  # degrees of freedom at which Student's t is the normal distribution


def holds_needed(comparison: Comparison, ladder: Ladder = LADDER) -> HoldsNeeded | None:
    """Fewest further holds for a comparison that is held back by scatter or not settled.

    None when it is settled (no difference, a small one, a difference), and when no number up to
    `max_holds_per_leg` holds on each leg in each of `sessions` further sessions would do.
    """
    reason = reason_of(comparison, ladder)
    scatter = reason == "holds_scatter"
    if not scatter and STEPS[reason] != 2:
        return None
    pooled = comparison.sessions
    fewest = 1 if scatter else max(1, ladder.sessions - len(pooled))
    found: list[HoldsNeeded] = []
    for more in range(fewest, ladder.sessions + 1):
        kept = pooled[max(0, len(pooled) + more - ladder.sessions) :]
        for holds in range(ladder.min_holds_per_leg, ladder.max_holds_per_leg + 1):
            each = [mean_holds(part.holds_left, part.holds_right) for part in kept]
            each += [float(holds)] * more
            enough = (
                made_up(comparison.within_leg_cv_pct, each, ladder)
                if scatter
                else _settles(comparison, each, ladder)
            )
            if enough:
                chance = None if scatter else ladder.settle_chance_pct
                found.append(HoldsNeeded(more, holds, chance))
                break
    return min(found, key=lambda item: item.more_per_leg, default=None)


def _settles(c: Comparison, holds: list[float], ladder: Ladder) -> bool:
    """Whether the size measured lies far enough beyond the limit and the strict interval."""
    within = log_variance_from_pct(c.within_leg_cv_pct)
    model = ladder.error_model(c.between_session_sd_pct)
    between = log_variance_from_pct(c.between_session_sd_pct)
    weights = [1.0 / (2.0 * model.dependence * within / n + between) for n in holds]
    error = math.sqrt(1.0 / math.fsum(weights))
    own_df = round(math.fsum(2.0 * (n - 1.0) for n in holds))
    t = t_quantile(ladder.prior_df + own_df, 0.5 + ladder.strict_confidence_pct / 200.0)
    threshold = -math.log1p(-ladder.threshold_pct / 100.0)
    reserve = t_quantile(_MANY, ladder.settle_chance_pct / 100.0) * error
    size = -math.log1p(-min(abs(c.difference_pct), 99.999) / 100.0)
    return size - reserve >= max(threshold, t * error)
