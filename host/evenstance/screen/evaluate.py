"""The red-flag screen: answers in, state out. Pure; the caller brings the day.

A blocking answer blocks at once, whatever else is missing. "Not answered" is never "no".
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator

from evenstance.errors import InputError
from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.question import (
    BLOCKING,
    Action,
    Answer,
    FollowUp,
    Outcome,
    Question,
    When,
)
from evenstance.screen.types import Finding, Screen, ScreenAnswers, ScreenOutcome, State

VALID_DAYS = 90
"""A full screen counts for so many days (our proposal)."""
AGE_CAREFUL_Y = 65
"""From this age eyes stay open, the floor firm, and a second adult is near at first."""
AGE_RESTRICTIONS = frozenset({"no_eyes_closed", "no_foam", "no_hop", "second_adult"})
MAX_AGE_Y = 120
MAX_NUMBER = 1000
"""Above this a typed number (kg) is a slip of the finger."""
RATING_SHARE = 0.8
"""A person may use so much of a plate's rated load."""
_URGENCY: dict[Action, int] = {
    "emergency": 0,
    "same_day": 1,
    "do_not_step_on": 2,
    "clinician": 3,
    "not_today": 4,
    "measure_only": 5,
    "restrict": 6,
}
_NEXT = "Answer it again, or write a fresh screen file."


