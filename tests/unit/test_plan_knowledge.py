"""The packaged knowledge keeps its schema, its sources and its words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import pytest

from evenstance.knowledge import catalogue as knowledge
from evenstance.knowledge.advice import topics
from evenstance.knowledge.exercise import Rung, Source
from evenstance.knowledge.fields import KnowledgeError
from evenstance.knowledge.read_question import question_from
from evenstance.knowledge.rules import WEEKS, Rule, rule_from, rules, start_rung
from evenstance.knowledge.words import claims

DATA = resources.files("evenstance.knowledge") / "data"
CATALOGUE = {
    "sls_supported",
    "sls_eo",
    "sls_head",
    "sls_reach",
    "sls_ec",
    "lift_off",
    "tandem",
    "calf_raise",
    "hip_abd_side",
    "daily_sls",
    "g_walk",
    "g_leg_swings",
    "sls_foam",
    "split_hold",
    "ankle_sway",
    "heel_toe_walk",
    "step_down",
    "step_up",
    "sts_stagger",
    "hip_abd_stand",
    "sl_rdl",
    "split_squat",
    "hop_hold",
    "g_lunges",
    "g_hip_flexor",
}
ABSTRACT = Source("R01", "citation", "abstract", "note", ())
FULL = Source("R02", "citation", "full", "note", ())
KNOWN = {"R01": ABSTRACT, "R02": FULL}
EXERCISE: dict[str, object] = {
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
    "evidence": ["R01"],
    "counter_evidence": [],
    "population": "People.",
    "effect": "Effect.",
    "counter": "Counter.",
    "grade_effect": "B",
    "grade_effect_for": "holds",
    "grade_dose": "D",
    "grade_dose_for": "ours",
    "grade_gap": "D",
    "grade_force_sd": "D",
    "eyes": "open",
    "surface": "firm",
    "task": "hold",
    "one_leg": True,
}
QUESTION: dict[str, object] = {
    "id": "x",
    "order": 1,
    "text": "Question?",
    "kind": "yes_no",
    "action": "clinician",
    "say": "Say.",
    "see": "See.",
    "ask": ["start"],
    "basis": "Basis.",
    "sources": ["R01"],
    "marks": ["V"],
}


def _exercise(**changes: object) -> knowledge.Exercise:
    return knowledge.exercise_from({**EXERCISE, **changes}, "x", KNOWN)


def _block(weeks: list[dict[str, object]]) -> Rule:
    table = {
        "id": "x",
        "order": 1,
        "outcome": "block",
        "say": "Say.",
        "grade": "D",
        "sources": [],
        "when": {"steps": [3]},
        "weeks": weeks,
    }
    return rule_from(table, "x", knowledge.exercises(), knowledge.sources())


def _without(table: Mapping[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in table.items() if name != key}


def test_the_catalogue_is_complete_and_reads() -> None:
    assert set(knowledge.exercises()) == CATALOGUE
    blocks = [rule for rule in rules().values() if rule.outcome == "block"]
    assert [rule.id for rule in blocks] == ["short_hold", "at_cap", "from_65", "below_cap"]
    assert all(len(rule.weeks) == WEEKS for rule in blocks)


def test_a_sound_exercise_passes() -> None:
    assert _exercise().ladder == (Rung(3, 30, "s", "leg", 30),)
    assert _exercise(evidence=["R02"], grade_effect="A").grade_effect == "A"


@pytest.mark.parametrize(
    "key", ["evidence", "ladder", "stop", "grade_effect", "grade_dose", "regress", "not_for"]
)
def test_a_missing_key_is_refused(key: str) -> None:
    with pytest.raises(KnowledgeError, match=f"x: {key} is missing"):
        knowledge.exercise_from(_without(EXERCISE, key), "x", KNOWN)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stop": " "}, "stop must be a text"),
        ({"ladder": []}, "no dose"),
        ({"ladder": ["3x30s/leg r30"]}, "no ladder rung"),
        ({"ladder": ["3 x 30 s/leg r30"]}, "no ladder rung"),
        ({"ladder": ["3x30 s/side r30"]}, "no ladder rung"),
        ({"ladder": ["3x30 s/leg r30\n"]}, "no ladder rung"),
        ({"ladder": ["0x30 s/leg r30"]}, "no dose"),
        ({"ladder": ["3x8 rep/leg r30"]}, "rep_s"),
        ({"evidence": ["R99"]}, "R99 is not in the bibliography"),
        ({"counter_evidence": ["R99"]}, "R99 is not in the bibliography"),
        ({"effect": "As R98 found."}, "R98 is not in the bibliography"),
        ({"grade_effect": "A"}, "grade_effect A is above B"),
        ({"grade_dose": "A"}, "grade_dose A is above B"),
        ({"grade_effect": "B", "evidence": []}, "grade_effect B is above D"),
        ({"evidence": ["R02"], "grade_gap": "A"}, "grade_gap A is above B"),
        ({"grade_force_sd": "B"}, "grade_force_sd B is above D"),
        ({"grade_effect": "E"}, "not one of"),
        ({"support": ["CHAIR"]}, "CHAIR"),
        ({"support": []}, "support is empty"),
        ({"id": "y"}, "its id is y"),
        ({"dosage": "3x30"}, "unknown key dosage"),
    ],
)
def test_the_schema_refuses(changes: dict[str, object], message: str) -> None:
    with pytest.raises(KnowledgeError, match=message):
        _exercise(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sources": ["R99"]}, "R99 is not in the bibliography"),
        ({"sources": [], "marks": ["V"]}, "marked as ours"),
        ({"marks": []}, "marks are missing"),
        ({"marks": ["X"]}, "X"),
        ({"say": ""}, "say must be a text"),
        ({"action": "ignore"}, "not one of"),
        ({"kind": "number"}, "needs its limits"),
        ({"kind": "age"}, "needs its limits"),
        ({"ask": ["each"]}, "full screen"),
        ({"instrument": "other"}, "not among the instruments"),
        ({"order": 1.5}, "whole number"),
        ({"followups": [{"id": "a", "text": "b", "fires_on": "perhaps"}]}, "yes or no"),
        ({"followups": [{"id": "a", "text": "b", "fires_on": "yes"}]}, "action is missing"),
    ],
)
def test_a_question_without_its_parts_is_refused(changes: dict[str, object], message: str) -> None:
    assert question_from(QUESTION, "x", KNOWN, {}).id == "x"
    with pytest.raises(KnowledgeError, match=message):
        question_from({**QUESTION, **changes}, "x", KNOWN, {})


def test_every_grade_stays_under_its_ceiling() -> None:
    read = {source.read for source in knowledge.sources().values()}
    assert "full" not in read
    for exercise in knowledge.exercises().values():
        assert exercise.grade_effect >= "B"
        assert exercise.grade_dose >= "B"
        assert exercise.grade_force_sd == "D"
    gaps = {e.id: e.grade_gap for e in knowledge.exercises().values() if e.grade_gap != "D"}
    assert gaps == {"sls_reach": "B"}


def test_a_week_table_with_a_foreign_rung_is_refused() -> None:
    cell = {"exercise": "sls_eo", "rungs": ["9x9 s/leg r30"], "support": "FREE"}
    with pytest.raises(KnowledgeError, match="no rung of sls_eo"):
        _block([{"items": [cell]}] * WEEKS)


@pytest.mark.parametrize(
    ("weeks", "items", "message"), [(WEEKS - 1, 1, "5 weeks"), (WEEKS, 5, "more than 4")]
)
def test_a_week_table_of_another_size_is_refused(weeks: int, items: int, message: str) -> None:
    cell = {"exercise": "sls_eo", "rungs": ["3x10 s/leg r30"], "support": "FREE"}
    with pytest.raises(KnowledgeError, match=message):
        _block([{"items": [cell] * items}] * weeks)


@pytest.mark.parametrize(
    ("best_s", "rung"), [(10.0, 0), (14.0, 0), (17.0, 0), (18.0, 1), (25.0, 1), (45.0, 3)]
)
def test_the_start_rung_is_nearest_to_seventy_per_cent(best_s: float, rung: int) -> None:
    assert start_rung(knowledge.exercises()["sls_eo"].ladder, best_s) == rung


def test_bibliography_is_csl_json_with_notes_and_marks() -> None:
    entries = json.loads((DATA / "bibliography.json").read_text(encoding="utf-8"))
    for entry in entries:
        assert {"id", "type", "title", "note", "custom"} <= set(entry)
        described = "its published title was not read" in entry["note"]
        assert not described or "title" in entry["custom"]["unverified"], entry["id"]


def test_every_source_is_used() -> None:
    used: set[str] = set()
    for question in knowledge.questions().values():
        used |= set(question.sources)
    for exercise in knowledge.exercises().values():
        used |= set(exercise.evidence) | set(exercise.counter_evidence)
    for grouped in knowledge.statements():
        used |= set(grouped.statement.sources)
    for rule in rules().values():
        used |= {source for said in (rule.say, *rule.next) for source in said.sources}
    for topic in topics().values():
        used |= {source for said in topic.say for source in said.sources}
    for claim in claims().values():
        used |= set(claim.evidence)
    assert used == set(knowledge.sources())


def test_no_question_is_named_after_an_official_instrument() -> None:
    named = re.compile(r"PAR-?Q|STEADI|CRT|ePARmed")
    for question in knowledge.questions().values():
        outcomes = [f.outcome for f in question.follow_ups]
        words = [question.id, question.text, *(f.text for f in question.follow_ups)]
        words += [o.say + o.see for o in (*outcomes, question.outcome) if o is not None]
        assert not any(named.search(word) for word in words), question.id
    assert all(i.url.startswith("https://") for i in knowledge.instruments().values())


def test_the_evidence_page_counts_the_questions() -> None:
    page = Path(__file__).parents[2] / "docs" / "evidence" / "screen-and-plan.md"
    text = page.read_text(encoding="utf-8")
    follow_ups = sum(len(q.follow_ups) for q in knowledge.questions().values())
    assert f"{len(knowledge.questions())} questions" in text
    assert f"{follow_ups} follow-ups" in text
