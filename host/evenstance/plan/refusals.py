"""Why there is no plan: the screen first, then what the holds say, each sentence graded."""

from __future__ import annotations

import datetime
from dataclasses import replace

from evenstance.knowledge.exercise import Statement
from evenstance.knowledge.question import BLOCKING
from evenstance.plan.types import NoPlan, PersonResults
from evenstance.screen.answers import applicable_ids
from evenstance.screen.standing import VALID_DAYS
from evenstance.screen.types import Finding, ScreenOutcome

MIN_HOLD_S = 5.0
"""Below this hands-free hold time (s) on either leg a clinician decides (our proposal)."""
START_DAYS = 7
"""A block begins at most so many days after the full screen (our proposal)."""
_URGENT = {"emergency": "EMERGENCY NOW: ", "same_day": "TODAY: "}


def ours(text: str) -> Statement:
    """A sentence of our own, grade D."""
    return Statement(text, "D")


def whom_to_see(finding: Finding) -> Statement:
    """What a finding means and whom to see, the urgent ones named as such."""
    unverified = f" Unverified: {finding.unverified}." if finding.unverified else ""
    return replace(
        finding.statement,
        text=f"{_URGENT.get(finding.action, '')}{finding.say} Whom to see: {finding.see}"
        f"{unverified}",
    )


def by_screen(
    screen: ScreenOutcome | None, results_age_y: int | None, today: datetime.date
) -> NoPlan | None:
    """The reason that the screen gives against any plan on `today`; None when it lets one be."""
    if screen is not None and screen.state == "blocked":
        blocking = tuple(f for f in screen.findings if f.action in BLOCKING)
        return NoPlan(
            "blocked",
            ours("No plan: a screening answer comes first."),
            tuple(whom_to_see(f) for f in blocking),
            blocking,
        )
    open_point = _not_screened(screen, results_age_y, today)
    if open_point is not None:
        return NoPlan(
            "not_screened",
            ours(
                "No plan: not screened. Measurements are shown; a plan needs every screening "
                "answer."
            ),
            (
                *(ours(text) for text in open_point),
                ours("Answer the screening questions, or fill in a screen file."),
            ),
        )
    if screen is not None and screen.state == "measure_only":
        found = tuple(f for f in screen.findings if f.action == "measure_only")
        return NoPlan(
            "measure_only",
            ours("No plan: this product measures here and leaves plans to a clinician."),
            tuple(whom_to_see(f) for f in found),
            found,
        )
    return None


def not_fresh(screen: ScreenOutcome, on: datetime.date) -> str | None:
    """Why the full screen is too old for a block that begins on that day, if it is."""
    age_days = (on - screen.answered_on).days
    if 0 <= age_days <= START_DAYS:
        return None
    return (
        f"The full screen was answered on {screen.answered_on.isoformat()}; for a block that "
        f"begins on {on.isoformat()} it must be at most {START_DAYS} days old (our proposal)."
    )


def by_holds(results: PersonResults) -> NoPlan | None:
    """The reason that the hold times give against any practice."""
    best = shorter_best_s(results)
    if best is None:
        return NoPlan(
            "hold_unknown",
            ours("No plan: the longest hold of each leg is not known."),
            (ours("Measure at least one valid hold on each leg, eyes open, hands free."),),
        )
    if best < MIN_HOLD_S:
        return NoPlan(
            "hold_too_short",
            ours(
                f"No plan: the longest hold of one leg is {best:.1f} s, and below "
                f"{MIN_HOLD_S:g} s a clinician decides (that limit is our proposal)."
            ),
            (ours("Whom to see: your physiotherapist or doctor, before any practice."),),
        )
    return None


def shorter_best_s(results: PersonResults) -> float | None:
    """The best hold (s) of the leg whose best is shorter."""
    if results.best_hold_left_s is None or results.best_hold_right_s is None:
        return None
    return min(results.best_hold_left_s, results.best_hold_right_s)


def _not_screened(
    screen: ScreenOutcome | None, results_age_y: int | None, today: datetime.date
) -> tuple[str, ...] | None:
    if screen is None:
        return ("There are no screening answers yet.",)
    if screen.when != "start":
        return ("Only the quick check was answered.",)
    if screen.state == "unscreened" or screen.age_y is None:
        still_open = f"Still open: {', '.join(screen.missing)}." if screen.missing else ""
        return tuple(text for text in (*screen.notes, still_open) if text)
    if not 0 <= (today - screen.answered_on).days <= VALID_DAYS:
        return (f"The answers are of {screen.answered_on.isoformat()}: answer them again.",)
    age_y = screen.age_y if results_age_y is None else results_age_y
    if applicable_ids(age_y) != applicable_ids(screen.age_y):
        return (f"The answers were given for an age of {screen.age_y} years, not {age_y}.",)
    return None
