"""General advice as plain lines and JSON: every sentence with its grade, every source with what
was read of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Any

from evenstance.knowledge.advice import Topic
from evenstance.knowledge.catalogue import exercises, sources, statements
from evenstance.knowledge.exercise import Exercise, Statement
from evenstance.plan.lines import grade_tag

WIDTH = 78
FIRST = Statement(
    "First answer the questions of `evenstance screen`; what they say comes before this.", "D"
)
"""Stands before everything that tells people to move."""
_UNITS = {"s": "s", "rep": "repetitions", "min": "min"}


def topic_list(topics: Iterable[Topic]) -> list[str]:
    """One line per topic."""
    shown = list(topics)
    width = max(len(topic.id) for topic in shown)
    return [f"{topic.id:<{width}}  {topic.title}" for topic in shown]


def topic_lines(topics: Iterable[Topic]) -> list[str]:
    """The topics in full, then their sources; plain text of at most 78 columns."""
    shown = list(topics)
    lines: list[str] = []
    for topic in shown:
        lines += [*_topic(topic), ""]
    lines.append("Sources (no paper was read in full)")
    for name in _cited(shown):
        source = sources()[name]
        lines += _bullet(f"{source.id} {source.citation} {source.note}")
    return lines


def topics_json(topics: Iterable[Topic]) -> dict[str, Any]:
    """The topics with their sentences, exercises and sources."""
    shown = list(topics)
    return {
        "kind": "advice",
        "topics": [
            {
                "id": topic.id,
                "title": topic.title,
                "practice": topic.practice,
                "say": [statement.as_dict() for statement in _said(topic)],
                "exercises": [_exercise_json(exercises()[name]) for name in topic.exercises],
                "stop": [statement.as_dict() for statement in _stop(topic)],
            }
            for topic in shown
        ],
        "sources": [
            {"id": s.id, "citation": s.citation, "read": s.read, "note": s.note}
            for s in (sources()[name] for name in _cited(shown))
        ],
    }


def _topic(topic: Topic) -> Iterator[str]:
    yield topic.title
    for statement in _said(topic):
        yield from _bullet(f"{statement.text} {grade_tag(statement)}")
    for name in topic.exercises:
        yield from _exercise(exercises()[name])
    for statement in _stop(topic):
        yield from _bullet(f"{statement.text} {grade_tag(statement)}")


def _stop(topic: Topic) -> tuple[Statement, ...]:
    """The general stop signs, where there is something to stop."""
    if not topic.exercises:
        return ()
    return tuple(g.statement for g in statements() if g.group in ("stop", "emergency"))


def _said(topic: Topic) -> tuple[Statement, ...]:
    return (FIRST, *topic.say) if topic.practice else topic.say


def _exercise(exercise: Exercise) -> Iterator[str]:
    ours = ": own proposal" if exercise.grade_dose == "D" else ""
    yield from _bullet(
        f"{exercise.name}: {_doses(exercise)}. [effect {exercise.grade_effect} "
        f"({exercise.grade_effect_for}), dose {exercise.grade_dose}{ours}]"
    )
    for statement in _how(exercise):
        yield from _bullet(f"{statement.text} {grade_tag(statement)}", indent=2)


def _how(exercise: Exercise) -> tuple[Statement, ...]:
    return (
        Statement(exercise.setup, "D"),
        Statement(f"Stop: {exercise.stop}", "D"),
        Statement(f"Leave it out with: {exercise.not_for}", "D"),
        Statement(f"What was found: {exercise.effect}", exercise.grade_effect, exercise.evidence),
    )


def _exercise_json(exercise: Exercise) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "name": exercise.name,
        "ladder": [rung.text for rung in exercise.ladder],
        "how": [statement.as_dict() for statement in _how(exercise)],
        "grade_effect": exercise.grade_effect,
        "grade_effect_for": exercise.grade_effect_for,
        "grade_dose": exercise.grade_dose,
        "grade_dose_for": exercise.grade_dose_for,
    }


def _doses(exercise: Exercise) -> str:
    texts: list[str] = []
    for rung in exercise.ladder:
        legs = " each leg" if rung.side == "leg" else ""
        times = f"{rung.sets} x " if rung.sets > 1 else ""
        texts.append(f"{times}{rung.amount} {_UNITS[rung.unit]}{legs}")
    return ", then ".join(texts)


def _cited(topics: list[Topic]) -> list[str]:
    cited: set[str] = set()
    for topic in topics:
        for statement in (*topic.say, *_stop(topic)):
            cited.update(statement.sources)
        for name in topic.exercises:
            cited.update(exercises()[name].evidence)
    return [name for name in sources() if name in cited]


def _bullet(text: str, indent: int = 0) -> list[str]:
    start = " " * indent + "- "
    return wrap(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
