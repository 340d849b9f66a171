"""Reading, asking, storing and judging the answers of a screening."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast

from evenstance.bounded_read import read_text
from evenstance.errors import InputError, ScreenBlockedError
from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.question import BLOCKING, Answer, Question
from evenstance.plan.lines import grade_tag
from evenstance.screen.answers import follow_ups_for, questions_for
from evenstance.screen.evaluate import evaluate
from evenstance.screen.file import read_quick, read_screen
from evenstance.screen.join import joined
from evenstance.screen.quick import QuickLine, evaluate_quick, quick_check
from evenstance.screen.types import Clearance, Finding, HealthEvent, Screen, ScreenOutcome

if TYPE_CHECKING:
    from evenstance.store.care_records import Asked
    from evenstance.store.group import Source
    from evenstance.store.records import Athlete
    from evenstance.store.repository import Store

MAX_BYTES = 1_000_000
FIRST_WORDS = {"emergency": "EMERGENCY NOW: ", "same_day": "TODAY: "}
"""What stands before a finding that cannot wait."""

Ask = Callable[[str, "Question | None"], Answer]


def screen_from_file(path: Path) -> Screen:
    """The screen in a file; every failure is one clear InputError."""
    return read_screen(_text_of(path, "`evenstance screen --template FILE`"))


def quick_from_file(path: Path, today: date) -> Screen:
    """The quick check in a file; InputError unless it is of today and leaves nothing open."""
    screen = read_quick(_text_of(path, "`evenstance screen --quick --template FILE`"))
    if screen.answered_on != today:
        raise InputError(
            f"The quick check in {path} is of {screen.answered_on.isoformat()}.",
            cause="It counts on its own day only.",
            next_step="Answer it today.",
        )
    outcome = evaluate_quick(screen, screen.age_y, today)
    if outcome.state == "unscreened":
        raise InputError(
            f"The quick check in {path} leaves open: {', '.join(outcome.missing)}.",
            next_step="Answer every line, and the questions of each line that says yes.",
        )
    return screen


def ask_screen(age_y: int, today: date, ask: Ask) -> Screen:
    """Ask every question for this age; `ask(text, question)` returns the answer, with question
    None for a follow-up that is answered yes or no."""
    answers: dict[str, Answer] = {}
    for question in questions_for(age_y):
        _ask_one(question, answers, ask)
    return Screen(answers, age_y, today)


def ask_quick(
    age_y: int | None, today: date, any_yes: Callable[[Sequence[QuickLine]], bool], ask: Ask
) -> Screen:
    """Show all lines at once with `any_yes`; if it says yes, ask them one by one with `ask`, and
    the questions of those that say yes."""
    lines = quick_check().lines
    answers: dict[str, Answer] = {line.answer_id: False for line in lines}
    for line in lines if any_yes(lines) else ():
        answers[line.answer_id] = ask(line.text, None)
        if answers[line.answer_id] is True:
            for name in line.questions:
                _ask_one(questions()[name], answers, ask)
    return Screen(answers, age_y, today)


def outcome_of(
    store: Source,
    athlete: Athlete,
    today: date,
    *,
    clinician: bool = False,
    screen: Screen | None = None,
) -> ScreenOutcome | None:
    """The state of a person's screening today, with events, clearances and the quick check.

    `screen` stands for the stored full one. A quick check that blocks hides everything a full
    screen allows: "not today" on its day, anything else until a full screen is answered after
    it. None when neither says anything.
    """
    return _outcome(store, athlete, today, clinician=clinician, screen=screen, renewed=False)


def refuse_blocked(store: Store, athlete: Athlete, today: date, *, renewed: bool = False) -> None:
    """Raise when the person's stored answers say that a session must not start.

    `renewed`: the quick check is answered anew after this, so that its "not today" does not
    count; what else it blocked does, until the whole screen is answered.
    """
    outcome = _outcome(store, athlete, today, clinician=False, screen=None, renewed=renewed)
    if outcome is None or outcome.state != "blocked":
        return
    first, *others = (f for f in outcome.findings if f.action in BLOCKING)
    also = f" Besides: {' '.join(finding_line(f) for f in others)}" if others else ""
    ids = ", ".join(f.answer_id for f in (first, *others))
    without = _outcome(store, athlete, today, clinician=False, screen=None, renewed=True)
    again = "screen" if without is not None and without.state == "blocked" else "screen --quick"
    raise ScreenBlockedError(
        f"No session. {finding_line(first)}",
        cause=f"answers of the screening: {ids}.{also}",
        next_step=f"{first.see} When that has changed: `evenstance {again}`.",
    )


def finding_line(finding: Finding) -> str:
    """One finding for a person: what cannot wait first, then the words with their grade."""
    statement = finding.statement
    return f"{FIRST_WORDS.get(finding.action, '')}{statement.text} {grade_tag(statement)}"


def stored_screen(store: Source, athlete_id: int, asked: Asked = "start") -> Screen | None:
    """The latest answers in the history."""
    stored = store.care.latest_screen(athlete_id, asked)
    if stored is None:
        return None
    answers = cast("dict[str, Answer]", dict(stored.answers))
    return Screen(answers, stored.age_y, stored.answered_on, stored.created_at)


def store_screen(store: Store, athlete_id: int, screen: Screen, state: str) -> None:
    """Keep the answers in the history; without an age they cannot be judged, so not stored."""
    if screen.age_y is None:
        raise InputError(
            "The screening has no age.", next_step="Fill in age_y in the screen file."
        )
    _save(store, athlete_id, screen, state, "start")


def store_quick(store: Store, athlete: Athlete, screen: Screen) -> ScreenOutcome:
    """Keep a quick check in the history; what it says by itself."""
    outcome = evaluate_quick(
        screen,
        screen.age_y,
        screen.answered_on,
        clearances=clearances_of(store, athlete.id),
        events=events_of(store, athlete.id),
    )
    _save(store, athlete.id, screen, outcome.state, "each")
    return outcome


def known_age_y(store: Store, athlete_id: int) -> int | None:
    """The age (years) that the latest full screen was answered with."""
    stored = store.care.latest_screen(athlete_id)
    return None if stored is None else stored.age_y


def events_of(store: Source, athlete_id: int) -> tuple[HealthEvent, ...]:
    """The person's health events as the screen takes them."""
    return tuple(
        HealthEvent(event.kind, event.happened_on, event.created_at)
        for event in store.care.events(athlete_id)
    )


