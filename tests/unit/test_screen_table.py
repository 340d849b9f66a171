"""Every answer of the bank, alone and in pairs: exactly its action, in the order of urgency."""

from __future__ import annotations

from itertools import combinations
from typing import get_args

import pytest
from plan_cases import FORBIDDEN, TODAY, firing, harmless, screen_with

from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.fields import KnowledgeError
from evenstance.knowledge.question import BLOCKING, Action, Answer, Mark, Question
from evenstance.knowledge.read_question import question_from
from evenstance.plan.lines import grade_tag
from evenstance.screen.answers import clearable_ids, follow_up_id
from evenstance.screen.evaluate import evaluate
from evenstance.screen.grades import GRADE_BY_MARK, grade_of
from evenstance.screen.types import ScreenOutcome

OLD = 72
# in the order of urgency, within one action in the order of asking: answer id, the answer,
# its action, its restrictions, whether a clearance or clinician mode lifts it
TABLE: tuple[tuple[str, Answer, Action, str, str], ...] = (
    ("ces_saddle", True, "emergency", "", ""),
    ("ces_bladder", True, "emergency", "", ""),
    ("ces_legs", True, "emergency", "", ""),
    ("stroke", True, "emergency", "", ""),
    ("vertigo_new", True, "emergency", "", ""),
    ("chest.now", True, "emergency", "", ""),
    ("head_flag", True, "emergency", "", ""),
    ("clot.breath", True, "emergency", "", ""),
    ("clot", True, "same_day", "", ""),
    ("leg_nerve.drop", True, "same_day", "", ""),
    ("injury.cannot_bear", True, "same_day", "", ""),
    ("mass", 151, "do_not_step_on", "", ""),
    ("chest", True, "clinician", "", "clearance"),
    ("faint", True, "clinician", "", "clearance"),
    ("head_recent", True, "clinician", "", ""),
    ("leg_nerve", True, "clinician", "", "clearance"),
    ("pain_now", True, "clinician", "", "clearance"),
    ("injury", True, "clinician", "", "clearance"),
    ("heart_bp.changed", True, "clinician", "", "clearance"),
    ("heart_bp.limited", True, "clinician", "", "clearance"),
    ("heart_bp.symptoms", True, "clinician", "", "clearance"),
    ("chronic_med.changed", True, "clinician", "", "clearance"),
    ("chronic_med.limited", True, "clinician", "", "clearance"),
    ("chronic_med.symptoms", True, "clinician", "", "clearance"),
    ("msk", True, "clinician", "", "clearance"),
    ("supervised_only", True, "clinician", "", "clearance"),
    ("preg.cleared", False, "clinician", "", "clearance"),
    ("osteo.untreated", True, "clinician", "", "clearance"),
    ("fall_1y.again", True, "clinician", "", "clearance"),
    ("fall_1y.hurt", True, "clinician", "", "clearance"),
    ("fall_1y.blackout", True, "clinician", "", "clearance"),
    ("fall_1y.floor", True, "clinician", "", "clearance"),
    ("fall_worry", "both", "clinician", "", "clearance"),
    ("discharge", True, "clinician", "", "clearance"),
    ("tandem10", False, "clinician", "", "clearance"),
    ("inactive70", True, "clinician", "", "clearance"),
    ("ill_today", True, "not_today", "", ""),
    ("foot_feel", True, "measure_only", "no_eyes_closed no_foam shoes_on", "clinician"),
    ("neuro", True, "measure_only", "", "clinician"),
    ("heart_bp", True, "restrict", "support_lower", ""),
    ("chronic_med", True, "restrict", "support_lower", ""),
    ("chronic_med.sedating", True, "restrict", "one_hand second_adult support_lower", ""),
    ("preg", True, "restrict", "no_eyes_closed no_foam no_hop support_lower", ""),
    ("osteo", True, "restrict", "no_hop no_lunge_depth support_lower supported_only", ""),
    ("fall_1y", True, "restrict", "second_adult support_lower", ""),
    ("fall_worry", "unsteady", "restrict", "second_adult support_lower", ""),
    ("fall_worry", "worried", "restrict", "second_adult support_lower", ""),
)
ORDER = {(name, answer): n for n, (name, answer, *_) in enumerate(TABLE)}
IDS = [f"{name}={answer}" for name, answer, *_ in TABLE]
ROW = pytest.mark.parametrize("row", TABLE, ids=IDS)


