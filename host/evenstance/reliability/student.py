"""Quantiles of Student's t without scipy, whose import takes longer than a whole comparison.

For whole degrees of freedom the distribution is a finite sum (Abramowitz and Stegun 26.7.3 and
26.7.4), and its quantile is found by halving the interval that holds it. From many degrees of
freedom on it is the normal quantile with four correcting terms (26.7.5).
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_MANY = 400
_HALVINGS = 80


@lru_cache(maxsize=1024)
def t_quantile(df: int, probability: float) -> float:
    """Quantile of Student's t with `df` degrees of freedom, at least one.

    >>> round(t_quantile(3, 0.975), 6), round(t_quantile(24, 0.995), 6)
    (3.182446, 2.796939)
    """
    whole = int(df)
    if whole != df or whole < 1 or not 0.0 < probability < 1.0:
        raise ValueError(f"no quantile of t for {df} degrees of freedom and {probability}")
    if probability < 0.5:
        return -t_quantile(whole, 1.0 - probability)
    if whole > _MANY:
        return _from_normal(whole, NormalDist().inv_cdf(probability))
    low, high = 0.0, 0.5 * math.pi
    wanted = 2.0 * probability - 1.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if _within(whole, middle) < wanted:
            low = middle
        else:
            high = middle
    return math.sqrt(whole) * math.tan(0.5 * (low + high))


def _within(df: int, angle: float) -> float:
    """Probability that |t| is at most sqrt(df) tan(angle)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = df % 2
    term = cosine if odd else 1.0
    terms = [term] if df > 1 else []
    for k in range(2 + odd, df - 1, 2):
        term *= (k - 1) / k * cosine * cosine
        terms.append(term)
    total = sine * math.fsum(terms)
    return (angle + total) * 2.0 / math.pi if odd else total


def _from_normal(df: int, z: float) -> float:
    z2 = z * z
    terms = (
        z,
        z * (z2 + 1.0) / 4.0,
        z * ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0,
        z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0,
        z * ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92160.0,
    )
    return math.fsum(term / df**power for power, term in enumerate(terms))
