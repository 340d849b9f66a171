"""Limits of a board: capacity against rating, corners of a plate, exchange of the plates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenstance.calibration.capacity import RAIL_COUNTS, capacity_n, doubt
from evenstance.calibration.checks import SWAP_SHARE_POINTS, UNEVEN_POINTS, spread, swap
from evenstance.metrics.asymmetry import norm_sum

gains = st.floats(100.0, 50_000.0).flatmap(lambda g: st.sampled_from([g, -g]))
SPOTS = ("centre", "front left", "front right", "back left", "back right")


# -- capacity


@given(gains, st.integers(-4_000_000, 4_000_000))
def test_the_capacity_takes_the_zero_to_the_rail_that_the_load_drives_to(
    gain: float, zero_counts: int
) -> None:
    at_capacity = zero_counts + capacity_n(gain, zero_counts) * gain
    assert at_capacity == pytest.approx(RAIL_COUNTS if gain > 0 else -RAIL_COUNTS)


def test_the_capacity_of_the_worked_example() -> None:
    assert capacity_n(2000.0, 0.0) == pytest.approx(4194.3, abs=0.05)
    assert capacity_n(-2000.0, 0.0) == capacity_n(2000.0, 0.0)


@pytest.mark.parametrize(
    ("capacity_kg", "rating_kg", "words"),
    [
        (199.0, 200.0, "at its rail before"),
        (200.0, 200.0, None),
        (391.0, 200.0, None),
        (781.0, 200.0, None),
        (1000.0, 200.0, None),
        (1001.0, 200.0, "much less signal"),
    ],
)
def test_an_implausible_capacity_is_doubted(
    capacity_kg: float, rating_kg: float, words: str | None
) -> None:
    found = doubt(capacity_kg, rating_kg)
    assert found is None if words is None else words in (found or "")


# -- corners


def test_the_spread_is_of_the_mean_reading() -> None:
    found = spread(dict(zip(SPOTS, (100.0, 100.2, 99.8, 100.1, 99.9), strict=True)))
    assert found.spread_pct == pytest.approx(0.4)
    assert found.off_pct["front left"] == pytest.approx(0.2)
    assert found.passed
    assert not spread(dict(zip(SPOTS, (100.0, 100.3, 99.7, 100.1, 99.9), strict=True))).passed


@given(gains, st.lists(st.floats(-0.02, 0.02), min_size=5, max_size=5))
def test_neither_load_nor_polarity_matter_to_the_spread(gain: float, off: list[float]) -> None:
    plain = spread({spot: 1.0 + e for spot, e in zip(SPOTS, off, strict=True)})
    found = spread({spot: gain * (1.0 + e) for spot, e in zip(SPOTS, off, strict=True)})
    assert found.spread_pct == pytest.approx(plain.spread_pct, abs=1e-9)
    expected = 100.0 * (max(off) - min(off)) / (1.0 + sum(off) / 5.0)
    assert found.spread_pct == pytest.approx(expected, abs=1e-9)


# -- swap


def stances(left_n: float, right_n: float, gain_left: float = 1.0) -> tuple[float, float]:
    """Splits of a person with these loads on the feet; the left plate reads `gain_left` times."""
    first = norm_sum(left_n * gain_left, right_n)
    return first, norm_sum(right_n * gain_left, left_n)


@given(st.floats(200.0, 400.0), st.floats(200.0, 400.0))
def test_equal_plates_give_the_person_alone(left_n: float, right_n: float) -> None:
    found = swap(*stances(left_n, right_n))
    assert found.person_pct == pytest.approx(norm_sum(left_n, right_n), abs=1e-9)
    assert found.plates_pct == pytest.approx(0.0, abs=1e-9)


@given(st.floats(0.55, 0.7), st.floats(0.9, 1.1), st.booleans())
def test_unequal_plates_show_and_the_limit_decides(share: float, gain: float, right: bool) -> None:
    whole_n = 700.0
    left_n = whole_n * (1.0 - share if right else share)
    found = swap(*stances(left_n, whole_n - left_n, gain))
    assert found.right_over_left == pytest.approx(1.0 / gain)
    sums = (left_n * gain + whole_n - left_n, (whole_n - left_n) * gain + left_n)
    assert found.loads_ratio == pytest.approx(sums[1] / sums[0])
    # To first order the plates' own part is half of how much they disagree.
    assert found.plates_pct == pytest.approx(-100.0 * (gain - 1.0) / 2.0, abs=1.0)
    assert found.passed == (found.sign_changed and abs(found.plates_pct) <= SWAP_SHARE_POINTS)


@pytest.mark.parametrize(
    ("first", "second", "changed", "passed"),
    [
        (6.0, -6.0, True, True),
        (-6.0, 6.0, True, True),
        (6.0, 6.0, False, False),  # only the plates
        (6.0, 1.0, False, False),
        (6.0, 0.0, False, False),
        (6.0, -2.0, True, True),  # 2.0 of the plates
        (6.0, -1.9, True, False),
        (-8.0, 3.9, True, False),
    ],
)
def test_the_sign_must_change_and_the_sizes_agree(
    first: float, second: float, changed: bool, passed: bool
) -> None:
    found = swap(first, second)
    assert (found.sign_changed, found.passed) == (changed, passed)


def test_a_split_that_is_uneven_enough_cannot_pass_without_changing_its_sign() -> None:
    """At the least uneven split, plates that hide the change of sign are beyond their limit."""
    for second in (0.0, 0.5):
        assert (UNEVEN_POINTS + second) / 2.0 >= SWAP_SHARE_POINTS
