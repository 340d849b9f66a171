"""What no rule can do: the best that a rule on the pooled holds could reach, as a linear program.

    python tests/proof/ladder_bound.py

Three sessions with 3 holds on each leg say two things of a person: the pooled log ratio D and the
scatter within legs s^2 (12 degrees of freedom). A rule is a region of (D, s^2) in which it blocks;
the program finds the region, on a fine grid, that is best for a stated aim under stated limits. It
knows the true distributions, so no rule of practice can do better. Prints two tables of
docs/evidence/decision.md.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.stats import chi2, norm

from evenstance.decision.parameters import LADDER
from evenstance.decision.rungs import smallest_printed_as
from evenstance.reliability.pooling import log_variance_from_pct

Floats = NDArray[np.float64]
HOLDS, SESSIONS = LADDER.min_holds_per_leg, LADDER.sessions
OWN_DF = SESSIONS * 2 * (HOLDS - 1)
RATIOS = np.linspace(0.0, 0.8, 201)
VARIANCES = np.linspace(0.0, 0.12, 241)
THRESHOLD = -math.log1p(-smallest_printed_as(LADDER.threshold_pct, LADDER.decimals) / 100.0)
POWER_AT_10_PCT, POWER_AT_15_PCT, FALSE_PCT = 95.0, 80.0, 1.0


@dataclass(frozen=True)
class Kind:
    """People of one kind, as `evenstance study` draws them."""

    cv_pct: float
    true_pct: float = 0.0
    wander_pct: float = 0.0
    correlation: float = 0.0

    def chances(self) -> Floats:
        """Probability of each cell of the grid, both sides together; D is counted by its size."""
        r, n = self.correlation, HOLDS
        of_mean = 1.0 + 2.0 * sum((1.0 - k / n) * r**k for k in range(1, n))
        of_scatter = (n - of_mean) / (n - 1.0)
        s2 = log_variance_from_pct(self.cv_pct)
        error = math.sqrt(
            (s2 * of_mean * 2.0 / n + log_variance_from_pct(self.wander_pct)) / SESSIONS
        )
        ratio = -math.log1p(-self.true_pct / 100.0)
        size = norm.cdf(RATIOS, ratio, error) - norm.cdf(-RATIOS, ratio, error)
        scatter = chi2.cdf(VARIANCES * OWN_DF / (s2 * of_scatter), OWN_DF)
        return np.outer(np.diff(size), np.diff(scatter)).ravel()


ALLOWED = np.repeat(RATIOS[1:] > THRESHOLD, len(VARIANCES) - 1)


def least_false(wander_pct: float, correlation: float, target: Kind) -> float | None:
    """Least share (%) of `target` blocked with both powers and 1 % false blocks up to CV 15 %."""
    found = linprog(
        target.chances(),
        A_ub=np.array(
            [
                -Kind(15.0, 25.0, wander_pct).chances(),
                -Kind(10.0, 25.0, wander_pct).chances(),
                *(Kind(cv).chances() for cv in (10.0, 12.0, 15.0)),
                Kind(15.0, wander_pct=5.0).chances(),
                Kind(15.0, correlation=correlation).chances(),
            ]
        ),
        b_ub=np.array(
            [-POWER_AT_15_PCT / 100.0, -POWER_AT_10_PCT / 100.0, *[FALSE_PCT / 100.0] * 5]
        ),
        bounds=np.stack([np.zeros(len(ALLOWED)), ALLOWED.astype(float)], axis=1),
        method="highs",
    )
    return 100.0 * float(found.fun) if found.success else None


def most_power(block_pct: float) -> float:
    """Most power (%) at CV 15 %, true 25 %, with at most so many blocks at CV 20 %, equal legs."""
    found = linprog(
        -Kind(15.0, 25.0).chances(),
        A_ub=np.array([Kind(20.0).chances(), Kind(15.0).chances()]),
        b_ub=np.array([block_pct / 100.0, FALSE_PCT / 100.0]),
        bounds=np.stack([np.zeros(len(ALLOWED)), ALLOWED.astype(float)], axis=1),
        method="highs",
    )
    return -100.0 * float(found.fun)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    print("| true wander | correlation of holds | least blocks at CV 20 %, equal legs |")
    print("| --- | --- | --- |")
    for wander_pct in (0.0, 5.0):
        for correlation in (0.0, 0.2, 0.25, 0.3):
            least = least_false(wander_pct, correlation, Kind(20.0, wander_pct=wander_pct))
            shown = "cannot be" if least is None else f"{least:.2f} %"
            print(f"| {wander_pct:g} % | {correlation:g} | {shown} |")
    print("\n| blocks allowed at CV 20 %, equal legs | most power at CV 15 %, true 25 % |")
    print("| --- | --- |")
    for block_pct in (2.0, 1.0, 0.5, 0.1, 0.01, 0.001):
        print(f"| {block_pct:g} % | {most_power(block_pct):.0f} % |")


if __name__ == "__main__":
    main()
