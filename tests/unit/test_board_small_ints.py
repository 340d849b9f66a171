"""The sampling path of the board stays within 31-bit small ints, whatever the plates say."""

from __future__ import annotations

import importlib
import math
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_ints import TICKS, TooLarge, board_modules, small

RAILS = (-0x800000, 0x7FFFFF)
COUNTS = st.integers(*RAILS) | st.sampled_from(RAILS)
# Plates whose converter reaches its rails at 0.3 to 8 kN, either way round, zeros far off centre.
LEAST = 1_250_000
SENSITIVITY = st.builds(
    lambda size, sign: size * sign, st.integers(LEAST, 30_000_000), st.sampled_from((1, -1))
)
ZERO = st.integers(-(1 << 21), 1 << 21)
TICK = st.integers(0, TICKS - 1) | st.sampled_from((0, TICKS - 1, TICKS // 2))
FORCE = st.integers(-(1 << 26), 1 << 26) | st.sampled_from((0, 19_999, 20_000, 20_001))


def load(*names: str) -> SimpleNamespace:
    with board_modules() as ticks:
        found = {n: importlib.import_module(f"evenstance_board.{n}") for n in names}
        return SimpleNamespace(ticks=ticks, **found)


BOARD = load(
    "moments",
    "accumulator",
    "level",
    "stance",
    "calibration",
    "sampler",
    "faults",
    "clock",
    "trace_encoder",
)


def test_the_check_finds_what_is_too_large() -> None:
    assert small(TICKS - 1) == TICKS - 1
    with pytest.raises(TooLarge):
        small(TICKS)
    assert BOARD.accumulator.share_ppm(1 << 27, 1 << 28) == -1
    with pytest.raises(TooLarge):
        BOARD.accumulator.share_ppm(1 << 31, 0)
    with pytest.raises(TooLarge):
        BOARD.level.crossing(0, 0, 10_000, 1 << 30, 1 << 29)
    moments = BOARD.moments.Moments()
    moments.add(0)
    with pytest.raises(TooLarge):
        moments.add(1 << 29)


@st.composite
def forces_near_each_other(draw: st.DrawFn) -> list[int]:
    """Values within 2^26 that differ by less than 2^25, as `Moments` is made for."""
    low = draw(st.integers(-(1 << 26), (1 << 26) - (1 << 25)))
    return draw(st.lists(st.integers(low, low + (1 << 25) - 1), min_size=2, max_size=60))


@settings(max_examples=200)
@given(forces_near_each_other(), st.sampled_from((1, 1000)), st.integers(1, 40))
def test_moments_are_exact(values: list[int], scale: int, times: int) -> None:
    moments = BOARD.moments.Moments()
    for _ in range(times):
        for value in values:
            moments.add(value)
    values = values * times
    n = len(values)
    mean = Fraction(sum(values), n)
    variance = sum((value - mean) ** 2 for value in values) / (n - 1)
    assert moments.n == n
    assert moments.total() == sum(values)
    assert moments.mean_scaled(scale) == math.floor(mean * scale + Fraction(1, 2))
    assert moments.sd_scaled(scale) == math.isqrt(math.floor(variance * scale * scale))


@given(st.integers(0, 1 << 200))
def test_isqrt(n: int) -> None:
    assert BOARD.moments.isqrt(n) == math.isqrt(n)


@given(st.integers(1, (1 << 23) - 1), st.data())
def test_share(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    rest = 1_000_000 - part * 1_000_000 // whole
    assert BOARD.accumulator.share_ppm(whole - part, part) == rest


@given(SENSITIVITY, ZERO, COUNTS)
def test_force(counts_per_kn: int, zero: int, counts: int) -> None:
    plate = BOARD.calibration.Plate()
    plate.set(counts_per_kn, zero)
    force = Fraction(counts - zero) * 1_000_000 / counts_per_kn
    assert abs(plate.force_mn(counts) - force) <= 2 + abs(force) * 8 / 1_000_000


@given(st.integers(1_000, 200_000_000), st.integers(-(1 << 23), 1 << 23), COUNTS)
def test_force_of_every_sensitivity_that_is_taken(size: int, zero: int, counts: int) -> None:
    for counts_per_kn in (size, -size):
        if BOARD.calibration.sensible(counts_per_kn):
            plate = BOARD.calibration.Plate()
            plate.set(counts_per_kn, zero)
            plate.force_mn(counts)


@given(TICK, FORCE, st.integers(1, 20_000), FORCE, st.integers(20_000, 4_000_000))
def test_crossing(t0: int, f0: int, dt: int, f1: int, level: int) -> None:
    t1 = (t0 + dt) % TICKS
    at = BOARD.level.crossing(t0, f0, t1, f1, level)
    into = (at - t0) % TICKS
    assert 0 <= into <= dt
    if (f0 < level) != (f1 < level) and dt < 16_000:
        exact = Fraction(dt * (level - f0), f1 - f0)
        assert abs(into - exact) <= 2 + Fraction(dt, 8_000)


@given(TICK, TICK)
def test_the_age_of_a_level(since: int, now: int) -> None:
    level = BOARD.level.Level()
    level.set(20_000, since, 50_000)
    level.age(now)
    assert level.since == since or (now - level.since) % TICKS <= 1 << 28


ROWS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from((10_741, 10_741, 10_893, 21_482, 107_410, 900_000)),
        COUNTS | st.sampled_from((0, 765_000, 1_531_000)),
    ),
    min_size=1,
    max_size=120,
)


class Given:
    """A driver that holds one conversion."""

    period_us = 10_741
    counts = t_us = flags = missed = 0
    unproven = low_reads = power_downs = 0
    ready = False

    def poll(self) -> bool:
        ready, self.ready = self.ready, False
        return ready


def board(counts_per_kn: tuple[int, int], zeros: tuple[int, int], start: int) -> SimpleNamespace:
    from evenstance_wire.rules import Rules

    BOARD.ticks.now_us = start
    calibration = SimpleNamespace(
        plates=tuple(BOARD.calibration.Plate() for _ in range(2)), ready=True, calibration_id=1
    )
    for plate, sensitivity, zero in zip(calibration.plates, counts_per_kn, zeros, strict=True):
        plate.set(sensitivity, zero)
    drivers = (Given(), Given())
    sampler = BOARD.sampler.Sampler(drivers, calibration, Rules(), BOARD.clock.Clock())
    faults = BOARD.faults.Faults(sampler, SimpleNamespace(event=lambda *_: None))
    return SimpleNamespace(sampler=sampler, drivers=drivers, faults=faults)


def feed(made: SimpleNamespace, side: int, counts: int) -> None:
    driver = made.drivers[side]
    driver.t_us = BOARD.ticks.ticks_us()
    driver.counts = counts
    driver.ready = True
    made.sampler.poll()
    made.faults.step(driver.t_us)


@settings(max_examples=150)
@given(SENSITIVITY, SENSITIVITY, ZERO, ZERO, TICK, ROWS)
def test_the_whole_chain_in_a_hold(
    left: int, right: int, zero_left: int, zero_right: int, start: int, rows: list[tuple[int, ...]]
) -> None:
    """A hold of the left leg is begun by hand; then the plates say anything."""
    made = board((left, right), (zero_left, zero_right), start)
    for _ in range(12):
        for side, sensitivity, zero in ((0, left, zero_left), (1, right, zero_right)):
            BOARD.ticks.now_us += 5_400
            feed(made, side, max(RAILS[0], min(RAILS[1], zero + sensitivity * 350 // 1000)))
    made.sampler.recorder.lift_off(0, BOARD.ticks.ticks_us(), 700_000, False)
    for n in range(4):
        BOARD.ticks.now_us += 1_600_000 * (n > 0)
        for side, dt, counts in rows:
            BOARD.ticks.now_us += dt
            feed(made, side, counts)


@settings(max_examples=150)
@given(SENSITIVITY, SENSITIVITY, ZERO, ZERO, TICK, ROWS)
def test_the_whole_chain_between_holds(
    left: int, right: int, zero_left: int, zero_right: int, start: int, rows: list[tuple[int, ...]]
) -> None:
    made = board((left, right), (zero_left, zero_right), start)
    for _ in range(4):
        for side, dt, counts in rows:
            BOARD.ticks.now_us += dt
            feed(made, side, counts)


STANDING = -(1 << 21) + LEAST * 350 // 1000


@pytest.mark.parametrize(
    "plates",
    [
        ((RAILS[1],), (RAILS[1],)),
        ((RAILS[0],), (RAILS[1],)),
        ((RAILS[0],), (RAILS[0],)),
        (RAILS, RAILS),
        ((STANDING,), RAILS),
        ((STANDING, RAILS[1]), (STANDING, RAILS[1])),
    ],
)
@pytest.mark.parametrize("start", [0, TICKS - 4_000_000])
def test_plates_stuck_at_a_rail_or_jumping(
    plates: tuple[tuple[int, ...], tuple[int, ...]], start: int
) -> None:
    """Eight seconds, each plate at one value or jumping between two."""
    made = board((LEAST, LEAST), (-(1 << 21), -(1 << 21)), start)
    for n in range(800):
        for side, values in enumerate(plates):
            BOARD.ticks.now_us += 5_000
            feed(made, side, values[n // 3 % len(values)])


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(1, 1 << 22), COUNTS), max_size=80),
    st.integers(-5_100_000, 0),
)
def test_the_trace_encoder(rows: list[tuple[int, int, int]], first: int) -> None:
    encoder = BOARD.trace_encoder.Encoder(bytearray(4096))
    t_us = [first, first]
    for channel, dt, counts in rows:
        encoder.put(channel, t_us[channel], counts)
        t_us[channel] += dt
    encoder.put(0, t_us[0] + (1 << 27), RAILS[1])
    encoder.finish()
