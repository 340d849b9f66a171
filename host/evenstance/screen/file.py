"""Screen files, full or quick: JSON with the age (years), the day of answering, the answers."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from typing import cast

from evenstance.errors import InputError
from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.plain import JsonValue
from evenstance.knowledge.question import Answer
from evenstance.screen.answers import check_age, check_answers, follow_up_id
from evenstance.screen.quick import check_quick_answers, quick_check
from evenstance.screen.types import Screen, ScreenAnswers

_KEYS = ("age_y", "answered_on", "answers")
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_FRESH = "Write a fresh screen file and fill it in."


def read_screen(text: str) -> Screen:
    """The screen of a file's text.

    Raises InputError when it is no JSON object with exactly `age_y`, `answered_on` and `answers`,
    when a key comes twice, or when an answer does not fit its question. A question that is absent
    or null is not answered.
    """
    return _screen(text, check_answers)


def read_quick(text: str) -> Screen:
    """The quick check of a file's text; raises InputError like `read_screen`."""
    return _screen(text, check_quick_answers)


def _screen(text: str, check: Callable[[ScreenAnswers], None]) -> Screen:
    try:
        data: object = json.loads(text, object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as error:
        raise InputError(
            "The screen file is no JSON that can be read.", cause=str(error), next_step=_FRESH
        ) from error
    table = _object(data, "The screen file")
    for key in _KEYS:
        if key not in table:
            raise InputError(f"The screen file has no {key!r}.", next_step=_FRESH)
    for key in table:
        if key not in _KEYS:
            raise InputError(
                f"The screen file has an unknown key {key!r}.",
                cause="Only age_y, answered_on and answers are known.",
                next_step=_FRESH,
            )
    answers = cast("dict[str, Answer]", _object(table["answers"], "'answers'"))
    check(answers)
    return Screen(dict(answers), _age(table["age_y"]), _day(table["answered_on"]))


def blank_screen() -> dict[str, JsonValue]:
    """A template with every question and follow-up open, to be written as JSON and filled in.

    A follow-up stays null where its question is harmless; `answered_on` must be filled in.
    """
    answers: dict[str, JsonValue] = {}
    for question in questions().values():
        if question.kind == "age":
            continue
        answers[question.id] = None
        answers.update({follow_up_id(question, item): None for item in question.follow_ups})
    return {"age_y": None, "answered_on": None, "answers": answers}


def blank_quick() -> dict[str, JsonValue]:
    """A template of the quick check; the questions of a line only matter when it says yes."""
    answers: dict[str, JsonValue] = {}
    for line in quick_check().lines:
        answers[line.answer_id] = None
        for question in (questions()[name] for name in line.questions):
            answers[question.id] = None
            answers.update({follow_up_id(question, item): None for item in question.follow_ups})
    return {"age_y": None, "answered_on": None, "answers": answers}


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table: dict[str, object] = {}
    for key, value in pairs:
        if key in table:
            raise InputError(
                f"The screen file answers {key!r} twice.", next_step="Keep one of the answers."
            )
        table[key] = value
    return table


def _object(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InputError(f"{what} must be a JSON object with names and values.", next_step=_FRESH)
    return cast("Mapping[str, object]", value)


def _age(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(
            f"age_y must be whole years or null, not {value!r}.",
            next_step="Give whole years, 0 to 120.",
        )
    check_age(value)
    return value


def _day(value: object) -> datetime.date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError as error:
            raise InputError(
                f"answered_on {value!r} is no day of the calendar.", next_step="Write YYYY-MM-DD."
            ) from error
    raise InputError(
        f"answered_on must be the day of answering, not {value!r}.", next_step="Write YYYY-MM-DD."
    )
