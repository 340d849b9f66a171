"""Everything the history says about one person: sessions, verdict, screening, plan."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from evenstance.decision.ladder import decide
from evenstance.flows import advice
from evenstance.flows.screening import stored_screen
from evenstance.plan.prescribe import make_plan
from evenstance.plan.types import Screen, ScreenOutcome
from evenstance.report.results import Results

if TYPE_CHECKING:
    from evenstance.store.records import Athlete
    from evenstance.store.repository import Store


def athlete_results(
    store: Store, athlete: Athlete, today: date, screen: Screen | None = None
) -> Results:
    """Decide over the stored sessions and the screening (the stored one unless given), and make
    the plan or say why there is none."""
    trials = store.trials(athlete=athlete.id)
    screen = stored_screen(store, athlete.id) if screen is None else screen
    outcome: ScreenOutcome | None = advice.screen_outcome(screen, today)
    verdict = decide(
        store.session_holds(athlete.id, include_replay=athlete.name == "replay"),
        "unscreened" if outcome is None else outcome.state,
    )
    counted = [t.hold for t in trials if t.purpose == "scored"]
    age_y = None if outcome is None else outcome.age_y
    plan = make_plan(verdict, outcome, advice.person_results(counted, age_y), today)
    return Results(
        athlete, tuple(store.sessions(athlete.id)), tuple(trials), outcome, verdict, plan
    )
