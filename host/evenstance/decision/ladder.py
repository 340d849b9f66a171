"""The decision ladder: one total function of the sessions, told in docs/evidence/decision.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import get_args

from evenstance.decision import text
from evenstance.decision.types import (
    CONFIDENCE_PCT,
    DECIMALS,
    MIN_DAYS,
    MIN_HOLDS_PER_LEG,
    MIN_SAME_SIDE,
    SESSIONS,
    STRICT_CONFIDENCE_PCT,
    THRESHOLD_PCT,
    Comparison,
    LeftOut,
    LeftOutReason,
    Reason,
    ScreenState,
    SessionDifference,
    SessionHolds,
    Verdict,
)
from evenstance.metrics.hold import Leg
from evenstance.reliability.defaults import BETWEEN_SESSION_SD, WITHIN_LEG_CV
from evenstance.reliability.pooling import Pooled, pct_from_log_ratio, pool

_NO_SIDE_BELOW = 1e-9  # log ratios this small are rounding, not a side
_STEPS: dict[Reason, int] = {
    "interval_includes_zero": 1,
    "small_but_consistent": 1,
    "seen_once": 2,
    "sides_disagree": 2,
    "one_day_only": 2,
    "third_session_needed": 2,
    "strict_interval_includes_zero": 2,
    "difference": 3,
}


def decide(sessions: Sequence[SessionHolds], screen: ScreenState = "unscreened") -> Verdict:
    """The step of the ladder for these sessions of one person, in order of time.

    Sessions are put in order of their day; those of one day keep the given order. Total: any
    finite positive force SDs give a verdict, an empty sequence too. Raises ValueError for a force
    SD that is not a finite number > 0 and for an unknown screen state. A blocking screen comes
    before everything, values included.
    """
    if screen not in get_args(ScreenState):
        raise ValueError(f"unknown screen state {screen!r}")
    if screen == "blocked":
        return Verdict(4, "red_flag", text.red_flag())
    for session in sessions:
        _check(session)
    ordered = sorted(sessions, key=lambda session: session.day)
    chosen, left_out = _select(ordered)
    if not chosen:
        return _more_needed(ordered, left_out)
    comparison = compare(chosen)
    reason = _reason(comparison)
    return Verdict(
        step=_STEPS[reason],
        reason=reason,
        text=text.compared(reason, comparison, screen),
        comparison=comparison,
        left_out=left_out,
        notes=text.left_out_notes(left_out),
        block_allowed=reason == "difference" and screen in ("clear", "restricted"),
    )


def compare(sessions: Sequence[SessionHolds]) -> Comparison:
    """Pool sessions of equal conditions; at least one, each with holds on both legs (ValueError).

    The model and its error sizes: `evenstance.reliability.pooling`.
    """
    pooled = pool([(session.left_n, session.right_n) for session in sessions])
    side = _side(pooled.log_ratio)
    parts = tuple(
        SessionDifference(
            session_id=session.session_id,
            day=session.day,
            difference_pct=pct_from_log_ratio(log_ratio),
            larger=_side(log_ratio),
            holds_left=len(session.left_n),
            holds_right=len(session.right_n),
        )
        for session, log_ratio in zip(sessions, pooled.session_log_ratios, strict=True)
    )
    same_side = [part for part in parts if part.larger is not None and part.larger == side]
    low, high = pooled.interval(CONFIDENCE_PCT)
    strict_low, strict_high = pooled.interval(STRICT_CONFIDENCE_PCT)
    return Comparison(
        difference_pct=pct_from_log_ratio(pooled.log_ratio),
        interval_low_pct=pct_from_log_ratio(low),
        interval_high_pct=pct_from_log_ratio(high),
        strict_low_pct=pct_from_log_ratio(strict_low),
        strict_high_pct=pct_from_log_ratio(strict_high),
        less_steady=None if _includes_zero(low, high) else side,
        sessions=parts,
        same_side_sessions=len(same_side),
        same_side_days=len({part.day for part in same_side}),
        holds_left=sum(part.holds_left for part in parts),
        holds_right=sum(part.holds_right for part in parts),
        left_n=pooled.left_n,
        right_n=pooled.right_n,
        conditions=sessions[-1].conditions,
        within_leg_cv_pct=pooled.within.cv_pct,
        within_leg_cv_source=_within_source(pooled),
        between_session_sd_pct=BETWEEN_SESSION_SD.value_pct,
        between_session_sd_source=f"{BETWEEN_SESSION_SD.label}: {BETWEEN_SESSION_SD.origin}",
        degrees_of_freedom=pooled.df,
    )


def _check(session: SessionHolds) -> None:
    for leg, values in (("left", session.left_n), ("right", session.right_n)):
        for value in values:
            if not math.isfinite(value) or value <= 0.0:
                raise ValueError(
                    f"session {session.session_id}: {leg} force SD {value!r} N "
                    "is not a finite number > 0"
                )


def _enough(session: SessionHolds) -> bool:
    return min(len(session.left_n), len(session.right_n)) >= MIN_HOLDS_PER_LEG


def _select(
    ordered: Sequence[SessionHolds],
) -> tuple[list[SessionHolds], tuple[LeftOut, ...]]:
    """The sessions to pool, in order of time, and the others with the reason."""
    counted = [s for s in ordered if not s.familiarisation and _enough(s)]
    alike = [s for s in counted if s.conditions == counted[-1].conditions]
    chosen = alike[-SESSIONS:]
    left_out: list[LeftOut] = []
    for session in ordered:
        reason: LeftOutReason
        if any(session is other for other in chosen):
            continue
        if session.familiarisation:
            reason = "familiarisation"
        elif not _enough(session):
            reason = "too_few_holds"
        elif session.conditions != counted[-1].conditions:
            reason = "other_conditions"
        else:
            reason = "older"
        left_out.append(LeftOut(session.session_id, session.day, reason))
    return chosen, tuple(left_out)


def _more_needed(ordered: Sequence[SessionHolds], left_out: tuple[LeftOut, ...]) -> Verdict:
    scored = [session for session in ordered if not session.familiarisation]
    if scored:
        sentence = text.too_few_holds(scored[-1])
        return Verdict(0, "too_few_holds", sentence, left_out=left_out)
    if ordered:
        sentence = text.familiarisation_only()
        return Verdict(0, "familiarisation_only", sentence, left_out=left_out)
    return Verdict(0, "no_sessions", text.no_sessions())


def _reason(c: Comparison) -> Reason:
    """The first rung that holds the sessions back; none does: a difference."""
    rungs: tuple[tuple[bool, Reason], ...] = (
        (_includes_zero(c.interval_low_pct, c.interval_high_pct), "interval_includes_zero"),
        (round(abs(c.difference_pct), DECIMALS) < THRESHOLD_PCT, "small_but_consistent"),
        (len(c.sessions) == 1, "seen_once"),
        (c.same_side_sessions < MIN_SAME_SIDE, "sides_disagree"),
        (c.same_side_days < MIN_DAYS, "one_day_only"),
        (len(c.sessions) < SESSIONS, "third_session_needed"),
        (_includes_zero(c.strict_low_pct, c.strict_high_pct), "strict_interval_includes_zero"),
    )
    for holds_back, reason in rungs:
        if holds_back:
            return reason
    return "difference"


def _includes_zero(low: float, high: float) -> bool:
    return low <= 0.0 <= high


def _side(log_ratio: float) -> Leg | None:
    if abs(log_ratio) < _NO_SIDE_BELOW:
        return None
    return "right" if log_ratio > 0.0 else "left"


def _within_source(pooled: Pooled) -> str:
    prior_df = pooled.within.df - pooled.within.own_df
    return (
        f"own holds ({pooled.within.own_df} degrees of freedom) with "
        f"{WITHIN_LEG_CV.value_pct} % ({WITHIN_LEG_CV.label}, {prior_df} degrees of freedom): "
        f"{WITHIN_LEG_CV.origin}"
    )
