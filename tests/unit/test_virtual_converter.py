"""The simulated HX711: filter, times, noise, rounding, faults."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenstance.virtual.converter import MAX_COUNTS, MIN_COUNTS, Converter, Fault
from evenstance.virtual.loads import Masses

S = 1_000_000
LEFT, RIGHT = 0, 1


class Wave:
    """The same force on both plates as a function of time in seconds."""

    def __init__(self, force_n: Callable[[np.ndarray], np.ndarray]) -> None:
        self._force_n = force_n

    def forces_n(self, t_us: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        force = self._force_n(t_us / 1e6)
        return force, -force

    def hear(self, t_us: int, level: int) -> None:
        raise AssertionError("nobody passes sounds to a converter")


def constant(force_n: float) -> Wave:
    return Wave(lambda t: np.full(t.shape, force_n))


def quiet(rate_sps: float = 93.0, counts_per_n: float = 1000.0, **options: float) -> Converter:
    return Converter(rate_sps, counts_per_n, 0.0, 0.0, 1, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("stages", [2, 3, 4])
@pytest.mark.parametrize("hz", [1.0, 5.0, 10.0])
def test_gain_and_delay_are_those_of_cascaded_means(hz: float, stages: int) -> None:
    rate = 93.0
    converter = quiet(rate, 10_000.0, stages=stages)
    wave = Wave(lambda t: 100 * np.sin(2 * math.pi * hz * t))
    ends_us, counts = converter.convert(wave, LEFT, 20 * S)
    angle = 2 * math.pi * hz * ends_us / 1e6
    base = np.column_stack([np.sin(angle), np.cos(angle)])
    (sine, cosine), *_ = np.linalg.lstsq(base, counts / 10_000, rcond=None)
    assert math.hypot(sine, cosine) / 100 == pytest.approx(np.sinc(hz / rate) ** stages, abs=5e-4)
    delay_s = -math.atan2(cosine, sine) / (2 * math.pi * hz)
    assert delay_s == pytest.approx(stages / 2 / rate, abs=1e-6)
    assert converter.delay_us == pytest.approx(stages / 2 / rate * 1e6)


@pytest.mark.parametrize(("hz", "droop_pct"), [(5.0, 2.0), (10.0, 7.0)])
def test_droop_at_93_sps_is_the_published_one(hz: float, droop_pct: float) -> None:
    wave = Wave(lambda t: 100 * np.sin(2 * math.pi * hz * t))
    _, counts = quiet().convert(wave, LEFT, 60 * S)
    gain = np.std(counts / 1000) * math.sqrt(2) / 100
    assert 100 * (1 - gain) == pytest.approx(droop_pct, abs=0.5)


def test_a_step_settles_within_four_conversions() -> None:
    converter = quiet(100.0, 1000.0, first_us=0)
    step = Wave(lambda t: np.where(t > 0.2, 100.0, 0.0))
    ends_us, counts = converter.convert(step, LEFT, S)
    assert counts[ends_us <= 200_000].max() == 0
    rising = counts[(ends_us > 200_000) & (ends_us < 240_000)]
    assert np.all(np.diff(rising) > 0) and rising[0] > 0 and rising[-1] < 100_000
    assert set(counts[ends_us >= 240_000].tolist()) == {100_000}


@given(
    cuts=st.lists(st.integers(0, 3 * S), max_size=12),
    rate=st.floats(9.0, 330.0),
    wander=st.sampled_from([0.0, 2000.0]),
    creep=st.sampled_from([0.0, 0.01]),
)
@settings(max_examples=60)
def test_slices_give_what_one_call_gives(
    cuts: list[int], rate: float, wander: float, creep: float
) -> None:
    def chip() -> Converter:
        return Converter(
            rate, -4321.0, 250.4, 70.0, 5, rate_wander_ppm=wander, creep_share=creep,
            drift_counts_per_s=30.0,
        )  # fmt: skip

    wave = Wave(lambda t: 700 + 20 * np.sin(17 * t))
    whole_us, whole = chip().convert(wave, RIGHT, 3 * S)
    sliced = chip()
    parts = [sliced.convert(wave, RIGHT, until) for until in [*sorted(cuts), 3 * S]]
    assert np.array_equal(whole_us, np.concatenate([p[0] for p in parts]))
    assert np.array_equal(whole, np.concatenate([p[1] for p in parts]))


def test_conversions_end_within_what_was_asked_and_come_once() -> None:
    converter = quiet(first_us=50_000)
    assert converter.convert(constant(1), LEFT, 49_999)[0].size == 0
    assert converter.convert(constant(1), LEFT, 50_000)[0].tolist() == [50_000]
    assert converter.convert(constant(1), LEFT, 50_000)[0].size == 0
    ends_us, counts = converter.convert(constant(1), LEFT, 150_000)
    assert ends_us[0] == 50_000 + round(1e6 / 93) and ends_us[-1] <= 150_000
    assert ends_us.dtype == np.int64 and counts.dtype == np.int32
    assert converter.convert(constant(1), LEFT, 140_000)[0].size == 0


@pytest.mark.parametrize("rate", [10.7, 80.0, 92.9371, 97.0])
def test_the_rate_is_exact_over_an_hour_of_slices(rate: float) -> None:
    converter = quiet(rate)
    ends = np.concatenate(
        [converter.convert(constant(0), LEFT, t)[0] for t in range(0, 3600 * S, 50 * S)]
    )
    measured = 1e6 * (ends.size - 1) / (ends[-1] - ends[0])
    assert measured == pytest.approx(rate, rel=1e-6)
    assert np.abs(np.diff(ends) - 1e6 / rate).max() <= 1.0


def test_a_wandering_rate_stays_within_its_bound() -> None:
    ends_us, _ = quiet(90.0, rate_wander_ppm=1000.0).convert(constant(0), LEFT, 600 * S)
    rate = 900e6 / (ends_us[900:] - ends_us[:-900])
    assert 0.9 * 0.09 < rate.max() - 90 <= 0.0901
    assert 0.9 * 0.09 < 90 - rate.min() <= 0.0901


@pytest.mark.parametrize("sign", [1, -1])
def test_counts_follow_gain_sign_and_zero(sign: int) -> None:
    masses = Masses()
    masses.place(RIGHT, 10.0, -S)
    _, counts = Converter(80.0, sign * 1234.5, -777.2, 0.0, 1).convert(masses, RIGHT, S)
    assert set(counts.tolist()) == {round(sign * 1234.5 * 98.0665 - 777.2)}
    _, empty = Converter(80.0, sign * 1234.5, -777.2, 0.0, 1).convert(masses, LEFT, S)
    assert set(empty.tolist()) == {-777}


@pytest.mark.parametrize(("force_n", "rail"), [(9000.0, MAX_COUNTS), (-9000.0, MIN_COUNTS)])
def test_overload_stops_at_the_rails(force_n: float, rail: int) -> None:
    _, counts = quiet().convert(constant(force_n), LEFT, S)
    assert set(counts.tolist()) == {rail}


def test_noise_has_its_size_and_depends_on_seed_and_index_alone() -> None:
    def noise(seed: int, load: float = 0.0, until: int = 200 * S) -> np.ndarray:
        return Converter(93.0, 1000.0, 0.0, 60.0, seed).convert(constant(load), LEFT, until)[1]

    one = noise(1)
    assert one.size > 18_000
    assert np.std(one) == pytest.approx(60, rel=0.03)
    assert abs(np.mean(one)) < 2.5
    for lag in (1, 2, 4096, 8192):
        assert abs(np.corrcoef(one[lag:], one[:-lag])[0, 1]) < 0.03
    assert np.array_equal(noise(1, load=5.0), one + 5000)
    assert abs(np.corrcoef(one, noise(2))[0, 1]) < 0.03


def test_drift_moves_the_zero_and_creep_adds_slowly() -> None:
    ends_us, drifted = quiet(drift_counts_per_s=20.0).convert(constant(0), LEFT, 100 * S)
    assert np.abs(drifted - 20 * ends_us / 1e6).max() <= 0.5
    creeping = quiet(creep_share=0.001, creep_tau_s=10.0)
    ends_us, crept = creeping.convert(constant(1000), LEFT, 60 * S)
    expected = 1e6 * (1 + 0.001 * (1 - np.exp(-(ends_us - 50_000) / 10e6)))
    assert np.abs(crept - expected).max() < 3


@pytest.mark.parametrize("fault", ["dead", "rail", "stuck"])
def test_faults_begin_at_their_time_and_end_when_taken_away(fault: Fault) -> None:
    wave = Wave(lambda t: 100 + 10 * np.sin(3 * t))
    sound_us, sound = quiet().convert(wave, LEFT, 3 * S)
    converter = quiet()
    converter.fault, converter.fault_from_us = fault, S
    slices = [converter.convert(wave, LEFT, t) for t in (900_000, 1_100_000, 2 * S)]
    converter.fault = None
    slices.append(converter.convert(wave, LEFT, 3 * S))
    ends_us, counts = (np.concatenate([s[n] for s in slices]) for n in (0, 1))
    before, after = ends_us < S, ends_us > 2 * S
    broken = counts[~before & ~after]
    assert np.array_equal(counts[before], sound[sound_us < S])
    assert np.array_equal(counts[after], sound[sound_us > 2 * S])
    if fault == "dead":
        assert broken.size == 0
    else:
        assert broken.size == np.count_nonzero((sound_us >= S) & (sound_us <= 2 * S))
        assert set(broken.tolist()) == {MAX_COUNTS if fault == "rail" else counts[before][-1]}


@pytest.mark.parametrize("rate", [0.0, -80.0, float("nan"), float("inf")])
def test_impossible_rates_are_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        quiet(rate)