def _parent(answer_id: str) -> Question:
    return questions()[answer_id.partition(".")[0]]


def _answers(answer_id: str, answer: Answer) -> dict[str, Answer]:
    """That one answer; its question fires only where the follow-up is not asked otherwise."""
    question = _parent(answer_id)
    answers: dict[str, Answer] = {
        follow_up_id(question, item): not item.fires_on for item in question.follow_ups
    }
    if "." in answer_id:
        # a follow-up that fires on "no" speaks only when its question fires
        needs_parent = answer is False
        answers[question.id] = firing(question) if needs_parent else harmless(question)
    return {**answers, answer_id: answer}


def _outcome(answers: dict[str, Answer], age_y: int = OLD) -> ScreenOutcome:
    return evaluate(screen_with(age_y, answers), None, None, TODAY)


def test_the_table_has_every_question_follow_up_and_choice() -> None:
    expected: set[tuple[str, Answer]] = set()
    for question in questions().values():
        if question.kind == "choice":
            expected |= {(question.id, c.value) for c in question.choices if c.outcome is not None}
        elif question.kind != "age":
            expected.add((question.id, firing(question)))
        expected |= {(follow_up_id(question, i), i.fires_on) for i in question.follow_ups}
    assert set(ORDER) == expected
    assert {action for _, _, action, *_ in TABLE} == set(get_args(Action))


@ROW
def test_each_answer_alone_has_exactly_its_action(
    row: tuple[str, Answer, Action, str, str],
) -> None:
    answer_id, answer, action, restrictions, _ = row
    outcome = _outcome(_answers(answer_id, answer))
    found = [(f.answer_id, f.action) for f in outcome.findings]
    parent = [("preg", "restrict")] if answer_id == "preg.cleared" else []
    assert found == [(answer_id, action), *parent]
    assert " ".join(sorted(outcome.findings[0].restrictions)) == restrictions
    assert outcome.missing == ()
    assert outcome.lifted == ()
    assert outcome.state == {
        **dict.fromkeys(BLOCKING, "blocked"),
        "measure_only": "measure_only",
        "restrict": "restricted",
    }.get(action)


@ROW
def test_what_lifts_an_answer_is_as_the_table_says(
    row: tuple[str, Answer, Action, str, str],
) -> None:
    answer_id, answer, _, _, lifted_by = row
    (finding,) = (
        f for f in _outcome(_answers(answer_id, answer)).findings if f.answer_id == answer_id
    )
    assert finding.clearable == (lifted_by == "clearance")
    assert finding.clinician_mode == (lifted_by == "clinician")
    assert (answer_id in clearable_ids()) >= finding.clearable


def test_the_clearable_answers_are_those_of_the_table() -> None:
    assert set(clearable_ids()) == {name for name, *_, lifted in TABLE if lifted == "clearance"}


@pytest.mark.parametrize("age_y", [0, 15])
def test_too_young_is_for_a_clinician_who_leads_the_practice(age_y: int) -> None:
    (finding,) = _outcome({}, age_y).findings
    assert (finding.answer_id, finding.action) == ("age_min", "clinician")
    assert (finding.clearable, finding.clinician_mode) == (False, True)


