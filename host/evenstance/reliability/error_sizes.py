"""How large the error of one measurement is, in five usual forms, each with its interval.

    typical error = SD(session 2 - session 1) / sqrt(2)
    SEM           = SD sqrt(1 - ICC) = sqrt(MS_error)        (standard error of measurement)
    MDC95         = 1.96 sqrt(2) SEM                         (smallest detectable change)
    SWC           = 0.2 SD between people                    (smallest worthwhile change)
    CV            = SD / mean of repeated holds, pooled over people

Sources: Hopkins 2000 (Sports Med) and Weir 2005 (J Strength Cond Res) for the forms, from notes;
neither was read. Intervals are those of a variance (chi-squared), for normal errors.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evenstance.reliability.chi_squared import chi_squared_upper
from evenstance.reliability.design import DesignError, TwoWay
from evenstance.reliability.pooling import pct_from_log_variance

Z95 = 1.96
"""Quantile of the Gaussian distribution in the usual form of the MDC95."""
SWC_SHARE = 0.2
"""Share of the SD between people that is called worthwhile (Hopkins 2000)."""


@dataclass(frozen=True)
class ErrorSize:
    """A standard deviation with its interval and its degrees of freedom."""

    value: float
    low: float
    high: float
    df: int
    confidence_pct: float = 95.0

    def times(self, factor: float) -> ErrorSize:
        """The same in another unit or form; the degrees of freedom stay."""
        return ErrorSize(
            self.value * factor,
            self.low * factor,
            self.high * factor,
            self.df,
            self.confidence_pct,
        )


def sd_interval(variance: float, df: int, *, confidence_pct: float = 95.0) -> ErrorSize:
    """The square root of a variance with the limits sqrt(df variance / chi-squared quantile).

    >>> found = sd_interval(4.0, 10)
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (2.0, 1.4, 3.51)
    """
    if df < 1:
        raise DesignError("too_few_people", "no degrees of freedom for an error size")
    if not math.isfinite(variance) or variance < 0.0:
        raise DesignError("not_finite", f"variance {variance!r}")
    tail = 0.5 - confidence_pct / 200.0
    return ErrorSize(
        value=math.sqrt(variance),
        low=math.sqrt(df * variance / chi_squared_upper(df, tail)),
        high=math.sqrt(df * variance / chi_squared_upper(df, 1.0 - tail)),
        df=df,
        confidence_pct=confidence_pct,
    )


def typical_error(
    first: Sequence[float], second: Sequence[float], *, confidence_pct: float = 95.0
) -> ErrorSize:
    """SD of the differences over sqrt(2); a shift of everybody does not enter.

    >>> round(typical_error([10, 12, 11, 15], [11, 12, 13, 14]).value, 3)
    0.913
    """
    differences = paired_differences(first, second)
    n = len(differences)
    centre = math.fsum(differences) / n
    variance = math.fsum((d - centre) ** 2 for d in differences) / (n - 1)
    return sd_interval(variance / 2.0, n - 1, confidence_pct=confidence_pct)


def paired_differences(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """second - first of each person; DesignError for an unpaired, missing or single value."""
    if len(first) != len(second):
        raise DesignError(
            "missing_cell", f"{len(first)} values in one session and {len(second)} in the other"
        )
    if len(first) < 2:
        raise DesignError("too_few_people", f"{len(first)} people; at least 2 are needed")
    for value in (*first, *second):
        if not math.isfinite(value):
            raise DesignError("not_finite", f"value {value!r}")
    return [b - a for a, b in zip(first, second, strict=True)]


def sem_from_icc(sd: float, icc: float) -> float:
    """SD sqrt(1 - ICC). The SD must belong to the ICC: see `sem_consistency`.

    >>> round(sem_from_icc(10.0, 0.91), 6)
    3.0
    """
    if not (math.isfinite(sd) and sd >= 0.0 and math.isfinite(icc) and icc <= 1.0):
        raise DesignError("not_finite", f"no SEM of SD {sd!r} and ICC {icc!r}")
    return sd * math.sqrt(1.0 - icc)


def sem_consistency(split: TwoWay, *, confidence_pct: float = 95.0) -> ErrorSize:
    """sqrt(MS_error): what a person scatters by when a shift of everybody is taken out.

    Equal to SD sqrt(1 - ICC(3,1)) with the SD between people within a session, and with two
    sessions equal to the typical error.

    >>> from evenstance.reliability.design import two_way
    >>> table = [[10, 11], [12, 12], [11, 13], [15, 14]]
    >>> round(sem_consistency(two_way(table)).value, 3)
    0.913
    """
    return sd_interval(split.ms_error, split.df_error, confidence_pct=confidence_pct)


def sem_agreement(split: TwoWay) -> float:
    """sqrt(MS_error + variance of the sessions): a shift of everybody counts as error.

    Belongs to ICC(2,1). Its interval would need the few degrees of freedom of the sessions: none
    is given.
    """
    return math.sqrt(split.ms_error + max(split.session_variance, 0.0))


def mdc95(sem: float, *, averaged: int = 1) -> float:
    """1.96 sqrt(2) SEM / sqrt(averaged): a change between two results that error alone exceeds
    in 5 % of comparisons. `averaged` independent measurements make up each of the two results.

    Sessions average like that. The holds of one session do not: they share what differs from day
    to day (see `Components`).

    >>> round(mdc95(1.0), 3), round(mdc95(1.0, averaged=4), 3)
    (2.772, 1.386)
    """
    if averaged < 1:
        raise ValueError(f"a mean of {averaged} measurements")
    if not math.isfinite(sem) or sem < 0.0:
        raise DesignError("not_finite", f"SEM {sem!r}")
    return Z95 * math.sqrt(2.0) * sem / math.sqrt(averaged)


def smallest_worthwhile_change(person_variance: float) -> float:
    """0.2 SD between people, from the variance between people that is free of error.

    >>> smallest_worthwhile_change(4.0)
    0.4
    """
    if not person_variance > 0.0:
        raise DesignError("no_variance", "the people do not differ beyond their error")
    return SWC_SHARE * math.sqrt(person_variance)


@dataclass(frozen=True)
class Components:
    """Two parts of the error of a session's mean: from hold to hold, and from day to day.

    `between_variance` is what is left of MS_error of the session means when the share of the
    holds is taken off. It may come out below zero by chance: then it is taken as zero, and
    `between_clipped` says so.
    """

    hold_variance: float
    between_variance: float
    between_clipped: bool
    holds: int

    def sem(self, holds: int, sessions: int = 1) -> float:
        """SEM of the mean of `holds` holds in each of `sessions` sessions.

        >>> parts = Components(hold_variance=5.0, between_variance=1.0,
        ...                    between_clipped=False, holds=5)
        >>> round(parts.sem(5), 3), round(parts.sem(5, sessions=2), 3)
        (1.414, 1.0)
        """
        if holds < 1 or sessions < 1:
            raise ValueError(f"{holds} holds in {sessions} sessions")
        return math.sqrt((self.between_variance + self.hold_variance / holds) / sessions)


def components(split: TwoWay, hold_variance: float, holds: int) -> Components:
    """Split MS_error of means over `holds` holds: MS_error = between + hold_variance / holds.

    >>> from evenstance.reliability.design import TwoWay
    >>> found = components(TwoWay(20, 2, 5.0, 9.0, 1.0, 2.0), hold_variance=5.0, holds=5)
    >>> found.between_variance
    1.0
    """
    between = split.ms_error - hold_variance / holds
    return Components(hold_variance, max(between, 0.0), between < 0.0, holds)


@dataclass(frozen=True)
class WithinLegCv:
    """CV (%) of repeated holds, pooled over the groups in two forms.

    `log_pct` is that of a log-Gaussian quantity with the pooled variance of the logs; `plain_pct`
    the root mean square of the CVs of the groups, weighted with n - 1.
    """

    log_pct: float
    log_low_pct: float
    log_high_pct: float
    plain_pct: float
    df: int


def within_leg_cv(
    groups: Iterable[Sequence[float]], *, confidence_pct: float = 95.0
) -> WithinLegCv:
    """Scatter of holds about the mean of their own leg and session, in both forms.

    The two nearly agree for small CVs: ln x scatters by what x scatters by relative to its mean.

    >>> found = within_leg_cv([[4.0, 5.0, 6.0], [10.0, 10.0]])
    >>> round(found.plain_pct, 2), round(found.log_pct, 2), found.df
    (16.33, 16.7, 3)
    """
    log_squares: list[float] = []
    plain_squares: list[float] = []
    df = 0
    for group in groups:
        for value in group:
            if not math.isfinite(value):
                raise DesignError("not_finite", f"value {value!r}")
            if value <= 0.0:
                raise DesignError("not_positive", f"value {value!r} has no CV")
        if len(group) < 2:
            continue
        df += len(group) - 1
        centre = math.fsum(group) / len(group)
        plain_squares += [((x - centre) / centre) ** 2 for x in group]
        logs = [math.log(x) for x in group]
        centre = math.fsum(logs) / len(logs)
        log_squares += [(x - centre) ** 2 for x in logs]
    if df < 1:
        raise DesignError("too_few_sessions", "no leg was held twice in one session")
    size = sd_interval(math.fsum(log_squares) / df, df, confidence_pct=confidence_pct)
    return WithinLegCv(
        log_pct=pct_from_log_variance(size.value**2),
        log_low_pct=pct_from_log_variance(size.low**2),
        log_high_pct=pct_from_log_variance(size.high**2),
        plain_pct=100.0 * math.sqrt(math.fsum(plain_squares) / df),
        df=df,
    )
