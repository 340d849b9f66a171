"""The stage of a person: up, down, hand support, idle weeks, and what is counted."""

from __future__ import annotations

import pytest
from course_cases import DAY, MONDAY, outcome, plan_of, practices, told
from hypothesis import given, settings
from hypothesis import strategies as st

from evenstance.knowledge.catalogue import exercises
from evenstance.knowledge.exercise import SUPPORT_LADDER
from evenstance.plan.doses import daily_doses, stage_of, todays_doses
from evenstance.plan.practice import REASONS, Practice
from evenstance.plan.prescribe import Options
from evenstance.plan.progress import standing

YOUNG, OLD = plan_of(34), plan_of(70)
END = MONDAY + 41 * DAY


@pytest.mark.parametrize(
    ("states", "until", "stage"),
    [
        ("", 0, 1),
        ("dd", 6, 1),  # two complete ones, and the first week is not over
        ("dd", 7, 2),
        ("ddd", 7, 2),
        ("dddddd", 14, 3),
        ("d" * 18, 41, 6),  # a stage a week is the fastest
        ("d", 10, 1),
        ("dpd", 10, 1),  # time was short: the run begins anew
        ("dmd", 10, 2),  # a missed one changes nothing
        ("d1d", 10, 1),  # one touch-down is not complete
        ("dddhh", 13, 1),  # 2, then two that were too hard
        ("dddhd", 13, 2),  # one alone fails nothing
        ("dddtt", 13, 1),
        ("dddxx", 13, 1),
        ("dddhp", 13, 2),  # a short one ends the failed run, too
        ("dddddd", 28, 2),  # 3, then 14 days of nothing since day 11
        ("dddddd" + "-" * 12, 41, 1),  # and 14 more
        ("dddn", 9, 1),  # at once after a near-fall
        ("", 41, 1),  # never below the first
    ],
)
def test_the_stage(states: str, until: int, stage: int) -> None:
    today = MONDAY + until * DAY
    assert standing(YOUNG, practices(YOUNG, states), today).stage == stage


@pytest.mark.parametrize(
    ("plan", "states", "extra", "stage"),
    [
        (YOUNG, "n", 1, 1),
        (OLD, "n", 2, 1),
        (YOUNG, "ndd", 0, 1),
        (OLD, "ndd", 1, 1),
        (OLD, "ndddd", 0, 1),
        (YOUNG, "ndddd", 0, 2),  # the support first, the stage after it
        (OLD, "nnn", 4, 1),
        (YOUNG, "nd", 1, 1),
    ],
)
def test_hand_support_after_a_near_fall(plan: object, states: str, extra: int, stage: int) -> None:
    assert plan in (YOUNG, OLD)
    found = standing(plan, practices(plan, states), MONDAY + 20 * DAY)  # type: ignore[arg-type]
    assert (found.extra_support, found.stage) == (extra, stage)


def test_more_hand_support_is_in_todays_doses() -> None:
    before = todays_doses(OLD, standing(OLD, (), MONDAY))
    after = todays_doses(OLD, standing(OLD, practices(OLD, "n"), MONDAY + DAY))
    assert [d.exercise_id for d in before] == [d.exercise_id for d in after]
    for dose, held in zip(before, after, strict=True):
        if dose.support == "NONE":
            assert held.support == "NONE"
            continue
        allowed = exercises()[dose.exercise_id].support
        least = min(SUPPORT_LADDER.index(s) for s in allowed if s != "NONE")
        wanted = max(least, SUPPORT_LADDER.index(dose.support) - 2)
        assert SUPPORT_LADDER.index(held.support) <= max(wanted, least)
        assert held.support in allowed


def test_a_near_fall_pain_and_fear_ask_for_the_screen() -> None:
    for letter, needed in (("n", True), ("x", True), ("f", True), ("h", False), ("m", False)):
        found = standing(YOUNG, [told(MONDAY, letter)], MONDAY)
        assert found.needs_screen is needed, letter
    pain = standing(YOUNG, [Practice(MONDAY, "partly", "pain")], MONDAY)
    assert pain.needs_screen


