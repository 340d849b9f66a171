"""Everything the history says about one person: sessions, verdict, screening, plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from evenstance.decision.change import change_over_time
from evenstance.decision.ladder import decide
from evenstance.flows import advice
from evenstance.flows.screening import outcome_of
from evenstance.metrics.norms import hold_time_context
from evenstance.plan.prescribe import make_plan
from evenstance.report.results import Results
from evenstance.screen.types import Screen

if TYPE_CHECKING:
    from evenstance.store.records import Athlete, StoredSession
    from evenstance.store.repository import Store


def athlete_results(
    store: Store, athlete: Athlete, today: date, screen: Screen | None = None
) -> Results:
    """Decide over the stored sessions and the screening (the stored one unless given), and make
    the plan or say why there is none."""
    trials = store.trials(athlete=athlete.id)
    outcome = outcome_of(store, athlete, today, screen=screen)
    holds = store.session_holds(athlete.id, include_replay=athlete.name == "replay")
    verdict = decide(
        holds,
        "unscreened" if outcome is None else outcome.state,
    )
    counted = [t.hold for t in trials if t.purpose == "scored"]
    age_y = None if outcome is None else outcome.age_y
    plan = make_plan(verdict, outcome, advice.person_results(counted, age_y), today)
    sessions = tuple(store.sessions(athlete.id))
    return Results(
        athlete,
        sessions,
        tuple(trials),
        outcome,
        verdict,
        plan,
        # A blocking answer comes before every comparison.
        None if outcome is not None and outcome.state == "blocked" else change_over_time(holds),
        _context(sessions, age_y),
    )


def _context(sessions: Sequence[StoredSession], age_y: int | None) -> str | None:
    """Published hold times beside the latest session, where age and eyes are known."""
    if age_y is None or not sessions:
        return None
    eyes = sessions[-1].conditions.eyes
    if eyes not in ("open", "closed"):
        return None
    return hold_time_context(age_y, eyes)
