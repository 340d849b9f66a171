"""The verdict on a re-test: what it is held against, what it says, and what it never says."""

from __future__ import annotations

import doctest
import json
import math
import re
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from test_change import at, three
from test_retest_rows import FORBIDDEN

from evenstance.decision.types import SessionHolds
from evenstance.metrics.hold import Leg
from evenstance.plan.lines import WIDTH
from evenstance.reliability.pooling import log_variance_from_pct
from evenstance.report.retest import NEXT, retest_json, retest_lines
from evenstance.retest import expected as expected_module
from evenstance.retest import judge as judge_module
from evenstance.retest.expected import expected, shrunk
from evenstance.retest.judge import judge, missing, practised_of
from evenstance.retest.parameters import RULES, TABLE
from evenstance.retest.types import Next, Retest

BASE = three(0, 4.0, 5.2)


def verdict(left: float, right: float, step: int = 1, **more: Any) -> Retest:
    done, planned = more.pop("done", 15), more.pop("planned", 18)
    return judge(more.pop("base", BASE), three(50, left, right), done, planned, step, **more)


def text_of(found: Retest) -> str:
    return "\n".join([found.headline.text, *(one.text for one in found.statements)])


# -- what is expected without practice ----------------------------------------------------------


def test_docstring_examples() -> None:
    for module in (expected_module, judge_module):
        result = doctest.testmod(module)
        assert result.attempted >= 1
        assert result.failed == 0


def test_the_expected_re_test_is_the_conditional_mean_of_simulated_people() -> None:
    """Among people of the assumed spread whose base reading is near 0.25, mean and 95 % range."""
    random = np.random.default_rng(5)
    true = random.normal(0.0, math.sqrt(log_variance_from_pct(9.0)), 2_000_000)
    base = true + random.normal(0.0, 0.07, true.size)
    near = np.abs(base - 0.25) < 0.01
    later = true[near] + random.normal(0.0, 0.05, int(near.sum()))
    assert near.sum() > 5_000
    _, middle, half = shrunk(0.25, 0.07, 0.05, 10**6)
    assert later.mean() == pytest.approx(middle, abs=0.004)
    within = np.mean(np.abs(later - middle) < half)
    assert within == pytest.approx(0.95, abs=0.012)


def test_known_sizes_of_the_notes() -> None:
    """20-24 % over three sessions, CV 10-15 %: 9-12, 12-15, 14-17, 16-18 % by spread."""
    for spread, low, high in ((6, 9, 12), (8, 12, 15), (10, 14, 17), (12, 16, 18)):
        rules = replace(RULES, spread_between_people_pct=float(spread))
        for cv in (10.0, 15.0):
            error = math.sqrt((log_variance_from_pct(cv) * 2 / 3 + math.log1p(0.05**2)) / 3)
            _, middle, _ = shrunk(-math.log(0.78), error, error, 28, rules)
            assert low - 2.5 < 100 * -math.expm1(-middle) < high + 2.5


def test_the_share_kept_and_the_range_are_those_of_the_formula() -> None:
    kept, middle, half = shrunk(0.3, 0.06, 0.08, 28)
    between = math.log1p(0.09**2)
    assert kept == pytest.approx(between / (between + 0.06**2))
    assert middle == pytest.approx(kept * 0.3)
    spread = math.sqrt(kept * 0.06**2 + 0.08**2)
    assert half == pytest.approx(stats.t.ppf(0.975, 28) * spread)


def test_the_same_re_test_is_smaller_just_below_the_range_only() -> None:
    limit = expected(BASE, three(50, 4.0, 4.5)).low_pct
    assert limit < 0.0  # at a gap of 23 % with 3 holds not even equal legs would do
    wide = [at(2 * k, 4.0, 8.0, 5) for k in range(3)]
    for n in range(3, 12, 2):
        later = [at(50 + 2 * k, 4.0, 6.0, n) for k in range(3)]
        low = expected(wide, later).low_pct
        assert low > 0.0
        for factor, smaller in ((0.99, True), (1.01, False)):
            ratio = -math.log1p(-factor * low / 100.0)
            moved = [at(50 + 2 * k, 4.0, 4.0 * math.exp(ratio), n) for k in range(3)]
            found = expected(wide, moved)
            assert found.low_pct == pytest.approx(low)
            assert found.smaller is smaller


