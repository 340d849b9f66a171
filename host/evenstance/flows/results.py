"""Everything the history says about one person: sessions, verdict, screening, plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from evenstance.decision.change import change_over_time
from evenstance.flows.comparability import HOURS_APART, hours_apart
from evenstance.flows.course import course_of
from evenstance.metrics.norms import hold_time_context
from evenstance.plan.next_step import next_step
from evenstance.report.results import Results
from evenstance.report.session_words import time_of_day
from evenstance.retest.types import Retest
from evenstance.screen.types import Screen

if TYPE_CHECKING:
    from evenstance.decision.types import Comparison
    from evenstance.plan.course import Course
    from evenstance.store.records import Athlete, StoredSession, StoredTrial
    from evenstance.store.repository import Store


def athlete_results(
    store: Store, athlete: Athlete, today: date, screen: Screen | None = None
) -> Results:
    """Decide over the stored sessions and the screening (the stored one unless given), and show
    the running plan, or make one, or say why there is none."""
    trials = store.trials(athlete=athlete.id)
    course = course_of(store, athlete, today, screen=screen, trials=trials)
    return results_of(athlete, today, course, store.sessions(athlete.id), trials)


def results_of(
    athlete: Athlete,
    today: date,
    course: Course,
    sessions: Sequence[StoredSession],
    trials: Sequence[StoredTrial],
) -> Results:
    """The same from what was read already."""
    outcome = course.screen
    return Results(
        athlete,
        tuple(sessions),
        tuple(trials),
        outcome,
        course.verdict,
        course.shown,
        # A blocking answer comes before every comparison.
        None
        if outcome is not None and outcome.state == "blocked"
        else change_over_time(course.sessions),
        next_step(course, today),
        _context(sessions, None if outcome is None else outcome.age_y),
        latest_retest(course),
        _times(sessions, course.verdict.comparison),
    )


def of_session(results: Results, session_id: str) -> Results:
    """The same with the holds of one session alone; verdict and plan rest on all of them."""
    return replace(
        results,
        sessions=tuple(s for s in results.sessions if s.id == session_id),
        trials=tuple(t for t in results.trials if t.session_id == session_id),
    )


def _times(sessions: Sequence[StoredSession], comparison: Comparison | None) -> tuple[str, ...]:
    """A warning when the pooled sessions were more than two hours of the day apart."""
    if comparison is None:
        return ()
    pooled = {part.session_id for part in comparison.sessions}
    known = [s for s in sessions if s.id in pooled and time_of_day(s) is not None]
    apart = max((hours_apart(a, b) for a, b in combinations(known, 2)), default=0.0)
    if apart <= HOURS_APART:
        return ()
    return (
        f"The compared sessions were up to {apart:.1f} h of the day apart; the protocol asks for "
        f"the same {HOURS_APART:g} h [V].",
    )


def latest_retest(course: Course) -> Retest | None:
    """The verdict on the newest block that has one, or on the wait."""
    told = [one.retest for one in (*course.plans, course.waiting) if one is not None]
    return next((one for one in reversed(told) if isinstance(one, Retest)), None)


def _context(sessions: Sequence[StoredSession], age_y: int | None) -> str | None:
    """Published hold times beside the latest session, where age and eyes are known."""
    if age_y is None or not sessions:
        return None
    eyes = sessions[-1].conditions.eyes
    if eyes not in ("open", "closed"):
        return None
    return hold_time_context(age_y, eyes)
