"""The words and claims that may reach no user, and a scanner that finds them in a text."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from evenstance.knowledge.catalogue import (
    check_cited,
    check_grade,
    claim_tables,
    grade_of,
    sources,
)
from evenstance.knowledge.exercise import Source, Statement
from evenstance.knowledge.fields import Fields, KnowledgeError

MARK = "<!-- claims that are refused -->"
MARK_END = "<!-- end of claims that are refused -->"
"""Between these a page may name a claim in order to refuse it."""
_MARKED = re.compile(re.escape(MARK) + ".*?" + re.escape(MARK_END), re.DOTALL)


@dataclass(frozen=True)
class Claim:
    """One forbidden claim: how it is found, what speaks against it, what may be said instead.

    `examples` must be found and `innocent` must not; a test holds both.
    """

    id: str
    pattern: re.Pattern[str]
    excepted: tuple[re.Pattern[str], ...]
    claim: str
    ground: str
    evidence: tuple[str, ...]
    allowed: Statement | None
    examples: tuple[str, ...]
    innocent: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """A forbidden claim found in a text: whose pattern, and the words that matched."""

    claim_id: str
    words: str


@functools.cache
def claims() -> dict[str, Claim]:
    """All forbidden claims by id; raises KnowledgeError when one breaks its schema."""
    found = [
        claim_from(table, f"claim {n}", sources()) for n, table in enumerate(claim_tables(), 1)
    ]
    by_id = {claim.id: claim for claim in found}
    if len(by_id) != len(found):
        raise KnowledgeError("forbidden claims: an id comes twice")
    return by_id


def found(text: str) -> tuple[Hit, ...]:
    """Every forbidden claim in the text, in the order of the data; line breaks do not hide one.

    >>> [hit.claim_id for hit in found(claims()["weak_leg"].examples[0])]
    ['weak_leg']
    >>> found("Run `evenstance diagnose`.")
    ()
    """
    joined = " ".join(text.split())
    return tuple(
        Hit(claim.id, match.group())
        for claim in claims().values()
        for match in claim.pattern.finditer(_without(claim.excepted, joined))
    )


def without_marked(page: str) -> str:
    """A page without its marked passages; raises KnowledgeError when a mark has no partner."""
    rest = _MARKED.sub(" ", page)
    if MARK in rest or MARK_END in rest:
        raise KnowledgeError("a mark of refused claims has no partner")
    return rest


def claim_from(table: Mapping[str, object], name: str, known: Mapping[str, Source]) -> Claim:
    """One checked claim; raises KnowledgeError like `exercise_from`."""
    reader = Fields(table, name)
    evidence = reader.texts("evidence")
    check_cited(name, evidence, known)
    allowed = None
    if reader.has("allowed"):
        allowed = Statement(reader.text("allowed"), grade_of(reader, "grade"), evidence)
        check_grade(name, "grade", allowed.grade, evidence, known)
    claim = Claim(
        id=reader.text("id"),
        pattern=_compiled(reader.text("pattern"), reader),
        excepted=tuple(_compiled(text, reader) for text in reader.texts("except", ())),
        claim=reader.text("claim"),
        ground=reader.text("ground"),
        evidence=evidence,
        allowed=allowed,
        examples=reader.texts("examples"),
        innocent=reader.texts("innocent"),
    )
    reader.finish()
    if not claim.examples:
        raise reader.fail("examples is empty: nothing shows that the pattern finds anything")
    return claim


def _compiled(pattern: str, reader: Fields) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise reader.fail(f"{pattern!r} is no pattern: {error}") from error


def _without(excepted: tuple[re.Pattern[str], ...], text: str) -> str:
    for pattern in excepted:
        text = pattern.sub(" ", text)
    return text
