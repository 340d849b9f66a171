"""The verdict table: every combination has one row, and nothing unchecked gets into it."""

from __future__ import annotations

import copy
import itertools
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from evenstance.knowledge.catalogue import sources
from evenstance.knowledge.fields import KnowledgeError
from evenstance.retest import rows as table
from evenstance.retest.parameters import TABLE
from evenstance.retest.types import GapState, LegState, Next, Practised, Row, Still
from evenstance.toml_file import read_toml

ROOT = Path(__file__).parents[2]
DATA = ROOT / "host" / "evenstance" / "knowledge" / "data"
PAGE = ROOT / "docs" / "evidence" / "retest.md"
COMBINATIONS = list(
    itertools.product(get_args(LegState), get_args(GapState), get_args(Still), get_args(Practised))
)
FORBIDDEN = re.compile(
    r"practice worked|diagnos|weak(er)? (leg|muscle)|imbalance|prevents? injur|fall[- ]risk"
    r"|\b(ab)?normal\b|correct(s|ed) |because of (the|your) practice|thanks to|closed your",
    re.IGNORECASE,
)

# What the table must say, written down a second time: (leg, gap, still, practised) -> row.
EXPECTED: dict[tuple[str, str, str, str], str] = {}
for leg, gap, still, practised in COMBINATIONS:
    waited = practised == "none"
    if leg == "worse":
        name = "waited_worse" if waited else "worse"
    elif gap == "other_side":
        name = "other_side"
    elif still == "unclear":
        name = "waited_unclear" if waited else "unclear"
    elif waited:
        name = f"waited_{gap}_{still}"
    elif practised == "too_little":
        name = f"too_little_{still}"
    else:
        name = f"{leg}_{gap}_{still}"
    EXPECTED[leg, gap, still, practised] = name


@pytest.mark.parametrize("combination", COMBINATIONS, ids="-".join)
def test_every_combination_has_its_one_row(
    combination: tuple[LegState, GapState, Still, Practised],
) -> None:
    found = [row for row in table.rows() if row.holds(*combination)]
    assert [row.id for row in found] == [EXPECTED[combination]]
    assert table.row_of(*combination) is found[0]


def test_there_are_no_other_rows_and_none_without_use() -> None:
    names = {path.stem for path in (DATA / "verdicts").iterdir()}
    assert names == {row.id for row in table.rows()} == set(EXPECTED.values())
    assert [row.order for row in table.rows()] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("row", table.rows(), ids=lambda row: row.id)
def test_what_comes_next_is_safe(row: Row) -> None:
    """A block may follow only where the ladder still sees a difference and no leg is worse."""
    for one in (row.next, row.next_if_last):
        if one in ("second_block", "continue_once"):
            assert row.still == ("yes",)
            assert "worse" not in row.less_steady
            assert "other_side" not in row.gap
    assert row.next_if_last not in ("second_block", "continue_once")
    if "worse" in row.less_steady:
        assert (row.next, row.next_if_last) == ("screen_again", "screen_again")
        said = " ".join(one.statement.text for one in row.sentences)
        assert "whole screen" in said
        assert "another day" in said
        assert "doctor" in said


def test_no_row_without_a_smaller_difference_says_so() -> None:
    told = re.compile(r"smaller|closer", re.IGNORECASE)
    for row in table.rows():
        if row.gap == ("smaller",):
            assert told.search(row.headline.text), row.id
        else:
            texts = [row.headline.text, *(one.statement.text for one in row.sentences)]
            assert not any(told.search(text) for text in texts), row.id


@pytest.mark.parametrize("row", table.rows(), ids=lambda row: row.id)
def test_every_sentence_is_graded_ascii_and_without_a_forbidden_word(row: Row) -> None:
    for statement in (row.headline, *(one.statement for one in row.sentences)):
        assert statement.grade in ("B", "C", "D")
        assert statement.own_proposal or statement.sources
        assert statement.text.isascii()
        assert FORBIDDEN.search(statement.text) is None
    assert row.headline.own_proposal  # the matrix is ours


def test_shared_sentences_are_graded_and_without_a_forbidden_word() -> None:
    for name, statement in table.common().items():
        assert statement.own_proposal or statement.sources, name
        assert FORBIDDEN.search(statement.text) is None, name
    assert "assumption" in table.common()["assumed"].text
    assert "{share} of 100" in table.common()["expected"].text


# -- the loader ---------------------------------------------------------------------------------


def row_table() -> dict[str, Any]:
    return read_toml(DATA / "verdicts" / "better_not_yes.toml")


