"""The red-flag screen: answers in, state out. Pure; the caller brings the day.

A blocking answer blocks at once, whatever else is missing. "Not answered" is never "no".
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Sequence

from evenstance.errors import InputError
from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.question import BLOCKING, Question, When
from evenstance.screen.answers import (
    applicable_ids,
    check_age,
    check_answers,
    fires,
    follow_up_id,
    follow_ups_for,
    questions_for,
)
from evenstance.screen.clearing import LIFTED_RESTRICTIONS, lift
from evenstance.screen.findings import find
from evenstance.screen.standing import VALID_DAYS, standing_of
from evenstance.screen.types import (
    Clearance,
    Finding,
    HealthEvent,
    Lifted,
    Screen,
    ScreenAnswers,
    ScreenOutcome,
    State,
)

__all__ = [
    "AGE_CAREFUL_Y",
    "VALID_DAYS",
    "applicable_ids",
    "check_age",
    "check_answers",
    "evaluate",
    "follow_up_id",
    "follow_ups_for",
    "questions_for",
    "state_of",
]

AGE_CAREFUL_Y = 65
"""From this age eyes stay open, the floor firm, and a second adult is near at first."""
AGE_RESTRICTIONS = frozenset({"no_eyes_closed", "no_foam", "no_hop", "second_adult"})


def evaluate(
    screen: Screen,
    age_y: int | None,
    mass_kg: float | None,
    today: datetime.date,
    *,
    plate_rating_kg: float | None = None,
    when: When = "start",
    events: Sequence[HealthEvent] = (),
    clearances: Sequence[Clearance] = (),
    clinician: bool = False,
) -> ScreenOutcome:
    """The state of a person's screening on `today`.

    `age_y` (years) from the profile goes before the age in the screen; `mass_kg` answers the
    mass question when it is open, and the larger of both counts. `plate_rating_kg` is the rated
    load of one plate. `when` = "each" evaluates the quick check only; it can never lead to a plan.
    Answers that are older than 90 days, dated after `today`, or followed by one of `events` let
    nobody pass, but what they blocked stays blocked for 12 months. "Not today" is for its day.
    `clearances` lift answers that only a clinician's word stands against; `clinician` says that
    one leads the practice. Neither lifts anything urgent.
    Raises InputError for an unknown question, an answer of the wrong kind, an age outside
    0 to 120 years, or a mass or rating that is no number above 0.
    """
    check_answers(screen.answers)
    for what, value in (("mass", mass_kg), ("plate rating", plate_rating_kg)):
        _check_positive(what, value)
    for known_age in (age_y, screen.age_y):
        check_age(known_age)
    age = screen.age_y if age_y is None else age_y
    asked = tuple(q for q in questions().values() if when in q.ask)
    standing = standing_of(screen, today, events, when)
    kept: ScreenAnswers = _with_mass(screen.answers, mass_kg) if standing.block else {}
    answers, over = _without_other_days(asked, kept, screen.answered_on, today)
    counting: ScreenAnswers = answers if standing.count else {}
    found = find(asked, answers, age, plate_rating_kg)
    if not standing.count:
        found = tuple(finding for finding in found if finding.action in BLOCKING)
    findings, lifted, lapsed = lift(found, clearances, events, today, clinician=clinician)
    missing = tuple(_missing(asked, counting, age))
    return ScreenOutcome(
        state=state_of(findings, missing, lifted),
        findings=findings,
        missing=missing,
        restrictions=_restrictions(findings, lifted, age),
        notes=(*standing.notes, *over, *lapsed, *_left_aside(asked, counting, age)),
        age_y=age,
        answered_on=screen.answered_on,
        evaluated_on=today,
        when=when,
        lifted=lifted,
        voided_by=standing.voided_by,
        clinician_mode=clinician,
    )


def state_of(
    findings: Sequence[Finding], missing: Sequence[str], lifted: Sequence[Lifted] = ()
) -> State:
    """The state that follows; whoever passes on something lifted passes restricted."""
    actions = {finding.action for finding in findings}
    if actions & set(BLOCKING):
        return "blocked"
    if missing:
        return "unscreened"
    if "measure_only" in actions:
        return "measure_only"
    return "restricted" if actions or lifted else "clear"


def _check_positive(what: str, value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and value > 0.0):
        raise InputError(f"A {what} of {value} kg cannot be right.", next_step="Give it in kg.")


def _with_mass(answers: ScreenAnswers, mass_kg: float | None) -> ScreenAnswers:
    told = answers.get("mass")
    if mass_kg is None:
        return answers
    return {**answers, "mass": max(mass_kg, told) if isinstance(told, int | float) else mass_kg}


def _without_other_days(
    asked: Sequence[Question],
    answers: ScreenAnswers,
    answered_on: datetime.date,
    today: datetime.date,
) -> tuple[ScreenAnswers, tuple[str, ...]]:
    """Answers without those that said "not today" on another day: they are open again."""
    over = {
        question.id
        for question in asked
        if question.outcome is not None
        and question.outcome.action == "not_today"
        and answered_on < today
        and fires(question, answers.get(question.id), None)
    }
    if not over:
        return answers, ()
    kept = {name: answer for name, answer in answers.items() if name not in over}
    note = (
        f"The answer to {', '.join(sorted(over))} was for {answered_on.isoformat()} only: answer "
        "the whole screen again."
    )
    return kept, (note,)


def _restrictions(
    findings: Sequence[Finding], lifted: Sequence[Lifted], age_y: int | None
) -> frozenset[str]:
    every = (*findings, *(one.finding for one in lifted))
    restrictions = frozenset(r for f in every for r in f.restrictions)
    if lifted:
        restrictions |= LIFTED_RESTRICTIONS
    if age_y is not None and age_y >= AGE_CAREFUL_Y:
        restrictions |= AGE_RESTRICTIONS
    return restrictions


def _missing(
    asked: Sequence[Question], answers: ScreenAnswers, age_y: int | None
) -> Iterator[str]:
    for question in asked:
        if not question.applies_at(age_y):
            continue
        answer = answers.get(question.id)
        if age_y is None if question.kind == "age" else answer is None:
            yield question.id
        elif fires(question, answer, age_y):
            ids = (follow_up_id(question, item) for item in question.follow_ups)
            yield from (answer_id for answer_id in ids if answers.get(answer_id) is None)


def _left_aside(
    asked: Sequence[Question], answers: ScreenAnswers, age_y: int | None
) -> tuple[str, ...]:
    ids = [q.id for q in asked if not q.applies_at(age_y) and answers.get(q.id) is not None]
    if not ids:
        return ()
    return (
        f"Left aside at {age_y} years, because only older people are asked: {', '.join(ids)}.",
    )
