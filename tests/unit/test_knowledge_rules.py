"""Every rule: its schema, that some facts select it, and that facts select exactly one."""

from __future__ import annotations

import copy
from itertools import product
from typing import Any

import pytest
from plan_cases import DOSE

from evenstance.knowledge import catalogue
from evenstance.knowledge.catalogue import exercises, sources
from evenstance.knowledge.fields import KnowledgeError
from evenstance.knowledge.rules import (
    MAX_ITEMS,
    WEEKS,
    Cell,
    Facts,
    Rule,
    matching,
    rule_from,
    rules,
)

TABLES = catalogue.rule_tables()
PLANS = [name for name, rule in rules().items() if rule.weeks]
SUPPORTED = {"sls_supported", "sls_eo"}  # the tested hold, hands free or not

HOLDS_S = (None, 0.0, 5.0, 9.99, 10.0, 14.0, 25.0, 60.0)
AGES_Y = (None, 16, 64, 65, 71, 100)
GRID = [
    Facts(step, hold_s, at_cap, age_y, legs, split)
    for step, hold_s, at_cap, age_y, legs, split in product(
        (0, 1, 2, 3, 4), HOLDS_S, (False, True), AGES_Y, (0, 1, 2), (False, True)
    )
]

SELECTS = [
    (Facts(0), "more_needed"),
    (Facts(0, 25.0, True, 34), "more_needed"),
    (Facts(1, 25.0, True, 34), "nothing_to_correct"),
    (Facts(1, 25.0, True, 34, 0, True), "two_leg_split"),
    (Facts(0, 25.0, True, 34, 0, True), "more_needed"),
    (Facts(2, 25.0, True, 34), "seen_once"),
    (Facts(2, 25.0, True, 34, 0, True), "seen_once"),
    (Facts(3, 25.0, True, 34), "at_cap"),
    (Facts(3, 25.0, True, 71), "at_cap"),
    (Facts(3, 24.0, False, 34), "below_cap"),
    (Facts(3, 24.0, False, 64), "below_cap"),
    (Facts(3, 14.0, False, 65), "from_65"),
    (Facts(3, 9.99, False, 34), "short_hold"),
    (Facts(3, 9.99, True, 71), "short_hold"),
    (Facts(3, 25.0, True, 34, 0, True), "at_cap"),
    (Facts(0, 14.0, False, 71, 1), "general_practice_from_65"),
    (Facts(1, 14.0, False, 71, 2), "general_practice_from_65"),
    (Facts(3, 14.0, False, 71, 1), "general_practice_from_65"),
    (Facts(2, 20.0, False, 64, 1), "general_practice"),
    (Facts(0, 10.0, False, 34, 2, True), "general_practice"),
    (Facts(0, 9.99, False, 34, 1), "general_practice_short"),
    (Facts(1, 6.0, False, 80, 2), "general_practice_short"),
    (Facts(3, None, True, 34), None),
    (Facts(3, 24.0, False, None), None),
    (Facts(3, 25.0, True, None), "at_cap"),
    (Facts(3, 25.0, True, None, 1), None),
    (Facts(4, 25.0, True, 34), None),
    (Facts(4, 6.0, False, 80, 2), None),
]


@pytest.mark.parametrize(("facts", "name"), SELECTS)
def test_facts_select_their_rule(facts: Facts, name: str | None) -> None:
    found = matching(facts)
    assert (None if found is None else found.id) == name


def test_every_rule_is_reached_by_that_table_and_by_the_grid() -> None:
    assert {name for _, name in SELECTS} == {*rules(), None}
    reached = {found.id for facts in GRID if (found := matching(facts)) is not None}
    assert reached == set(rules())


def test_all_facts_select_exactly_one_rule_or_none_by_design() -> None:
    """None: a screening answer (step 4), or a block whose holds or age are not known."""
    for facts in GRID:
        found = matching(facts)
        holding = [rule for rule in rules().values() if rule.when.holds(facts)]
        assert holding[:1] == ([] if found is None else [found])
        unknown = facts.shorter_hold_s is None or (
            facts.shorter_hold_s >= 10.0
            and facts.age_y is None
            and (facts.legs_not_scored > 0 or not facts.holds_at_cap)
        )
        by_design = facts.step == 4 or (facts.step == 3 and unknown)
        assert (found is None) is by_design, facts


