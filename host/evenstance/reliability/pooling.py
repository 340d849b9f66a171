"""One model for the left/right difference over sessions: logs of force SD, two kinds of error.

In session i the log ratio d_i = mean(ln R) - mean(ln L) scatters about the person's own ratio
with the variance

    v_i = k s_w^2 (1/n_left + 1/n_right) + s_b^2,    k = (1 + r) / (1 - r)

where s_w^2 is the log variance of repeated holds of one leg within a session (own holds, shrunk
towards an assumed CV), r the assumed correlation of one hold with the next, and s_b^2 the variance
of the ratio from session to session (assumed or personal). Sessions are pooled by inverse
variance; the interval is Student's t with the degrees of freedom of s_w^2. At most one hold is
set aside first: `evenstance.reliability.outlier`.

Logs make the result free of units and symmetric in the legs; a CV c is the log variance
ln(1 + c^2) of a log-Gaussian quantity. Method: this project's proposal from textbook parts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evenstance.reliability.outlier import Outlier, find_outlier
from evenstance.reliability.student import t_quantile

_LARGEST_LOG_VARIANCE = 700.0  # above this the CV does not fit in a float


def log_variance_from_pct(spread_pct: float) -> float:
    """Variance of the logs of a log-Gaussian quantity with this CV (%)."""
    return math.log1p((spread_pct / 100.0) ** 2)


def pct_from_log_variance(log_variance: float) -> float:
    """CV (%) of a log-Gaussian quantity whose logs have this variance."""
    return 100.0 * math.sqrt(math.expm1(min(log_variance, _LARGEST_LOG_VARIANCE)))


def pct_from_log_ratio(log_ratio: float) -> float:
    """ln(R/L) as the signed share of the larger value (%): sign(D) 100 (1 - exp(-|D|)).

    The same number as `pct_larger` of the two values; monotone, so it carries intervals over.
    """
    return math.copysign(-100.0 * math.expm1(-abs(log_ratio)), log_ratio)


@dataclass(frozen=True)
class ErrorModel:
    """What is assumed: two spreads (%), the weight of the first in degrees of freedom, the
    correlation of successive holds, and the chance (%) of setting a hold aside without cause
    (0 sets none aside)."""

    assumed_cv_pct: float
    prior_df: int
    between_session_sd_pct: float
    hold_correlation: float = 0.0
    outlier_chance_pct: float = 0.0

    @property
    def dependence(self) -> float:
        """k: by how much dependent holds make the squared error of their mean larger than
        their scatter tells. An AR(1) sequence gives (1+r)/(1-r) within 1 % for 3 holds or more
        and r up to 0.1."""
        return (1.0 + self.hold_correlation) / (1.0 - self.hold_correlation)


@dataclass(frozen=True)
class WithinLeg:
    """Pooled scatter of repeated holds: log variance, its degrees of freedom, own ones of them."""

    log_variance: float
    df: int
    own_df: int

    @property
    def cv_pct(self) -> float:
        """The scatter as a CV (%)."""
        return pct_from_log_variance(self.log_variance)


def within_leg(
    groups: Iterable[Sequence[float]],
    *,
    assumed_cv_pct: float,
    prior_df: int,
) -> WithinLeg:
    """Scatter of holds about the mean of their own leg and session, shrunk to the assumed CV.

    `groups`: logs of one leg in one session each. Formula:
    (prior_df * ln(1 + cv^2) + sum of squares) / (prior_df + sum(n - 1)).
    Raises ValueError when there is neither a prior nor a repeated hold.
    """
    squares: list[float] = []
    own_df = 0
    for group in groups:
        centre = _mean(group)
        squares += [(x - centre) ** 2 for x in group]
        own_df += len(group) - 1
    df = prior_df + own_df
    if df < 1:
        raise ValueError("no degrees of freedom: neither a prior nor a repeated hold")
    prior = prior_df * log_variance_from_pct(assumed_cv_pct)
    # fsum does not depend on the order, so exchanging the legs changes no digit.
    return WithinLeg((prior + math.fsum(squares)) / df, df, own_df)


@dataclass(frozen=True)
class Pooled:
    """The pooled difference, in logs, and what it was made of.

    `log_ratio` is ln(R/L) and `standard_error` its own; `left_n` and `right_n` are the geometric
    means of the legs (N) with the sessions' weights, so that ln(right_n/left_n) is `log_ratio`.
    `holds` counts the left and right holds that had weight in each session. Groups of `outlier`
    are left and right of the first session, left and right of the second, and so on.
    """

    log_ratio: float
    standard_error: float
    df: int
    within: WithinLeg
    session_log_ratios: tuple[float, ...]
    holds: tuple[tuple[int, int], ...]
    left_n: float
    right_n: float
    outlier: Outlier | None

    def interval(self, confidence_pct: float) -> tuple[float, float]:
        """Two-sided interval of the log ratio: D -/+ t(df) * standard error."""
        half = t_quantile(self.df, 0.5 + confidence_pct / 200.0) * self.standard_error
        return self.log_ratio - half, self.log_ratio + half


def pool(sessions: Sequence[tuple[Sequence[float], Sequence[float]]], model: ErrorModel) -> Pooled:
    """Pool sessions of (left, right) force SDs (N), at least one hold per leg in each.

    The between-session part is taken as known, so the degrees of freedom of the within-leg part
    alone make the interval too wide rather than too narrow.
    Raises ValueError without sessions, for an empty leg, and for a value not finite or not > 0.
    """
    if len(sessions) == 0:
        raise ValueError("nothing to pool: no session")
    groups = [_logs(leg) for session in sessions for leg in session]
    outlier = _outlier(groups, model)
    if outlier is not None:
        del groups[outlier.group][outlier.place]
    within = within_leg(groups, assumed_cv_pct=model.assumed_cv_pct, prior_df=model.prior_df)
    between = log_variance_from_pct(model.between_session_sd_pct)
    hold = model.dependence * within.log_variance
    logs = list(zip(groups[::2], groups[1::2], strict=True))
    weights = [
        1.0 / (hold * (1.0 / len(left) + 1.0 / len(right)) + between) for left, right in logs
    ]
    means = [(_mean(left), _mean(right)) for left, right in logs]
    ratios = tuple(right - left for left, right in means)
    total = math.fsum(weights)
    shares = [w / total for w in weights]
    return Pooled(
        log_ratio=_dot(shares, ratios),
        standard_error=math.sqrt(1.0 / total),
        df=within.df,
        within=within,
        session_log_ratios=ratios,
        holds=tuple((len(left), len(right)) for left, right in logs),
        left_n=_geometric_mean(shares, [left for left, _ in means]),
        right_n=_geometric_mean(shares, [right for _, right in means]),
        outlier=outlier,
    )


def _outlier(groups: Sequence[Sequence[float]], model: ErrorModel) -> Outlier | None:
    if model.outlier_chance_pct <= 0.0:
        return None
    return find_outlier(
        groups,
        prior_squares=model.prior_df * log_variance_from_pct(model.assumed_cv_pct),
        prior_df=model.prior_df,
        chance_pct=model.outlier_chance_pct,
    )


def _logs(values: Sequence[float]) -> list[float]:
    if len(values) == 0:
        raise ValueError("a leg without holds cannot be pooled")
    for value in values:
        if not math.isfinite(value) or value <= 0.0:
            raise ValueError(f"force SD {value!r} N is not a finite number > 0")
    return [math.log(value) for value in values]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _dot(shares: Sequence[float], values: Sequence[float]) -> float:
    return math.fsum(s * v for s, v in zip(shares, values, strict=True))


def _geometric_mean(shares: Sequence[float], mean_logs: Sequence[float]) -> float:
    top = max(mean_logs)
    # exp of the largest log may overflow by a rounding; a float's own maximum is close enough.
    scale = math.exp(min(top, 709.78))
    return scale * math.exp(_dot(shares, [v - top for v in mean_logs]))
