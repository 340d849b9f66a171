"""General advice: topics with graded sentences, apart from any measurement."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from evenstance.knowledge.catalogue import advice_tables, exercises, sources
from evenstance.knowledge.exercise import Exercise, Source, Statement
from evenstance.knowledge.fields import Fields, KnowledgeError
from evenstance.knowledge.rules import said


@dataclass(frozen=True)
class Topic:
    """One topic. `practice`: it tells people to move, so it is hidden from who must not.

    `exercises` are ids of the catalogue that belong to it.
    """

    id: str
    order: int
    title: str
    practice: bool
    exercises: tuple[str, ...]
    say: tuple[Statement, ...]


@functools.cache
def topics() -> dict[str, Topic]:
    """All topics by id in their order; raises KnowledgeError when one breaks its schema."""
    found = [
        topic_from(table, name, exercises(), sources()) for name, table in advice_tables().items()
    ]
    if len({topic.order for topic in found}) != len(found):
        raise KnowledgeError("advice: an order comes twice")
    return {topic.id: topic for topic in sorted(found, key=lambda topic: topic.order)}


def topic_from(
    table: Mapping[str, object],
    name: str,
    known: Mapping[str, Exercise],
    cited: Mapping[str, Source],
) -> Topic:
    """One checked topic: graded sentences, exercises of the catalogue without conditions."""
    reader = Fields(table, name)
    topic = Topic(
        id=reader.text("id"),
        order=reader.needed_whole("order"),
        title=reader.text("title"),
        practice=reader.flag("practice"),
        exercises=reader.texts("exercises"),
        say=tuple(said(item, cited) for item in reader.tables("say")),
    )
    reader.finish()
    if topic.id != name:
        raise reader.fail(f"its id is {topic.id}")
    if not topic.say:
        raise reader.fail("say is empty")
    for exercise_id in topic.exercises:
        if exercise_id not in known:
            raise reader.fail(f"{exercise_id} is not in the catalogue")
        if known[exercise_id].guarded:
            raise reader.fail(f"{exercise_id} has conditions and cannot be general advice")
    if topic.exercises and not topic.practice:
        raise reader.fail("exercises without practice = true")
    return topic
