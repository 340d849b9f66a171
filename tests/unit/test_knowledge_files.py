"""Every file of the catalogue, spoilt in every way that the schema must refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pytest

from evenstance.knowledge import __main__ as knowledge
from evenstance.knowledge import catalogue
from evenstance.knowledge.advice import topic_from, topics
from evenstance.knowledge.catalogue import exercise_from, exercises, rungs_from, sources
from evenstance.knowledge.exercise import SUPPORT_LADDER, Rung
from evenstance.knowledge.fields import Fields, KnowledgeError
from evenstance.toml_file import read_toml

FOLDER = resources.files("evenstance.knowledge") / "data" / "exercises"
FILES = sorted(p.name.removesuffix(".toml") for p in FOLDER.iterdir())
RUNGS = [(e.id, rung.text) for e in exercises().values() for rung in e.ladder]
TOPICS = catalogue.advice_tables()
FINDINGS = {
    "steadiness_gap",
    "touch_downs",
    "stray_load",
    "short_hold",
    "two_leg_split",
    "general",
}
OPTIONAL = {"rep_s", "one_leg_rep_s", "support_from_65", "gates"}


def raw(name: str) -> dict[str, Any]:
    return read_toml(FOLDER / f"{name}.toml")


def read(table: Mapping[str, object], name: str) -> object:
    return exercise_from(table, name, sources())


@pytest.mark.parametrize("name", FILES)
def test_every_exercise_file_reads_and_every_key_is_needed(name: str) -> None:
    assert read(raw(name), name) == exercises()[name]
    needed = set(raw(name)) - OPTIONAL
    assert len(needed) == 27
    for key in needed:
        table = raw(name)
        del table[key]
        with pytest.raises(KnowledgeError, match=f"{name}: {key} is missing"):
            read(table, name)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ladder": []}, "no dose"),
        ({"ladder": ["3x0 s/leg r30"]}, "no dose"),
        ({"stop": "  "}, "stop must be a text"),
        ({"evidence": ["R99"]}, "R99 is not in the bibliography"),
        ({"counter_evidence": ["R99"]}, "R99 is not in the bibliography"),
        ({"population": "As in R99."}, "R99 is not in the bibliography"),
        ({"evidence": [], "effect": "It helps.", "grade_effect": "D"}, "No study found|above D"),
        ({"evidence": [], "grade_effect": "C"}, "is above D"),
        ({"grade_effect": "A"}, "grade_effect A is above"),
        ({"grade_dose": "A"}, "grade_dose A is above"),
        ({"grade_gap": "A"}, "grade_gap A is above"),
        ({"grade_force_sd": "C"}, "grade_force_sd C is above D"),
        ({"colour": "red"}, "unknown key colour"),
        ({"gates": {}}, "no condition"),
        ({"gates": {"age": 3}}, "unknown key age|no condition"),
    ],
)
def test_every_file_is_refused_when_spoilt(
    name: str, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(KnowledgeError, match=message):
        read({**raw(name), **changes}, name)


@pytest.mark.parametrize("name", [e.id for e in exercises().values() if e.guarded])
def test_a_guarded_file_without_gates_is_refused(name: str) -> None:
    table = raw(name)
    del table["gates"]
    with pytest.raises(KnowledgeError, match="need gates"):
        read(table, name)


@pytest.mark.parametrize("name", FILES)
def test_every_exercise_is_whole(name: str) -> None:
    e = exercises()[name]
    assert set(e.answers) <= FINDINGS
    assert len(set(e.ladder)) == len(e.ladder)
    assert e.one_leg_rep_s <= e.rep_s or e.rep_s == 0.0
    order = [SUPPORT_LADDER.index(s) for s in e.support if s != "NONE"]
    assert order == sorted(order)
    assert ("NONE" in e.support) is (len(e.support) == 1 and e.support[0] == "NONE")
    assert e.support_from_65 is None or e.support_from_65 in e.support
    if not e.evidence:
        assert {e.grade_effect, e.grade_dose, e.grade_gap} == {"D"}
        assert e.effect.startswith("No study found")
    # what the texts cite stands in the lists, so that it is listed among a plan's sources
    for text, listed in ((e.effect, e.evidence), (e.counter, (*e.evidence, *e.counter_evidence))):
        assert set(catalogue.CITED.findall(text)) <= set(listed)


@pytest.mark.parametrize(("name", "text"), RUNGS)
def test_every_rung_parses_and_comes_back(name: str, text: str) -> None:
    rung = Rung.parse(text)
    assert rung.text == text
    assert rung in exercises()[name].ladder
    assert 1 <= rung.sets <= 3
    assert {"s": 60, "rep": 15, "min": 5}[rung.unit] >= rung.amount
    assert 0 <= rung.rest_s <= 60


@pytest.mark.parametrize(("name", "text"), RUNGS)
def test_every_rung_is_refused_when_its_grammar_breaks(name: str, text: str) -> None:
    for broken in (
        text.replace("x", " x "),
        text.replace("/", "/ "),
        re.sub(r"^\d+", "0", text),
        re.sub(r"x\d+", "x0", text),
        re.sub(r" r\d+$", "", text),
        text + " ",
        re.sub(r"(leg|all)", "side", text),
    ):
        with pytest.raises(KnowledgeError, match=r"rung|no dose"):
            rungs_from(Fields({"ladder": [broken]}, name), "ladder")


def test_a_stage_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    table = raw("sls_foam")
    table["gates"] = {**table["gates"], "needs_stage": ["sls_ec:9x9 s/leg r9"]}
    spoilt = exercise_from(table, "sls_foam", sources())
    with pytest.raises(KnowledgeError, match="there is no stage sls_ec:9x9"):
        catalogue.checked_stages({**exercises(), "sls_foam": spoilt})


def test_everything_is_read_and_checked_by_one_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert knowledge.main() == 0
    assert f"{len(FILES)} exercises" in capsys.readouterr().out

    def broken() -> dict[str, object]:
        raise KnowledgeError("at_cap: 5 weeks, not 6")

    monkeypatch.setitem(knowledge.PARTS, "rules", broken)
    assert knowledge.main() == 1
    assert "at_cap: 5 weeks" in capsys.readouterr().err


# -- advice -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOPICS)
def test_every_topic_reads(name: str) -> None:
    topic = topic_from(TOPICS[name], name, exercises(), sources())
    assert topic == topics()[name]
    for statement in topic.say:
        assert statement.sources or statement.grade == "D"


@pytest.mark.parametrize("name", TOPICS)
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"say": []}, "say is empty"),
        ({"say": [{"text": "A.", "grade": "C", "sources": []}]}, "grade C is above D"),
        ({"say": [{"text": "A.", "grade": "A", "sources": ["R14"]}]}, "grade A is above B"),
        ({"say": [{"text": "A.", "sources": ["R14"]}]}, "grade is missing"),
        ({"say": [{"text": "A.", "grade": "D", "sources": ["R99"]}]}, "not in the bibliography"),
        ({"say": [{"text": "A (R14).", "grade": "D", "sources": []}]}, "do not name"),
        ({"exercises": ["nothing"]}, "not in the catalogue"),
        ({"exercises": ["sls_ec"]}, "has conditions"),
        ({"exercises": ["g_walk"], "practice": False}, "without practice"),
        ({"order": 1.5}, "whole number"),
        ({"id": "other"}, "its id is other"),
        ({"about": "x"}, "unknown key about"),
    ],
)
def test_every_topic_is_refused_when_spoilt(
    name: str, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(KnowledgeError, match=message):
        topic_from({**TOPICS[name], **changes}, name, exercises(), sources())
