"""When there is a block, what it holds, and when there is none."""

from __future__ import annotations

import datetime
import json

import pytest
from plan_cases import (
    DOSE,
    FORBIDDEN,
    TODAY,
    clear_answers,
    results,
    screen_with,
    two_step,
    verdict,
)

from evenstance.knowledge.catalogue import exercises, questions
from evenstance.knowledge.exercise import SUPPORT_LADDER
from evenstance.knowledge.question import Answer
from evenstance.plan.lines import plan_lines
from evenstance.plan.prescribe import make_plan
from evenstance.plan.types import NoPlan, PersonResults, Plan
from evenstance.screen.evaluate import evaluate
from evenstance.screen.types import Screen, ScreenOutcome


def _outcome(age_y: int, changes: dict[str, Answer] | None = None) -> ScreenOutcome:
    return evaluate(screen_with(age_y, changes), None, None, TODAY)


def _plan(
    age_y: int,
    person: PersonResults,
    changes: dict[str, Answer] | None = None,
    less_steady: str = "left",
) -> Plan:
    plan = make_plan(verdict(3, less_steady), _outcome(age_y, changes), person, TODAY)
    assert isinstance(plan, Plan)
    return plan


def _table(plan: Plan) -> list[list[tuple[str, list[str]]]]:
    return [
        [(d.exercise_id, [r.text.split("/")[0] for r in d.rungs]) for d in (*w.items, *w.daily)]
        for w in plan.weeks
    ]


CASE_A = results(34, 25.0, 25.0, at_cap=True)
STABLE_HEART = two_step(questions()["heart_bp"])
SEDATING = two_step(questions()["chronic_med"], "sedating")


def test_worked_case_of_a_clear_screen_and_holds_at_the_cap() -> None:
    plan = _plan(34, CASE_A)
    assert _table(plan) == [
        [("sls_eo", ["3x30 s"]), ("lift_off", ["2x4 rep"]), ("calf_raise", ["2x10 rep"])],
        [("sls_eo", ["3x45 s"]), ("lift_off", ["3x5 rep"]), ("calf_raise", ["3x12 rep"])],
        [
            ("sls_eo", ["2x60 s"]),
            ("sls_head", ["2x10 s", "3x15 s"]),
            ("hip_abd_side", ["2x8 rep"]),
        ],
        [("sls_eo", ["1x60 s"]), ("sls_head", ["3x20 s"]), ("sls_reach", ["2x4 rep"])],
        [("sls_eo", ["1x60 s"]), ("sls_head", ["3x30 s"]), ("sls_reach", ["3x6 rep"])],
        [("sls_eo", ["1x60 s"]), ("sls_reach", ["3x8 rep"]), ("sls_ec", ["3x5 s", "3x8 s"])],
    ]
    assert [d.exercise_id for d in plan.warm_up] == ["g_walk", "g_leg_swings"]
    total_min = 3 * sum(week.one_leg_s for week in plan.weeks) / 60
    assert 45 <= total_min <= 55
    assert plan.order == ("left", "right")
    found = plan.difference
    assert found is not None
    assert (found.difference_pct, found.interval_low_pct, found.interval_high_pct) == (
        22.0,
        12.0,
        31.0,
    )


def test_worked_case_of_71_years_with_14_and_22_seconds() -> None:
    plan = _plan(71, results(71, 14.0, 22.0))
    assert _table(plan)[0][:2] == [("sls_supported", ["3x10 s"]), ("tandem", ["2x10 s"])]
    assert _table(plan)[3][0] == ("sls_eo", ["3x10 s"])
    assert _table(plan)[4][0] == ("sls_eo", ["3x10 s", "3x15 s"])
    assert _table(plan)[5][0] == ("sls_eo", ["3x15 s"])
    text = "\n".join(plan_lines(plan))
    assert "second adult" in text
    assert "ask for one near you" in text


def test_holds_below_the_cap_start_near_seventy_per_cent_and_climb_a_rung_a_week() -> None:
    plan = _plan(40, results(40, 22.0, 19.0))
    climb = [row[0] for row in _table(plan)]
    # 70 % of 19 s is 13.3 s, nearest rung 15 s
    texts = ["3x15 s", "3x20 s", "3x30 s", "3x45 s", "2x60 s", "2x60 s"]
    assert climb == [("sls_eo", [text]) for text in texts]


