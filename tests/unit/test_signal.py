"""Forces of a trace, the common grid, the low-pass that is used once, and spectra."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_holds import COUNTS_PER_KN, packed, standing, times

from evenstance.signal.droop import undrooped_sd
from evenstance.signal.force_signal import ForceSignal, LowPass
from evenstance.signal.grid import meet
from evenstance.signal.lowpass import FilteredTwiceError, low_pass
from evenstance.signal.spectrum import BANDS_HZ, spectrum
from evenstance.signal.trace_force import hold_signal
from evenstance.virtual.converter import Converter
from evenstance.virtual.loads import FloatArray, IntArray

RATE_SPS = 93.1
T = times(RATE_SPS, 0.0, 20.0)

# -- signals


@pytest.mark.parametrize(
    ("t", "f", "why"),
    [
        ([0.0, 0.0], [1.0, 2.0], "rise"),
        ([0.0, -1.0], [1.0, 2.0], "rise"),
        ([0.0, np.nan], [1.0, 2.0], "finite"),
        ([0.0, 1.0], [1.0, np.inf], "finite"),
        ([0.0, 1.0], [1.0], "long"),
    ],
)
def test_what_is_no_signal_is_refused(t: list[float], f: list[float], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        ForceSignal.of(t, f)


def test_the_rate_does_not_mind_lost_samples() -> None:
    keep = np.arange(T.size) % 50 != 7
    one = ForceSignal.of(T[keep], T[keep])
    assert one.rate_sps == pytest.approx(RATE_SPS, rel=1e-6)
    assert one.max_gap_s == pytest.approx(2 / RATE_SPS)
    with pytest.raises(ValueError, match="two samples"):
        _ = ForceSignal.of([1.0], [1.0]).rate_sps


# -- traces


@pytest.mark.parametrize("signs", [(1, 1), (-1, 1), (-1, -1)])
def test_forces_and_times_of_a_trace_are_those_that_went_in(signs: tuple[int, int]) -> None:
    t = (times(80.0), times(97.0) + 0.003)
    forces = (standing(t[0])[0], standing(t[1])[1])
    gains = (COUNTS_PER_KN[0] * signs[0], COUNTS_PER_KN[1] * signs[1])
    found = hold_signal(packed(forces, t, (12_500, 10_309), counts_per_kn=gains))
    assert (found.stance_leg, found.end_s, found.complete) == ("left", 25.0, True)
    assert found.stance is found.left
    assert found.stance_rate_sps == pytest.approx(80.0)
    for plate, wanted_t, wanted_n in (
        (found.left, t[0], forces[0]),
        (found.right, t[1], forces[1]),
    ):
        assert np.abs(plate.times_s - wanted_t).max() <= 17e-6
        assert np.abs(plate.force_n - wanted_n).max() <= 0.5e3 / abs(COUNTS_PER_KN[0]) * 1.01


def test_a_trace_without_sensitivity_or_damaged_is_refused() -> None:
    t = times(93.1, 0.0, 1.0)
    good = packed((t, t), (t, t), (10_741, 10_741))
    for data in (good[:-3], good[:40] + bytes([good[40] ^ 1]) + good[41:]):
        with pytest.raises(ValueError, match="checksum"):
            hold_signal(data)
    with pytest.raises(ValueError, match="0 bytes"):
        hold_signal(b"")
    with pytest.raises(ValueError, match="sensitivity"):
        hold_signal(packed((t, t), (t, t), (10_741, 10_741), counts_per_kn=(0, 5_000_000)))


# -- the common grid


@settings(max_examples=50)
@given(
    st.lists(st.floats(0.001, 0.3), min_size=2, max_size=40),
    st.lists(st.floats(0.001, 0.3), min_size=2, max_size=40),
)
def test_pairs_lie_on_straight_lines_and_never_across_a_gap(
    left: list[float], right: list[float]
) -> None:
    t, r = np.cumsum(left), np.cumsum(right)
    pairs = meet(ForceSignal.of(t, 2.0 * t), ForceSignal.of(r, 5.0 - 3.0 * r))
    assert pairs.right_n == pytest.approx(5.0 - 3.0 * pairs.times_s, abs=1e-9)
    assert pairs.left_n == pytest.approx(2.0 * pairs.times_s)
    for at in t:
        after = int(np.searchsorted(r, at))
        inside = 0 < after < r.size
        near = inside and r[after] - r[after - 1] <= 0.1
        between = inside and np.sum((t > r[after - 1]) & (t <= r[after])) <= 8
        assert (at in pairs.times_s) == bool(near and between)


def test_without_two_right_samples_nothing_meets() -> None:
    left = ForceSignal.of([0.0, 0.01], [1.0, 2.0])
    for right in (ForceSignal.of([], []), ForceSignal.of([0.005], [1.0])):
        assert meet(left, right).times_s.size == 0
        assert meet(right, left).times_s.size <= 1


def test_left_samples_that_were_overtaken_are_left_out() -> None:
    t, r = times(80.0, 0.0, 10.0), times(97.0, 0.0, 10.0)
    all_of_them = meet(ForceSignal.of(t, t), ForceSignal.of(r, r))
    board = meet(ForceSignal.of(t, t), ForceSignal.of(r, r), late_s=2 / 80.0 - 2 / 97.0)
    assert 0.5 < board.times_s.size / all_of_them.times_s.size < 0.65
    assert set(board.times_s) <= set(all_of_them.times_s)


# -- the low-pass


def test_nothing_is_filtered_twice() -> None:
    once = low_pass(ForceSignal.of(T, np.sin(T)), 10.0)
    assert once.low_pass == LowPass(10.0, 2)
    for again in (once, once.between(1.0, 19.0)):
        with pytest.raises(FilteredTwiceError, match="10 Hz"):
            low_pass(again, 5.0)


@pytest.mark.parametrize("frequency_hz", [0.5, 3.0, 6.0, 12.0])
def test_the_low_pass_has_no_delay_and_half_the_amplitude_at_its_cut_off(
    frequency_hz: float,
) -> None:
    cut_off_hz = 6.0
    x = np.sin(2 * np.pi * frequency_hz * T)
    out = low_pass(ForceSignal.of(T, x), cut_off_hz).force_n[200:-200]
    w = 2 * np.pi * frequency_hz * T[200:-200]
    sine, cosine = np.linalg.lstsq(np.c_[np.sin(w), np.cos(w)], out, rcond=None)[0]
    warped = np.tan(np.pi * frequency_hz / RATE_SPS) / np.tan(np.pi * cut_off_hz / RATE_SPS)
    assert sine == pytest.approx(1.0 / (1.0 + warped**4), abs=0.002)
    assert cosine == pytest.approx(0.0, abs=0.002)


@pytest.mark.parametrize(
    ("signal", "cut_off_hz", "why"),
    [
        (ForceSignal.of(T, T), 0.0, "no low-pass"),
        (ForceSignal.of(T, T), RATE_SPS / 2, "no low-pass"),
        (ForceSignal.of(np.delete(T, 500), np.delete(T, 500)), 6.0, "missing"),
        (ForceSignal.of(T[:40], T[:40]), 6.0, "too few"),
    ],
)
def test_a_low_pass_that_cannot_be_is_refused(
    signal: ForceSignal, cut_off_hz: float, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        low_pass(signal, cut_off_hz)


# -- spectra


def test_the_shares_of_bands_are_those_of_sines() -> None:
    """Powers 9, 16, 4 and 1 of 30 N^2, one sine in each band."""
    sines = ((0.4, 3.0), (2.0, 4.0), (7.0, 2.0), (20.0, 1.0))
    x = sum((a * np.sin(2 * np.pi * f * T) for f, a in sines), np.full(T.size, 700.0))
    found = spectrum(ForceSignal.of(T, x))
    assert found.share_pct == pytest.approx([30.0, 160 / 3, 40 / 3, 10 / 3], abs=0.5)
    assert sum(found.share_pct) == pytest.approx(100.0)
    assert 1.8 < found.median_hz < 2.2
    assert len(found.share_pct) == len(BANDS_HZ)


def test_the_density_adds_up_to_the_variance() -> None:
    x = np.random.default_rng(4).normal(700.0, 5.0, T.size)
    found = spectrum(ForceSignal.of(T, x))
    step_hz = found.frequency_hz[1]
    assert found.density_n2_per_hz.sum() * step_hz == pytest.approx(25.0, rel=0.1)


@given(st.floats(0.1, 100.0))
@settings(max_examples=10)
def test_shares_and_median_do_not_depend_on_the_unit(factor: float) -> None:
    x = np.random.default_rng(4).normal(700.0, 5.0, T.size)
    one, other = (spectrum(ForceSignal.of(T, x * by)) for by in (1.0, factor))
    assert one.share_pct == pytest.approx(other.share_pct, abs=1e-6)
    assert one.median_hz == pytest.approx(other.median_hz)


@pytest.mark.parametrize(
    ("signal", "why"),
    [
        (ForceSignal.of(T[:900], T[:900]), "10 s"),
        (ForceSignal.of(np.delete(T, 500), np.delete(T, 500)), "missing"),
        (ForceSignal.of(T, np.full(T.size, 700.0)), "moves"),
    ],
)
def test_a_spectrum_that_cannot_be_is_refused(signal: ForceSignal, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        spectrum(signal)


# -- the droop


def test_without_a_limit_it_is_the_plain_sd() -> None:
    rng = np.random.default_rng(3)
    for n in (2, 3, 400, 465):
        x = rng.normal(700.0, 5.0, n)
        assert undrooped_sd(x, 93.1, limit_hz=0.0) == pytest.approx(x.std(ddof=1), rel=1e-12)
    with pytest.raises(ValueError, match="two samples"):
        undrooped_sd(np.array([1.0]), 93.1)


class Moving:
    """Sines of 1 to 8 Hz around 700 N on both plates."""

    FREQUENCIES_HZ = (1.0, 2.6, 4.2, 6.4, 8.2)

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        force = 700.0 + sum(
            (5.0 * np.sin(2e-6 * np.pi * f * t_us + f) for f in self.FREQUENCIES_HZ),
            np.zeros(t_us.size),
        )
        return force, force

    def hear(self, t_us: int, level: int) -> None:
        """Hears nothing."""


@pytest.mark.parametrize("rate_sps", [80.0, 88.0, 97.0])
def test_the_correction_gives_back_what_the_simulated_chip_took(rate_sps: float) -> None:
    converter = Converter(rate_sps, 10_000.0, 0.0, 0.0, seed=1)
    _, counts = converter.convert(Moving(), 0, 12_000_000)
    x = counts[8 : 8 + round(10 * rate_sps)] / 10_000.0
    true = 5.0 * np.sqrt(len(Moving.FREQUENCIES_HZ) / 2.0)
    assert x.std(ddof=1) < 0.985 * true
    assert undrooped_sd(x, rate_sps) == pytest.approx(true, rel=0.002)