def clearances_of(store: Source, athlete_id: int) -> tuple[Clearance, ...]:
    """The person's clearances as the screen takes them."""
    return tuple(
        Clearance(
            answer_id=one.answer_id,
            given_on=one.given_on,
            given_by=one.given_by,
            allowed=one.allowed,
            expires_on=one.expires_on,
            ended_on=one.ended_on,
            told_at=one.created_at,
        )
        for one in store.care.clearances(athlete_id)
    )


def _outcome(
    store: Source,
    athlete: Athlete,
    today: date,
    *,
    clinician: bool,
    screen: Screen | None,
    renewed: bool,
) -> ScreenOutcome | None:
    events = events_of(store, athlete.id)
    clearances = clearances_of(store, athlete.id)
    full = stored_screen(store, athlete.id) if screen is None else screen
    quick = stored_screen(store, athlete.id, "each")
    of_full = (
        None
        if full is None
        else evaluate(
            full, None, None, today, events=events, clearances=clearances, clinician=clinician
        )
    )
    if quick is None or (full is not None and _answered_after(full, quick)):
        return of_full
    of_quick = evaluate_quick(
        quick, quick.age_y, today, events=events, clearances=clearances, clinician=clinician
    )
    if renewed:
        of_quick = replace(
            of_quick, findings=tuple(f for f in of_quick.findings if f.action != "not_today")
        )
    if not any(finding.action in BLOCKING for finding in of_quick.findings):
        return of_full
    return joined(of_full, of_quick)


def _answered_after(screen: Screen, other: Screen) -> bool:
    if screen.answered_on != other.answered_on:
        return screen.answered_on > other.answered_on
    if screen.told_at is None or other.told_at is None:
        return False
    return screen.told_at > other.told_at


def _ask_one(question: Question, answers: dict[str, Answer], ask: Ask) -> None:
    answer = ask(question.text, question)
    answers[question.id] = answer
    for answer_id, follow_up in follow_ups_for(question, answer):
        answers[answer_id] = ask(follow_up.text, None)


def _save(store: Store, athlete_id: int, screen: Screen, state: str, asked: Asked) -> None:
    store.care.save_screen(
        athlete_id,
        answered_on=screen.answered_on,
        age_y=screen.age_y,
        answers=dict(screen.answers),
        state=state,
        asked=asked,
    )


def _text_of(path: Path, template: str) -> str:
    try:
        return read_text(path, MAX_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The screen file {path} cannot be read.",
            cause=str(error),
            next_step=f"{template} writes one to fill in.",
        ) from error
