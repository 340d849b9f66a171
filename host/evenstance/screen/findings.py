"""Which answers matter: one finding for each, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.question import Action, Answer, Outcome, Question
from evenstance.screen.answers import fires, follow_up_id
from evenstance.screen.types import Finding, ScreenAnswers

RATING_SHARE = 0.8
"""A person may use so much of a plate's rated load."""
URGENCY: dict[Action, int] = {
    "emergency": 0,
    "same_day": 1,
    "do_not_step_on": 2,
    "clinician": 3,
    "not_today": 4,
    "measure_only": 5,
    "restrict": 6,
}


def find(
    asked: Sequence[Question],
    answers: ScreenAnswers,
    age_y: int | None,
    plate_rating_kg: float | None,
) -> tuple[Finding, ...]:
    """The findings of the answers to `asked`, sorted; questions of another age give none."""
    found: list[Finding] = []
    for question in asked:
        if question.applies_at(age_y):
            found.extend(_of_question(question, answers, age_y, plate_rating_kg))
    return by_urgency(found)


def by_urgency(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """The most urgent first, within one action in the order of asking."""
    order = {name: question.order for name, question in questions().items()}
    return tuple(sorted(found, key=lambda f: (URGENCY[f.action], order.get(f.question_id, 0))))


def _of_question(
    question: Question, answers: ScreenAnswers, age_y: int | None, plate_rating_kg: float | None
) -> Iterator[Finding]:
    answer = answers.get(question.id)
    fired = fires(question, answer, age_y) or _overloads(question, answer, plate_rating_kg)
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
        unverified=question.unverified,
        clearable=outcome.clearable,
        clinician_mode=outcome.clinician_mode,
    )
