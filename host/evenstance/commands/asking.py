"""Asking the screening's questions on a terminal; prompts go to standard error."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenstance.commands.common import interactive, tell

if TYPE_CHECKING:
    from evenstance.knowledge.question import Answer, Question
    from evenstance.screen.quick import QuickLine
    from evenstance.screen.types import Screen
    from evenstance.store.records import Athlete
    from evenstance.store.repository import Store

NONE = "none"


def ask(text: str, question: Question | None) -> Answer:
    """One question; without `question` it is answered yes or no."""
    if question is None or question.kind == "yes_no":
        mark = "" if text.endswith("?") else "?"
        return click.confirm(f"{text}{mark}", default=None, err=True)
    if question.kind == "number":
        unit = f"({question.unit})"
        return click.prompt(text if unit in text else f"{text} {unit}", type=float, err=True)
    for choice in question.choices:
        tell(f"  {choice.value}: {choice.text}")
    return click.prompt(text, type=click.Choice([c.value for c in question.choices]), err=True)


def any_yes(lines: Sequence[QuickLine]) -> bool:
    """Show all lines of the quick check; Enter says that none applies."""
    tell("Quick check before the session [D: own proposal]:")
    for line in lines:
        tell(f"  - {line.text}")
    return click.confirm("Yes to any of them? Enter means none", default=False, err=True)


def check_before_session(store: Store, person: Athlete, today: date, given: str | None) -> None:
    """Ask, read or skip the quick check, keep it, and refuse when anything blocks.

    `given` is "none" (all six lines are answered no), the path of a file, or None: then a
    terminal is asked, and without one a line says how to answer.
    """
    from evenstance.flows.screening import known_age_y, refuse_blocked, store_quick

    if given is None and not interactive():
        refuse_blocked(store, person, today)
        tell(
            "The quick check was not asked without a terminal: `--quick-check none` says that all "
            "six lines are no, `--quick-check FILE` gives answers."
        )
        return
    refuse_blocked(store, person, today, renewed=True)
    store_quick(store, person, quick_answers(known_age_y(store, person.id), today, given))
    refuse_blocked(store, person, today)


def quick_answers(age_y: int | None, today: date, given: str | None) -> Screen:
    """The answers to the quick check: stated, out of a file, or asked."""
    from evenstance.flows.screening import ask_quick, quick_from_file
    from evenstance.screen.quick import all_no

    if given is None:
        return ask_quick(age_y, today, any_yes, ask)
    if given == NONE:
        return all_no(age_y, today)
    return quick_from_file(Path(given), today)