@pytest.mark.parametrize(("left", "right", "larger"), [(4.0, 5.2, "right"), (5.2, 4.0, "left")])
def test_the_side_is_that_of_the_base_and_turns_with_the_legs(
    left: float, right: float, larger: Leg
) -> None:
    found = expected(three(0, left, right), three(50, 4.0, 4.0))
    assert found.larger == larger
    assert found.before_pct == pytest.approx(23.077, abs=1e-3)
    mirrored = expected(three(0, right, left), three(50, 4.0, 4.0))
    assert mirrored.larger != larger
    assert mirrored.expected_pct == pytest.approx(found.expected_pct)
    assert mirrored.low_pct == pytest.approx(found.low_pct)


def test_a_difference_on_the_other_side_is_never_smaller() -> None:
    wide = three(0, 4.0, 8.0)
    near, far = expected(wide, three(50, 4.1, 4.0)), expected(wide, three(50, 5.2, 4.0))
    assert (near.smaller, near.side_changed) == (True, False)
    assert (far.smaller, far.side_changed) == (False, True)
    assert far.after_pct == pytest.approx(-23.077, abs=1e-3)


def test_as_large_a_difference_on_the_other_side_within_its_error_is_not_smaller() -> None:
    found = expected(three(0, 4.0, 4.7), three(50, 4.46, 4.0))
    assert found.after_pct < found.low_pct
    assert -found.after_pct > found.expected_pct
    assert (found.smaller, found.side_changed) == (False, False)


def test_a_plan_for_the_leg_that_reads_smaller_claims_nothing() -> None:
    found = expected(BASE, three(50, 4.0, 4.0), "left")
    assert found.before_pct < 0.0
    assert not found.smaller
    assert not found.side_changed


# -- rows ---------------------------------------------------------------------------------------

WIDE = [at(2 * k, 4.0, 8.0, 5) for k in range(3)]


@pytest.mark.parametrize(
    ("left", "right", "step", "row", "following"),
    [
        (4.0, 4.1, 1, "better_smaller_no", "maintain"),
        (4.0, 5.2, 3, "better_smaller_yes", "second_block"),
        (3.0, 6.0, 3, "better_not_yes", "second_block"),
        (4.0, 6.9, 2, "better_not_no", "maintain"),
        (4.0, 8.0, 3, "same_not_yes", "continue_once"),
        (4.0, 8.1, 2, "same_not_no", "maintain"),
        (5.0, 8.0, 3, "worse", "screen_again"),
        (4.0, 9.5, 3, "worse", "screen_again"),
        (5.0, 5.0, 1, "worse", "screen_again"),
        (4.0, 8.0, 0, "unclear", "measure_again"),
        (4.0, 3.0, 3, "other_side", "measure_again"),
    ],
)
def test_the_row_follows_from_the_numbers(
    left: float, right: float, step: int, row: str, following: Next
) -> None:
    found = verdict(left, right, step, base=WIDE)
    assert (found.row_id, found.next) == (row, following)
    last = verdict(left, right, step, base=WIDE, last_block=True)
    assert last.row_id == row
    assert last.next in ("maintain", "stop", "screen_again", "measure_again")
    assert "more block" not in text_of(last)
    assert "may go on" not in text_of(last)


def test_closer_legs_of_which_none_changed_clearly() -> None:
    """Both moved half of the way, each within the scatter that both legs share."""
    common = (0.8, 1.0, 1.25)
    rough = [at(2 * k, 4.0 * f, 8.0 * f, 5) for k, f in enumerate(common)]
    after = [at(50 + 2 * k, 5.0 * f, 5.3 * f, 5) for k, f in enumerate(common)]
    for step, row in ((1, "same_smaller_no"), (3, "same_smaller_yes")):
        found = judge(rough, after, 15, 18, step)
        assert found.row_id == row
        assert "chance is a good explanation" in found.headline.text


@pytest.mark.parametrize(
    ("done", "planned", "practised"),
    [
        (0, 0, "none"),
        (0, 18, "too_little"),
        (9, 18, "too_little"),
        (10, 18, "enough"),
        (3, 6, "too_little"),
        (4, 7, "enough"),
        (18, 18, "enough"),
    ],
)
def test_half_of_the_planned_sessions_is_too_little(
    done: int, planned: int, practised: str
) -> None:
    assert practised_of(done, planned) == practised
    found = verdict(4.0, 5.0, 3, done=done, planned=planned)
    assert found.practised == practised
    assert found.too_little_practice == (practised == "too_little")
    if practised == "too_little":
        assert found.headline.text.startswith("Too little practice to judge")
        assert f"{done} of {planned}" in found.headline.text


