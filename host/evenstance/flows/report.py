"""A person's report: everything is read once, decided as everywhere else, and made one page."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from evenstance.flows.course import course_of
from evenstance.flows.history import history_from
from evenstance.flows.results import results_of
from evenstance.plan.progress import standing
from evenstance.plan.types import Plan
from evenstance.report.html.report_data import MOST_TRACES, ReportData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenstance.signal.trace_force import HoldSignal
    from evenstance.store.records import Athlete, StoredSession, StoredTrial
    from evenstance.store.repository import Store


def report_data(
    store: Store, athlete: Athlete, today: date, session: StoredSession | None = None
) -> ReportData:
    """What the report shows; hold by hold `session`, else the latest one with a scored hold."""
    trials = store.trials(athlete=athlete.id)
    sessions = store.sessions(athlete.id)
    course = course_of(store, athlete, today, trials=trials)
    shown = _latest(sessions) if session is None else session
    running = course.running if isinstance(course.shown, Plan) else None
    return ReportData(
        made_on=today,
        results=results_of(athlete, today, course, sessions, trials),
        history=history_from(store, athlete, today, course, sessions, trials),
        session=shown,
        signals={} if shown is None else _signals(store, trials, shown.id),
        running=running,
        standing=None if running is None else standing(running.plan, running.practices, today),
    )


def _latest(sessions: Sequence[StoredSession]) -> StoredSession | None:
    return next(
        (s for s in reversed(sessions) if s.scored_left + s.scored_right + s.invalid), None
    )


def _signals(
    store: Store, trials: Sequence[StoredTrial], session_id: str
) -> dict[int, HoldSignal]:
    """Forces of the first holds of a session; a damaged trace is one less, never an error."""
    from evenstance.signal.trace_force import hold_signal

    wanted = [
        t.id
        for t in trials
        if t.session_id == session_id and t.purpose == "scored" and t.has_trace
    ][:MOST_TRACES]
    found: dict[int, HoldSignal] = {}
    for trial_id, trace in store.traces(wanted).items() if wanted else ():
        try:
            found[trial_id] = hold_signal(trace.data)
        except ValueError:
            continue
    return found
