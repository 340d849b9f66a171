from __future__ import annotations

import dataclasses
import datetime
import json
import math
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ladder_cases import LESS_STEADY, STEADY, session

from evenstance.decision.ladder import decide
from evenstance.decision.parameters import PRIMARY_METRIC, PrimaryMetric
from evenstance.decision.types import (
    Comparison,
    ScreenState,
    SessionHolds,
    Verdict,
    to_json,
)
from evenstance.metrics.asymmetry import pct_larger
from evenstance.reliability.defaults import Assumed

day = st.dates(datetime.date(2026, 1, 1), datetime.date(2026, 1, 6))


def histories(values: st.SearchStrategy[float]) -> st.SearchStrategy[list[SessionHolds]]:
    leg = st.lists(values, max_size=6).map(tuple)
    one = st.builds(
        SessionHolds,
        session_id=st.sampled_from("abc"),
        day=day,
        familiarisation=st.booleans(),
        conditions=st.sampled_from(["barefoot", "shoes"]),
        left_n=leg,
        right_n=leg,
        invalid=st.integers(0, 3),
    )
    return st.lists(one, max_size=6)


NOT_COMPARED = ("no_sessions", "familiarisation_only", "too_few_holds", "red_flag")
any_history = histories(st.floats(min_value=5e-324, allow_infinity=False))
real_history = histories(st.floats(1.0, 50.0))
any_screen = st.sampled_from(get_args(ScreenState))
not_blocked = st.sampled_from([s for s in get_args(ScreenState) if s != "blocked"])


def compared(verdict: Verdict) -> Comparison:
    assert verdict.comparison is not None
    return verdict.comparison


# ---- whole courses -------------------------------------------------------------------------


def test_a_person_with_a_difference_climbs_the_ladder_session_by_session() -> None:
    history = [session(on=1, familiarisation=True)]
    history += [session(STEADY, LESS_STEADY, on=k) for k in (3, 5, 7)]
    reached = [decide(history[:k], "clear") for k in range(5)]
    assert [(v.step, v.reason) for v in reached] == [
        (0, "no_sessions"),
        (0, "familiarisation_only"),
        (2, "seen_once"),
        (2, "third_session_needed"),
        (3, "difference"),
    ]
    c = compared(reached[-1])
    expected = pct_larger(math.prod(STEADY) ** (1 / 3), math.prod(LESS_STEADY) ** (1 / 3))
    assert c.difference_pct == pytest.approx(expected)
    assert c.difference_pct == pytest.approx(pct_larger(c.left_n, c.right_n))
    assert c.less_steady == "right"
    assert 0 < c.strict_low_pct < c.interval_low_pct < expected < c.interval_high_pct < 100
    assert (c.holds_left, c.holds_right, len(c.sessions)) == (9, 9, 3)
    assert (c.same_side_sessions, c.same_side_days) == (3, 3)
    assert "assumed" in c.within_leg_cv_source
    assert c.between_session_sd_source.startswith("assumed")
    assert [item.reason for item in reached[-1].left_out] == ["familiarisation"]
    assert "2026-01-01" in reached[-1].notes[0]


def test_equal_legs_stay_at_no_difference() -> None:
    history = [session((5.0, 5.6, 4.5), (4.6, 5.3, 5.1), on=k) for k in (1, 2, 3)]
    for n in (1, 2, 3):
        verdict = decide(history[:n], "clear")
        assert (verdict.step, verdict.reason) == (1, "interval_includes_zero")
        assert compared(verdict).less_steady is None
        assert not verdict.block_allowed
        assert "No difference between the legs that this board can see" in verdict.text


def test_a_clear_but_small_difference_is_not_acted_on() -> None:
    history = [session((5.0,) * 20, (5.5,) * 20, on=k) for k in (1, 2, 3)]
    verdict = decide(history, "clear")
    assert (verdict.step, verdict.reason) == (1, "small_but_consistent")
    assert compared(verdict).less_steady == "right"
    assert "small but consistent" in verdict.text
    assert "our proposal" in verdict.text