def read(**changes: Any) -> Row:
    found = row_table()
    for key, value in changes.items():
        if value is None:
            del found[key]
        else:
            found[key] = value
    return table.row_from(found, "row", sources())


@pytest.mark.parametrize("key", sorted(row_table().keys() - {"sentences"}))
def test_a_row_without_a_key_is_refused(key: str) -> None:
    with pytest.raises(KnowledgeError, match=f"row: {key} is missing"):
        read(**{key: None})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weather": "fine"}, "unknown key weather"),
        ({"gap": []}, "gap needs different values"),
        ({"gap": ["not", "not"]}, "gap needs different values"),
        ({"gap": ["larger"]}, "gap holds larger"),
        ({"still": [True]}, "still must hold texts"),
        ({"practised": "enough"}, "practised must be a list"),
        ({"next": "go"}, "next is 'go'"),
        ({"next_if_last": "second_block"}, "nothing follows the last block"),
        ({"next_if_last": "continue_once"}, "nothing follows the last block"),
        ({"order": 1.5}, "order must be a whole number"),
    ],
)
def test_a_wrong_condition_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(KnowledgeError, match=message):
        read(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": "The {foot} leg."}, "{foot} is no placeholder"),
        ({"text": " "}, "text must be a text"),
        ({"text": "As R98 says."}, "R98 is not in the bibliography"),
        ({"sources": ["R99"]}, "R99 is not in the bibliography"),
        ({"grade": "C", "sources": []}, "C is above D"),
        ({"grade": "A", "sources": ["R01"]}, "A is above B"),
        ({"grade": "E"}, "grade is 'E'"),
        ({"tone": "stern"}, "unknown key tone"),
        ({"grade": None}, "grade is missing"),
        ({"sources": None}, "sources is missing"),
    ],
)
def test_a_wrong_statement_is_refused(changes: dict[str, Any], message: str) -> None:
    statement: dict[str, Any] = {"text": "A {less} leg.", "grade": "D", "sources": []} | changes
    statement = {key: value for key, value in statement.items() if value is not None}
    with pytest.raises(KnowledgeError, match=message):
        read(headline=statement)
    with pytest.raises(KnowledgeError, match=message):
        read(sentences=[statement])


def test_a_sentence_says_when_it_is_said() -> None:
    with pytest.raises(KnowledgeError, match="only is 'sometimes'"):
        read(sentences=[{"text": "x", "grade": "D", "sources": [], "only": "sometimes"}])


def test_a_table_with_a_hole_or_an_overlap_is_refused() -> None:
    whole = list(table.rows())
    for row in whole:
        with pytest.raises(KnowledgeError, match="no row"):
            table.check_total([one for one in whole if one is not row])
        with pytest.raises(KnowledgeError, match=row.id):
            table.check_total([*whole, row])


def test_shared_sentences_are_all_there_and_known() -> None:
    whole = read_toml(DATA / "retest" / "sentences.toml")
    assert table.common_from(copy.deepcopy(whole), sources()) == table.common()
    short = {"sentences": whole["sentences"][1:]}
    with pytest.raises(KnowledgeError, match="leg missing"):
        table.common_from(copy.deepcopy(short), sources())
    twice = {"sentences": [*whole["sentences"], whole["sentences"][0]]}
    with pytest.raises(KnowledgeError, match="comes twice"):
        table.common_from(copy.deepcopy(twice), sources())


# -- the page -----------------------------------------------------------------------------------


def page_rows(heading: str) -> list[dict[str, str]]:
    section = PAGE.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def test_the_page_shows_the_table() -> None:
    def shown(values: tuple[str, ...], kind: object) -> str:
        return "any" if set(values) == set(get_args(kind)) else ", ".join(values)

    assert page_rows("The table of verdicts") == [
        {
            "row": row.id,
            "less steady leg": shown(row.less_steady, LegState),
            "difference": shown(row.gap, GapState),
            "still one of the ladder": shown(row.still, Still),
            "practised": shown(row.practised, Practised),
            "said first": row.headline.text,
            "next": row.next,
            "after the last block": row.next_if_last,
        }
        for row in table.rows()
    ]


def test_the_page_explains_every_next() -> None:
    text = PAGE.read_text("utf-8")
    for name in get_args(Next):
        assert f"| `{name}` |" in text


def test_the_page_shows_the_parameters() -> None:
    assert page_rows("The parameters") == [
        {
            "parameter": row.name,
            "value": f"{row.value:g}",
            "unit": row.unit,
            "meaning": row.meaning,
            "ground": row.ground,
        }
        for row in TABLE
    ]
