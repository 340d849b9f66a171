"""The one sentence a person reads for each reason, with numbers, interval and units."""

from __future__ import annotations

from collections.abc import Sequence

from evenstance.decision.types import (
    DECIMALS,
    MIN_DAYS,
    MIN_HOLDS_PER_LEG,
    SESSIONS,
    Comparison,
    LeftOut,
    LeftOutReason,
    Reason,
    ScreenState,
    SessionHolds,
)

_LEFT_OUT: dict[LeftOutReason, str] = {
    "familiarisation": "familiarisation",
    "too_few_holds": f"fewer than {MIN_HOLDS_PER_LEG} valid holds on a leg",
    "other_conditions": "other conditions than the latest session",
    "older": f"older than the latest {SESSIONS} sessions",
}
_BEFORE_A_BLOCK: dict[ScreenState, str] = {
    "unscreened": "answer the screening questions before any plan is made",
    "measure_only": "your screening answers allow measuring but no plan",
}


def red_flag() -> str:
    """Step 4: no prescription; whom to see stands with the screening answer itself."""
    return (
        "A screening answer needs a clinician first, so no plan is made and nothing is compared: "
        "see whom that answer names, as soon as it says, and call the emergency number now if it "
        "says emergency."
    )


def no_sessions() -> str:
    """Step 0 without any session."""
    return (
        "More is needed: this board has no session of yours yet; do one familiarisation session, "
        f"then sessions with at least {MIN_HOLDS_PER_LEG} valid holds on each leg."
    )


def familiarisation_only() -> str:
    """Step 0 after familiarisation alone."""
    return (
        "More is needed: so far there is only familiarisation, which is shown but never compared; "
        f"do a session with at least {MIN_HOLDS_PER_LEG} valid holds on each leg."
    )


def too_few_holds(session: SessionHolds) -> str:
    """Step 0 with sessions that do not count; tells of the latest of them."""
    left, right = len(session.left_n), len(session.right_n)
    return (
        f"More is needed: the session of {session.day.isoformat()} has {_holds(left)} on the left "
        f"leg and {right} on the right ({session.invalid} invalid), and at least "
        f"{MIN_HOLDS_PER_LEG} on each leg are needed; do a new session."
    )


def compared(reason: Reason, comparison: Comparison, screen: ScreenState) -> str:
    """Steps 1 to 3."""
    if reason == "interval_includes_zero":
        return _no_difference(comparison)
    if reason == "small_but_consistent":
        return _small(comparison)
    if reason == "difference":
        return _difference(comparison, screen)
    return f"Not settled: {_seen(comparison)}, but {_missing(reason, comparison)}."


def left_out_notes(left_out: Sequence[LeftOut]) -> tuple[str, ...]:
    """One sentence per session that had no part in the comparison."""
    return tuple(
        f"The session of {item.day.isoformat()} is left out: {_LEFT_OUT[item.reason]}."
        for item in left_out
    )


def _no_difference(c: Comparison) -> str:
    size = round(c.difference_pct, DECIMALS)
    if size == 0.0:
        found = "the force SD of the legs differs by 0.0 %"
    else:
        larger = "right" if size > 0.0 else "left"
        found = f"the {larger} leg has the larger force SD by {_pct(size)} % of it"
    return (
        f"No difference between the legs that this board can see: over {_sessions(c)} {found}, "
        f"and the {c.confidence_pct:g} % interval, from left larger by "
        f"{_pct(c.interval_low_pct)} % to right larger by {_pct(c.interval_high_pct)} %, "
        "includes zero."
    )


def _small(c: Comparison) -> str:
    lead = "A small but consistent" if c.same_side_sessions > 1 else "A small"
    return (
        f"{lead} difference on this board, too small to act on: over {_sessions(c)} {_found(c)}, "
        f"beyond its error but below {c.threshold_pct:g} % (that limit is our proposal)."
    )


def _seen(c: Comparison) -> str:
    return f"over {_sessions(c)} on this board {_found(c)}, beyond its error"


def _missing(reason: Reason, c: Comparison) -> str:
    total = len(c.sessions)
    if reason == "seen_once":
        return "it was seen once only: re-test on another day"
    if reason == "sides_disagree":
        return (
            f"the sides disagree (this side in {c.same_side_sessions} of {total} sessions): "
            "re-test on another day"
        )
    if reason == "one_day_only":
        return f"it was seen on one day only and {MIN_DAYS} are needed: re-test on another day"
    if reason == "third_session_needed":
        return f"{SESSIONS} sessions are needed: re-test on another day"
    return (
        f"the stricter {c.strict_confidence_pct:g} % interval still includes zero: "
        "re-test on another day"
    )


def _difference(c: Comparison, screen: ScreenState) -> str:
    sentence = (
        f"A difference: {_seen(c)} (the {c.strict_confidence_pct:g} % "
        f"interval excludes zero, too), on this side in {c.same_side_sessions} of "
        f"{len(c.sessions)} sessions on {c.same_side_days} days and at or above "
        f"{c.threshold_pct:g} % (that limit is our proposal)"
    )
    advice = _BEFORE_A_BLOCK.get(screen)
    return f"{sentence}." if advice is None else f"{sentence}; {advice}."


def _found(c: Comparison) -> str:
    """Which leg is less steady and by how much; for intervals that exclude zero."""
    near, far = sorted((c.interval_low_pct, c.interval_high_pct), key=abs)
    return (
        f"the {c.less_steady} leg is less steady, its force SD larger by "
        f"{_pct(c.difference_pct)} % of its value ({c.confidence_pct:g} % interval {_pct(near)} "
        f"to {_pct(far)} %)"
    )


def _pct(value: float) -> str:
    """Size without sign; a size that only rounds to zero does not read as zero."""
    shown = f"{abs(value):.{DECIMALS}f}"
    return f"below {10.0**-DECIMALS:g}" if value != 0.0 and float(shown) == 0.0 else shown


def _sessions(c: Comparison) -> str:
    total = len(c.sessions)
    return f"{total} session{'' if total == 1 else 's'}"


def _holds(n: int) -> str:
    return f"{n} valid hold{'' if n == 1 else 's'}"
