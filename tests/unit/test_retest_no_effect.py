"""A slice of `tests/proof/no_effect.py`: practice does nothing, and the product says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from load_script import load_script

from evenstance.retest.parameters import RULES

no_effect = load_script("tests/proof/no_effect.py")
PEOPLE, SEED = 300, 1
WIDE = (15.0,)


@pytest.fixture(scope="module")
def counted() -> dict[str, no_effect.Count]:
    return {
        name: no_effect.simulate(no_effect.People(spreads), PEOPLE, SEED)
        for name, spreads in no_effect.SPREADS.items()
    }


def test_without_any_effect_an_improvement_is_rarely_printed(
    counted: dict[str, no_effect.Count],
) -> None:
    blocks = sum(one.blocks for one in counted.values())
    smaller = sum(one.smaller for one in counted.values())
    assert blocks > 100
    assert 100.0 * smaller / blocks <= no_effect.LIMIT_PCT
    for one in counted.values():
        assert one.of_all(one.smaller) <= no_effect.LIMIT_PCT
        assert sum(one.rows.values()) == one.blocks


def test_a_comparison_with_the_first_reading_alone_would_print_more(
    counted: dict[str, no_effect.Count],
) -> None:
    assert sum(one.raw_smaller for one in counted.values()) > 2 * sum(
        one.smaller for one in counted.values()
    )


def test_the_limit_can_be_missed() -> None:
    """The re-test held against the first reading, and by half of an interval: far too many."""
    careless = replace(RULES, spread_between_people_pct=1e6, confidence_pct=50.0)
    found = no_effect.simulate(no_effect.People((6.0, 8.0)), 3000, SEED, careless)
    assert found.blocks > 50
    assert found.of_blocks(found.smaller) > 5 * no_effect.LIMIT_PCT


def test_a_difference_that_truly_closed_is_printed_more_often() -> None:
    closed = no_effect.simulate(no_effect.People(WIDE, 5, stays=0.0), PEOPLE, SEED)
    same = no_effect.simulate(no_effect.People(WIDE, 5), PEOPLE, SEED)
    assert closed.blocks == same.blocks
    assert closed.of_blocks(closed.smaller) > 40.0
    assert closed.of_blocks(closed.not_confirmed) > 90.0
    assert same.of_blocks(same.smaller) <= no_effect.LIMIT_PCT


def test_more_people_by_the_vectorised_form() -> None:
    """It equals the scalar one person by person (asserted in `simulate`); here only its rate."""
    blocks, share = no_effect.many(no_effect.People((8.0,)), 50_000, SEED)
    assert blocks > 1_000
    assert share <= 2.0


def test_the_page_shows_what_the_proof_prints() -> None:
    """One row of its table again; a changed rule or parameter changes it."""
    page = (Path(__file__).parents[2] / "docs" / "evidence" / "retest.md").read_text("utf-8")
    found = no_effect.simulate(no_effect.People((6.0,)), 5_000, SEED)
    assert no_effect.no_effect_row("6 %", 3, found) in page


def test_a_limit_that_is_not_met_gives_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    for of_all, of_blocks, code in ((4.9, 4.9, 0), (5.1, 0.0, 1), (0.0, 5.1, 1)):
        monkeypatch.setattr(no_effect, "no_effect_table", lambda *_, v=of_all: v)
        monkeypatch.setattr(no_effect, "power_table", lambda *_: None)
        monkeypatch.setattr(no_effect, "precise_table", lambda *_, v=of_blocks: v)
        monkeypatch.setattr("sys.argv", ["no_effect.py"])
        assert no_effect.main() == code
