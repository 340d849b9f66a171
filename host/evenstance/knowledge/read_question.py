"""Reading and checking the question bank: one packaged file per question."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from evenstance.knowledge.fields import Fields, KnowledgeError
from evenstance.knowledge.question import (
    Action,
    Choice,
    FollowUp,
    Kind,
    Mark,
    Outcome,
    Question,
    When,
)


def question_from(
    table: Mapping[str, object],
    name: str,
    sources: Collection[str],
    instruments: Collection[str],
) -> Question:
    """One checked question.

    Raises KnowledgeError for a missing or unknown key, a citation or instrument that does not
    exist, a kind without its limits, or an outcome without words.
    """
    reader = Fields(table, name)
    kind = cast("Kind", reader.one_of("kind", Kind))
    question = Question(
        id=reader.text("id"),
        order=_order(reader),
        text=reader.text("text"),
        kind=kind,
        outcome=None if kind == "choice" else _outcome(reader),
        fires_on=_fires_on(reader),
        above=reader.number("above"),
        below=reader.whole("below"),
        unit=reader.text("unit", ""),
        min_age=reader.whole("min_age"),
        ask=cast("tuple[When, ...]", reader.some_of("ask", When)),
        follow_ups=tuple(_follow_up(item) for item in reader.tables("followups")),
        choices=tuple(_choice(item) for item in reader.tables("choices")),
        basis=reader.text("basis"),
        sources=reader.texts("sources"),
        marks=cast("tuple[Mark, ...]", reader.some_of("marks", Mark)),
        instrument=reader.text("instrument", ""),
        unverified=reader.text("unverified", ""),
    )
    reader.finish()
    _check(question, name, sources, instruments)
    return question


def _order(reader: Fields) -> int:
    order = reader.whole("order")
    if order is None:
        raise reader.fail("order is missing")
    return order


def _fires_on(reader: Fields) -> bool:
    value = reader.text("fires_on", "yes")
    if value not in ("yes", "no"):
        raise reader.fail("fires_on must be yes or no")
    return value == "yes"


def _outcome(reader: Fields) -> Outcome:
    action = cast("Action", reader.one_of("action", Action))
    outcome = Outcome(
        action=action,
        say=reader.text("say"),
        see=reader.text("see"),
        restrictions=reader.texts("restrictions", ()),
        clearable=reader.flag("clearable") if reader.has("clearable") else action == "clinician",
        clinician_mode=reader.flag("clinician_mode")
        if reader.has("clinician_mode")
        else action == "measure_only",
    )
    if outcome.clearable and action != "clinician":
        raise reader.fail(f"a clearance does not lift {action}")
    if outcome.clinician_mode and action not in ("clinician", "measure_only"):
        raise reader.fail(f"clinician mode does not lift {action}")
    return outcome


def _follow_up(reader: Fields) -> FollowUp:
    item = FollowUp(
        id=reader.text("id"),
        text=reader.text("text"),
        fires_on=_fires_on(reader),
        outcome=_outcome(reader),
    )
    reader.finish()
    return item


def _choice(reader: Fields) -> Choice:
    item = Choice(
        value=reader.text("value"),
        text=reader.text("text"),
        outcome=_outcome(reader) if reader.has("action") else None,
    )
    reader.finish()
    return item


def _check(
    question: Question, name: str, sources: Collection[str], instruments: Collection[str]
) -> None:
    if question.id != name:
        raise KnowledgeError(f"{name}: its id is {question.id}")
    if "start" not in question.ask:
        raise KnowledgeError(f"{name}: every question belongs to the full screen")
    for source in question.sources:
        if source not in sources:
            raise KnowledgeError(f"{name}: {source} is not in the bibliography")
    if not question.sources and not {"D", "N"} & set(question.marks):
        raise KnowledgeError(f"{name}: without a source it must be marked as ours")
    if ("M" in question.marks) != bool(question.unverified):
        raise KnowledgeError(f"{name}: the mark M and what is unverified belong together")
    if not question.marks:
        raise KnowledgeError(f"{name}: marks are missing")
    if question.instrument and question.instrument not in instruments:
        raise KnowledgeError(f"{name}: {question.instrument} is not among the instruments")
    needed = {"number": question.above, "age": question.below, "choice": question.choices or None}
    if question.kind in needed and needed[question.kind] is None:
        raise KnowledgeError(f"{name}: a {question.kind} question needs its limits")
