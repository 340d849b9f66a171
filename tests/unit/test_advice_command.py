"""`evenstance advice`: graded sentences, and none on practice for who must not practise."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from plan_cases import TODAY, screen_with
from set_clock import set_clock

from evenstance import cli
from evenstance.errors import ScreenBlockedError, UsageError
from evenstance.flows.screening import store_screen
from evenstance.knowledge.advice import topics
from evenstance.knowledge.catalogue import exercises, sources
from evenstance.knowledge.question import Answer
from evenstance.knowledge.words import found
from evenstance.report.advice import topic_lines, topics_json
from evenstance.store.database import open_store

PRACTICE = [topic.id for topic in topics().values() if topic.practice]
OTHERS = [topic.id for topic in topics().values() if not topic.practice]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))
    set_clock(monkeypatch, TODAY)
    return tmp_path / "home"


def advice(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, ["advice", *words])


def answered(name: str, changes: dict[str, Answer] | None = None) -> None:
    """The answers of one person today, in the history."""
    screen = screen_with(34, changes)
    with open_store() as store:
        person = store.athlete(name, create=True)
        state = "blocked" if changes else "clear"
        store_screen(store, person.id, screen, state)


def test_the_list_names_every_topic_and_creates_no_history(home: Path) -> None:
    told = advice()
    assert told.exit_code == 0
    assert [line.split()[0] for line in told.stdout.splitlines()] == list(topics())
    listed = json.loads(advice("--json").stdout)["topics"]
    assert [topic["id"] for topic in listed] == list(topics())
    assert not home.exists()


@pytest.mark.parametrize("name", [*topics(), "all"])
def test_every_sentence_is_graded_and_every_source_listed(name: str) -> None:
    told = json.loads(advice(name, "--json").stdout)
    listed = {source["id"] for source in told["sources"]}
    seen = 0

    def walk(value: Any) -> None:
        nonlocal seen
        if isinstance(value, dict):
            if "text" in value:
                seen += 1
                assert value["grade"] in "BCD"
                assert value["own_proposal"] is (value["grade"] == "D")
                assert value["sources"] or value["grade"] == "D"
                assert set(value["sources"]) <= listed <= set(sources())
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(told["topics"])
    assert seen >= len(told["topics"])
    for topic in told["topics"]:
        for exercise in topic["exercises"]:
            assert exercise["id"] in exercises()


@pytest.mark.parametrize("name", [*topics(), "all"])
def test_the_lines_fit_show_the_grade_and_keep_to_the_words(name: str) -> None:
    told = advice(name)
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert max(map(len, lines)) <= 78
    flat = " ".join(told.stdout.split())
    assert found(flat) == ()
    shown = topics().values() if name == "all" else [topics()[name]]
    for topic in shown:
        for statement in topic.say:
            assert f"{statement.text} [{statement.grade}: " in flat
            assert (not statement.own_proposal) or "own proposal" in flat


@pytest.mark.parametrize("name", PRACTICE)
def test_whatever_makes_people_move_begins_with_the_screen(name: str) -> None:
    first = json.loads(advice(name, "--json").stdout)["topics"][0]["say"][0]
    assert "evenstance screen" in first["text"]


def test_an_unknown_topic_is_told_with_the_known_ones() -> None:
    told = advice("nothing")
    assert isinstance(told.exception, UsageError)
    assert "warm_up" in told.exception.next_step


BLOCKING: list[dict[str, Answer]] = [{"stroke": True}, {"msk": True}, {"ill_today": True}]


@pytest.mark.parametrize("changes", BLOCKING, ids=lambda changes: next(iter(changes)))
def test_a_blocked_person_gets_no_advice_on_practice(changes: dict[str, Answer]) -> None:
    answered("me", changes)
    for name in PRACTICE:
        told = advice(name)
        assert isinstance(told.exception, ScreenBlockedError)
        assert told.stdout == ""
    for name in OTHERS:
        assert advice(name).exit_code == 0
    for words in (["all"], ["all", "--json"], [], ["--json"]):
        told = advice(*words)
        assert told.exit_code == 0
        for name in PRACTICE:
            assert topics()[name].title not in told.stdout
            assert not re.search(rf'^{name} |"{name}"', told.stdout, re.MULTILINE)
        for exercise in exercises().values():
            assert exercise.name not in told.stdout
        assert topics()["see_somebody"].title in told.stdout


def test_an_emergency_names_emergency_care() -> None:
    answered("me", {"stroke": True})
    told = advice("warm_up")
    assert isinstance(told.exception, ScreenBlockedError)
    assert "emergency" in f"{told.exception.what} {told.exception.next_step}".lower()
    assert "No session" not in told.exception.what


def test_a_clear_person_and_somebody_else_get_all() -> None:
    answered("me")
    assert topics()["warm_up"].title in advice("warm_up").stdout
    answered("other", {"stroke": True})
    assert advice("warm_up").exit_code == 0  # nobody named: it begins with the screen
    assert isinstance(advice("warm_up", "--athlete", "other").exception, ScreenBlockedError)
    assert advice("warm_up", "--athlete", "me").exit_code == 0


def test_text_and_json_come_from_the_same_topics() -> None:
    shown = list(topics().values())
    flat = " ".join(" ".join(topic_lines(shown)).split())
    for topic in topics_json(shown)["topics"]:
        for statement in topic["say"] + topic["stop"]:
            assert statement["text"] in flat
