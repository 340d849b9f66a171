"""The decision ladder: one total function of the sessions, told in docs/evidence/decision.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import get_args

from evenstance.decision import text
from evenstance.decision.holds_needed import holds_needed
from evenstance.decision.parameters import LADDER, PrimaryMetric
from evenstance.decision.rungs import NO_SIDE_BELOW, STEPS, includes_zero, reason_of
from evenstance.decision.types import (
    Comparison,
    LeftOut,
    LeftOutReason,
    ScreenState,
    SessionDifference,
    SessionHolds,
    SetAside,
    Verdict,
)
from evenstance.metrics.hold import Leg
from evenstance.reliability.defaults import BETWEEN_SESSION_SD, WITHIN_LEG_CV, Assumed
from evenstance.reliability.pooling import Pooled, pct_from_log_ratio, pool


def decide(
    sessions: Sequence[SessionHolds],
    screen: ScreenState = "unscreened",
    *,
    between_session: Assumed = BETWEEN_SESSION_SD,
) -> Verdict:
    """The step of the ladder for these sessions of one person, in order of time.

    Force SD alone decides: whatever else is measured is described elsewhere and changes no step,
    so there is one test per look and nothing to correct for a choice among metrics.
    `between_session` may be a person's own SD (%) of the ratio from session to session.

    Sessions are put in order of their day; those of one day keep the given order. Total: any
    finite positive force SDs give a verdict, an empty sequence too. Raises ValueError for a force
    SD that is not a finite number > 0, for another metric, for a between-session SD that is not a
    finite number >= 0 and for an unknown screen state. A blocking screen comes before everything,
    values included.
    """
    if screen not in get_args(ScreenState):
        raise ValueError(f"unknown screen state {screen!r}")
    if screen == "blocked":
        return Verdict(4, "red_flag", text.red_flag())
    if not (math.isfinite(between_session.value_pct) and between_session.value_pct >= 0.0):
        raise ValueError(f"a between-session SD of {between_session.value_pct!r} %")
    for session in sessions:
        _check(session)
    ordered = sorted(sessions, key=lambda session: session.day)
    chosen, left_out = _select(ordered)
    if not chosen:
        return _more_needed(ordered, left_out)
    comparison = compare(chosen, between_session)
    reason = reason_of(comparison)
    needed = holds_needed(comparison)
    return Verdict(
        step=STEPS[reason],
        reason=reason,
        text=text.compared(reason, comparison, screen, needed),
        comparison=comparison,
        left_out=left_out,
        notes=(*text.left_out_notes(left_out), *text.set_aside_notes(comparison.set_aside)),
        block_allowed=reason == "difference" and screen in ("clear", "restricted"),
        holds_needed=needed,
    )


def compare(
    sessions: Sequence[SessionHolds], between_session: Assumed = BETWEEN_SESSION_SD
) -> Comparison:
    """Pool sessions of equal conditions; at least one, each with holds on both legs (ValueError).

    The model and its error sizes: `evenstance.reliability.pooling`.
    """
    if len({session.metric for session in sessions}) > 1:
        raise ValueError("force SDs with and without the filter's loss are not pooled")
    pooled = pool(
        [(session.left_n, session.right_n) for session in sessions],
        LADDER.error_model(between_session.value_pct),
    )
    side = _side(pooled.log_ratio)
    parts = tuple(
        SessionDifference(
            session_id=session.session_id,
            day=session.day,
            difference_pct=pct_from_log_ratio(log_ratio),
            larger=_side(log_ratio),
            holds_left=held[0],
            holds_right=held[1],
        )
        for session, log_ratio, held in zip(
            sessions, pooled.session_log_ratios, pooled.holds, strict=True
        )
    )
    same_side = [part for part in parts if part.larger is not None and part.larger == side]
    low, high = pooled.interval(LADDER.confidence_pct)
    strict_low, strict_high = pooled.interval(LADDER.strict_confidence_pct)
    return Comparison(
        difference_pct=pct_from_log_ratio(pooled.log_ratio),
        interval_low_pct=pct_from_log_ratio(low),
        interval_high_pct=pct_from_log_ratio(high),
        strict_low_pct=pct_from_log_ratio(strict_low),
        strict_high_pct=pct_from_log_ratio(strict_high),
        less_steady=None if includes_zero(low, high) else side,
        sessions=parts,
        same_side_sessions=len(same_side),
        same_side_days=len({part.day for part in same_side}),
        holds_left=sum(part.holds_left for part in parts),
        holds_right=sum(part.holds_right for part in parts),
        left_n=pooled.left_n,
        right_n=pooled.right_n,
        conditions=sessions[-1].conditions,
        metric=sessions[-1].metric,
        within_leg_cv_pct=pooled.within.cv_pct,
        within_leg_cv_source=_within_source(pooled),
        between_session_sd_pct=between_session.value_pct,
        between_session_sd_source=f"{between_session.label}: {between_session.origin}",
        degrees_of_freedom=pooled.df,
        set_aside=_set_aside(sessions, pooled),
    )


def _set_aside(sessions: Sequence[SessionHolds], pooled: Pooled) -> tuple[SetAside, ...]:
    outlier = pooled.outlier
    if outlier is None:
        return ()
    session = sessions[outlier.group // 2]
    leg: Leg = "right" if outlier.group % 2 else "left"
    values = session.right_n if leg == "right" else session.left_n
    return (
        SetAside(
            session_id=session.session_id,
            day=session.day,
            leg=leg,
            number=outlier.place + 1,
            force_sd_n=values[outlier.place],
            times_the_others=outlier.ratio,
            distance=outlier.t,
            limit=outlier.limit,
        ),
    )


def _check(session: SessionHolds) -> None:
    # The type says it, too; a caller without types must not slip another metric in.
    metric: str = session.metric
    if metric not in get_args(PrimaryMetric):
        raise ValueError(
            f"session {session.session_id}: {metric} decides nothing; only force SD does"
        )
    for leg, values in (("left", session.left_n), ("right", session.right_n)):
        for value in values:
            if not math.isfinite(value) or value <= 0.0:
                raise ValueError(
                    f"session {session.session_id}: {leg} force SD {value!r} N "
                    "is not a finite number > 0"
                )


def _enough(session: SessionHolds) -> bool:
    return min(len(session.left_n), len(session.right_n)) >= LADDER.min_holds_per_leg


def _select(
    ordered: Sequence[SessionHolds],
) -> tuple[list[SessionHolds], tuple[LeftOut, ...]]:
    """The sessions to pool, in order of time, and the others with the reason."""
    counted = [s for s in ordered if not s.familiarisation and _enough(s)]
    alike = [s for s in counted if s.conditions == counted[-1].conditions]
    chosen = alike[-LADDER.sessions :]
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


def _side(log_ratio: float) -> Leg | None:
    if abs(log_ratio) < NO_SIDE_BELOW:
        return None
    return "right" if log_ratio > 0.0 else "left"


def _within_source(pooled: Pooled) -> str:
    prior_df = pooled.within.df - pooled.within.own_df
    return (
        f"own holds ({pooled.within.own_df} degrees of freedom) with "
        f"{WITHIN_LEG_CV.value_pct} % ({WITHIN_LEG_CV.label}, {prior_df} degrees of freedom): "
        f"{WITHIN_LEG_CV.origin}"
    )
