"""The week tables as checked values: which exercise, rung and hand support in which week."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from evenstance.knowledge.catalogue import exercises, rungs_from, track_tables
from evenstance.knowledge.exercise import Exercise, Rung, Support
from evenstance.knowledge.fields import Fields, KnowledgeError

WEEKS = 6
MAX_ITEMS = 4


@dataclass(frozen=True)
class Cell:
    """One exercise of one week; either fixed `rungs` or `from_start` offsets on the ladder."""

    exercise: str
    rungs: tuple[Rung, ...]
    from_start: tuple[int, ...]
    support: Support
    instead: Cell | None


@dataclass(frozen=True)
class Track:
    """One week table; `weeks[0]` is the first week."""

    id: str
    weeks: tuple[tuple[Cell, ...], ...]


@functools.cache
def tracks() -> dict[str, Track]:
    """All week tables by id; raises KnowledgeError when one breaks its schema."""
    found = [track_from(table, exercises()) for table in track_tables()]
    return {track.id: track for track in found}


def track_from(reader: Fields, known: Mapping[str, Exercise]) -> Track:
    """One checked week table: six weeks, at most four items, rungs of the catalogue only."""
    name = reader.text("id")
    weeks = tuple(
        tuple(_cell(item, known) for item in week.tables("items"))
        for week in reader.tables("weeks")
    )
    if len(weeks) != WEEKS:
        raise KnowledgeError(f"{name}: {len(weeks)} weeks, not {WEEKS}")
    if any(not 1 <= len(week) <= MAX_ITEMS for week in weeks):
        raise KnowledgeError(f"{name}: a week has no item or more than {MAX_ITEMS}")
    return Track(name, weeks)


def start_rung(ladder: tuple[Rung, ...], best_hold_s: float) -> int:
    """Index of the rung nearest to 70 % of the shorter leg's best hold (s); ties go down."""
    target_s = 0.7 * best_hold_s
    return min(range(len(ladder)), key=lambda i: (abs(ladder[i].amount - target_s), i))


def _cell(reader: Fields, known: Mapping[str, Exercise]) -> Cell:
    name = reader.text("exercise")
    if name not in known:
        raise reader.fail(f"{name} is not in the catalogue")
    relative = reader.has("from_start")
    other = reader.table("instead")
    cell = Cell(
        exercise=name,
        rungs=() if relative else rungs_from(reader, "rungs"),
        from_start=reader.wholes("from_start"),
        support=cast("Support", reader.one_of("support", Support)),
        instead=None if other is None else _cell(other, known),
    )
    reader.finish()
    exercise = known[name]
    for rung in cell.rungs:
        _check_rung(rung, exercise, reader)
    if cell.support not in exercise.support:
        raise reader.fail(f"{name} has no support {cell.support}")
    if exercise.eyes == "closed" and cell.instead is None:
        raise reader.fail(f"{name} needs something instead")
    return cell


def _check_rung(rung: Rung, exercise: Exercise, reader: Fields) -> None:
    kept_set = replace(exercise.ladder[-1], sets=1)
    if rung not in exercise.ladder and rung != kept_set:
        raise reader.fail(f"{rung.text} is no rung of {exercise.id}")
