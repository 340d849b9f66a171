"""Everything the history says about one person: sessions, verdict, screening, plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from evenstance.decision.change import change_over_time
from evenstance.flows.course import course_of
from evenstance.metrics.norms import hold_time_context
from evenstance.plan.next_step import next_step
from evenstance.report.results import Results
from evenstance.retest.types import Retest
from evenstance.screen.types import Screen

if TYPE_CHECKING:
    from evenstance.plan.course import Course
    from evenstance.store.records import Athlete, StoredSession
    from evenstance.store.repository import Store


def athlete_results(
    store: Store, athlete: Athlete, today: date, screen: Screen | None = None
) -> Results:
    """Decide over the stored sessions and the screening (the stored one unless given), and show
    the running plan, or make one, or say why there is none."""
    course = course_of(store, athlete, today, screen=screen)
    outcome = course.screen
    sessions = tuple(store.sessions(athlete.id))
    return Results(
        athlete,
        sessions,
        tuple(store.trials(athlete=athlete.id)),
        outcome,
        course.verdict,
        course.shown,
        # A blocking answer comes before every comparison.
        None
        if outcome is not None and outcome.state == "blocked"
        else change_over_time(course.sessions),
        next_step(course, today),
        _context(sessions, None if outcome is None else outcome.age_y),
        _latest_retest(course),
    )


def _latest_retest(course: Course) -> Retest | None:
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
