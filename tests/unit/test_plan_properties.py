"""What holds for every screen, step, age and hold: no block past a red flag, both legs alike."""

from __future__ import annotations

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from plan_cases import DOSE, FORBIDDEN, TODAY, clear_answers, two_step, verdict

from evenstance.knowledge.catalogue import exercises, questions
from evenstance.knowledge.question import BLOCKING, Answer
from evenstance.plan.lines import plan_lines
from evenstance.plan.prescribe import make_plan
from evenstance.plan.schedule import one_leg_s
from evenstance.plan.types import NoPlan, PersonResults, Plan
from evenstance.screen.evaluate import evaluate, follow_up_id
from evenstance.screen.types import Screen

_IDS = re.compile(r"\b(" + "|".join(exercises()) + r")\b")
_SCHEDULE = {"weeks", "items", "warm_up", "appointments", "days_per_week", "rungs", "ladder"}
_YES_NO = [q.id for q in questions().values() if q.kind == "yes_no"]
_FOLLOW_UPS = [follow_up_id(q, item) for q in questions().values() for item in q.follow_ups]
_BOOL = st.sampled_from([True, False, None])
_HOLD_S = st.one_of(st.floats(0.0, 60.0), st.floats(5.0, 60.0), st.none())
MAX_ALONE_S = 360


@st.composite
def _screens(draw: st.DrawFn, age_y: int) -> Screen:
    """Mostly harmless answers with a few random ones, so that every state is reached."""
    answers: dict[str, Answer] = dict(clear_answers(age_y))
    answers |= draw(st.dictionaries(st.sampled_from(_YES_NO), _BOOL, max_size=3))
    answers |= {item: draw(_BOOL) for item in _FOLLOW_UPS} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        answers["fall_worry"] = draw(st.sampled_from(["neither", "unsteady", "worried", "both"]))
    return Screen(answers, age_y, TODAY)


@settings(max_examples=250, deadline=None)
@given(
    data=st.data(),
    step=st.sampled_from([3, 3, 3, 0, 1, 2, 4]),
    age_y=st.integers(0, 100),
    left_s=_HOLD_S,
    right_s=_HOLD_S,
    at_cap=st.booleans(),
    side=st.sampled_from(["left", "right"]),
)
def test_no_block_past_a_red_flag_and_both_legs_alike(
    data: st.DataObject,
    step: int,
    age_y: int,
    left_s: float | None,
    right_s: float | None,
    at_cap: bool,
    side: str,
) -> None:
    outcome = evaluate(data.draw(_screens(age_y)), None, None, TODAY)
    person = PersonResults(age_y, left_s, right_s, at_cap)
    plan = make_plan(verdict(step, side), outcome, person, TODAY)
    told = json.dumps(plan.as_dict())
    lines = plan_lines(plan)
    assert max(map(len, lines)) <= 78
    assert FORBIDDEN.search(told + "\n".join(lines)) is None
    if isinstance(plan, NoPlan):
        _check_no_plan(plan, told, lines, outcome.state)
        assert step != 3 or plan.reason_id not in ("more_needed", "seen_once")
        return
    assert step == 3
    assert outcome.state in ("clear", "restricted")
    assert not {f.action for f in outcome.findings} & set(BLOCKING)
    _check_plan(plan, age_y, restricted=outcome.state == "restricted", side=side)


_RESTRICTING = ["heart_bp", "chronic_med", "preg", "osteo", "fall_1y"]


@settings(deadline=None)
@given(
    age_y=st.integers(16, 100),
    restricting=st.sets(st.sampled_from(_RESTRICTING), max_size=2),
    sedating=st.booleans(),
    left_s=st.floats(5.0, 60.0),
    right_s=st.floats(5.0, 60.0),
    at_cap=st.booleans(),
    side=st.sampled_from(["left", "right"]),
)
def test_every_block_keeps_the_rules(
    age_y: int,
    restricting: set[str],
    sedating: bool,
    left_s: float,
    right_s: float,
    at_cap: bool,
    side: str,
) -> None:
    answers: dict[str, Answer] = clear_answers(age_y)
    for name in restricting & set(answers):
        yes = "sedating" if sedating else None
        answers |= two_step(questions()[name], yes)
    outcome = evaluate(Screen(answers, age_y, TODAY), None, None, TODAY)
    person = PersonResults(age_y, left_s, right_s, at_cap)
    plan = make_plan(verdict(3, side), outcome, person, TODAY)
    assert isinstance(plan, Plan)
    restricted = bool(restricting & set(answers))
    assert outcome.state == ("restricted" if restricted else "clear")
    _check_plan(plan, age_y, restricted=restricted, side=side)
    told = json.dumps(plan.as_dict()) + "\n".join(plan_lines(plan))
    assert FORBIDDEN.search(told) is None


def _check_no_plan(plan: NoPlan, told: str, lines: list[str], state: str) -> None:
    assert _IDS.search(told) is None
    assert DOSE.search(told) is None
    assert DOSE.search("\n".join(lines)) is None
    assert not _SCHEDULE & set(plan.as_dict())
    assert plan.next_steps
    if state == "blocked":
        actions = [f.action for f in plan.findings]
        assert plan.reason_id == "blocked"
        assert actions == sorted(actions, key=BLOCKING.index)
        assert ("emergency" in actions) == plan.next_steps[0].text.startswith("EMERGENCY NOW: ")


def _check_plan(plan: Plan, age_y: int, *, restricted: bool, side: str) -> None:
    catalogue = exercises()
    for week in plan.weeks:
        doses = (*week.items, *week.daily)
        assert len(doses) <= 4
        assert week.session_min <= 20
        # the tested position, hands free or supported, is in every session
        assert {"sls_eo", "sls_supported"} & {d.exercise_id for d in week.items}
        for dose in doses:
            exercise = catalogue[dose.exercise_id]
            assert dose.sets_left == dose.sets_right
            assert dose.order in ((), plan.order)
            assert dose.support in exercise.support
            if age_y >= 65 or restricted:
                assert exercise.eyes == "open"
            if restricted:
                assert dose.support != "FREE"
        daily_s = 3 * sum(one_leg_s(catalogue[d.exercise_id], d.rungs[-1]) for d in week.daily)
        assert week.one_leg_s + daily_s <= MAX_ALONE_S
    assert plan.order[0] == side
    assert set(plan.order) == {"left", "right"}


@given(
    action=st.sampled_from(
        [
            q.id
            for q in questions().values()
            if q.outcome is not None and q.outcome.action in BLOCKING and q.kind == "yes_no"
        ]
    ),
    step=st.integers(0, 4),
)
def test_one_blocking_answer_is_enough_whatever_else_is_missing(action: str, step: int) -> None:
    screen = Screen({action: questions()[action].fires_on}, 80, TODAY)
    outcome = evaluate(screen, None, None, TODAY)
    plan = make_plan(verdict(step), outcome, PersonResults(80, 25.0, 25.0, True), TODAY)
    assert isinstance(plan, NoPlan)
    assert plan.reason_id == "blocked"
    _check_no_plan(plan, json.dumps(plan.as_dict()), plan_lines(plan), "blocked")
