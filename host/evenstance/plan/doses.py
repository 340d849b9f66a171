"""What to do today: the stage's doses with the hand support of today. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evenstance.knowledge.catalogue import exercises
from evenstance.knowledge.exercise import SUPPORT_LADDER
from evenstance.knowledge.gates import PlanOutcome, allows
from evenstance.plan.person import Person
from evenstance.plan.progress import Standing
from evenstance.plan.schedule import lowered
from evenstance.plan.types import Dose, Plan, Week
from evenstance.screen.types import ScreenOutcome


def stage_of(plan: Plan, stage: int) -> Week:
    """The stage of that number, 1 to 6."""
    return next(week for week in plan.weeks if week.number == stage)


def todays_doses(
    plan: Plan, standing: Standing, screen: ScreenOutcome | None = None
) -> tuple[Dose, ...]:
    """The session of the present stage, after the warm-up.

    A screen that became stricter since the plan was made lowers the support by a rung and takes
    out what its restrictions forbid; one that became milder changes nothing. An exercise that the
    catalogue has no more is left out.
    """
    return tuple(_today(plan, stage_of(plan, standing.stage).items, standing, screen))


def daily_doses(
    plan: Plan, standing: Standing, screen: ScreenOutcome | None = None
) -> tuple[Dose, ...]:
    """The optional daily habit of the present stage."""
    return tuple(_today(plan, stage_of(plan, standing.stage).daily, standing, screen))


def _today(
    plan: Plan, doses: tuple[Dose, ...], standing: Standing, screen: ScreenOutcome | None
) -> Iterator[Dose]:
    person = _stricter(plan.person, screen)
    newly = person.restricted and not plan.person.restricted
    kind: PlanOutcome = "practice" if plan.kind == "general_practice" else "block"
    for dose in doses:
        exercise = exercises().get(dose.exercise_id)
        if exercise is None or not allows(exercise.gates, person.facts, kind):
            continue
        support = lowered(exercise, dose.support, standing.extra_support + newly)
        if "one_hand" in person.restrictions and support != "NONE":
            support = lowered(exercise, support, _above_one_hand(support))
        yield replace(dose, support=support)


def _above_one_hand(support: str) -> int:
    ladder: tuple[str, ...] = SUPPORT_LADDER
    return max(0, ladder.index(support) - ladder.index("SUP1"))


def _stricter(person: Person, screen: ScreenOutcome | None) -> Person:
    if screen is None:
        return person
    return replace(
        person,
        age_y=max(person.age_y, screen.age_y or 0),
        restricted=person.restricted or screen.state != "clear",
        restrictions=person.restrictions | screen.restrictions,
    )