def test_a_wait_says_what_changed_without_practice() -> None:
    found = verdict(4.0, 5.0, 3, done=0, planned=0)
    assert found.row_id == "waited_not_yes"
    assert "Without practice the difference went from 23.1 % to 20.0 %" in text_of(found)
    assert "Without practice the difference went" not in text_of(verdict(4.0, 5.0, 3))


def test_a_worse_leg_comes_first_and_is_named() -> None:
    for more in ({}, {"done": 3}, {"done": 0, "planned": 0}, {"last_block": True}):
        found = verdict(4.0, 7.0, 3, **more)
        assert found.next == "screen_again"
        assert "the right leg" in found.headline.text
        assert "clear" in text_of(found)
    both = verdict(5.0, 7.0, 3)
    assert "the left leg and the right leg" in both.headline.text
    # The other leg worse makes the legs closer: that is no better difference.
    closer = verdict(5.2, 5.2, 1)
    assert closer.leg_state == "worse"
    assert "the left leg" in closer.headline.text


def test_both_legs_better_is_called_common() -> None:
    found = verdict(3.0, 3.9, 3)
    assert found.row_id == "better_not_yes"
    assert "also helps the other" in text_of(found)
    assert "also helps the other" not in text_of(verdict(4.0, 4.6, 3))


def test_the_leg_of_the_plan_is_the_one_that_is_judged() -> None:
    found = verdict(3.5, 5.2, 3, less_steady="left")
    assert (found.less_steady, found.leg_state) == ("left", "better")
    assert verdict(3.5, 5.2, 3, less_steady="right").leg_state == "same"


# -- sentences ----------------------------------------------------------------------------------


@pytest.mark.parametrize("right", [4.0, 4.5, 4.9, 5.2, 5.6])
@pytest.mark.parametrize("planned", [0, 18])
def test_the_part_expected_without_practice_always_stands_beside_it(
    right: float, planned: int
) -> None:
    text = text_of(verdict(4.0, right, 3, done=min(15, planned), planned=planned))
    assert "Without any practice 15.0 % would be expected" in text
    assert re.search(r"8\.1 (are|points)", text)
    assert "regression to the mean" in text
    assert "spread by 9 %" in text
    assert "cannot be told from before and after" in text


def test_a_steadier_leg_that_was_picked_is_partly_expected_to_be() -> None:
    said = "right leg was picked for its large reading"
    assert said in text_of(verdict(4.0, 4.5))
    assert said in text_of(verdict(5.0, 4.5))  # whatever the row is
    assert said not in text_of(verdict(4.0, 5.2))
    assert "was picked" not in text_of(verdict(3.5, 5.2))  # the other leg was not


def test_three_ways_of_the_fall() -> None:
    assert "Of the fall of 14.3 points, 8.1 are expected" in text_of(verdict(3.9, 4.276))
    assert "fall of 3.1 points is no more than the 8.1" in text_of(verdict(4.0, 5.0))
    assert "did not fall, although 8.1 points" in text_of(verdict(4.0, 5.2))


def test_test_learning_is_stated_for_early_sessions_only() -> None:
    assert "numbers 4 to 6 of yours" in text_of(verdict(4.0, 5.0))
    assert "numbers 6 to 8 of yours" in text_of(verdict(4.0, 5.0, sessions_before=5))
    assert "of yours on this board" not in text_of(verdict(4.0, 5.0, sessions_before=6))


def every_verdict() -> list[Retest]:
    return [
        verdict(left, right, step, base=base, done=done, planned=planned, last_block=last)
        for base in (BASE, WIDE)
        for left in (3.0, 4.0, 5.0)
        for right in (3.0, 4.1, 5.2, 8.0)
        for step in range(4)
        for done, planned in ((0, 0), (9, 18), (15, 18))
        for last in (False, True)
    ]