def test_what_is_counted_is_sessions_not_streaks() -> None:
    found = standing(YOUNG, practices(YOUNG, "dmp-d"), MONDAY + 11 * DAY)
    assert (found.done, found.partly, found.missed) == (2, 1, 1)
    # five days are over; the sixth is today and nothing was told of it
    assert (found.planned_so_far, found.planned, found.not_done) == (5, 18, 2)
    assert found.last_practice == MONDAY + 9 * DAY


def test_practice_after_today_counts_for_nothing() -> None:
    later = practices(YOUNG, "dddddd")
    assert standing(YOUNG, later, MONDAY - DAY).done == 0


def test_a_second_block_begins_at_the_stage_reached_and_may_go_down() -> None:
    options = Options(
        block_number=2, first_start=MONDAY - 56 * DAY, first_stage=4, calendar_weeks=4
    )
    plan = plan_of(34, options)
    assert standing(plan, (), MONDAY).stage == 4
    assert standing(plan, practices(plan, "dd"), MONDAY + 7 * DAY).stage == 5
    assert standing(plan, practices(plan, "hh"), MONDAY + 7 * DAY).stage == 3
    assert standing(plan, practices(plan, "hhhh"), MONDAY + 9 * DAY).stage == 2
    assert len(practices(plan, "d" * 18)) == 12


def test_a_stricter_screen_takes_out_what_it_forbids() -> None:
    last = standing(YOUNG, practices(YOUNG, "d" * 18), END)
    assert "sls_ec" in [d.exercise_id for d in stage_of(YOUNG, last.stage).items]
    changed = outcome(34, MONDAY, {"preg": True, "preg.cleared": True})
    assert changed.state == "restricted"
    kept = todays_doses(YOUNG, last, changed)
    assert "sls_ec" not in [d.exercise_id for d in kept]
    assert all(d.support != "FREE" for d in kept)
    same = todays_doses(YOUNG, last, outcome())
    assert same == stage_of(YOUNG, last.stage).items
    assert daily_doses(YOUNG, last, changed) == ()


@st.composite
def random_practice(draw: st.DrawFn) -> tuple[Practice, ...]:
    days = draw(st.lists(st.integers(0, 41), unique=True, max_size=20))
    found: list[Practice] = []
    for n in sorted(days):
        state = draw(st.sampled_from(["done", "done", "partly", "missed"]))
        found.append(
            Practice(
                MONDAY + n * DAY,
                state,  # type: ignore[arg-type]
                None if state == "done" else draw(st.sampled_from(REASONS)),
                near_fall=state != "missed" and draw(st.integers(0, 9)) == 0,
                touch_downs=draw(st.sampled_from([None, 0, 1, 3])),
                pain=draw(st.sampled_from([None, 0, 3, 5])),
            )
        )
    return tuple(found)


@settings(max_examples=150, deadline=None)
@given(told_so_far=random_practice(), n=st.integers(0, 60), plan=st.sampled_from([YOUNG, OLD]))
def test_any_practice_leaves_a_stage_no_faster_than_the_calendar(
    told_so_far: tuple[Practice, ...], n: int, plan: object
) -> None:
    assert plan in (YOUNG, OLD)
    today = MONDAY + n * DAY
    found = standing(plan, told_so_far, today)  # type: ignore[arg-type]
    assert 1 <= found.stage <= min(6, 1 + n // 7)
    assert 0 <= found.extra_support <= 4
    assert found.planned_so_far <= found.planned == 18
    for dose in todays_doses(plan, found):  # type: ignore[arg-type]
        assert dose.sets_left == dose.sets_right
        assert dose.support in exercises()[dose.exercise_id].support
    # the tested hold stays
    names = {d.exercise_id for d in todays_doses(plan, found)}  # type: ignore[arg-type]
    assert names & {"sls_eo", "sls_supported"}
    more = (*told_so_far, Practice(today, "done", near_fall=True))
    worse = standing(plan, [p for p in more if p.day <= today], today)  # type: ignore[arg-type]
    assert worse.stage <= found.stage


def test_idle_time_is_counted_from_what_was_done() -> None:
    missed = practices(YOUNG, "dddmmmmmm")
    assert standing(YOUNG, missed, MONDAY + 17 * DAY).stage == 2
    assert standing(YOUNG, missed, MONDAY + 18 * DAY).stage == 1
