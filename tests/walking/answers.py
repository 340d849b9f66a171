"""Somebody at the terminal: what is typed when a command asks."""

from __future__ import annotations

import re

from plan_cases import clear_answers, harmless

from evenstance.knowledge.catalogue import questions
from evenstance.screen.quick import quick_check
from walking.stage import Stage
from walking.steps import Replies
from walking.terminal import Reply

AGE_Y = 34
PASSWORD = "a password of the walk"


def screening(stage: Stage) -> list[Reply]:
    """Somebody of 34 to whom nothing applies."""
    answers = {one.text: str(harmless(one)) for one in questions().values()}
    spelled = {"True": "y", "False": "n"}

    def answer(asked: re.Match[str]) -> str:
        text = " ".join(asked[1].split())
        found = next(reply for known, reply in answers.items() if text.endswith(known.rstrip("?")))
        return spelled.get(found, found) + "\n"

    assert set(clear_answers(AGE_Y)) <= set(questions())
    return [
        Reply(r"Age in years[^\n]*: $", f"{AGE_Y}\n"),
        *quick(stage),
        Reply(r"([^\n]*?)\??(?: \(kg\))?(?: \[y/n\]| \([\w, |-]+\))?: $", answer),
    ]


def quick(stage: Stage) -> list[Reply]:
    """None of the six lines applies."""
    assert len(quick_check().lines) == 6
    return [Reply(r"Enter means none \[y/N\]: $", "\n")]


def hands(stage: Stage) -> list[Reply]:
    """Somebody at the plates does what a prompt asks for, then presses Enter."""

    def enter(asked: re.Match[str]) -> str:
        stage.do(asked[1])
        return "\n"

    return [Reply(r"([^\n]*), press Enter: $", enter)]


def practice(stage: Stage) -> list[Reply]:
    """Items off the board are done, nothing happened."""
    return [
        *quick(stage),
        Reply(r"d done", "d"),
        Reply(r"nearly fall\?[^\n]*: $", "n\n"),
        Reply(r"Pain, 0 to 10: $", "0\n"),
        Reply(r"Why not all of it\?[^\n]*: $", "time\n"),
    ]


def no(stage: Stage) -> list[Reply]:
    """Whoever is asked whether it may be done says no."""
    return [Reply(r"\[y/N\]: $", "n\n")]


def password(stage: Stage) -> list[Reply]:
    """Whoever makes a login of the server gives it a password, twice."""
    return [Reply(r"(?i)password[^\n]*: $|again: $", PASSWORD + "\n")]


def stopped(after: str, keys: str) -> Replies:
    """Keys that end it, pressed once when it has shown this."""
    return lambda stage: [Reply(after, keys, once=True)]
