"""A person's own error sizes, once there are enough sessions; before that the assumed ones.

The error of a session's value is how it scatters from session to session while nothing changes:

    own:      SD of the logs of the session values, on m - 1 degrees of freedom for m sessions
    assumed:  sqrt(s_b^2 + s_w^2 / n), the between-session and within-leg defaults, n holds

Own values are used from four sessions on (three degrees of freedom), unless all are equal.
Sessions before and after a block may be given as phases: scatter is then taken about each phase's
own mean, so that a true change between the phases does not count as error, and each phase costs
one degree of freedom.

Four sessions pin an SD down to between 0.57 and 3.7 times what was found, so own values come with
Student's t in place of 1.96: honest and, with few sessions, strict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evenstance.reliability.defaults import (
    BETWEEN_SESSION_SD,
    LEG_SESSION_SD,
    WITHIN_LEG_CV,
    Assumed,
)
from evenstance.reliability.design import DesignError
from evenstance.reliability.error_sizes import Z95, sd_interval
from evenstance.reliability.pooling import (
    log_variance_from_pct,
    pct_from_log_variance,
    t_quantile,
)

OWN_FROM_DF = 3
"""Degrees of freedom from which own scatter is used: four sessions of one phase."""

_ROUNDING = 1e-12  # log variance that only equal numbers have: no scatter was measured

Holds = Sequence[float]
Both = tuple[Holds, Holds]


@dataclass(frozen=True)
class SessionError:
    """The error of one session's value, in logs, and where it is from.

    `variances` are those of each given session, phase by phase. `defaults` are the assumed values
    with their origin; `df`, `low_pct` and `high_pct` are None where they stand in.
    """

    source: Literal["own", "assumed"]
    defaults: tuple[Assumed, ...]
    variances: tuple[tuple[float, ...], ...]
    sessions: int
    df: int | None
    sem_pct: float
    low_pct: float | None
    high_pct: float | None
    future_variance: tuple[float, float]
    """Log variance of a session to come: part between sessions, and part divided by its holds."""

    @property
    def origin(self) -> str:
        """Where the value is from, in words."""
        if self.source == "own":
            return f"scatter of {self.sessions} own sessions, {self.df} degrees of freedom"
        return "; ".join(f"{d.value_pct:g} % {d.label}: {d.origin}" for d in self.defaults)

    @property
    def quantile(self) -> float:
        """1.96, or Student's t of the own degrees of freedom."""
        return Z95 if self.df is None else t_quantile(self.df, 0.975)

    def variance_of_mean(self, phase: int) -> float:
        """Log variance of the unweighted mean of a phase's session values."""
        values = self.variances[phase]
        return math.fsum(values) / len(values) ** 2

    def variance_of_next(self, sessions: int, holds: int) -> float:
        """Log variance of the mean of the next sessions with so many holds on each leg."""
        between, within = self.future_variance
        return (between + within / holds) / sessions


def leg_error(phases: Sequence[Sequence[Holds]]) -> SessionError:
    """Error of one leg's session value (geometric mean of its holds, N).

    >>> steady = [[4.0, 4.4], [4.2, 4.3], [3.9, 4.5]]
    >>> leg_error([steady]).source
    'assumed'
    >>> own = leg_error([[*steady, [4.6, 4.8]]])
    >>> own.source, own.df, round(own.sem_pct, 1)
    ('own', 3, 5.5)
    """
    values = [[_log_mean(holds) for holds in phase] for phase in phases]
    assumed = [
        [_assumed(LEG_SESSION_SD) + _assumed(WITHIN_LEG_CV) / len(holds) for holds in phase]
        for phase in phases
    ]
    future = (_assumed(LEG_SESSION_SD), _assumed(WITHIN_LEG_CV))
    return _error(values, assumed, future, (LEG_SESSION_SD, WITHIN_LEG_CV))


def gap_error(phases: Sequence[Sequence[Both]]) -> SessionError:
    """Error of a session's log ratio ln(R/L); sessions are (left, right) holds (N)."""
    values = [[_log_mean(right) - _log_mean(left) for left, right in p] for p in phases]
    within, between = _assumed(WITHIN_LEG_CV), _assumed(BETWEEN_SESSION_SD)
    assumed = [
        [between + within * (1.0 / len(left) + 1.0 / len(right)) for left, right in phase]
        for phase in phases
    ]
    return _error(values, assumed, (between, 2.0 * within), (BETWEEN_SESSION_SD, WITHIN_LEG_CV))


def _error(
    values: Sequence[Sequence[float]],
    assumed: Sequence[Sequence[float]],
    future: tuple[float, float],
    defaults: tuple[Assumed, Assumed],
) -> SessionError:
    sessions = sum(len(phase) for phase in values)
    if sessions == 0:
        raise DesignError("too_few_sessions", "no session")
    filled = [phase for phase in values if phase]
    df = sessions - len(filled)
    squares: list[float] = []
    for phase in filled:
        centre = math.fsum(phase) / len(phase)
        squares += [(value - centre) ** 2 for value in phase]
    own_variance = math.fsum(squares) / df if df else 0.0
    if df < OWN_FROM_DF or own_variance < _ROUNDING:
        typical = math.fsum(v for phase in assumed for v in phase) / sessions
        return SessionError(
            source="assumed",
            defaults=defaults,
            variances=tuple(tuple(phase) for phase in assumed),
            sessions=sessions,
            df=None,
            sem_pct=pct_from_log_variance(typical),
            low_pct=None,
            high_pct=None,
            future_variance=future,
        )
    found = sd_interval(own_variance, df)
    variance = own_variance
    return SessionError(
        source="own",
        defaults=(),
        variances=tuple((variance,) * len(phase) for phase in values),
        sessions=sessions,
        df=df,
        sem_pct=pct_from_log_variance(variance),
        low_pct=pct_from_log_variance(found.low**2),
        high_pct=pct_from_log_variance(found.high**2),
        future_variance=(variance, 0.0),
    )


def _assumed(size: Assumed) -> float:
    return log_variance_from_pct(size.value_pct)


def _log_mean(holds: Holds) -> float:
    if len(holds) == 0:
        raise DesignError("missing_cell", "a session without a hold on a leg")
    for value in holds:
        if not math.isfinite(value):
            raise DesignError("not_finite", f"value {value!r}")
        if value <= 0.0:
            raise DesignError("not_positive", f"value {value!r} has no logarithm")
    return math.fsum(math.log(value) for value in holds) / len(holds)
