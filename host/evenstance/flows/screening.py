"""Reading, asking and storing the answers of a screening."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from evenstance.errors import InputError
from evenstance.plan.screen import follow_ups_for, questions_for
from evenstance.plan.screen_file import read_screen
from evenstance.plan.types import Answer, Question, Screen

if TYPE_CHECKING:
    from evenstance.store.repository import Store

MAX_BYTES = 1_000_000


def screen_from_file(path: Path) -> Screen:
    """The screen in a file; every failure is one clear InputError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is too large to be a screen file.")
        return read_screen(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The screen file {path} cannot be read.",
            cause=str(error),
            next_step="`evenstance screen --template FILE` writes one to fill in.",
        ) from error


def ask_screen(age_y: int, today: date, ask: Callable[[str, Question | None], Answer]) -> Screen:
    """Ask every question for this age; `ask(text, question)` returns the answer, with question
    None for a follow-up that is answered yes or no."""
    answers: dict[str, Answer] = {}
    for question in questions_for(age_y):
        if question.kind == "age":
            continue
        answer = ask(question.text, question)
        answers[question.id] = answer
        for answer_id, follow_up in follow_ups_for(question, answer):
            answers[answer_id] = ask(follow_up.text, None)
    return Screen(answers, age_y, today)


def store_screen(store: Store, athlete_id: int, screen: Screen, state: str) -> None:
    """Keep the answers in the history; without an age they cannot be judged, so not stored."""
    if screen.age_y is None:
        raise InputError(
            "The screening has no age.", next_step="Fill in age_y in the screen file."
        )
    store.save_screen(
        athlete_id,
        answered_on=screen.answered_on,
        age_y=screen.age_y,
        answers=dict(screen.answers),
        state=state,
    )
