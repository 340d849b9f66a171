"""The conditions of exercises: each one closes the gate alone, and the unknown opens none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenstance.knowledge.catalogue import GUARDED_WORDS, exercise_from, exercises, sources
from evenstance.knowledge.exercise import Exercise
from evenstance.knowledge.fields import Fields, KnowledgeError
from evenstance.knowledge.gates import (
    Gates,
    PersonFacts,
    allows,
    conditions,
    gates_from,
    refusal,
)

GATED = [e for e in exercises().values() if not e.gates.empty]
GUARDED = [e for e in exercises().values() if e.guarded]
NAME = {"ids": lambda e: e.id}


def fit_for(gates: Gates) -> PersonFacts:
    """Somebody who just meets every condition."""
    return PersonFacts(
        age_y=(gates.age_below_y or 40) - 1,
        shorter_hold_s=gates.hold_from_s or 5.0,
        holds_at_cap=True,
        restricted=False,
        stages_done=frozenset(gates.needs_stage),
        weekly_sport=True,
        injury_free_weeks=gates.injury_free_weeks or 0,
    )


def spoilt(gates: Gates) -> list[tuple[str, PersonFacts]]:
    """The fit person with one condition missing, for each condition."""
    fit = fit_for(gates)
    found: list[tuple[str, PersonFacts]] = []
    if gates.age_below_y is not None:
        found.append(("below", replace(fit, age_y=gates.age_below_y)))
        found.append(("years", replace(fit, age_y=None)))
    if gates.age_from_y is not None:
        found.append(("from", replace(fit, age_y=gates.age_from_y - 1)))
    if gates.hold_from_s is not None:
        found.append(("holds from", replace(fit, shorter_hold_s=gates.hold_from_s - 0.1)))
        found.append(("holds from", replace(fit, shorter_hold_s=None)))
    if gates.needs_holds_at_cap:
        found.append(("time limit", replace(fit, holds_at_cap=False)))
    if gates.needs_unrestricted:
        found.append(("no restriction", replace(fit, restricted=True)))
        found.append(("no restriction", replace(fit, restrictions=frozenset(["shoes_on"]))))
    for name in gates.forbidden_restrictions:
        found.append(("restriction", replace(fit, restrictions=frozenset([name]))))
    for stage in gates.needs_stage:
        found.append(("completed", replace(fit, stages_done=fit.stages_done - {stage})))
    if gates.weekly_sport:
        found.append(("sport", replace(fit, weekly_sport=None)))
        found.append(("sport", replace(fit, weekly_sport=False)))
    if gates.injury_free_weeks is not None:
        weeks = gates.injury_free_weeks
        found.append(("injury", replace(fit, injury_free_weeks=weeks - 1)))
        found.append(("injury", replace(fit, injury_free_weeks=None)))
    return found


@pytest.mark.parametrize("exercise", GATED, **NAME)
def test_every_condition_closes_the_gate_alone(exercise: Exercise) -> None:
    gates = exercise.gates
    assert allows(gates, fit_for(gates))
    cases = spoilt(gates)
    assert cases
    for words, person in cases:
        assert not allows(gates, person)
        assert words in str(refusal(gates, person)), (exercise.id, person)


@pytest.mark.parametrize("exercise", GATED, **NAME)
def test_a_kind_of_plan_without_a_place_for_it_closes_the_gate(exercise: Exercise) -> None:
    fit = fit_for(exercise.gates)
    for outcome in ("block", "practice"):
        assert allows(exercise.gates, fit, outcome) is (outcome not in exercise.gates.never_in)


@pytest.mark.parametrize("exercise", GUARDED, **NAME)
def test_nobody_unknown_older_or_restricted_closes_the_eyes_hops_or_stands_on_foam(
    exercise: Exercise,
) -> None:
    fit = fit_for(exercise.gates)
    for person in (
        replace(fit, age_y=65),
        replace(fit, age_y=None),
        replace(fit, shorter_hold_s=9.9),
        replace(fit, restricted=True),
    ):
        assert not allows(exercise.gates, person)


def test_the_guarded_exercises_are_these() -> None:
    assert {e.id for e in GUARDED} == {"sls_ec", "sls_foam", "hop_hold", "sl_rdl"}
    assert {e.id for e in GATED} == {e.id for e in GUARDED} | {"split_squat", "g_lunges"}


def test_no_condition_lets_everybody_through() -> None:
    nobody = PersonFacts(None, None, holds_at_cap=False, restricted=True)
    assert allows(Gates(), nobody)
    assert refusal(Gates(), nobody) is None
    assert conditions(Gates()) == ()


@pytest.mark.parametrize("exercise", GATED, **NAME)
def test_the_conditions_are_told(exercise: Exercise) -> None:
    told = " ".join(conditions(exercise.gates))
    for number in (exercise.gates.age_below_y, exercise.gates.age_from_y):
        assert number is None or str(number) in told
    for name in exercise.gates.forbidden_restrictions:
        assert name in told


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "no condition"),
        ({"age_below_y": 65, "age_from": 18}, "unknown key age_from"),
        ({"age_below_y": 65.5}, "whole number"),
        ({"age_below_y": 18, "age_from_y": 18}, "no age is left"),
        ({"needs_holds_at_cap": "yes"}, "true or false"),
        ({"forbidden_restrictions": ["no_fun"]}, "no_fun"),
        ({"never_in": ["always"]}, "always"),
    ],
)
def test_the_schema_of_gates_refuses(table: dict[str, object], message: str) -> None:
    with pytest.raises(KnowledgeError, match=message):
        gates_from(Fields(table, "x"))


SOUND = {"age_below_y": 65, "hold_from_s": 10.0, "needs_unrestricted": True}
GUARD: dict[str, dict[str, object]] = {
    "eyes": {"eyes": "closed"},
    "foam": {"surface": "foam"},
    "hop": {"task": "hop"},
    "hinge": {"task": "one_leg_hinge"},
}


@pytest.mark.parametrize("kind", GUARD)
@pytest.mark.parametrize(
    "gates",
    [
        None,
        {"age_below_y": 65},
        {**SOUND, "hold_from_s": 9.0},
        {**SOUND, "needs_unrestricted": False},
        {"hold_from_s": 10.0, "needs_unrestricted": True},
    ],
)
def test_a_guarded_exercise_without_its_gates_is_refused(
    plain_exercise: dict[str, object], kind: str, gates: dict[str, object] | None
) -> None:
    table = {**plain_exercise, **GUARD[kind]}
    assert exercise_from({**table, "gates": SOUND}, "x", sources()).guarded
    with pytest.raises(KnowledgeError, match="need gates"):
        exercise_from(table if gates is None else {**table, "gates": gates}, "x", sources())


@pytest.mark.parametrize(
    "name", ["Stand, eyes closed", "Foam stand", "Small hop", "One-leg hinge", "Deadlift"]
)
def test_a_name_that_says_more_than_the_fields_is_refused(
    plain_exercise: dict[str, object], name: str
) -> None:
    with pytest.raises(KnowledgeError, match="its name says"):
        exercise_from({**plain_exercise, "name": name}, "x", sources())
    assert GUARDED_WORDS.search("One-leg stand with slow head turns") is None


@pytest.fixture
def plain_exercise() -> dict[str, object]:
    return {
        "id": "x",
        "name": "Name",
        "purpose": "Purpose.",
        "setup": "Setup.",
        "support": ["FREE"],
        "ladder": ["3x30 s/leg r30"],
        "progress": "Progress.",
        "regress": "Regress.",
        "stop": "Stop.",
        "not_for": "Nobody.",
        "equipment": "none",
        "answers": ["general"],
        "evidence": [],
        "counter_evidence": [],
        "population": "No study found.",
        "effect": "No study found.",
        "counter": "Nothing was found.",
        "grade_effect": "D",
        "grade_effect_for": "ours",
        "grade_dose": "D",
        "grade_dose_for": "ours",
        "grade_gap": "D",
        "grade_force_sd": "D",
        "eyes": "open",
        "surface": "firm",
        "task": "hold",
        "one_leg": True,
    }
