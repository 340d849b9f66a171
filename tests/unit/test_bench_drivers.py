"""The comparison of the driver bench: it finds what is missing, wrong, doubled or swapped."""

from __future__ import annotations

import random

import pytest
from load_script import load_script

BENCH = load_script("tests/bench/board/drivers.py")
N = 400
WANTED = range(1100, 1300)


def conversions(seed: int) -> list[int]:
    """Counts of a quiet plate: many of them come more than once."""
    rng = random.Random(seed)
    return [50_000 + rng.randrange(-60, 60) for _ in range(N)]


def judge(values: list[int], true: list[int]) -> tuple[float, int]:
    known = {1000 + n: (0.01 * n, counts) for n, counts in enumerate(true)}
    return BENCH.compare(values, known, WANTED, len(WANTED))


@pytest.mark.parametrize("seed", range(5))
def test_everything_in_order_is_right(seed: int) -> None:
    true = conversions(seed)
    assert judge(true, true) == (100.0, 0)
    assert judge(true[50:350], true) == (100.0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_a_tenth_lost_is_found(seed: int) -> None:
    true = conversions(seed)
    share, wrong = judge([counts for n, counts in enumerate(true) if n % 10], true)
    assert share == pytest.approx(90.0, abs=0.51)
    assert wrong == 0


@pytest.mark.parametrize("seed", range(5))
def test_wrong_values_are_counted(seed: int) -> None:
    true = conversions(seed)
    values = [counts << (n % 20 == 0) for n, counts in enumerate(true)]
    share, wrong = judge(values, true)
    assert share == 95.0
    assert 9 <= wrong <= 10


def test_a_value_read_twice_is_wrong_the_second_time() -> None:
    true = [100 * n for n in range(N)]
    values = [*true[:200], true[199], *true[200:]]
    assert judge(values, true) == (100.0, 1)


def test_values_of_another_chip_are_wrong() -> None:
    true = [100 * n for n in range(N)]
    assert judge([counts + 50 for counts in true], true) == (0.0, N)