def test_every_sentence_shown_has_its_grade_and_no_forbidden_word() -> None:
    rows: set[str] = set()
    for found in every_verdict():
        rows.add(found.row_id)
        lines = retest_lines(found)
        text = " ".join(line.strip() for line in lines)
        assert all(len(line) <= WIDTH for line in lines)
        assert text.count("[D: own proposal") + len(re.findall(r"\[[BC]: ", text)) == (
            1 + len(found.statements)
        )
        assert FORBIDDEN.search(text) is None
        assert "{" not in text
        assert text.isascii()
    assert len(rows) >= 15


def test_json_is_plain_and_complete() -> None:
    found = verdict(4.0, 4.5, 3)
    shown = retest_json(found)
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    assert shown["kind"] == "retest"
    assert shown["base_session_ids"] == ["s0", "s2", "s4"]
    assert shown["retest_session_ids"] == ["s50", "s52", "s54"]
    assert shown["headline"]["own_proposal"] is True
    assert shown["next_text"] == NEXT[found.next]
    assert [row["name"] for row in shown["parameters"]] == [row.name for row in TABLE]
    assert shown["gap"]["low_pct"] < shown["gap"]["expected_pct"] < shown["gap"]["high_pct"]
    assert {one["leg"] for one in shown["legs"]} == {"left", "right"}
    assert set(NEXT) == set(get_args(Next))


# -- what cannot be judged ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "after", "why"),
    [
        (BASE[:2], three(50, 4, 5), "base has 2 of 3"),
        (BASE, three(50, 4, 5)[:1], "re-test has 1 of 3"),
        (BASE, [*three(50, 4, 5)[:2], replace(at(60, 4, 5), left_n=(4.0, 4.1))], "too few holds"),
        (BASE, [at(50, 4, 5)] * 3, "fewer than 2 days"),
        (BASE, three(4, 4, 5), "does not lie after"),
        (BASE, [at(49, 4, 5, familiarisation=True), *three(50, 4, 5)], "familiarisation"),
        (BASE, [replace(s, conditions="shoes") for s in three(50, 4, 5)], "conditions or metric"),
        (
            BASE,
            [replace(s, metric="force_sd_droop_corrected_n") for s in three(50, 4, 5)],
            "conditions or metric",
        ),
    ],
)
def test_sessions_that_cannot_be_judged_are_refused_by_name(
    base: list[SessionHolds], after: list[SessionHolds], why: str
) -> None:
    assert why in (missing(base, after) or "")
    with pytest.raises(ValueError, match=why):
        judge(base, after, 15, 18, 1)


@pytest.mark.parametrize(("done", "planned"), [(-1, 18), (19, 18), (1, 0)])
def test_counts_that_cannot_be_are_refused(done: int, planned: int) -> None:
    with pytest.raises(ValueError, match="sessions done"):
        verdict(4.0, 5.0, done=done, planned=planned)


@pytest.mark.parametrize("step", [-1, 4, 5])
def test_a_blocking_answer_leaves_nothing_to_judge(step: int) -> None:
    with pytest.raises(ValueError, match="nothing is judged"):
        verdict(4.0, 5.0, step)


sizes = st.floats(min_value=1e-3, max_value=1e3)
holds = st.lists(sizes, min_size=3, max_size=5).map(tuple)


@given(
    st.lists(st.tuples(holds, holds), min_size=6, max_size=6),
    st.integers(0, 18),
    st.integers(0, 18),
    st.integers(0, 3),
    st.sampled_from([None, "left", "right"]),
    st.booleans(),
)
def test_every_pair_of_measurements_has_a_verdict(
    values: list[tuple[tuple[float, ...], tuple[float, ...]]],
    done: int,
    planned: int,
    step: int,
    leg: Leg | None,
    last: bool,
) -> None:
    sessions = [
        replace(at(10 * k, 4.0, 5.0), left_n=left, right_n=right)
        for k, (left, right) in enumerate(values)
    ]
    found = judge(
        sessions[:3],
        sessions[3:],
        min(done, planned),
        planned,
        step,
        less_steady=leg,
        last_block=last,
    )
    json.dumps(retest_json(found), allow_nan=False)
    if found.next in ("second_block", "continue_once"):
        assert step == 3
        assert not last
        assert all(one.outcome != "worse" for one in found.legs)
    if found.gap.smaller:
        assert abs(found.gap.after_pct) < found.gap.expected_pct <= found.gap.before_pct
    again = judge(
        sessions[:3],
        sessions[3:],
        min(done, planned),
        planned,
        step,
        less_steady=leg,
        last_block=last,
    )
    assert again == found
