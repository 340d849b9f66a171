"""Which questions a person answers, and whether the answers fit them."""

from __future__ import annotations

from evenstance.errors import InputError
from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.question import Answer, FollowUp, Outcome, Question, When
from evenstance.screen.types import ScreenAnswers

MAX_AGE_Y = 120
MAX_NUMBER = 1000
"""Above this a typed number (kg) is a slip of the finger."""
_NEXT = "Answer it again, or write a fresh screen file."


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
    if not fires(question, answer, None):
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


def clearable_ids() -> tuple[str, ...]:
    """The answers that a written clearance can lift, in the order of asking."""
    found: list[str] = []
    for question in questions().values():
        outcomes: list[Outcome | None] = [
            question.outcome,
            *(choice.outcome for choice in question.choices),
        ]
        if any(outcome is not None and outcome.clearable for outcome in outcomes):
            found.append(question.id)
        found += [follow_up_id(question, i) for i in question.follow_ups if i.outcome.clearable]
    return tuple(found)


def fires(question: Question, answer: Answer, age_y: int | None) -> bool:
    """Whether the answer, or for the age rule the age (years), leads to the question's action."""
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


def check_yes_no(answer_id: str, answer: Answer) -> None:
    """Raises InputError for an answer that is neither yes, no nor open."""
    if answer is not None and not isinstance(answer, bool):
        raise InputError(
            f"The answer to {answer_id!r} must be true or false, not {answer!r}.", next_step=_NEXT
        )


def _check_kind(answer_id: str, question: Question | None, answer: Answer) -> None:
    kind = "yes_no" if question is None else question.kind
    if kind == "yes_no":
        check_yes_no(answer_id, answer)
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