def evaluate(
    screen: Screen,
    age_y: int | None,
    mass_kg: float | None,
    today: datetime.date,
    *,
    plate_rating_kg: float | None = None,
    when: When = "start",
) -> ScreenOutcome:
    """The state of a person's screening on `today`.

    `age_y` (years) from the profile goes before the age in the screen; `mass_kg` answers the
    mass question when it is open, and the larger of both counts. `plate_rating_kg` is the rated
    load of one plate. `when` = "each" evaluates the quick check only; it can never lead to a plan.
    Answers that are older than 90 days, or dated after `today`, count as none.
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
    expired = _expired(screen.answered_on, today)
    answers: ScreenAnswers = {} if expired else _with_mass(screen.answers, mass_kg)
    findings = _findings(asked, answers, age, plate_rating_kg)
    missing = tuple(_missing(asked, answers, age))
    restrictions = frozenset(r for f in findings for r in f.restrictions)
    if age is not None and age >= AGE_CAREFUL_Y:
        restrictions |= AGE_RESTRICTIONS
    return ScreenOutcome(
        state=_state(findings, missing),
        findings=findings,
        missing=missing,
        restrictions=restrictions,
        notes=(*expired, *_left_aside(asked, answers, age)),
        age_y=age,
        answered_on=screen.answered_on,
        evaluated_on=today,
        when=when,
    )


def questions_for(age_y: int | None, when: When = "start") -> tuple[Question, ...]:
    """The questions to ask a person of this age (years), in order; never the derived age one.

    Follow-ups are asked when `follow_ups_for` names them.
    """
    check_age(age_y)
    return tuple(
        q
        for q in questions().values()
        if when in q.ask and q.kind != "age" and q.applies_at(age_y)
    )


def follow_ups_for(question: Question, answer: Answer) -> tuple[tuple[str, FollowUp], ...]:
    """The follow-ups that this answer opens, each with its answer id."""
    if not _fires(question, answer, None):
        return ()
    return tuple((follow_up_id(question, item), item) for item in question.follow_ups)


def follow_up_id(question: Question, follow_up: FollowUp) -> str:
    """The id under which a follow-up is answered."""
    return f"{question.id}.{follow_up.id}"


def applicable_ids(age_y: int) -> frozenset[str]:
    """Ids of the questions that a person of this age (years) must answer, with the age rule."""
    applicable = {q.id for q in questions().values() if q.applies_at(age_y)}
    too_young = {
        f"{q.id}:below" for q in questions().values() if q.below is not None and age_y < q.below
    }
    return frozenset(applicable | too_young)


def check_age(age_y: int | None) -> None:
    """Raises InputError for an age outside 0 to 120 years."""
    if age_y is not None and not 0 <= age_y <= MAX_AGE_Y:
        raise InputError(
            f"An age of {age_y} years cannot be right.", next_step="Give whole years, 0 to 120."
        )


def check_answers(answers: ScreenAnswers) -> None:
    """Raises InputError naming the first unknown question or answer of the wrong kind."""
    known: dict[str, Question | None] = {}
    for question in questions().values():
        known[question.id] = question
        known.update({follow_up_id(question, item): None for item in question.follow_ups})
    for answer_id, answer in answers.items():
        if answer_id not in known:
            raise InputError(
                f"The screen has no question {answer_id!r}.",
                cause="The id is misspelt or from another version.",
                next_step="Write a fresh screen file and copy the answers over.",
            )
        if answer is not None:
            _check_kind(answer_id, known[answer_id], answer)


def _check_kind(answer_id: str, question: Question | None, answer: Answer) -> None:
    kind = "yes_no" if question is None else question.kind
    if kind == "yes_no" and not isinstance(answer, bool):
        raise InputError(
            f"The answer to {answer_id!r} must be true or false, not {answer!r}.", next_step=_NEXT
        )
    if kind == "age":
        raise InputError(
            f"{answer_id!r} is not answered here.", next_step="Give the age as age_y (years)."
        )
    if kind == "number":
        number = None if isinstance(answer, bool | str) else answer
        if number is None or not 0 < number < MAX_NUMBER:
            unit = "" if question is None else f" ({question.unit})"
            raise InputError(
                f"The answer to {answer_id!r} must be a number above 0{unit}, not {answer!r}.",
                next_step=_NEXT,
            )
    if kind == "choice" and question is not None:
        values = [choice.value for choice in question.choices]
        if answer not in values:
            raise InputError(
                f"The answer to {answer_id!r} must be one of {', '.join(values)}, not {answer!r}.",
                next_step=_NEXT,
            )


def _check_positive(what: str, value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and value > 0.0):
        raise InputError(f"A {what} of {value} kg cannot be right.", next_step="Give it in kg.")


def _expired(answered_on: datetime.date, today: datetime.date) -> tuple[str, ...]:
    age_days = (today - answered_on).days
    if age_days < 0:
        return (
            f"The answers are dated {answered_on.isoformat()}, which is still to come on "
            f"{today.isoformat()}: answer the screen again.",
        )
    if age_days > VALID_DAYS:
        return (
            f"The answers of {answered_on.isoformat()} are {age_days} days old and count for "
            f"{VALID_DAYS} days only (our proposal): answer the screen again.",
        )
    return ()


def _with_mass(answers: ScreenAnswers, mass_kg: float | None) -> ScreenAnswers:
    told = answers.get("mass")
    if mass_kg is None:
        return answers
    return {**answers, "mass": max(mass_kg, told) if isinstance(told, int | float) else mass_kg}


def _fires(question: Question, answer: Answer, age_y: int | None) -> bool:
    if question.kind == "age":
        return question.below is not None and age_y is not None and age_y < question.below
    if answer is None:
        return False
    if question.kind == "number":
        return (
            question.above is not None
            and isinstance(answer, int | float)
            and answer > question.above
        )
    return question.kind == "yes_no" and answer is question.fires_on


def _findings(
    asked: tuple[Question, ...],
    answers: ScreenAnswers,
    age_y: int | None,
    plate_rating_kg: float | None,
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for question in asked:
        if question.applies_at(age_y):
            found.extend(_of_question(question, answers, age_y, plate_rating_kg))
    order = {question.id: question.order for question in asked}
    return tuple(sorted(found, key=lambda f: (_URGENCY[f.action], order[f.question_id])))


def _of_question(
    question: Question, answers: ScreenAnswers, age_y: int | None, plate_rating_kg: float | None
) -> Iterator[Finding]:
    answer = answers.get(question.id)
    fired = _fires(question, answer, age_y) or _overloads(question, answer, plate_rating_kg)
    if fired and question.outcome is not None:
        yield _finding(question, question.id, question.outcome)
    for choice in question.choices:
        if answer == choice.value and choice.outcome is not None:
            yield _finding(question, question.id, choice.outcome)
    for item in question.follow_ups:
        given = answers.get(follow_up_id(question, item))
        # a worrying "yes" counts even where its parent says "no": the safe reading of a conflict
        if given is item.fires_on and (fired or item.fires_on):
            yield _finding(question, follow_up_id(question, item), item.outcome)


def _overloads(question: Question, answer: Answer, plate_rating_kg: float | None) -> bool:
    return (
        question.kind == "number"
        and plate_rating_kg is not None
        and isinstance(answer, int | float)
        and answer > RATING_SHARE * plate_rating_kg
    )


def _finding(question: Question, answer_id: str, outcome: Outcome) -> Finding:
    return Finding(
        answer_id=answer_id,
        question_id=question.id,
        action=outcome.action,
        say=outcome.say,
        see=outcome.see,
        basis=question.basis,
        marks=question.marks,
        sources=question.sources,
        restrictions=outcome.restrictions,
    )


def _missing(
    asked: tuple[Question, ...], answers: ScreenAnswers, age_y: int | None
) -> Iterator[str]:
    for question in asked:
        if not question.applies_at(age_y):
            continue
        answer = answers.get(question.id)
        if age_y is None if question.kind == "age" else answer is None:
            yield question.id
        elif _fires(question, answer, age_y):
            ids = (follow_up_id(question, item) for item in question.follow_ups)
            yield from (answer_id for answer_id in ids if answers.get(answer_id) is None)


def _state(findings: tuple[Finding, ...], missing: tuple[str, ...]) -> State:
    actions = {finding.action for finding in findings}
    if actions & set(BLOCKING):
        return "blocked"
    if missing:
        return "unscreened"
    if "measure_only" in actions:
        return "measure_only"
    return "restricted" if actions else "clear"


def _left_aside(
    asked: tuple[Question, ...], answers: ScreenAnswers, age_y: int | None
) -> tuple[str, ...]:
    ids = [q.id for q in asked if not q.applies_at(age_y) and answers.get(q.id) is not None]
    if not ids:
        return ()
    return (
        f"Left aside at {age_y} years, because only older people are asked: {', '.join(ids)}.",
    )
