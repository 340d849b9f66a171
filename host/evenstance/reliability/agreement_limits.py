"""Bland and Altman's limits of agreement of two sessions, with exact intervals.

    bias   = mean(second - first)
    limits = bias -/+ 1.96 SD(second - first)

The interval of the bias is Student's t. That of each limit is exact for Gaussian differences,
from the noncentral t distribution: with r = sqrt(n), limit = bias + z SD has the interval
bias + SD t'(n - 1, z r) / r. The usual approximation, sqrt(3 / n) SD, is too narrow for few
people. Sources: Bland and Altman 1986, Lancet (form, not read); the exact form follows from the
definition of the noncentral t.

The check for a proportional bias is the least-squares slope of the differences on the means of
both sessions, with Student's t interval: error that grows with the value calls for logs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evenstance.reliability.design import DesignError
from evenstance.reliability.error_sizes import Z95, paired_differences
from evenstance.reliability.pooling import t_quantile


@dataclass(frozen=True)
class Estimate:
    """A value with its interval."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True)
class BlandAltman:
    """Agreement of two sessions in the value's own unit; differences are second - first.

    `slope` (unit per unit) is None when the means of the people do not differ, and then `bias`
    cannot depend on them.
    """

    people: int
    bias: Estimate
    sd: float
    lower: Estimate
    upper: Estimate
    slope: Estimate | None
    confidence_pct: float

    @property
    def proportional_bias(self) -> bool | None:
        """Whether the interval of the slope excludes zero; None without a slope."""
        return None if self.slope is None else self.slope.excludes_zero


def bland_altman(
    first: Sequence[float], second: Sequence[float], *, confidence_pct: float = 95.0
) -> BlandAltman:
    """Bias, limits and slope of paired sessions, at least three people.

    >>> found = bland_altman([10, 12, 11, 15, 13], [11, 12, 13, 14, 13])
    >>> round(found.bias.value, 2), round(found.lower.value, 2), round(found.upper.value, 2)
    (0.4, -1.83, 2.63)
    >>> [round(limit, 2) for limit in (found.bias.low, found.bias.high)]
    [-1.02, 1.82]
    """
    differences = paired_differences(first, second)
    n = len(differences)
    if n < 3:
        raise DesignError("too_few_people", f"{n} people; limits of agreement need at least 3")
    bias = math.fsum(differences) / n
    sd = math.sqrt(math.fsum((d - bias) ** 2 for d in differences) / (n - 1))
    upper_tail = 0.5 + confidence_pct / 200.0
    half = t_quantile(n - 1, upper_tail) * sd / math.sqrt(n)
    near = _limit_factor(n, 1.0 - upper_tail)
    far = _limit_factor(n, upper_tail)
    means = [0.5 * (a + b) for a, b in zip(first, second, strict=True)]
    return BlandAltman(
        people=n,
        bias=Estimate(bias, bias - half, bias + half),
        sd=sd,
        lower=Estimate(bias - Z95 * sd, bias - far * sd, bias - near * sd),
        upper=Estimate(bias + Z95 * sd, bias + near * sd, bias + far * sd),
        slope=slope(means, differences, confidence_pct=confidence_pct),
        confidence_pct=confidence_pct,
    )


def slope(
    x: Sequence[float], y: Sequence[float], *, confidence_pct: float = 95.0
) -> Estimate | None:
    """Least-squares slope of y on x with Student's t interval on n - 2 degrees of freedom.

    None when x does not vary or when there are fewer than three points.

    >>> found = slope([0.0, 1.0, 2.0, 3.0], [0.0, 1.1, 1.9, 3.0])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.98, 0.797, 1.163)
    """
    n = len(x)
    if n < 3 or max(x) == min(x):
        return None
    x_mean, y_mean = math.fsum(x) / n, math.fsum(y) / n
    sxx = math.fsum((a - x_mean) ** 2 for a in x)
    if sxx == 0.0:
        return None
    value = math.fsum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True)) / sxx
    rest = math.fsum((b - y_mean - value * (a - x_mean)) ** 2 for a, b in zip(x, y, strict=True))
    half = t_quantile(n - 2, 0.5 + confidence_pct / 200.0) * math.sqrt(rest / (n - 2) / sxx)
    return Estimate(value, value - half, value + half)


def _limit_factor(n: int, probability: float) -> float:
    """How many SDs above the bias the upper limit lies with this probability."""
    from scipy.special import nctdtrit

    root = math.sqrt(n)
    return float(nctdtrit(n - 1, Z95 * root, probability)) / root
