"""The comparison of a stream with a chip's log finds each kind of error, and only that."""

from __future__ import annotations

import random
from dataclasses import astuple, dataclass
from pathlib import Path

import pytest

from proving.compare import KEY, LATE_US, Compared, Truth, compare, read_log

PERIOD_US = 1e6 / 93.1
N = 2000
FROM, UNTIL = 300, 1700
OFFSET_US = 4_321_000.0


def log(seed: int = 1, rounds: int = 1) -> Truth:
    """What a chip did: a quiet plate, its counts come more than once; in equal rounds."""
    rng = random.Random(seed)
    counts = [50_000 + rng.randrange(-60, 60) for _ in range(N)] * rounds
    return Truth([1e5 + PERIOD_US * n for n in range(len(counts))], counts)


@dataclass
class Stream:
    """What came of it: times by another clock, a little off, and counts."""

    t_us: list[int]
    counts: list[int]


def stream(truth: Truth, offset_us: float = OFFSET_US, first: int = FROM) -> Stream:
    rng = random.Random(2)
    rows = range(first, first + UNTIL - FROM)
    times = [round(truth.t_us[n] - offset_us + rng.uniform(-2, 2)) for n in rows]
    return Stream(times, [truth.counts[n] for n in rows])


def judge(found: Stream, truth: Truth, offset_us: float | None = None) -> Compared:
    result = compare(found.t_us, found.counts, truth, offset_us)
    assert result is not None
    return result


def kinds(result: Compared) -> tuple[int, int, int, int]:
    """Missing, doubled, wrong, late."""
    return astuple(result)[2:6]


@pytest.mark.parametrize("offset_us", [None, OFFSET_US])
def test_a_sound_stream_is_equal(offset_us: float | None) -> None:
    truth = log()
    result = judge(stream(truth), truth, offset_us)
    assert kinds(result) == (0, 0, 0, 0)
    assert result.is_equal
    assert (result.n, result.at) == (UNTIL - FROM, FROM)
    assert 1.0 < result.worst_us < 5.0


@pytest.mark.parametrize("place", [1, 700, UNTIL - FROM - 2])
def test_a_missing_conversion_is_found(place: int) -> None:
    truth = log()
    found = stream(truth)
    del found.t_us[place], found.counts[place]
    result = judge(found, truth)
    assert kinds(result) == (1, 0, 0, 0)
    assert not result.is_equal


def test_a_missing_piece_counts_whole() -> None:
    truth = log()
    found = stream(truth)
    del found.t_us[100:116], found.counts[100:116]
    assert kinds(judge(found, truth)) == (16, 0, 0, 0)


@pytest.mark.parametrize("place", [0, 700, UNTIL - FROM - 1])
def test_a_doubled_conversion_is_found(place: int) -> None:
    truth = log()
    found = stream(truth)
    found.t_us.insert(place, found.t_us[place])
    found.counts.insert(place, found.counts[place])
    assert kinds(judge(found, truth)) == (0, 1, 0, 0)


@pytest.mark.parametrize("place", [0, 5, 700, UNTIL - FROM - 1])
@pytest.mark.parametrize("wrong_by", [1, -1, 1 << 22])
def test_a_wrong_value_is_found(place: int, wrong_by: int) -> None:
    truth = log()
    found = stream(truth)
    found.counts[place] += wrong_by
    assert kinds(judge(found, truth)) == (0, 0, 1, 0)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("place", [0, 700, UNTIL - FROM - 1])
def test_a_late_or_early_time_is_found(place: int, sign: int) -> None:
    truth = log()
    found = stream(truth)
    found.t_us[place] += sign * round(LATE_US + 5)
    result = judge(found, truth)
    assert kinds(result) == (0, 0, 0, 1)
    assert result.worst_us == pytest.approx(LATE_US + 5, abs=4)


def test_a_time_just_within_the_limit_is_no_fault() -> None:
    truth = log()
    found = stream(truth)
    found.t_us[700] += round(LATE_US - 5)
    assert judge(found, truth).is_equal


def test_values_in_another_order_are_found() -> None:
    truth = log()
    found = stream(truth)
    place = next(n for n in range(600, 700) if found.counts[n] != found.counts[n + 1])
    found.counts[place : place + 2] = found.counts[place : place + 2][::-1]
    assert kinds(judge(found, truth)) == (0, 0, 2, 0)


def test_a_clock_that_is_off_all_the_time_is_found_when_the_clocks_are_known() -> None:
    truth = log()
    found = stream(truth, OFFSET_US - 300)
    assert judge(found, truth).is_equal
    assert kinds(judge(found, truth, OFFSET_US))[3] == UNTIL - FROM


def test_the_right_round_of_a_repeated_recording_is_found() -> None:
    truth = log(rounds=3)
    found = stream(truth, first=N + 900)
    found.counts[3] += 1
    result = judge(found, truth)
    assert kinds(result) == (0, 0, 1, 0)
    assert result.at % N == 900


def test_another_chip_is_found_nowhere() -> None:
    found = stream(log(1))
    assert compare(found.t_us, found.counts, log(9)) is None


def test_the_key_may_begin_with_an_error() -> None:
    truth = log()
    found = stream(truth)
    for n in range(0, 3 * KEY, KEY):
        found.counts[n] += 1
    assert kinds(judge(found, truth)) == (0, 0, 3, 0)


def test_a_log_that_is_still_written_is_read_to_its_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "chip,t_us,index,counts\nleft,10.5,0,-7\nright,11.0,0,8\nleft,20.5,1,-9\nleft,30.5,2,-1"
    )
    left, right = read_log(path)
    assert (left.t_us, left.counts) == ([10.5, 20.5], [-7, -9])
    assert (right.t_us, right.counts) == ([11.0], [8])