def test_only_a_confirmed_difference_leads_to_a_block() -> None:
    for facts in GRID:
        found = matching(facts)
        if found is not None and found.outcome == "block":
            assert facts.step == 3
            assert facts.legs_not_scored == 0
        if found is not None and facts.step < 3:
            assert found.outcome != "block"
        if found is not None and found.outcome == "practice":
            assert facts.legs_not_scored > 0


def cells(rule: Rule) -> list[list[Cell]]:
    """All cells by week, with what stands instead of them."""

    def all_of(cell: Cell) -> list[Cell]:
        return [cell] if cell.instead is None else [cell, *all_of(cell.instead)]

    return [[one for cell in week for one in all_of(cell)] for week in rule.weeks]


@pytest.mark.parametrize("name", PLANS)
def test_every_week_keeps_the_tested_hold_and_the_limits(name: str) -> None:
    rule = rules()[name]
    assert len(rule.weeks) == WEEKS
    for week in rule.weeks:
        names = [cell.exercise for cell in week]
        assert set(names) & SUPPORTED
        assert 1 <= len(names) <= MAX_ITEMS
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", PLANS)
def test_nothing_guarded_without_another_and_nothing_guarded_in_practice(name: str) -> None:
    rule = rules()[name]
    for week in cells(rule):
        for cell in week:
            exercise = exercises()[cell.exercise]
            if exercise.guarded:
                assert rule.outcome == "block"
                assert cell.instead is not None
                assert not exercises()[cell.instead.exercise].guarded
            assert rule.outcome not in exercise.gates.never_in


def test_from_65_and_short_holds_never_see_anything_guarded() -> None:
    for name in ("from_65", "short_hold", *(n for n in PLANS if n.startswith("general"))):
        used = {cell.exercise for week in cells(rules()[name]) for cell in week}
        assert not {n for n in used if exercises()[n].guarded}


def test_general_practice_says_that_it_corrects_nothing() -> None:
    for rule in rules().values():
        if rule.outcome == "practice":
            assert "not a correction" in rule.say.text
            assert "equal sides" in rule.say.text


@pytest.mark.parametrize("name", [n for n in rules() if n not in PLANS])
def test_a_rule_for_no_plan_names_no_exercise_and_no_dose(name: str) -> None:
    rule = rules()[name]
    told = " ".join(statement.text for statement in (rule.say, *rule.next))
    assert DOSE.search(told) is None
    for exercise in exercises().values():
        assert exercise.name.lower() not in told.lower()
        assert exercise.id not in told


# -- the schema -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_every_rule_reads(name: str) -> None:
    assert rule_from(TABLES[name], name, exercises(), sources()) == rules()[name]
    assert rules()[name].say.sources or rules()[name].say.grade == "D"


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "other"}, "its id is other"),
        ({"order": None}, "order is missing"),
        ({"outcome": "cure"}, "not one of"),
        ({"say": " "}, "say must be a text"),
        ({"grade": "A"}, "grade A is above"),
        ({"say": "Say.", "grade": "C", "sources": []}, "grade C is above D"),
        ({"sources": ["R99"]}, "R99 is not in the bibliography"),
        ({"when": None}, "when is missing"),
        ({"when": {}}, "steps must be"),
        ({"when": {"steps": [4]}}, "steps must be"),
        ({"when": {"steps": [1], "legs_not_scored": [3]}}, "legs_not_scored must be"),
        ({"when": {"steps": [1], "legs_not_scored": []}}, "legs_not_scored must be"),
        ({"when": {"steps": [1], "mood": "good"}}, "unknown key mood"),
        ({"why": "because"}, "unknown key why"),
        ({"next": [{"text": "A.", "sources": []}]}, "grade is missing"),
        ({"next": [{"text": "A.", "grade": "B", "sources": []}]}, "grade B is above D"),
    ],
)
def test_every_rule_is_refused_when_spoilt(
    name: str, changes: dict[str, object], message: str
) -> None:
    table = {k: v for k, v in {**TABLES[name], **changes}.items() if v is not None}
    with pytest.raises(KnowledgeError, match=message):
        rule_from(table, name, exercises(), sources())


