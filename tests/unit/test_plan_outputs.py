"""Over screens and results: what any output may hold; blocked means nothing to do anywhere."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import replace

from course_cases import DAY, Said, begun, plan_of, practices
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_cases import DOSE, TODAY, clear_answers, firing, verdict

from evenstance.knowledge.catalogue import exercises, questions
from evenstance.knowledge.exercise import Statement
from evenstance.knowledge.gates import allows
from evenstance.knowledge.question import BLOCKING, Answer
from evenstance.knowledge.words import found
from evenstance.plan.course import Course
from evenstance.plan.history import history
from evenstance.plan.lines import plan_lines
from evenstance.plan.next_step import next_step
from evenstance.plan.person import Person
from evenstance.plan.prescribe import make_plan
from evenstance.plan.types import NoPlan, PersonResults, Plan
from evenstance.report.next_step import next_lines
from evenstance.report.plan_calendar import calendar
from evenstance.report.plan_page import plan_page
from evenstance.screen.evaluate import evaluate
from evenstance.screen.types import Screen

_NAMES = {e.id for e in exercises().values()} | {e.name for e in exercises().values()}
_NAMED = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(_NAMES)))
_GO = re.compile(r"plan start|begins it|Practice today|may begin", re.IGNORECASE)
_ASKED = [q for q in questions().values() if q.kind in ("yes_no", "number")]
_NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)
RUNNING = plan_of(34)
_GUARDED = ("sls_ec", "sls_foam", "hop_hold", "sl_rdl")


@st.composite
def screens(draw: st.DrawFn) -> Screen:
    age_y = draw(st.sampled_from([12, 16, 34, 64, 65, 71, 85]))
    answers: dict[str, Answer] = dict(clear_answers(age_y))
    for question in draw(st.lists(st.sampled_from(_ASKED), max_size=2)):
        answers[question.id] = firing(question)
        for item in question.follow_ups:
            answers[f"{question.id}.{item.id}"] = draw(st.booleans())
    return Screen(answers, age_y, TODAY)


_HOLD_S = st.sampled_from([None, 3.0, 7.0, 14.0, 22.0, 25.0])


@settings(max_examples=120, deadline=None)
@given(
    screen=screens(),
    step=st.sampled_from([0, 1, 2, 3, 3, 3]),
    side=st.sampled_from(["left", "right"]),
    left_s=_HOLD_S,
    right_s=_HOLD_S,
    at_cap=st.booleans(),
    not_scored=st.sampled_from([0, 0, 1, 2]),
    split=st.booleans(),
    n=st.sampled_from([-1, 0, 7, 20, 42, 46, 60, 110]),
    running=st.booleans(),
)
def test_every_output_over_screens_and_results(
    screen: Screen,
    step: int,
    side: str,
    left_s: float | None,
    right_s: float | None,
    at_cap: bool,
    not_scored: int,
    split: bool,
    n: int,
    running: bool,
) -> None:
    outcome = evaluate(screen, None, None, TODAY)
    person = PersonResults(screen.age_y, left_s, right_s, at_cap, None, not_scored, split)
    proposed = make_plan(verdict(step, side), outcome, person, TODAY)
    # the plan began n days ago, so that today is any day of it
    start = TODAY - n * DAY
    plan = plan_of(34) if not running else _moved(start)
    one = begun(plan, practices(plan, "ddd") if n > 7 else (), retest=Said("second_block"))
    course = Course(
        screen=outcome,
        screened_at=None,
        verdict=verdict(step, side),
        proposed=proposed,
        sessions=(),
        plans=(one,) if running else (),
    )
    shown = course.shown
    following = next_step(course, TODAY)
    book = calendar(shown, "Ann", _NOW)
    outputs = [
        *plan_lines(shown),
        json.dumps(shown.as_dict()),
        *next_lines(following),
        json.dumps(following.as_dict()),
        book.decode(),
        json.dumps([block.as_dict() for block in history(course, TODAY)]),
    ]
    if isinstance(shown, Plan):
        outputs.append(plan_page(shown, "Ann"))
    told = "\n".join(outputs)
    assert not found(told)
    if outcome.state == "blocked":
        assert isinstance(shown, NoPlan)
        _nothing_to_do(told, book)
        if any(f.action == "emergency" for f in outcome.findings):
            first = following.statements[0].text
            assert first.startswith("EMERGENCY NOW: ")
            assert shown.next_steps[0].text == first
            assert plan_lines(shown)[0].startswith("- EMERGENCY NOW: ")
    if isinstance(proposed, Plan):
        assert not {f.action for f in outcome.findings} & set(BLOCKING)
        _check(proposed, step, side)
    elif not running:
        assert b"VEVENT" not in book
    _graded(json.loads(json.dumps(shown.as_dict())))


def _moved(start: datetime.date) -> Plan:

    return replace(RUNNING, starts_on=start, first_start=start)


def _nothing_to_do(told: str, book: bytes) -> None:
    assert _NAMED.search(told) is None, _NAMED.search(told)
    assert DOSE.search(told) is None, DOSE.search(told)
    assert _GO.search(told) is None, _GO.search(told)
    assert b"VEVENT" not in book


def _check(plan: Plan, step: int, side: str) -> None:
    doses = [(w, d) for w in plan.weeks for d in (*w.items, *w.daily)]
    if plan.kind == "balance_block":
        assert step == 3
        assert plan.difference is not None
        assert plan.order[0] == plan.difference.less_steady == side
    else:
        assert plan.difference is None
    assert set(plan.order) == {"left", "right"}
    kind = "block" if plan.kind == "balance_block" else "practice"
    for week, dose in doses:
        assert len((*week.items, *week.daily)) <= 4
        assert dose.sets_left == dose.sets_right
        assert dose.order in ((), plan.order)
        exercise = exercises()[dose.exercise_id]
        assert allows(exercise.gates, _facts(plan.person), kind)  # type: ignore[arg-type]
        if plan.kind == "general_practice" or plan.person.age_y >= 65:
            assert dose.exercise_id not in _GUARDED
    assert all(week.session_min <= 20 for week in plan.weeks)
    assert all(
        {"sls_eo", "sls_supported"} & {d.exercise_id for d in week.items} for week in plan.weeks
    )


def _facts(person: Person) -> object:
    return person.facts


def _graded(value: object) -> None:
    """Every sentence carries a grade, and a source where it is no proposal of ours."""
    if isinstance(value, dict):
        if "grade" in value:
            said = Statement(value["text"], value["grade"], tuple(value["sources"]))
            assert said.grade in "ABCD"
            assert said.sources or said.own_proposal
        for item in value.values():
            _graded(item)
    elif isinstance(value, list):
        for item in value:
            _graded(item)
