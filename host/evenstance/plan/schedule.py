"""From a week table to the weeks of one person: rungs, hand support, legs, minutes, dates."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from evenstance.knowledge.catalogue import exercises
from evenstance.knowledge.exercise import SUPPORT_LADDER, Exercise, Rung, Support
from evenstance.knowledge.gates import PlanOutcome, allows
from evenstance.knowledge.rules import Cell, Rule, start_rung
from evenstance.plan.person import Person
from evenstance.plan.types import Dose, Week

DAILY = "daily_sls"
WARM_UP: tuple[tuple[str, Support], ...] = (("g_walk", "NONE"), ("g_leg_swings", "FT2"))
BETWEEN_ITEMS_S = 60
_UNIT_S = {"s": 1.0, "min": 60.0}


def weeks_for(
    rule: Rule, person: Person, starts_on: datetime.date, first_stage: int = 1
) -> tuple[Week, ...]:
    """The stages of a rule for this person; `first_stage` and those below begin at once."""
    kind: PlanOutcome = "practice" if rule.outcome == "practice" else "block"
    return tuple(
        _week(
            number,
            starts_on + datetime.timedelta(days=7 * max(0, number - first_stage)),
            cells,
            person,
            kind,
        )
        for number, cells in enumerate(rule.weeks, 1)
    )


def warm_up_for(person: Person) -> tuple[Dose, ...]:
    """The same warm-up before every session and every test."""
    catalogue = exercises()
    return tuple(
        _dose(catalogue[name], (catalogue[name].ladder[0],), support, person)
        for name, support in WARM_UP
    )


def work_s(exercise: Exercise, rung: Rung) -> float:
    """Work and rest of one rung (s), both legs, without changing over."""
    per_set = rung.amount * _UNIT_S.get(rung.unit, exercise.rep_s)
    legs = 2 if rung.side == "leg" else 1
    return rung.sets * legs * per_set + (rung.sets - 1) * rung.rest_s


def one_leg_s(exercise: Exercise, rung: Rung) -> float:
    """Time one leg stands alone in one rung (s)."""
    if not exercise.one_leg:
        return 0.0
    per_unit = exercise.one_leg_rep_s if rung.unit == "rep" else _UNIT_S[rung.unit]
    return rung.sets * rung.amount * per_unit


def _week(
    number: int,
    starts_on: datetime.date,
    cells: Sequence[Cell],
    person: Person,
    kind: PlanOutcome,
) -> Week:
    doses = tuple(_dose_of(cell, person, kind) for cell in cells)
    items = tuple(dose for dose in doses if dose.exercise_id != DAILY)
    catalogue = exercises()
    session_s = BETWEEN_ITEMS_S * (len(items) - 1) + sum(
        max(work_s(catalogue[d.exercise_id], rung) for rung in d.rungs) for d in items
    )
    alone_s = sum(
        max(one_leg_s(catalogue[d.exercise_id], rung) for rung in d.rungs) for d in items
    )
    return Week(
        number=number,
        starts_on=starts_on,
        items=items,
        daily=tuple(dose for dose in doses if dose.exercise_id == DAILY),
        session_min=round(session_s / 60.0),
        one_leg_s=round(alone_s),
    )


def _dose_of(cell: Cell, person: Person, kind: PlanOutcome) -> Dose:
    exercise = exercises()[cell.exercise]
    if not allows(exercise.gates, person.facts, kind):
        if cell.instead is None:
            raise ValueError(f"{exercise.id} has nothing in its place")
        return _dose_of(cell.instead, person, kind)
    rungs = cell.rungs
    if cell.from_start:
        first = start_rung(exercise.ladder, person.shorter_best_s)
        last = len(exercise.ladder) - 1
        indices = sorted({min(first + step, last) for step in cell.from_start})
        rungs = tuple(exercise.ladder[index] for index in indices)
    return _dose(exercise, rungs, cell.support, person)


def _dose(exercise: Exercise, rungs: tuple[Rung, ...], support: Support, person: Person) -> Dose:
    both = rungs[0].side == "leg"
    return Dose(
        exercise_id=exercise.id,
        name=exercise.name,
        rungs=rungs,
        support=support_for(exercise, support, person),
        order=person.order if both else (),
        sets_left=rungs[0].sets if both else None,
        sets_right=rungs[0].sets if both else None,
        grade_effect=exercise.grade_effect,
        grade_dose=exercise.grade_dose,
    )


def support_for(exercise: Exercise, support: Support, person: Person) -> Support:
    """The hand support of the table, lowered for age, restriction and medicine, never raised."""
    if support == "NONE":
        return support
    level = SUPPORT_LADDER.index(support)
    if person.careful and exercise.support_from_65 is not None:
        level = min(level, SUPPORT_LADDER.index(exercise.support_from_65))
    if person.restricted:
        level = max(level - 1, 0)
    if "one_hand" in person.restrictions:
        level = min(level, SUPPORT_LADDER.index("SUP1"))
    return at_most(exercise, level)


def lowered(exercise: Exercise, support: Support, rungs: int) -> Support:
    """The hand support so many rungs lower, or the most that this exercise has."""
    if support == "NONE" or rungs <= 0:
        return support
    return at_most(exercise, SUPPORT_LADDER.index(support) - rungs)


def at_most(exercise: Exercise, level: int) -> Support:
    """The support of this exercise that is nearest to a level of the ladder, never above it
    where it has one below."""
    allowed = [i for i, rung in enumerate(SUPPORT_LADDER) if rung in exercise.support]
    return SUPPORT_LADDER[max((i for i in allowed if i <= level), default=allowed[0])]