GUARDED_CELL: dict[str, Any] = {
    "exercise": "sls_ec",
    "rungs": ["3x5 s/leg r30"],
    "support": "FT1",
    "instead": {"exercise": "sls_head", "rungs": ["3x30 s/leg r30"], "support": "FREE"},
}


def with_cell(name: str, cell: dict[str, Any]) -> dict[str, object]:
    table: dict[str, Any] = copy.deepcopy(TABLES[name])
    table["weeks"][5]["items"][2] = cell
    return table


@pytest.mark.parametrize("name", [n for n in PLANS if rules()[n].outcome == "practice"])
@pytest.mark.parametrize("as_instead", [False, True])
def test_general_practice_with_anything_guarded_is_refused(name: str, as_instead: bool) -> None:
    cell = copy.deepcopy(GUARDED_CELL)
    if as_instead:
        squat = {"exercise": "split_squat", "rungs": ["2x6 rep/leg r60"], "support": "FREE"}
        cell = {**squat, "instead": cell}
    with pytest.raises(KnowledgeError, match="no place in general practice"):
        rule_from(with_cell(name, cell), name, exercises(), sources())


@pytest.mark.parametrize(
    ("exercise", "rung", "support"),
    [("sls_foam", "2x10 s/leg r45", "FREE"), ("hop_hold", "2x4 rep/leg r60", "FREE")],
)
def test_foam_and_hops_have_no_place_in_a_block(exercise: str, rung: str, support: str) -> None:
    cell = {**GUARDED_CELL, "exercise": exercise, "rungs": [rung], "support": support}
    with pytest.raises(KnowledgeError, match=f"{exercise} has no place in a block"):
        rule_from(with_cell("at_cap", cell), "at_cap", exercises(), sources())


def test_a_cell_with_conditions_needs_something_instead() -> None:
    cell = {key: value for key, value in GUARDED_CELL.items() if key != "instead"}
    with pytest.raises(KnowledgeError, match="needs something instead"):
        rule_from(with_cell("at_cap", cell), "at_cap", exercises(), sources())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"exercise": "nothing"}, "not in the catalogue"),
        ({"rungs": ["9x9 s/leg r30"]}, "no rung of sls_ec"),
        ({"support": "SUP2"}, "has no support SUP2"),
        ({"minutes": 3}, "unknown key minutes"),
    ],
)
def test_a_spoilt_cell_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(KnowledgeError, match=message):
        rule_from(
            with_cell("at_cap", {**GUARDED_CELL, **changes}), "at_cap", exercises(), sources()
        )


@pytest.mark.parametrize("steps", [[0, 3], [2], [1]])
def test_a_block_below_step_three_is_refused(steps: list[int]) -> None:
    table = {**TABLES["at_cap"], "when": {"steps": steps}}
    with pytest.raises(KnowledgeError, match="step 3 alone"):
        rule_from(table, "at_cap", exercises(), sources())


@pytest.mark.parametrize("outcome", ["nothing", "repeat_test"])
def test_a_rule_for_no_plan_has_no_weeks(outcome: str) -> None:
    table = {**TABLES["at_cap"], "outcome": outcome}
    with pytest.raises(KnowledgeError, match="has no weeks"):
        rule_from(table, "at_cap", exercises(), sources())


@pytest.mark.parametrize("name", PLANS)
def test_five_weeks_are_refused(name: str) -> None:
    table: dict[str, Any] = copy.deepcopy(TABLES[name])
    del table["weeks"][0]
    with pytest.raises(KnowledgeError, match="5 weeks, not 6"):
        rule_from(table, name, exercises(), sources())
