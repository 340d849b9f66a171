"""The quick check before a session: six lines, each of which opens single questions. Pure."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources

from evenstance.errors import InputError
from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.fields import Fields, KnowledgeError
from evenstance.knowledge.question import Answer, Question
from evenstance.screen.answers import check_answers, check_yes_no, follow_up_id
from evenstance.screen.evaluate import evaluate, state_of
from evenstance.screen.findings import by_urgency
from evenstance.screen.types import (
    Clearance,
    Finding,
    HealthEvent,
    Screen,
    ScreenAnswers,
    ScreenOutcome,
)
from evenstance.toml_file import read_toml

PREFIX = "quick."


@dataclass(frozen=True)
class QuickLine:
    """One line; a yes opens `questions`. It is answered under `answer_id`."""

    id: str
    text: str
    questions: tuple[str, ...]

    @property
    def answer_id(self) -> str:
        """The id under which the line itself is answered."""
        return f"{PREFIX}{self.id}"


@dataclass(frozen=True)
class QuickCheck:
    """The lines in their order, and what a yes means that no question confirms."""

    lines: tuple[QuickLine, ...]
    unclear_say: str
    unclear_see: str
    unclear_basis: str


@functools.cache
def quick_check() -> QuickCheck:
    """The packaged quick check."""
    path = resources.files("evenstance.knowledge") / "data" / "quick_check.toml"
    return quick_check_from(read_toml(path), questions())


def quick_check_from(table: Mapping[str, object], bank: Mapping[str, Question]) -> QuickCheck:
    """The checked lines.

    Raises KnowledgeError unless every question of the quick check is in exactly one line and
    every line names such questions only.
    """
    reader = Fields(table, "quick_check")
    lines: list[QuickLine] = []
    for item in reader.tables("lines"):
        lines.append(QuickLine(item.text("id"), item.text("text"), item.texts("questions")))
        item.finish()
    unclear = reader.table("unclear")
    if unclear is None:
        raise reader.fail("unclear is missing")
    if unclear.text("action") != "not_today":
        raise unclear.fail("what is not clear means not today")
    check = QuickCheck(
        tuple(lines), unclear.text("say"), unclear.text("see"), unclear.text("basis")
    )
    unclear.finish()
    reader.finish()
    named = [name for line in lines for name in line.questions]
    each = [question.id for question in bank.values() if "each" in question.ask]
    if sorted(named) != sorted(each):
        raise KnowledgeError("quick_check: its lines must name every question of it once")
    if not all(line.questions for line in lines) or len({line.id for line in lines}) < len(lines):
        raise KnowledgeError("quick_check: a line without a question, or an id twice")
    if any(bank[name].kind != "yes_no" for name in named):
        raise KnowledgeError("quick_check: only yes or no is asked before a session")
    return check


def all_no(age_y: int | None, today: datetime.date) -> Screen:
    """The answers of somebody to whom none of the lines applies."""
    return Screen({line.answer_id: False for line in quick_check().lines}, age_y, today)


def open_lines(answers: ScreenAnswers) -> tuple[str, ...]:
    """The ids of the lines that nobody answered."""
    return tuple(
        line.answer_id for line in quick_check().lines if answers.get(line.answer_id) is None
    )


def check_quick_answers(answers: ScreenAnswers) -> None:
    """Raises InputError naming the first answer that does not belong to the quick check."""
    check = quick_check()
    lines = {line.answer_id for line in check.lines}
    allowed = {
        name
        for line in check.lines
        for question in (questions()[item] for item in line.questions)
        for name in (question.id, *(follow_up_id(question, item) for item in question.follow_ups))
    }
    for answer_id, answer in answers.items():
        if answer_id in lines:
            check_yes_no(answer_id, answer)
        elif answer_id not in allowed:
            raise InputError(
                f"The quick check has no question {answer_id!r}.",
                cause="It has six lines and the questions that these open.",
                next_step="Write a fresh file: `evenstance screen --quick --template FILE`.",
            )
    check_answers({name: answer for name, answer in answers.items() if name not in lines})


def evaluate_quick(
    screen: Screen,
    age_y: int | None,
    today: datetime.date,
    *,
    events: Sequence[HealthEvent] = (),
    clearances: Sequence[Clearance] = (),
    clinician: bool = False,
) -> ScreenOutcome:
    """The state of a quick check on `today`; it counts on its own day only.

    A line that says no answers its questions. A line that says yes while none of its questions
    does is not clear, and blocks for that day. What else it blocked stays blocked, as in
    `evaluate`. Raises InputError like `check_quick_answers`.
    """
    check_quick_answers(screen.answers)
    asked = replace(screen, answers=_answers(screen.answers))
    outcome = evaluate(
        asked,
        age_y,
        None,
        today,
        when="each",
        events=events,
        clearances=clearances,
        clinician=clinician,
    )
    if today > screen.answered_on:
        return outcome
    confirmed = {
        finding.question_id
        for finding in (*outcome.findings, *(one.finding for one in outcome.lifted))
    }
    unclear = [
        _unclear(line)
        for line in quick_check().lines
        if screen.answers.get(line.answer_id) is True and not confirmed & set(line.questions)
    ]
    findings = by_urgency((*outcome.findings, *unclear))
    return replace(
        outcome,
        findings=findings,
        state=state_of(findings, outcome.missing, outcome.lifted),
    )


def _answers(given: ScreenAnswers) -> ScreenAnswers:
    answers: dict[str, Answer] = {}
    for line in quick_check().lines:
        for question in (questions()[name] for name in line.questions):
            if given.get(line.answer_id) is False:
                answers[question.id] = not question.fires_on
    told = {
        name: answer
        for name, answer in given.items()
        if not name.startswith(PREFIX) and answer is not None
    }
    return {**answers, **told}


def _unclear(line: QuickLine) -> Finding:
    check = quick_check()
    return Finding(
        answer_id=line.answer_id,
        question_id=line.answer_id,
        action="not_today",
        say=check.unclear_say,
        see=check.unclear_see,
        basis=check.unclear_basis,
        marks=("D",),
        sources=(),
    )
