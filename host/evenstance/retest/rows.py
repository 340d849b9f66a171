"""The verdict table as packaged data: one file a row, checked when it is read.

A row of `knowledge/data/verdicts` has conditions, a headline, sentences and what comes next. The
table must have exactly one row for every combination. `knowledge/data/retest` holds the
sentences that every verdict shares.
"""

from __future__ import annotations

import functools
import itertools
import string
from collections.abc import Collection, Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, cast, get_args

from evenstance.knowledge.catalogue import sources, statement_from
from evenstance.knowledge.exercise import Source, Statement
from evenstance.knowledge.fields import Fields, KnowledgeError
from evenstance.retest.types import (
    GapState,
    LegState,
    Next,
    Only,
    Practised,
    Row,
    Sentence,
    Still,
)
from evenstance.toml_file import read_toml

if TYPE_CHECKING:
    from importlib.abc import Traversable

ROW_WORDS = frozenset({"less", "other", "worse", "done", "planned"})
"""Placeholders of a row's texts."""
COMMON_WORDS: dict[str, frozenset[str]] = {
    "leg": frozenset({"leg", "before", "after", "change", "outcome", "drop", "rise"}),
    "leg_part": frozenset({"less"}),
    "expected": frozenset({"before", "expected", "after", "low", "high", "share", "judged"}),
    "part": frozenset({"part", "fall"}),
    "part_all": frozenset({"part", "fall"}),
    "part_not_fallen": frozenset({"part"}),
    "assumed": frozenset({"spread"}),
    "learning": frozenset({"first", "last"}),
    "untreated": frozenset({"before", "after"}),
    "cause": frozenset(),
}
"""The shared sentences by id, with their placeholders."""
Combination = tuple[LegState, GapState, Still, Practised]
COMBINATIONS: tuple[Combination, ...] = tuple(
    itertools.product(get_args(LegState), get_args(GapState), get_args(Still), get_args(Practised))
)


def row_from(table: Mapping[str, object], name: str, known: Mapping[str, Source]) -> Row:
    """One checked row.

    Raises KnowledgeError for a missing or unknown key, an empty condition, an unknown placeholder,
    a citation that does not resolve and a grade above what its sources carry.
    """
    reader = Fields(table, name)
    order = reader.whole("order")
    if order is None:
        raise reader.fail("order is missing")
    headline = reader.table("headline")
    if headline is None:
        raise reader.fail("headline is missing")
    row = Row(
        id=name,
        order=order,
        less_steady=cast("tuple[LegState, ...]", _condition(reader, "less_steady", LegState)),
        gap=cast("tuple[GapState, ...]", _condition(reader, "gap", GapState)),
        still=cast("tuple[Still, ...]", _condition(reader, "still", Still)),
        practised=cast("tuple[Practised, ...]", _condition(reader, "practised", Practised)),
        headline=_statement(headline, known, ROW_WORDS),
        sentences=tuple(_sentence(item, known) for item in reader.tables("sentences")),
        next=cast("Next", reader.one_of("next", Next)),
        next_if_last=cast("Next", reader.one_of("next_if_last", Next)),
    )
    reader.finish()
    if row.next_if_last in ("second_block", "continue_once"):
        raise KnowledgeError(f"{name}: nothing follows the last block")
    return row


def common_from(table: Mapping[str, object], known: Mapping[str, Source]) -> dict[str, Statement]:
    """The shared sentences by id; raises KnowledgeError like `row_from`."""
    reader = Fields(table, "retest")
    found: dict[str, Statement] = {}
    for item in reader.tables("sentences"):
        key = item.text("id")
        if key not in COMMON_WORDS or key in found:
            raise item.fail(f"{key} is unknown or comes twice")
        found[key] = _statement(item, known, COMMON_WORDS[key])
    reader.finish()
    missing = COMMON_WORDS.keys() - found.keys()
    if missing:
        raise KnowledgeError(f"retest: {', '.join(sorted(missing))} missing")
    return found


def check_total(rows: Sequence[Row]) -> None:
    """Raises KnowledgeError unless exactly one row holds for every combination."""
    for combination in COMBINATIONS:
        found = [row.id for row in rows if row.holds(*combination)]
        if len(found) != 1:
            raise KnowledgeError(f"verdicts: {combination} has {found or 'no row'}")


@functools.cache
def rows() -> tuple[Row, ...]:
    """The verdict table in its order."""
    found = [
        row_from(read_toml(path), path.name.removesuffix(".toml"), sources())
        for path in (_data() / "verdicts").iterdir()
        if path.name.endswith(".toml")
    ]
    check_total(found)
    return tuple(sorted(found, key=lambda row: row.order))


@functools.cache
def common() -> dict[str, Statement]:
    """The sentences that verdicts share, by id."""
    return common_from(read_toml(_data() / "retest" / "sentences.toml"), sources())


def row_of(leg: LegState, gap: GapState, still: Still, practised: Practised) -> Row:
    """The one row of a combination."""
    return next(row for row in rows() if row.holds(leg, gap, still, practised))


def _condition(reader: Fields, key: str, kind: object) -> tuple[str, ...]:
    values = reader.some_of(key, kind)
    if not values or len(set(values)) < len(values):
        raise reader.fail(f"{key} needs different values")
    return values


def _sentence(reader: Fields, known: Mapping[str, Source]) -> Sentence:
    only = cast("Only", reader.one_of("only", Only, "always"))
    return Sentence(_statement(reader, known, ROW_WORDS), only)


def _statement(reader: Fields, known: Mapping[str, Source], words: Collection[str]) -> Statement:
    text, grade, cited = reader.text("text"), reader.text("grade"), reader.texts("sources")
    reader.finish()
    for _, word, _, _ in string.Formatter().parse(text):
        if word is not None and word not in words:
            raise reader.fail(f"{{{word}}} is no placeholder")
    table = {"group": "retest", "text": text, "grade": grade, "sources": cited}
    return statement_from(table, reader.name, known).statement


def _data() -> Traversable:
    return resources.files("evenstance.knowledge") / "data"
