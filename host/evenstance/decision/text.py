"""The one sentence a person reads for each reason, with numbers, interval and units."""

from __future__ import annotations

from collections.abc import Sequence

from evenstance.decision.parameters import LADDER
from evenstance.decision.rungs import Reason
from evenstance.decision.types import (
    Comparison,
    HoldsNeeded,
    LeftOut,
    LeftOutReason,
    ScreenState,
    SessionHolds,
    SetAside,
)

_LEFT_OUT: dict[LeftOutReason, str] = {
    "familiarisation": "familiarisation",
    "too_few_holds": f"fewer than {LADDER.min_holds_per_leg} valid holds on a leg",
    "other_conditions": "other conditions than the latest session",
    "older": f"older than the latest {LADDER.sessions} sessions",
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
        f"then sessions with at least {LADDER.min_holds_per_leg} valid holds on each leg."
    )


def familiarisation_only() -> str:
    """Step 0 after familiarisation alone."""
    return (
        "More is needed: so far there is only familiarisation, which is shown but never compared; "
        f"do a session with at least {LADDER.min_holds_per_leg} valid holds on each leg."
    )


def too_few_holds(session: SessionHolds) -> str:
    """Step 0 with sessions that do not count; tells of the latest of them."""
    left, right = len(session.left_n), len(session.right_n)
    return (
        f"More is needed: the session of {session.day.isoformat()} has {_holds(left)} on the left "
        f"leg and {right} on the right ({session.invalid} invalid), and at least "
        f"{LADDER.min_holds_per_leg} on each leg are needed; do a new session."
    )


def compared(
    reason: Reason, comparison: Comparison, screen: ScreenState, needed: HoldsNeeded | None
) -> str:
    """Steps 0 to 3 of a comparison."""
    if reason == "holds_scatter":
        return _scatter(comparison, needed)
    if reason == "interval_includes_zero":
        return _no_difference(comparison)
    if reason == "small_but_consistent":
        return _small(comparison)
    if reason == "difference":
        return _difference(comparison, screen)
    return (
        f"Not settled: {_seen(comparison)}, but {_missing(reason, comparison)}; {_more(needed)}."
    )


def left_out_notes(left_out: Sequence[LeftOut]) -> tuple[str, ...]:
    """One sentence per session that had no part in the comparison."""
    return tuple(
        f"The session of {item.day.isoformat()} is left out: {_LEFT_OUT[item.reason]}."
        for item in left_out
    )


def set_aside_notes(holds: Sequence[SetAside]) -> tuple[str, ...]:
    """One sentence per hold without weight: which one and why."""
    return tuple(
        f"Valid hold {item.number} on the {item.leg} leg of {item.day.isoformat()} has no weight: "
        f"its {item.force_sd_n:.2f} N are {item.times_the_others:.2f} times that leg's other "
        f"holds, {item.distance:.1f} standard errors away where chance allows {item.limit:.1f}."
        for item in holds
    )


def _scatter(c: Comparison, needed: HoldsNeeded | None) -> str:
    if needed is None:
        more = (
            f"no number up to {LADDER.max_holds_per_leg} a leg and session makes up for it, so "
            "look for what makes the holds differ"
        )
    else:
        more = f"about {_holds_asked(needed)} would make up for it"
    return (
        f"More holds are needed: on this board the holds of one leg scatter by "
        f"{_pct(c.within_leg_cv_pct)} % (CV), more than {LADDER.cv_limit_pct:g} % (that limit is "
        f"our proposal), while over {_sessions(c)} {_larger(c)} ({_interval(c)}); {more}."
    )


def _more(needed: HoldsNeeded | None) -> str:
    """How many more holds would settle a difference, with the limits of that number."""
    if needed is None:
        return (
            f"up to {LADDER.max_holds_per_leg} holds on each leg a session are not likely to "
            "settle it, so near is it to a limit"
        )
    return (
        f"about {_holds_asked(needed)} would settle it in {needed.chance_pct:g} of 100 such cases "
        "if it is as large as measured, and it is often smaller"
    )


def _holds_asked(needed: HoldsNeeded) -> str:
    n = needed.holds_per_leg
    if needed.sessions == 1:
        return f"{n} more holds per leg, in one session,"
    return f"{needed.more_per_leg} more holds per leg, {n} in each of {needed.sessions} sessions,"


def _larger(c: Comparison) -> str:
    size = round(c.difference_pct, LADDER.decimals)
    if size == 0.0:
        return "the force SD of the legs differs by 0.0 %"
    larger = "right" if size > 0.0 else "left"
    return f"the {larger} leg has the larger force SD by {_pct(size)} % of it"


def _interval(c: Comparison) -> str:
    """The shown interval in words; sides are named where zero lies inside."""
    if c.less_steady is not None:
        near, far = sorted((c.interval_low_pct, c.interval_high_pct), key=abs)
        return f"{c.confidence_pct:g} % interval {_pct(near)} to {_pct(far)} %"
    return (
        f"{c.confidence_pct:g} % interval, from left larger by {_pct(c.interval_low_pct)} % to "
        f"right larger by {_pct(c.interval_high_pct)} %"
    )


def _no_difference(c: Comparison) -> str:
    return (
        f"No difference between the legs that this board can see: over {_sessions(c)} "
        f"{_larger(c)}, and the {_interval(c)}, includes zero."
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
        return (
            f"it was seen on one day only and {LADDER.min_days} are needed: re-test on another day"
        )
    if reason == "third_session_needed":
        return f"{LADDER.sessions} sessions are needed: re-test on another day"
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
    return (
        f"the {c.less_steady} leg is less steady, its force SD larger by "
        f"{_pct(c.difference_pct)} % of its value ({_interval(c)})"
    )


def _pct(value: float) -> str:
    """Size without sign; a size that only rounds to zero does not read as zero."""
    shown = f"{abs(value):.{LADDER.decimals}f}"
    return f"below {10.0**-LADDER.decimals:g}" if value != 0.0 and float(shown) == 0.0 else shown


def _sessions(c: Comparison) -> str:
    total = len(c.sessions)
    return f"{total} session{'' if total == 1 else 's'}"


def _holds(n: int) -> str:
    return f"{n} valid hold{'' if n == 1 else 's'}"
