"""From a rule and a person to a whole plan: weeks, items, appointments, rules, sources."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from evenstance.knowledge.catalogue import exercises, sources, statements
from evenstance.knowledge.exercise import SUPPORT_TEXT, Exercise, Grade, Statement, Support
from evenstance.knowledge.rules import Rule
from evenstance.plan.days import STOP_DAYS, Weekday, block_end, follow_ups, look_on, retest_from
from evenstance.plan.person import Person
from evenstance.plan.refusals import ours
from evenstance.plan.schedule import warm_up_for, weeks_for
from evenstance.plan.types import Appointment, Difference, Dose, Plan, PlanItem, Week
from evenstance.screen.evaluate import AGE_CAREFUL_Y
from evenstance.screen.quick import quick_check
from evenstance.screen.types import Finding

USUAL_DAYS = 3


@dataclass(frozen=True)
class Frame:
    """When and for whom: everything of a plan that neither rule nor person says."""

    made_on: datetime.date
    starts_on: datetime.date
    block_number: int
    first_start: datetime.date
    first_stage: int
    calendar_weeks: int
    days: tuple[Weekday, ...]
    clinician: str | None
    base_session_ids: tuple[str, ...]


def block(
    rule: Rule,
    person: Person,
    difference: Difference | None,
    findings: Sequence[Finding],
    frame: Frame,
) -> Plan:
    """The whole plan; without a difference it is general practice."""
    weeks = weeks_for(rule, person, frame.starts_on, frame.first_stage)
    warm_up = warm_up_for(person)
    shown = _doses(weeks)
    used = list(dict.fromkeys(dose.exercise_id for dose in (*warm_up, *shown)))
    supports: dict[str, Support] = {
        dose.exercise_id: dose.support for dose in (*shown[::-1], *warm_up)
    }
    items = tuple(_item(exercises()[name], supports[name]) for name in used)
    why = (*_why(person, difference, frame), *rule.next)
    rules = (
        *(finding.statement for finding in findings),
        *group("older", person),
        *group("floor", person),
        *group("never_today", person),
        *group("progress", person),
    )
    stop = (*group("stop", person), *group("emergency", person))
    limits = group("limits", person)
    if difference is not None:
        limits = (*group("limits_gap", person), *limits)
    appointments = _appointments(person, frame)
    cited = {source for item in items for source in item.sources}
    said = (rule.say, *why, *rules, *stop, *limits, *(a.statement for a in appointments))
    for statement in said:
        cited.update(statement.sources)
    return Plan(
        kind="general_practice" if difference is None else "balance_block",
        rule_id=rule.id,
        made_on=frame.made_on,
        starts_on=frame.starts_on,
        block_number=frame.block_number,
        first_start=frame.first_start,
        first_stage=frame.first_stage,
        calendar_weeks=frame.calendar_weeks,
        days=frame.days,
        base_session_ids=frame.base_session_ids,
        clinician=frame.clinician,
        person=person,
        difference=difference,
        order=person.order,
        say=rule.say,
        why=why,
        warm_up=warm_up,
        weeks=weeks,
        items=items,
        appointments=appointments,
        rules=rules,
        stop=stop,
        limits=limits,
        quick_check=tuple(line.text for line in quick_check().lines),
        sources=tuple(source for name, source in sources().items() if name in cited),
    )


def group(name: str, person: Person) -> tuple[Statement, ...]:
    """The shared sentences of a group that are for this person."""
    return tuple(
        s.statement
        for s in statements()
        if s.group == name and (s.when == "all" or person.age_y >= AGE_CAREFUL_Y)
    )


def _why(person: Person, difference: Difference | None, frame: Frame) -> tuple[Statement, ...]:
    if difference is None:
        first = (
            ours(
                "Both legs get equal sets. The leg that held for a shorter time goes first; where "
                "neither did, the left one, which means nothing."
            ),
        )
    else:
        first = group("order", person)
    fewer = ()
    if len(frame.days) < USUAL_DAYS:
        fewer = (
            Statement(
                "You chose fewer than 3 days a week: in active people of 60 to 87 years one "
                "session a week moved the one-leg time less than three did (R04).",
                "B",
                ("R04",),
            ),
        )
    later = ()
    if frame.block_number > 1:
        later = (
            ours(
                "This is the second block and the last one: it begins at the stage that was "
                "reached and has the weeks that remain until twelve."
            ),
        )
    return (*first, *group("volume", person), *group("schedule", person), *fewer, *later)


def _doses(weeks: tuple[Week, ...]) -> list[Dose]:
    return [dose for week in weeks for dose in (*week.items, *week.daily)]


def _appointments(person: Person, frame: Frame) -> tuple[Appointment, ...]:
    (look,), (pause,), (retest,) = (group(g, person) for g in ("look", "pause", "retest"))
    (stop,), (follow,) = (group(g, person) for g in ("stop_block", "follow_up"))
    starts_on, weeks = frame.starts_on, frame.calendar_weeks
    look_day = look_on(starts_on, weeks, frame.days)
    return (
        *(() if look_day is None else (Appointment("look", look_day, look),)),
        Appointment("pause", block_end(starts_on, weeks), pause),
        Appointment("retest", retest_from(starts_on, weeks), retest),
        Appointment("stop_block", frame.first_start + datetime.timedelta(days=STOP_DAYS), stop),
        *(Appointment("follow_up", day, follow) for day in follow_ups(starts_on, weeks)),
    )


def _item(exercise: Exercise, support: Support) -> PlanItem:
    counter_grade: Grade = exercise.grade_effect if exercise.counter_evidence else "D"
    how = (
        exercise.purpose,
        exercise.setup,
        f"Hand support at first: {SUPPORT_TEXT[support]}.",
        exercise.progress,
        f"If it is too hard: {exercise.regress}",
    )
    return PlanItem(
        exercise_id=exercise.id,
        name=exercise.name,
        how=tuple(ours(text) for text in how),
        stop=ours(exercise.stop),
        leave_out_if=ours(exercise.not_for),
        equipment=exercise.equipment,
        answers=exercise.answers,
        effect=Statement(exercise.effect, exercise.grade_effect, exercise.evidence),
        population=Statement(exercise.population, exercise.grade_effect, exercise.evidence),
        counter=Statement(exercise.counter, counter_grade, exercise.counter_evidence),
        grade_effect=exercise.grade_effect,
        grade_effect_for=exercise.grade_effect_for,
        grade_dose=exercise.grade_dose,
        grade_dose_for=exercise.grade_dose_for,
        grade_gap=exercise.grade_gap,
        grade_force_sd=exercise.grade_force_sd,
        sources=tuple(dict.fromkeys((*exercise.evidence, *exercise.counter_evidence))),
    )
