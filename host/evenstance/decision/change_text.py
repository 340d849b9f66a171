"""What a person reads about a change over time, and what must stand beside it."""

from __future__ import annotations

from collections.abc import Sequence

from evenstance.decision.change import (
    TREND_FROM,
    Change,
    GapChange,
    LegChange,
    Outcome,
    Requirement,
    Subject,
    Trend,
)
from evenstance.decision.parameters import LADDER
from evenstance.reliability.personal import SessionError

CAUTION = (
    "What made a change cannot be told from before and after. A value that was picked because it "
    "was large reads smaller the next time by itself (regression to the mean), and testing alone "
    "makes people steadier (4.6-6.1 % from session 1 to 2, Fransz 2014, 25 people, horizontal "
    "force): part of any such change is expected without practice."
)
ERRORS = (
    "Each of the three comparisons calls a change in 5 % of people who did not change; together "
    "they do so in up to 14 %."
)
_LEG: dict[Outcome, str] = {
    "improved": "steadier than before, beyond its error",
    "unchanged": "no change beyond its error",
    "worse": "less steady than before, beyond its error",
}
_GAP: dict[Outcome, str] = {
    "improved": "smaller than before, beyond its error",
    "unchanged": "no change beyond its error",
    "worse": "larger than before, beyond its error",
}


def summary(found: Change) -> str:
    """One sentence or two: what changed, and what not."""
    if found.state == "no_sessions":
        return (
            "No change can be told: no counted session with at least "
            f"{LADDER.min_holds_per_leg} valid holds on each leg yet."
        )
    if found.state == "base_incomplete":
        return (
            f"No change can be told yet: the base line has {len(found.base)} of {LADDER.sessions} "
            "sessions."
        )
    if found.gap is None:
        return "No change can be told yet: the base line is there, a re-test is not."
    worse = [one.leg for one in found.legs if one.outcome == "worse"]
    improved = [one.leg for one in found.legs if one.outcome == "improved"]
    if worse:
        return (
            f"Less steady than before, beyond its error: {_legs(worse)}. Answer the screening "
            "questions again; if they are clear, re-test on another day."
        )
    gap = found.gap.outcome
    if gap == "worse":
        return "The gap between the legs is larger than before, beyond its error."
    if gap == "improved" and improved:
        return (
            f"Steadier than before, beyond its error: {_legs(improved)}; the gap between the "
            "legs is smaller, too. Part of such a change is expected without practice."
        )
    if gap == "improved":
        return (
            "The legs are closer than before, but neither changed clearly by itself: chance is a "
            "good explanation."
        )
    if len(improved) == 2:
        return "Both legs are steadier than before, which is common; the gap did not change."
    if improved:
        return (
            f"Steadier than before, beyond its error: {_legs(improved)}; the gap did not change "
            "beyond its error."
        )
    return "No change that this board can see."


def lines(found: Change) -> list[str]:
    """The whole report, one paragraph each; empty without a counted session."""
    told = [summary(found)]
    if found.state == "no_sessions":
        return told
    told += [leg_line(one) for one in found.legs]
    if found.gap is not None:
        told.append(gap_line(found.gap))
    told += [trend_line(one) for one in found.trends]
    if found.state == "compared" and not found.trends:
        told.append(
            f"No trend: it needs at least {TREND_FROM} sessions that are not all of one day."
        )
    if found.direction is not None and found.direction.chance is not None:
        one, chance = found.direction, found.direction.chance
        side = "no side is the commoner" if one.side == "none" else f"the {one.side} leg"
        told.append(
            f"Larger force SD: {side}, {one.count} of {one.sessions} sessions (a coin gives "
            f"sides at least as uneven in {100 * chance:.0f} %)."
        )
    if found.state != "base_incomplete":
        told += [requirement_line(one) for one in found.requirements]
    told += error_lines(found.errors)
    if found.state == "compared":
        told.append(ERRORS)
    return [*told, CAUTION]


def error_lines(errors: Sequence[tuple[Subject, SessionError]]) -> list[str]:
    """Each error size once, and each origin once."""
    sizes: list[str] = []
    for subject, error in errors:
        spread = (
            ""
            if error.low_pct is None or error.high_pct is None
            else f", interval {error.low_pct:.1f} to {error.high_pct:.1f} %"
        )
        what = "gap" if subject == "gap" else f"{subject} leg"
        sizes.append(f"{what} {error.sem_pct:.1f} % ({error.source}{spread})")
    told = [f"Error of the value of one session: {'; '.join(sizes)}."]
    defaults = {default for _, error in errors for default in error.defaults}
    told += [
        f"{one.value_pct:g} %, {one.label}: {one.origin}."
        for one in sorted(defaults, key=lambda default: default.origin)
    ]
    own = {error.origin for _, error in errors if error.source == "own"}
    return [*told, *(f"Own: {origin}." for origin in sorted(own))]


def requirement_line(one: Requirement) -> str:
    """What a re-test of so many sessions must show to be called a change."""
    gap = (
        "and for the gap not even equal legs would do"
        if one.gap_at_most_pct is None
        else f"a gap of at most {one.gap_at_most_pct:.1f} %"
    )
    sessions = "1 session" if one.sessions == 1 else f"{one.sessions} sessions"
    return (
        f"What a re-test of {sessions} ({one.holds} holds a leg) must show to be beyond the "
        f"error: a left leg of at most {one.left_at_most_n:.2f} N, a right leg of at most "
        f"{one.right_at_most_n:.2f} N, {gap}."
    )


def leg_line(one: LegChange) -> str:
    """One leg before and now, with interval and MDC."""
    return (
        f"{one.leg} leg: {one.before_n:.2f} N before, {one.after_n:.2f} N now, "
        f"{_signed(one.change_pct)} % ({_signed(one.low_pct)} to {_signed(one.high_pct)} %): "
        f"{one.outcome}, {_LEG[one.outcome]} (MDC95: -{one.drop_needed_pct:.1f} or "
        f"+{one.rise_needed_pct:.1f} %)."
    )


def gap_line(one: GapChange) -> str:
    """The difference between the legs before and now."""
    other = " It is on the other side now." if one.side_changed else ""
    return (
        f"gap: {abs(one.before_pct):.1f} % before, {abs(one.after_pct):.1f} % now: "
        f"{one.outcome}, {_GAP[one.outcome]} ({_signed(100 * one.size_change_log)} points in "
        f"logs, MDC95 {100 * one.mdc_log:.1f}).{other}"
    )


def trend_line(one: Trend) -> str:
    """The slope with its interval and what it rests on."""
    what, unit = (
        ("gap (+: towards right larger)", "points")
        if one.subject == "gap"
        else (f"{one.subject} leg", "%")
    )
    flat = " (includes no trend)" if one.low <= 0.0 <= one.high else ""
    return (
        f"Trend, {what}: {_signed(one.per_week)} {unit} a week, 95 % interval "
        f"{_signed(one.low)} to {_signed(one.high)}{flat}; least squares over {one.sessions} "
        f"session means and {one.days} days, {one.df} degrees of freedom."
    )


def _signed(value: float) -> str:
    return f"{round(value, 1) + 0.0:+.1f}"  # no minus before a zero


def _legs(legs: list[str]) -> str:
    return "both legs" if len(legs) == 2 else f"the {legs[0]} leg"
