"""Change over time: each leg and the gap between them, held against the MDC of their own means.

Everything is in logs of force SD. The value of a session is the mean of the logs of its holds on
one leg; the gap of a session is ln(R/L). Means over sessions are unweighted. A difference of two
means is beyond its error when it exceeds

    MDC95 = q sqrt(variance of the mean before + variance of the mean after)

with q = 1.96 for assumed errors and Student's t for the person's own (`reliability.personal`). For
one session before and one after that is the textbook 1.96 sqrt(2) SEM.

The base line is the first three counted sessions, the re-test the latest three of those that
follow: fixed beforehand, so that nobody picks the sessions that suit. Each of the three
comparisons errs in 5 % of people who did not change, all three together in up to 14 %.

What made a change cannot be told from before and after: see `change_text`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from evenstance.decision.parameters import LADDER
from evenstance.decision.types import SessionHolds
from evenstance.metrics.hold import Leg
from evenstance.reliability.agreement_limits import slope
from evenstance.reliability.direction import SameSide, Side, same_side
from evenstance.reliability.personal import SessionError, gap_error, leg_error
from evenstance.reliability.pooling import pct_from_log_ratio

LEGS: tuple[Leg, Leg] = ("left", "right")
Outcome = Literal["improved", "unchanged", "worse"]
State = Literal["no_sessions", "base_incomplete", "no_retest", "compared"]
Subject = Literal["left", "right", "gap"]
HOLDS_TO_COME = 5
"""Scored holds on each leg of a session to come, as the standard protocol has them."""
TREND_FROM = 4
"""Sessions from which a trend is given: two degrees of freedom."""
DAYS_A_WEEK = 7.0
_LARGEST_LOG = 709.0  # exp of more does not fit in a float
_NO_SIDE_BELOW = 1e-9  # log ratios this small are rounding, not a side


@dataclass(frozen=True)
class LegChange:
    """One leg before and after: geometric means (N), the change (%) with its interval, the MDC.

    `drop_needed_pct` and `rise_needed_pct` are the MDC: what a fall or a rise must exceed. A lower
    force SD is steadier, so a fall beyond it is "improved".
    """

    leg: Leg
    before_n: float
    after_n: float
    change_pct: float
    low_pct: float
    high_pct: float
    drop_needed_pct: float
    rise_needed_pct: float
    outcome: Outcome


@dataclass(frozen=True)
class GapChange:
    """The difference between the legs before and after, as signed `pct_larger` (%).

    `size_change_log` and `mdc_log` are in log units (times 100: points). The sizes are compared,
    so a gap of the same size on the other side is unchanged; `side_changed` says so.
    """

    before_pct: float
    after_pct: float
    size_change_log: float
    mdc_log: float
    side_changed: bool
    outcome: Outcome


@dataclass(frozen=True)
class Trend:
    """Least-squares slope of the logs of the session values over time, with Student's t interval.

    For a leg in per cent a week; for the gap in points (log units times 100) a week, where plus
    means towards the right leg being larger. `df` is the number of sessions less two.
    """

    subject: Subject
    per_week: float
    low: float
    high: float
    sessions: int
    days: int
    df: int
    method: str = "ols_log_session_means"


@dataclass(frozen=True)
class Requirement:
    """What the mean of the next sessions must reach to be beyond the MDC.

    `left_at_most_n` and `right_at_most_n` (N) for "improved"; `gap_at_most_pct` is the largest
    remaining difference, None where even equal legs would not be beyond the error.
    """

    sessions: int
    holds: int
    left_at_most_n: float
    right_at_most_n: float
    gap_at_most_pct: float | None


@dataclass(frozen=True)
class Change:
    """All of it for one person and one set of conditions."""

    state: State
    base: tuple[SessionHolds, ...]
    retest: tuple[SessionHolds, ...]
    legs: tuple[LegChange, ...] = ()
    gap: GapChange | None = None
    trends: tuple[Trend, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    direction: SameSide | None = None
    errors: tuple[tuple[Subject, SessionError], ...] = ()


def change_over_time(sessions: Sequence[SessionHolds]) -> Change:
    """Base line, re-test, trend and what a re-test must show, from a person's whole history.

    A session counts as in the ladder: no familiarisation, at least 3 valid holds on each leg, and
    the conditions of the latest counted session.
    """
    alike = comparable(sessions)
    if not alike:
        return Change("no_sessions", (), ())
    return change(
        alike[: LADDER.sessions], alike[LADDER.sessions :][-LADDER.sessions :], everything=alike
    )


def comparable(sessions: Sequence[SessionHolds]) -> list[SessionHolds]:
    """The sessions that `change_over_time` compares, in order of their days."""
    ordered = sorted(sessions, key=lambda session: session.day)
    counted = [s for s in ordered if not s.familiarisation and _enough(s)]
    return [s for s in counted if s.conditions == counted[-1].conditions]


def change(
    base: Sequence[SessionHolds],
    retest: Sequence[SessionHolds],
    *,
    everything: Sequence[SessionHolds] | None = None,
) -> Change:
    """The same with the sessions named; at least one base session with holds on both legs.

    `everything` (default: base and re-test) is what the trend and the direction are made of.
    Raises DesignError (a ValueError) for values without a logarithm and for an empty leg.
    """
    if not base:
        raise ValueError("no base session")
    whole = [*base, *retest] if everything is None else list(everything)
    phases = (base, retest)
    leg_errors: dict[Leg, SessionError] = {
        leg: leg_error([[_holds(s, leg) for s in p] for p in phases]) for leg in LEGS
    }
    error_of_gap = gap_error([[(s.left_n, s.right_n) for s in p] for p in phases])
    before: dict[Leg, float] = {leg: _mean([_log_value(s, leg) for s in base]) for leg in LEGS}
    gap_before = before["right"] - before["left"]
    sides: list[Side] = [_side(_log_value(s, "right") - _log_value(s, "left")) for s in whole]
    common = Change(
        state="no_retest" if len(base) >= LADDER.sessions else "base_incomplete",
        base=tuple(base),
        retest=tuple(retest),
        trends=_trends(whole),
        requirements=tuple(
            _requirement(k, before, gap_before, leg_errors, error_of_gap)
            for k in range(1, LADDER.sessions + 1)
        ),
        direction=same_side(sides),
        errors=(
            ("left", leg_errors["left"]),
            ("right", leg_errors["right"]),
            ("gap", error_of_gap),
        ),
    )
    if not retest:
        return common
    after: dict[Leg, float] = {leg: _mean([_log_value(s, leg) for s in retest]) for leg in LEGS}
    return replace(
        common,
        state="compared",
        legs=tuple(_leg_change(leg, before[leg], after[leg], leg_errors[leg]) for leg in LEGS),
        gap=_gap_change(gap_before, after["right"] - after["left"], error_of_gap),
    )


def _leg_change(leg: Leg, before: float, after: float, error: SessionError) -> LegChange:
    moved, mdc = after - before, _mdc(error)
    return LegChange(
        leg=leg,
        before_n=_exp(before),
        after_n=_exp(after),
        change_pct=100.0 * _expm1(moved),
        low_pct=100.0 * _expm1(moved - mdc),
        high_pct=100.0 * _expm1(moved + mdc),
        drop_needed_pct=-100.0 * math.expm1(-mdc),
        rise_needed_pct=100.0 * _expm1(mdc),
        outcome=_outcome(moved, mdc),
    )


def _gap_change(before: float, after: float, error: SessionError) -> GapChange:
    mdc = _mdc(error)
    grown = abs(after) - abs(before)
    sides = {_side(before), _side(after)}
    return GapChange(
        before_pct=pct_from_log_ratio(before),
        after_pct=pct_from_log_ratio(after),
        size_change_log=grown,
        mdc_log=mdc,
        side_changed=sides == {"left", "right"},
        outcome=_outcome(grown, mdc),
    )


def _outcome(moved: float, mdc: float) -> Outcome:
    """Smaller is better, for force SD and for the gap."""
    if moved < -mdc:
        return "improved"
    return "worse" if moved > mdc else "unchanged"


def _mdc(error: SessionError) -> float:
    return error.quantile * math.sqrt(error.variance_of_mean(0) + error.variance_of_mean(1))


def _requirement(
    sessions: int,
    before: dict[Leg, float],
    gap_before: float,
    legs: dict[Leg, SessionError],
    gap: SessionError,
) -> Requirement:
    def needed(error: SessionError) -> float:
        to_come = error.variance_of_next(sessions, HOLDS_TO_COME)
        return error.quantile * math.sqrt(error.variance_of_mean(0) + to_come)

    left_over = abs(gap_before) - needed(gap)
    return Requirement(
        sessions=sessions,
        holds=HOLDS_TO_COME,
        left_at_most_n=_exp(before["left"] - needed(legs["left"])),
        right_at_most_n=_exp(before["right"] - needed(legs["right"])),
        gap_at_most_pct=pct_from_log_ratio(left_over) if left_over > 0.0 else None,
    )


def _trends(sessions: Sequence[SessionHolds]) -> tuple[Trend, ...]:
    """None with fewer than four sessions or when all are of one day."""
    if len(sessions) < TREND_FROM:
        return ()
    first = sessions[0].day
    days = [float((s.day - first).days) for s in sessions]
    left = [_log_value(s, "left") for s in sessions]
    right = [_log_value(s, "right") for s in sessions]
    found: list[Trend] = []
    of: dict[Subject, list[float]] = {
        "left": left,
        "right": right,
        "gap": [r - v for r, v in zip(right, left, strict=True)],
    }
    for subject, values in of.items():
        line = slope(days, values)
        if line is None:
            return ()
        per_week = [DAYS_A_WEEK * v for v in (line.value, line.low, line.high)]
        shown = [100.0 * (v if subject == "gap" else _expm1(v)) for v in per_week]
        found.append(
            Trend(
                subject=subject,
                per_week=shown[0],
                low=shown[1],
                high=shown[2],
                sessions=len(sessions),
                days=round(max(days) - min(days)),
                df=len(sessions) - 2,
            )
        )
    return tuple(found)


def _exp(value: float) -> float:
    return math.exp(min(value, _LARGEST_LOG))


def _expm1(value: float) -> float:
    return math.expm1(min(value, _LARGEST_LOG))


def _enough(session: SessionHolds) -> bool:
    return min(len(session.left_n), len(session.right_n)) >= LADDER.min_holds_per_leg


def _holds(session: SessionHolds, leg: Leg) -> tuple[float, ...]:
    return session.left_n if leg == "left" else session.right_n


def _log_value(session: SessionHolds, leg: Leg) -> float:
    return _mean([math.log(value) for value in _holds(session, leg)])


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _side(log_ratio: float) -> Side:
    if abs(log_ratio) < _NO_SIDE_BELOW:
        return "none"
    return "right" if log_ratio > 0.0 else "left"
