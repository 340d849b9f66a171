"""The six lines before a session: their data, what a yes leads to, what is not clear, files."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_cases import FORBIDDEN, TODAY

from evenstance.errors import InputError
from evenstance.flows.screening import ask_quick, quick_from_file
from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.fields import KnowledgeError
from evenstance.knowledge.question import BLOCKING, Answer, Question
from evenstance.screen.file import blank_quick, read_quick
from evenstance.screen.join import joined
from evenstance.screen.quick import (
    QuickLine,
    all_no,
    check_quick_answers,
    evaluate_quick,
    quick_check,
    quick_check_from,
)
from evenstance.screen.types import Clearance, HealthEvent, Screen

DAY = timedelta(days=1)
LINES = {
    "saddle": ("ces_saddle", "ces_bladder"),
    "both_legs": ("ces_legs",),
    "sudden": ("stroke", "vertigo_new"),
    "chest_faint": ("chest", "faint"),
    "leg": ("clot", "leg_nerve", "pain_now"),
    "today": ("ill_today",),
}
EACH = [name for names in LINES.values() for name in names]


def line_of(question_id: str) -> str:
    return next(f"quick.{line}" for line, names in LINES.items() if question_id in names)


def quick(changes: dict[str, Answer] | None = None, on: date = TODAY) -> Screen:
    """Six times no, but for the changes."""
    return Screen({**all_no(34, on).answers, **(changes or {})}, 34, on)


def opened(question_id: str, **follow_ups: bool) -> dict[str, Answer]:
    """The line says yes, that question too, the others of the line no."""
    names = LINES[line_of(question_id).removeprefix("quick.")]
    answers: dict[str, Answer] = {name: name == question_id for name in names}
    for item in questions()[question_id].follow_ups:
        answers[f"{question_id}.{item.id}"] = follow_ups.get(item.id, False)
    return {line_of(question_id): True, **answers}


# the data


def test_six_lines_open_the_questions_of_every_session() -> None:
    check = quick_check()
    assert {line.id: line.questions for line in check.lines} == LINES
    assert len(check.lines) == 6
    assert sorted(EACH) == sorted(q.id for q in questions().values() if "each" in q.ask)
    for text in (*(line.text for line in check.lines), check.unclear_say, check.unclear_see):
        assert FORBIDDEN.search(text) is None
        assert text.isascii()


def raw() -> dict[str, Any]:
    lines = [
        {"id": name, "text": f"Line {name}", "questions": list(asked)}
        for name, asked in LINES.items()
    ]
    unclear = {"action": "not_today", "say": "Say.", "see": "See.", "basis": "Ours."}
    return {"lines": lines, "unclear": unclear}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("unclear"), "unclear is missing"),
        (lambda t: t["unclear"].update(action="restrict"), "means not today"),
        (lambda t: t["unclear"].update(say=""), "say must be a text"),
        (lambda t: t["lines"].pop(), "every question of it once"),
        (lambda t: t["lines"][0]["questions"].append("chest"), "every question of it once"),
        (lambda t: t["lines"][0]["questions"].append("msk"), "every question of it once"),
        (lambda t: t["lines"][0].update(id="today"), "an id twice"),
        (lambda t: t["lines"].append({"id": "x", "text": "X", "questions": []}), "without a"),
        (lambda t: t["lines"][0].update(why="x"), "unknown key why"),
        (lambda t: t.update(more=1), "unknown key more"),
    ],
)
def test_lines_that_do_not_fit_are_refused(
    change: Callable[[dict[str, Any]], None], message: str
) -> None:
    assert len(quick_check_from(raw(), questions()).lines) == 6
    table = copy.deepcopy(raw())
    change(table)
    with pytest.raises(KnowledgeError, match=message):
        quick_check_from(table, questions())


# what it leads to


def test_six_times_no_is_clear_and_never_more_than_a_quick_check() -> None:
    outcome = evaluate_quick(quick(), 34, TODAY)
    assert (outcome.state, outcome.when, outcome.findings) == ("clear", "each", ())


@pytest.mark.parametrize("question_id", EACH)
def test_a_yes_to_a_question_has_the_action_of_the_bank(question_id: str) -> None:
    outcome = evaluate_quick(quick(opened(question_id)), 34, TODAY)
    bank = questions()[question_id].outcome
    assert bank is not None
    assert [(f.answer_id, f.action) for f in outcome.findings] == [(question_id, bank.action)]
    assert bank.action in BLOCKING
    assert outcome.state == "blocked"


@pytest.mark.parametrize(
    ("question_id", "follow_up", "action"),
    [
        ("chest", "now", "emergency"),
        ("clot", "breath", "emergency"),
        ("leg_nerve", "drop", "same_day"),
    ],
)
def test_the_more_urgent_follow_up_comes_first(
    question_id: str, follow_up: str, action: str
) -> None:
    answers = opened(question_id, **{follow_up: True})
    first = evaluate_quick(quick(answers), 34, TODAY).findings[0]
    assert (first.answer_id, first.action) == (f"{question_id}.{follow_up}", action)


@pytest.mark.parametrize("line", LINES)
def test_yes_to_a_line_and_no_to_all_of_it_is_not_clear(line: str) -> None:
    answers: dict[str, Answer] = {f"quick.{line}": True, **dict.fromkeys(LINES[line], False)}
    outcome = evaluate_quick(quick(answers), 34, TODAY)
    (finding,) = outcome.findings
    assert (finding.answer_id, finding.action) == (f"quick.{line}", "not_today")
    assert outcome.state == "blocked"
    assert "not clear" in finding.say
    assert finding.statement.own_proposal
    assert finding.see
    # the next day it is over
    assert evaluate_quick(quick(answers), 34, TODAY + DAY).findings == ()


def test_an_open_line_is_no_no() -> None:
    answers: dict[str, Answer] = {"quick.sudden": None}
    outcome = evaluate_quick(quick(answers), 34, TODAY)
    assert (outcome.state, outcome.missing) == ("unscreened", ("stroke", "vertigo_new"))
    half: dict[str, Answer] = {"quick.sudden": True}
    halfway = evaluate_quick(quick(half), 34, TODAY)
    assert (halfway.state, halfway.missing) == ("blocked", ("stroke", "vertigo_new"))


def test_a_clear_yes_in_one_line_does_not_clear_up_another() -> None:
    answers = {**opened("chest"), "quick.both_legs": True, "ces_legs": False}
    found = evaluate_quick(quick(answers), 34, TODAY).findings
    assert [f.answer_id for f in found] == ["chest", "quick.both_legs"]


def test_a_question_that_says_yes_counts_though_its_line_says_no() -> None:
    outcome = evaluate_quick(quick({"stroke": True}), 34, TODAY)
    assert [f.action for f in outcome.findings] == ["emergency"]


def test_a_quick_check_counts_on_its_day_and_a_warning_longer() -> None:
    later = evaluate_quick(quick(), 34, TODAY + DAY)
    assert later.state == "unscreened"
    assert "that day only" in later.notes[0]
    warned = evaluate_quick(quick(opened("stroke")), 34, TODAY + 5 * DAY)
    assert [f.answer_id for f in warned.findings] == ["stroke"]
    assert evaluate_quick(quick(opened("ill_today")), 34, TODAY + DAY).findings == ()


def test_a_clearance_and_an_event_count_here_too() -> None:
    given_for = Clearance("chest", TODAY, "doctor", "light practice", TODAY + 30 * DAY)
    outcome = evaluate_quick(quick(opened("chest")), 34, TODAY, clearances=[given_for])
    assert (outcome.state, len(outcome.lifted)) == ("restricted", 1)
    fallen = evaluate_quick(quick(), 34, TODAY, events=[HealthEvent("fall", TODAY)])
    assert fallen.state == "unscreened"


def test_a_quick_check_joins_a_full_screen_and_comes_before_it() -> None:
    full = evaluate_quick(quick({**opened("chest"), **opened("ill_today")}), 34, TODAY)
    both = joined(full, evaluate_quick(quick(opened("stroke")), 34, TODAY))
    assert [f.answer_id for f in both.findings] == ["stroke", "chest", "ill_today"]
    assert both.state == "blocked"
    assert "before everything else" in both.notes[0]
    alone = evaluate_quick(quick(opened("stroke")), 34, TODAY)
    assert joined(None, alone) is alone


_LINE_IDS = [f"quick.{line}" for line in LINES]
_QUESTION_IDS = [*EACH, "chest.now", "clot.breath", "leg_nerve.drop"]


@given(
    st.dictionaries(
        st.sampled_from([*_LINE_IDS, *_QUESTION_IDS]), st.sampled_from([True, False, None])
    )
)
def test_nothing_but_six_times_no_or_a_full_no_passes(answers: dict[str, Answer]) -> None:
    outcome = evaluate_quick(Screen(answers, 34, TODAY), 34, TODAY)
    said_yes = any(answer is True for answer in answers.values())
    assert (outcome.state == "blocked") == said_yes
    if outcome.state == "clear":
        for line, names in LINES.items():
            by_question = all(answers.get(name) is False for name in names)
            assert answers.get(f"quick.{line}") is False or by_question
    assert outcome.state in ("blocked", "clear", "unscreened")


# asking


def asked_with(lines_yes: set[str], yes: set[str]) -> tuple[Screen, list[str]]:
    """Somebody who answers; the texts that were asked one by one."""
    heard: list[str] = []
    by_text = {line.text: line.id for line in quick_check().lines}
    texts = {q.text: q.id for q in questions().values()}
    texts |= {f.text: f"{q.id}.{f.id}" for q in questions().values() for f in q.follow_ups}

    def ask(text: str, question: Question | None) -> Answer:
        heard.append(by_text.get(text) or texts[text])
        assert (question is None) == (text in by_text or "." in texts[text])
        return by_text.get(text) in lines_yes or texts.get(text) in yes

    def any_yes(lines: tuple[QuickLine, ...]) -> bool:
        assert len(lines) == 6
        return bool(lines_yes)

    return ask_quick(34, TODAY, any_yes, ask), heard  # type: ignore[arg-type]


def test_no_to_all_at_once_asks_nothing_more() -> None:
    screen, heard = asked_with(set(), set())
    assert (screen, heard) == (all_no(34, TODAY), [])


def test_a_yes_opens_the_lines_and_the_questions_of_a_yes_only() -> None:
    screen, heard = asked_with({"chest_faint"}, {"chest"})
    assert heard == [
        "saddle",
        "both_legs",
        "sudden",
        "chest_faint",
        "chest",
        "chest.now",
        "faint",
        "leg",
        "today",
    ]
    assert screen.answers["chest.now"] is False
    assert [f.answer_id for f in evaluate_quick(screen, 34, TODAY).findings] == ["chest"]


# files


def test_the_template_can_be_filled_in(tmp_path: Path) -> None:
    blank = blank_quick()
    answers = dict.fromkeys(blank["answers"], None)  # type: ignore[arg-type]
    assert set(answers) == {*_LINE_IDS, *_QUESTION_IDS}
    answers.update(dict.fromkeys(_LINE_IDS, False))
    path = tmp_path / "quick.json"
    table = {**blank, "answered_on": TODAY.isoformat(), "answers": answers}
    path.write_text(json.dumps(table))
    assert evaluate_quick(quick_from_file(path, TODAY), None, TODAY).state == "clear"
    with pytest.raises(InputError, match="is of 2026-11-23") as caught:
        quick_from_file(path, TODAY + DAY)
    assert "own day" in caught.value.cause
    path.write_text(json.dumps({**table, "answers": {**answers, "quick.leg": None}}))
    with pytest.raises(InputError, match="leaves open: clot, leg_nerve, pain_now"):
        quick_from_file(path, TODAY)
    with pytest.raises(InputError, match="cannot be read"):
        quick_from_file(tmp_path / "none.json", TODAY)


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        ({"quick.chest": False}, "quick.chest"),
        ({"msk": False}, "msk"),
        ({"quick.today": "no"}, "quick.today"),
        ({"chest": 1}, "chest"),
    ],
)
def test_answers_that_do_not_belong_are_named(answers: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named) as caught:
        check_quick_answers(answers)
    assert caught.value.next_step
    text = json.dumps({"age_y": 34, "answered_on": TODAY.isoformat(), "answers": answers})
    with pytest.raises(InputError, match=named):
        read_quick(text)
