"""Quantiles of chi-squared without scipy, as in `student`: finite sums, and halving."""

from __future__ import annotations

import math
from functools import lru_cache

_MOST = 1000
"""Degrees of freedom up to which the sums are quick and their smallest terms still numbers."""
_HALVINGS = 200


@lru_cache(maxsize=256)
def chi_squared_upper(df: int, probability: float) -> float:
    """The value that chi-squared with `df` degrees of freedom exceeds with this probability.

    >>> round(chi_squared_upper(3, 0.025), 6), round(chi_squared_upper(10, 0.975), 6)
    (9.348404, 3.246973)
    """
    whole = int(df)
    if whole != df or whole < 1 or not 0.0 < probability < 1.0:
        raise ValueError(f"no chi-squared for {df} degrees of freedom and {probability}")
    if whole > _MOST:
        from scipy.special import chdtri

        return float(chdtri(whole, probability))
    low, high = 0.0, float(whole)
    while _beyond(whole, high) > probability:
        high *= 2.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if _beyond(whole, middle) > probability:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _beyond(df: int, value: float) -> float:
    """Probability of more than `value` (Abramowitz and Stegun 26.4.4 and 26.4.5)."""
    half = 0.5 * value
    first = 0.5 if df % 2 else 0.0
    terms = [math.erfc(math.sqrt(half))] if df % 2 else []
    logs = math.log(half)
    for k in range(df // 2):
        power = k + first
        terms.append(math.exp(power * logs - half - math.lgamma(power + 1.0)))
    return math.fsum(terms)
