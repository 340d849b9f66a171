"""One hold that lies farther from its leg's other holds than chance allows.

Residuals are of logs about the mean of a leg in a session. The largest is compared with the
scatter of all the others (its own part taken out, the assumed CV left in): an externally
studentised residual. Its limit is Student's t at chance / (2 x number of holds), so that over all
holds together the stated share of people with log-Gaussian holds has one set aside. At most one:
more than one wild hold is scatter, and is told as scatter.

Method: the maximum studentised residual with Bonferroni's bound, a textbook test; that it is used
on holds, and its chance, are this project's proposals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evenstance.reliability.student import t_quantile

MIN_HOLDS = 3
"""In a leg with two holds the two residuals are equal: nobody can say which one is out."""
TIE = 1.0 - 1e-9
"""Two residuals closer than this share are equally far: neither is the outlier."""


@dataclass(frozen=True)
class Outlier:
    """A hold without weight: which group and place in it, how far (times the others), the limit.

    `ratio` is the hold over the geometric mean of its leg's other holds in that session;
    `t` its studentised distance and `limit` what chance allows.
    """

    group: int
    place: int
    ratio: float
    t: float
    limit: float


def find_outlier(
    groups: Sequence[Sequence[float]],
    *,
    prior_squares: float,
    prior_df: int,
    chance_pct: float,
) -> Outlier | None:
    """The one outlier among logs of holds, a group being one leg in one session; None without.

    `prior_squares` is the assumed log variance times `prior_df`.
    """
    df = prior_df + sum(len(group) - 1 for group in groups) - 1
    total = sum(len(group) for group in groups)
    if df < 1:
        return None
    squares: list[float] = []
    spread: list[tuple[float, int, int]] = []
    for k, group in enumerate(groups):
        n = len(group)
        centre = math.fsum(group) / n
        squares += [(x - centre) ** 2 for x in group]
        if n >= MIN_HOLDS:
            spread += [((x - centre) ** 2 * n / (n - 1), k, j) for j, x in enumerate(group)]
    if not spread:
        return None
    largest, k, j = max(spread, key=lambda item: item[0])
    rest = (prior_squares + math.fsum(squares) - largest) / df
    limit = t_quantile(df, 1.0 - chance_pct / 100.0 / (2 * total))
    tied = sum(1 for item in spread if item[0] >= largest * TIE) > 1
    if tied or largest <= limit**2 * rest:
        return None
    others = [x for place, x in enumerate(groups[k]) if place != j]
    return Outlier(
        group=k,
        place=j,
        ratio=math.exp(min(groups[k][j] - math.fsum(others) / len(others), 700.0)),
        t=math.sqrt(largest / rest) if rest > 0.0 else math.inf,
        limit=limit,
    )