def test_of_any_two_answers_both_are_found_and_the_more_urgent_one_comes_first() -> None:
    pairs = 0
    for (first, answer, *_), (second, other, *_) in combinations(TABLE, 2):
        if first == second:
            continue  # two choices of one question
        answers = {**_answers(second, other), **_answers(first, answer)}
        # a follow-up's question must fire where the pair says so
        answers |= {first: answer, second: other}
        found = [f.answer_id for f in _outcome(answers).findings]
        assert found.index(first) < found.index(second), (first, second)
        assert set(found) <= {first, second, "preg"}
        pairs += 1
    assert pairs == len(TABLE) * (len(TABLE) - 1) // 2 - 3


@ROW
def test_what_a_person_is_told_has_a_grade_and_says_what_is_unverified(
    row: tuple[str, Answer, Action, str, str],
) -> None:
    outcome = _outcome(_answers(row[0], row[1]))
    for finding in outcome.findings:
        statement = finding.statement
        assert finding.say in statement.text
        assert finding.see in statement.text
        assert ("Unverified: " in statement.text) == ("M" in finding.marks)
        ours = not finding.sources or bool({"D", "M", "N"} & set(finding.marks))
        assert statement.grade == ("D" if ours else "C")
        assert ("own proposal" in grade_tag(statement)) == ours
        assert FORBIDDEN.search(statement.text) is None
        told = finding.as_dict()["statement"]
        assert isinstance(told, dict)
        assert (told["text"], told["grade"]) == (statement.text, statement.grade)
        assert told["own_proposal"] is ours


@pytest.mark.parametrize(
    ("marks", "sources", "grade"),
    [
        ("V", ["S06"], "C"),
        ("2", ["S15"], "C"),
        ("V2", ["S01", "S16"], "C"),
        ("VD", ["S01"], "D"),
        ("VM", ["S11"], "D"),
        ("NM", ["S10"], "D"),
        ("V", [], "D"),
        ("", ["S06"], "D"),
        ("D", [], "D"),
    ],
)
def test_the_weakest_mark_decides_the_grade(marks: str, sources: list[str], grade: str) -> None:
    assert grade_of(tuple(marks), sources) == grade  # type: ignore[arg-type]


def test_every_mark_has_a_grade_and_none_is_above_c() -> None:
    assert set(GRADE_BY_MARK) == set(get_args(Mark))
    assert set(GRADE_BY_MARK.values()) == {"C", "D"}


# the schema of what a question says about itself

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
    "sources": ["S06"],
    "marks": ["V"],
}


@pytest.mark.parametrize(
    ("changes", "clearable", "clinician_mode"),
    [
        ({}, True, False),
        ({"clearable": False}, False, False),
        ({"clearable": False, "clinician_mode": True}, False, True),
        ({"action": "measure_only"}, False, True),
        ({"action": "measure_only", "clinician_mode": False}, False, False),
        ({"action": "emergency"}, False, False),
        ({"action": "restrict"}, False, False),
    ],
)
def test_what_waits_for_a_clinician_can_be_cleared_unless_the_data_say_no(
    changes: dict[str, object], clearable: bool, clinician_mode: bool
) -> None:
    outcome = question_from({**QUESTION, **changes}, "x", ["S06"], []).outcome
    assert outcome is not None
    assert (outcome.clearable, outcome.clinician_mode) == (clearable, clinician_mode)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        *(
            ({"action": action, "clearable": True}, f"clearance does not lift {action}")
            for action in get_args(Action)
            if action != "clinician"
        ),
        *(
            ({"action": action, "clinician_mode": True}, f"mode does not lift {action}")
            for action in ("emergency", "same_day", "do_not_step_on", "not_today", "restrict")
        ),
        ({"clearable": "yes"}, "clearable must be true or false"),
        ({"marks": ["V", "M"]}, "what is unverified belong together"),
        ({"unverified": "something"}, "what is unverified belong together"),
        ({"marks": ["V", "M"], "unverified": ""}, "what is unverified belong together"),
    ],
)
def test_the_schema_refuses(changes: dict[str, object], message: str) -> None:
    with pytest.raises(KnowledgeError, match=message):
        question_from({**QUESTION, **changes}, "x", ["S06"], [])