@pytest.mark.parametrize("age_y", [34, 71])
def test_short_holds_begin_with_a_hand_on_the_surface(age_y: int) -> None:
    plan = _plan(age_y, results(age_y, 9.9, 20.0))
    assert [row[0][0] for row in _table(plan)] == ["sls_supported"] * 5 + ["sls_eo"]
    assert plan.weeks[0].items[0].support == "SUP1"
    median_short = PersonResults(age_y, 25.0, 25.0, True, 9.0)
    assert _plan(age_y, median_short).rule_id == "short_hold"


@pytest.mark.parametrize(
    ("age_y", "changes", "at_cap", "allowed"),
    [
        (34, None, True, True),
        (64, None, True, True),
        (65, None, True, False),
        (34, STABLE_HEART, True, False),
        (34, None, False, False),
        (34, {"preg": True, "preg.cleared": True}, True, False),
    ],
)
def test_eyes_close_only_where_the_conditions_hold(
    age_y: int, changes: dict[str, Answer] | None, at_cap: bool, allowed: bool
) -> None:
    plan = _plan(age_y, results(age_y, 25.0, 25.0, at_cap=at_cap), changes)
    assert ("sls_ec" in json.dumps(plan.as_dict())) is allowed


def test_a_restriction_takes_every_support_one_rung_lower() -> None:
    free, held = _plan(34, CASE_A), _plan(34, CASE_A, STABLE_HEART)
    supports = {"FREE": "FT1", "FT1": "FT2", "FT2": "SUP1", "NONE": "NONE"}
    for week, held_week in zip(free.weeks[:5], held.weeks[:5], strict=True):
        for dose, held_dose in zip(week.items, held_week.items, strict=True):
            assert held_dose.support == supports[dose.support]


def test_a_sedating_medicine_asks_for_a_whole_hand() -> None:
    for week in _plan(34, CASE_A, SEDATING).weeks:
        assert {d.support for d in week.items} <= {"SUP1", "SUP2", "NONE"}


def test_from_65_head_turns_and_reach_keep_a_fingertip() -> None:
    plan = _plan(68, results(68, 25.0, 25.0, at_cap=True))
    kept = [d for w in plan.weeks for d in w.items if d.exercise_id in ("sls_head", "sls_reach")]
    assert kept
    assert all(SUPPORT_LADDER.index(d.support) <= SUPPORT_LADDER.index("FT1") for d in kept)


def test_appointments() -> None:
    due = {a.kind: (a.not_before - TODAY).days for a in _plan(34, CASE_A).appointments[:4]}
    assert due == {"look": 20, "pause": 42, "retest": 44, "stop_block": 84}
    text = "\n".join(plan_lines(_plan(34, CASE_A)))
    for words in ("48 h", "no verdict", "at least two days", "Stop at 12 weeks"):
        assert words in " ".join(text.split())


def test_the_right_leg_goes_first_when_it_is_less_steady() -> None:
    plan = _plan(34, CASE_A, less_steady="right")
    assert plan.order == ("right", "left")
    assert plan.weeks[0].items[0].order == ("right", "left")
    assert plan.difference is not None
    assert plan.difference.difference_pct == 22.0


def test_every_sentence_has_a_grade_and_every_citation_resolves() -> None:
    plan = _plan(71, results(71, 14.0, 22.0))
    listed = {source.id for source in plan.sources}
    seen = 0

    def walk(value: object) -> None:
        nonlocal seen
        if isinstance(value, dict):
            if "grade" in value:
                seen += 1
                assert value["grade"] in "ABCD"
                assert value["own_proposal"] is (value["grade"] == "D")
                assert set(value["sources"]) <= listed
                assert value["sources"] or value["grade"] == "D"
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(json.loads(json.dumps(plan.as_dict())))
    assert seen > 100
    assert "own proposal" in "\n".join(plan_lines(plan))


@pytest.mark.parametrize(
    ("step", "reason"),
    [(0, "more_needed"), (1, "nothing_to_correct"), (2, "seen_once"), (4, "red_flag")],
)
def test_other_steps_yield_no_block(step: int, reason: str) -> None:
    plan = make_plan(verdict(step), _outcome(34), CASE_A, TODAY)
    assert isinstance(plan, NoPlan)
    assert plan.reason_id == reason
    assert verdict(step).text in [said.text for said in plan.next_steps]