def test_the_limit_itself_is_a_difference_and_judged_as_printed() -> None:
    def history(larger: float) -> list[SessionHolds]:
        return [session((8.5,) * 30, (larger,) * 30, on=k) for k in (1, 2, 3)]

    assert decide(history(10.0)).reason == "difference"
    printed_as_15_0 = decide(history(8.5 / (1 - 0.1496)))
    printed_as_14_9 = decide(history(8.5 / (1 - 0.1494)))
    assert (printed_as_15_0.reason, printed_as_14_9.reason) == (
        "difference",
        "small_but_consistent",
    )
    assert "15.0 %" in printed_as_15_0.text
    assert "14.9 %" in printed_as_14_9.text


def test_the_sides_of_two_of_three_sessions_are_enough_if_days_differ() -> None:
    other = session(LESS_STEADY, (6.4, 6.6, 6.8), on=2)
    strong = ((4.0, 4.2, 4.1), (8.0, 8.2, 8.1))
    across = [session(*strong, on=1), other, session(*strong, on=3)]
    assert decide(across).reason == "difference"
    same_day = [session(*strong, on=1), session(*strong, on=1), other]
    assert decide(same_day).reason == "one_day_only"


def test_sessions_that_contradict_each_other_are_re_tested() -> None:
    history = [session((3.0,) * 20, (9.0,) * 20, on=1), session((5.5,) * 20, (5.0,) * 20, on=2)]
    verdict = decide(history)
    assert (verdict.step, verdict.reason) == (2, "sides_disagree")
    assert "1 of 2 sessions" in verdict.text


# ---- what counts ---------------------------------------------------------------------------


def test_two_holds_on_one_leg_are_too_few_and_the_sentence_says_so() -> None:
    verdict = decide([dataclasses.replace(session(STEADY, (5.0, 5.1)), invalid=1)], "clear")
    assert (verdict.step, verdict.reason, verdict.comparison) == (0, "too_few_holds", None)
    assert "3 valid holds on the left leg and 2 on the right (1 invalid)" in verdict.text
    assert [item.reason for item in verdict.left_out] == ["too_few_holds"]


def test_only_the_latest_conditions_are_pooled() -> None:
    history = [session(STEADY, LESS_STEADY, on=k) for k in (1, 2, 3)]
    history.append(session(on=4, conditions="shoes"))
    verdict = decide(history)
    assert [part.session_id for part in compared(verdict).sessions] == ["day-4"]
    assert compared(verdict).conditions == "shoes"
    assert [item.reason for item in verdict.left_out] == ["other_conditions"] * 3


def test_a_session_that_does_not_count_does_not_set_the_conditions() -> None:
    history = [session(on=1), session((5.0,), (5.0,), on=2, conditions="shoes")]
    verdict = decide(history)
    assert compared(verdict).conditions == "barefoot"
    assert [item.reason for item in verdict.left_out] == ["too_few_holds"]


def test_only_the_latest_three_sessions_are_pooled() -> None:
    history = [session(STEADY, LESS_STEADY, on=k) for k in (1, 2)]
    history += [session(on=k) for k in (3, 4, 5)]
    verdict = decide(history)
    assert verdict.reason == "interval_includes_zero"
    assert [part.session_id for part in compared(verdict).sessions] == ["day-3", "day-4", "day-5"]
    assert [item.reason for item in verdict.left_out] == ["older", "older"]
    assert decide(list(reversed(history))) == verdict


def test_what_was_left_out_is_no_part_of_the_comparison() -> None:
    history = [session(STEADY, LESS_STEADY, on=k) for k in (2, 3, 4)]
    extra = [
        session((90.0,) * 9, (1.0,) * 9, on=1, familiarisation=True),
        session((90.0, 90.0), (1.0, 1.0), on=3),
        session((90.0,) * 9, (1.0,) * 9, on=2, conditions="shoes"),
    ]
    assert decide(history + extra).comparison == decide(history).comparison


