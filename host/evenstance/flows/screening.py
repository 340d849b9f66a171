"""Reading, asking and storing the answers of a screening."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast

from evenstance.errors import InputError, ScreenBlockedError
from evenstance.flows import advice
from evenstance.knowledge.question import BLOCKING, Answer, Question
from evenstance.screen.evaluate import follow_ups_for, questions_for
from evenstance.screen.file import read_screen
from evenstance.screen.types import Screen

if TYPE_CHECKING:
    from evenstance.store.records import Athlete
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


def refuse_blocked(store: Store, athlete: Athlete, today: date) -> None:
    """Raise when the person's stored answers say that a session must not start."""
    screen = stored_screen(store, athlete.id)
    outcome = advice.screen_outcome(screen, today)
    if outcome is None or outcome.state != "blocked":
        return
    first = next(f for f in outcome.findings if f.action in BLOCKING)
    raise ScreenBlockedError(
        f"No session: {first.say}",
        cause="answers of the screening",
        next_step=f"{first.see} When that has changed: `evenstance screen`.",
    )


def stored_screen(store: Store, athlete_id: int) -> Screen | None:
    """The latest answers in the history."""
    stored = store.care.latest_screen(athlete_id)
    if stored is None:
        return None
    answers = cast("dict[str, Answer]", dict(stored.answers))
    return Screen(answers, stored.age_y, stored.answered_on)


def store_screen(store: Store, athlete_id: int, screen: Screen, state: str) -> None:
    """Keep the answers in the history; without an age they cannot be judged, so not stored."""
    if screen.age_y is None:
        raise InputError(
            "The screening has no age.", next_step="Fill in age_y in the screen file."
        )
    store.care.save_screen(
        athlete_id,
        answered_on=screen.answered_on,
        age_y=screen.age_y,
        answers=dict(screen.answers),
        state=state,
    )