def test_seen_once_asks_for_another_day_without_practice() -> None:
    plan = make_plan(verdict(2), _outcome(34), CASE_A, TODAY)
    text = " ".join(plan_lines(plan))
    assert "another day" in text
    assert "48 h" in text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (None, "no screening answers"),
        (evaluate(screen_with(34, {"chest": None}), None, None, TODAY), "Still open: chest"),
        (
            evaluate(Screen(clear_answers(34), 34, TODAY), None, None, TODAY, when="each"),
            "quick check",
        ),
        (
            evaluate(screen_with(34), None, None, TODAY + datetime.timedelta(days=91)),
            "91 days old",
        ),
    ],
)
def test_without_a_full_screen_there_is_no_plan(outcome: ScreenOutcome | None, words: str) -> None:
    plan = make_plan(verdict(3), outcome, CASE_A, TODAY)
    assert isinstance(plan, NoPlan)
    assert plan.reason_id == "not_screened"
    assert words in " ".join(said.text for said in plan.next_steps)


def test_a_screen_for_another_age_or_an_old_outcome_does_not_count() -> None:
    older = make_plan(verdict(3), _outcome(64), results(65, 25.0, 25.0, at_cap=True), TODAY)
    later = TODAY + datetime.timedelta(days=91)
    stale = make_plan(verdict(3), _outcome(34), CASE_A, later)
    assert [p.reason_id for p in (older, stale) if isinstance(p, NoPlan)] == ["not_screened"] * 2


def test_measure_only_yields_no_plan() -> None:
    plan = make_plan(verdict(3), _outcome(34, {"foot_feel": True}), CASE_A, TODAY)
    assert isinstance(plan, NoPlan)
    assert plan.reason_id == "measure_only"


def test_blocked_names_whom_to_see_emergency_first() -> None:
    outcome = _outcome(34, {"msk": True, "stroke": True})
    plan = make_plan(verdict(3), outcome, CASE_A, TODAY)
    assert isinstance(plan, NoPlan)
    assert plan.next_steps[0].text.startswith("EMERGENCY NOW: ")
    assert "emergency number" in plan.next_steps[0].text
    assert "Your doctor or physiotherapist" in plan.next_steps[1].text
    assert DOSE.search(" ".join(plan_lines(plan))) is None


@pytest.mark.parametrize(
    ("left_s", "right_s", "reason"),
    [
        (None, 25.0, "hold_unknown"),
        (25.0, None, "hold_unknown"),
        (4.9, 25.0, "hold_too_short"),
        (25.0, 0.0, "hold_too_short"),
    ],
)
def test_holds_decide_after_the_screen(
    left_s: float | None, right_s: float | None, reason: str
) -> None:
    person = PersonResults(34, left_s, right_s, False)
    plan = make_plan(verdict(3), _outcome(34), person, TODAY)
    assert isinstance(plan, NoPlan)
    assert plan.reason_id == reason


def test_no_less_steady_leg_no_plan() -> None:
    plan = make_plan(verdict(3, None), _outcome(34), CASE_A, TODAY)
    assert isinstance(plan, NoPlan)
    assert plan.reason_id == "leg_unknown"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_impossible_hold_times_raise(value: float) -> None:
    with pytest.raises(ValueError, match="hold time"):
        make_plan(verdict(3), _outcome(34), PersonResults(34, value, 20.0, False), TODAY)


@pytest.mark.parametrize(
    "person",
    [
        CASE_A,
        results(68, 25.0, 25.0, at_cap=True),
        results(71, 14.0, 22.0),
        results(40, 7.0, 9.0),
        results(40, 24.9, 24.0),
    ],
)
def test_lines_fit_and_keep_to_the_words(person: PersonResults) -> None:
    assert person.age_y is not None
    plan = _plan(person.age_y, person)
    lines = plan_lines(plan)
    assert max(map(len, lines)) <= 78
    assert FORBIDDEN.search("\n".join(lines)) is None
    assert FORBIDDEN.search(json.dumps(plan.as_dict())) is None
    for week in plan.weeks:
        assert 8 <= week.session_min <= 20
        names = {exercises()[d.exercise_id].name for d in (*week.items, *week.daily)}
        assert len(names) == len(week.items) + len(week.daily)