@pytest.mark.parametrize("bad", [0.0, -0.1, math.nan, math.inf])
def test_a_force_sd_that_cannot_be_is_an_error(bad: float) -> None:
    for holds in ((STEADY, (5.0, bad)), ((bad,), STEADY)):
        with pytest.raises(ValueError, match="finite number > 0"):
            decide([session(*holds)])
        with pytest.raises(ValueError, match="finite number > 0"):
            decide([session(*holds, familiarisation=True)])


def test_force_sd_alone_decides() -> None:
    other = dataclasses.replace(session(STEADY, LESS_STEADY), metric="hold_time_s")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="hold_time_s decides nothing"):
        decide([other, session()])
    assert get_args(PrimaryMetric) == (PRIMARY_METRIC, "force_sd_droop_corrected_n")
    assert compared(decide([session()])).metric == PRIMARY_METRIC


def test_force_sd_with_and_without_the_filters_loss_is_never_mixed() -> None:
    plain, later = session(on=1), session(on=2)
    given_back = dataclasses.replace(plain, metric="force_sd_droop_corrected_n")
    assert compared(decide([given_back])).metric == "force_sd_droop_corrected_n"
    with pytest.raises(ValueError, match="are not pooled"):
        decide([given_back, later])


def test_a_personal_between_session_sd_takes_the_place_of_the_assumed_one() -> None:
    history = [session(STEADY, LESS_STEADY, on=k) for k in (1, 2, 3)]
    own = Assumed(value_pct=20.0, origin="5 own sessions", label="own")
    there, here = decide(history), decide(history, between_session=own)
    assert there.reason == "difference"
    assert here.reason == "strict_interval_includes_zero"
    c = compared(here)
    assert (c.between_session_sd_pct, c.between_session_sd_source) == (20.0, "own: 5 own sessions")
    for bad in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="between-session"):
            decide(history, between_session=dataclasses.replace(own, value_pct=bad))


def test_holds_that_scatter_hide_what_is_less_than_a_difference() -> None:
    wild = (3.6, 5.0, 7.0)
    for n in (1, 2, 3):
        verdict = decide([session(wild, wild, on=k) for k in range(1, n + 1)], "clear")
        assert (verdict.step, verdict.reason) == (0, "holds_scatter")
        assert not verdict.block_allowed
        assert verdict.holds_needed is not None
        assert "More holds are needed" in verdict.text
        assert f"{compared(verdict).within_leg_cv_pct:.1f} % (CV)" in verdict.text


def test_a_large_difference_stands_at_a_cv_a_little_above_the_limit() -> None:
    def history(s: float) -> list[SessionHolds]:
        left = [5.0 * math.exp(x) for x in (-s, 0.0, s)]
        return [session(left, [2.0 * x for x in left], on=k) for k in (1, 2, 3)]

    within, beyond = decide(history(0.19)), decide(history(0.24))
    assert within.reason == "difference"
    assert 15.0 < compared(within).within_leg_cv_pct <= 18.0
    assert beyond.reason == "holds_scatter"
    assert compared(beyond).within_leg_cv_pct > 18.0


def test_an_unknown_screen_state_is_an_error_never_a_pass() -> None:
    with pytest.raises(ValueError, match="screen"):
        decide([], "Blocked")  # type: ignore[arg-type]


def test_a_red_flag_comes_before_everything() -> None:
    for history in ([], [session()], [session((math.nan,), STEADY)]):
        verdict = decide(history, "blocked")
        assert (verdict.step, verdict.reason, verdict.comparison) == (4, "red_flag", None)
        assert not verdict.block_allowed


# ---- properties ----------------------------------------------------------------------------


@given(any_history, any_screen)
def test_any_positive_values_give_a_verdict(
    history: list[SessionHolds], screen: ScreenState
) -> None:
    verdict = decide(history, screen)
    assert verdict.step in range(5)
    assert (verdict.step == 4) == (screen == "blocked")
    assert (verdict.comparison is None) == (verdict.reason in NOT_COMPARED)
    assert verdict.text.endswith(".")
    assert json.loads(json.dumps(to_json(verdict), allow_nan=False))["step"] == verdict.step
    if verdict.step < 4:
        pooled = 0 if verdict.comparison is None else len(verdict.comparison.sessions)
        assert pooled + len(verdict.left_out) == len(history)


