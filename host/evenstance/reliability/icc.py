"""Intraclass correlations of repeated sessions, with exact intervals from the F distribution.

Three of the family, as Shrout and Fleiss 1979 number them and McGraw and Wong 1996 name them:

| id  | McGraw and Wong | asks                                                                |
| --- | --------------- | ------------------------------------------------------------------- |
| 2,1 | ICC(A,1)        | agreement of single sessions; a shift of everybody counts as error  |
| 2,k | ICC(A,k)        | the same for the mean of k sessions                                 |
| 3,1 | ICC(C,1)        | consistency of single sessions; a shift of everybody does not count |

The interval of 3,1 is exact (F). That of 2,1 and 2,k uses the F distribution with Satterthwaite's
degrees of freedom for the denominator, the usual interval. No word such as "good" is attached: an
ICC depends on how much the people of the study differ from each other.

Sources: Shrout and Fleiss 1979, Psychol Bull 86:420; McGraw and Wong 1996, Psychol Methods 1:30.
Neither paper was read; the formulas are those that the package pingouin prints, and the tests
compare with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from evenstance.reliability.design import DesignError, Table, TwoWay, two_way

IccId = Literal["2,1", "2,k", "3,1"]
ICC_IDS: tuple[IccId, ...] = get_args(IccId)
_POLE = 1e-9  # a denominator below this share of its terms is rounding, or as good as it


@dataclass(frozen=True)
class Icc:
    """One coefficient with its interval; it may be negative. `low` may be minus infinity."""

    id: IccId
    value: float
    low: float
    high: float
    f: float
    df1: int
    df2: int
    confidence_pct: float

    @property
    def width(self) -> float:
        """Width of the interval: what the number of people leaves open."""
        return self.high - self.low


def icc(table: Table, kind: IccId, *, confidence_pct: float = 95.0) -> Icc:
    """The coefficient of a complete table: one row a person, one column a session.

    Raises DesignError with a named reason for a table that has none.

    >>> scores = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9],
    ...           [6, 2, 4, 7]]
    >>> [round(icc(scores, kind).value, 2) for kind in ICC_IDS]
    [0.29, 0.62, 0.71]
    >>> found = icc(scores, "3,1")
    >>> round(found.low, 2), round(found.high, 2)
    (0.34, 0.95)
    """
    return icc_of(two_way(table), kind, confidence_pct=confidence_pct)


def icc_of(split: TwoWay, kind: IccId, *, confidence_pct: float = 95.0) -> Icc:
    """The same from mean squares."""
    if kind not in ICC_IDS:
        raise ValueError(f"unknown ICC {kind!r}: one of {', '.join(ICC_IDS)}")
    if not 0.0 < confidence_pct < 100.0:
        raise ValueError(f"confidence of {confidence_pct!r} %")
    upper = 0.5 + confidence_pct / 200.0
    if split.ms_people == 0.0:
        raise DesignError("no_variance", "the means of all people are equal")
    if kind == "3,1":
        value, low, high = _consistency(split, upper)
    elif kind == "2,1":
        value, low, high = _agreement(split, upper)
    else:
        value = _averaged(split)
        low, high = (_stepped_up(end, split.sessions) for end in _agreement(split, upper)[1:])
    f = math.inf if split.ms_error == 0.0 else split.ms_people / split.ms_error
    return Icc(kind, value, low, high, f, split.df_people, split.df_error, confidence_pct)


def _consistency(split: TwoWay, upper: float) -> tuple[float, float, float]:
    """(MSP - MSE) / (MSP + (k - 1) MSE); the limits put F / F* and F F* in place of F."""
    b, e, k = split.ms_people, split.ms_error, split.sessions
    df1, df2 = split.df_people, split.df_error
    below, above = f_quantile(df1, df2, upper), f_quantile(df2, df1, upper)

    def at(people: float, error: float) -> float:
        return (people - error) / (people + (k - 1) * error)

    return at(b, e), at(b, e * below), at(b * above, e)


def _agreement(split: TwoWay, upper: float) -> tuple[float, float, float]:
    """(MSP - MSE) / (MSP + (k - 1) MSE + k (MSS - MSE) / n), Satterthwaite's df for the limits.

    The terms of McGraw and Wong are multiplied by MSE, so that an error of zero divides nothing.
    """
    b, j, e = split.ms_people, split.ms_sessions, split.ms_error
    n, k = split.people, split.sessions
    value = (b - e) / (b + (k - 1) * e + k * (j - e) / n)
    part_j = k * value * j
    part_e = (n * (1 + (k - 1) * value) - k * value) * e
    if part_j == 0.0 and part_e == 0.0:
        return value, value, value  # neither sessions nor error: perfect agreement
    # One scale for both squares keeps them in the range of a float.
    scale = max(abs(part_j), abs(part_e))
    part_j, part_e = part_j / scale, part_e / scale
    v = (n - 1) * (k - 1) * (part_j + part_e) ** 2 / ((n - 1) * part_j * part_j + part_e * part_e)
    below, above = f_quantile(n - 1, v, upper), f_quantile(v, n - 1, upper)
    others = k * j + (k * n - k - n) * e
    low = n * (b - below * e) / (below * others + n * b)
    high = n * (above * b - e) / (others + n * above * b)
    # Satterthwaite's degrees of freedom run out where people hardly differ: then the limits
    # are not numbers, or do not enclose the value.
    if not low <= value <= high:
        raise DesignError(
            "no_interval", f"the value is {value:.2f}, but its usual interval does not hold here"
        )
    return value, low, high


def _averaged(split: TwoWay) -> float:
    """(MSP - MSE) / (MSP + (MSS - MSE) / n).

    Where the denominator is not positive the formula has no meaning (it would exceed 1). What is
    left of one that is zero but for rounding counts as zero.
    """
    b, j, e = split.ms_people, split.ms_sessions, split.ms_error
    below = b + (j - e) / split.people
    if below <= _POLE * (b + (j + e) / split.people):
        raise DesignError(
            "average_unbounded",
            "people differ less than their error: a coefficient of averages has no value here",
        )
    return (b - e) / below


def _stepped_up(single: float, k: int) -> float:
    """A limit of a single session as one of the mean of k (Spearman and Brown)."""
    below = 1.0 + (k - 1) * single
    return -math.inf if below <= _POLE else k * single / below


def f_quantile(df1: float, df2: float, probability: float) -> float:
    """Quantile of the F distribution; fractions of a degree of freedom are allowed."""
    # Not imported at the top: it costs start-up time where nothing is compared.
    from scipy.special import fdtri

    return float(fdtri(df1, df2, probability))