@given(real_history, any_screen)
def test_a_block_needs_a_difference_and_a_screened_person(
    history: list[SessionHolds], screen: ScreenState
) -> None:
    verdict = decide(history, screen)
    assert verdict.block_allowed == (verdict.step == 3 and screen in ("clear", "restricted"))


@given(real_history, not_blocked)
def test_without_three_holds_on_each_leg_nothing_is_compared(
    history: list[SessionHolds], screen: ScreenState
) -> None:
    short = [dataclasses.replace(s, right_n=s.right_n[:2]) for s in history]
    assert decide(short, screen).step == 0
    first = [dataclasses.replace(s, familiarisation=True) for s in history]
    assert decide(first, screen).step == 0


@given(real_history)
def test_the_screen_changes_no_step_and_no_number_unless_it_blocks(
    history: list[SessionHolds],
) -> None:
    verdicts = [decide(history, s) for s in get_args(ScreenState) if s != "blocked"]
    assert len({(v.step, v.reason) for v in verdicts}) == 1
    assert all(v.comparison == verdicts[0].comparison for v in verdicts)


@given(real_history)
def test_exchanging_the_legs_exchanges_the_sides_and_nothing_else(
    history: list[SessionHolds],
) -> None:
    other_leg = {"left": "right", "right": "left", None: None}
    swapped = [dataclasses.replace(s, left_n=s.right_n, right_n=s.left_n) for s in history]
    there, back = decide(history), decide(swapped)
    assert (there.step, there.reason, there.left_out) == (back.step, back.reason, back.left_out)
    if there.comparison is None:
        return
    c, m = compared(there), compared(back)
    assert m.difference_pct == -c.difference_pct
    assert (m.interval_low_pct, m.interval_high_pct) == (-c.interval_high_pct, -c.interval_low_pct)
    assert (m.strict_low_pct, m.strict_high_pct) == (-c.strict_high_pct, -c.strict_low_pct)
    assert (m.left_n, m.right_n) == (c.right_n, c.left_n)
    assert m.less_steady == other_leg[c.less_steady]
    assert [p.larger for p in m.sessions] == [other_leg[p.larger] for p in c.sessions]
    assert m.within_leg_cv_pct == c.within_leg_cv_pct
    if c.less_steady is not None:
        assert back.text == there.text.replace(c.less_steady, m.less_steady or "")


@given(real_history, st.floats(0.01, 1000.0))
def test_another_unit_of_force_changes_no_step_and_no_per_cent(
    history: list[SessionHolds], scale: float
) -> None:
    there = decide(history)
    if there.comparison is not None:  # not on a knife's edge, where a rounding may decide
        c = there.comparison
        assume(abs(abs(c.difference_pct) - 14.95) > 1e-6)
        edges = (c.interval_low_pct, c.interval_high_pct, c.strict_low_pct, c.strict_high_pct)
        assume(all(abs(x) > 1e-9 for x in edges))
        assume(all(p.larger is None or abs(p.difference_pct) > 1e-6 for p in c.sessions))
    scaled = [
        dataclasses.replace(
            s,
            left_n=tuple(x * scale for x in s.left_n),
            right_n=tuple(x * scale for x in s.right_n),
        )
        for s in history
    ]
    here = decide(scaled)
    assert (here.step, here.reason) == (there.step, there.reason)
    if there.comparison is not None:
        c, m = there.comparison, compared(here)
        assert m.difference_pct == pytest.approx(c.difference_pct, abs=1e-9)
        assert m.interval_low_pct == pytest.approx(c.interval_low_pct, abs=1e-9)
        assert m.right_n == pytest.approx(c.right_n * scale)


def test_an_unscreened_person_is_told_what_a_plan_waits_for() -> None:
    history = [session(STEADY, LESS_STEADY, on=k) for k in (1, 2, 3)]
    assert "answer the screening questions" in decide(history).text
    assert "allow measuring but no plan" in decide(history, "measure_only").text
    assert "screening" not in decide(history, "clear").text
