"""Rate, jitter, noise and range of made-up conversions whose answers are known."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from health_cases import RATE_SPS, UNTIL_US, channel, quiet, times_us
from hypothesis import given
from hypothesis import strategies as st

from evenstance.health import conversions
from evenstance.health.conversions import Figures, examine, noise, share_pct


def figures(*args: object, **options: object) -> Figures:
    found = channel(*args, **options).figures  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_examples() -> None:
    result = doctest.testmod(conversions)
    assert (result.failed, result.attempted) == (0, 2)


# -- rate and intervals


@pytest.mark.parametrize("rate_sps", [11.7, 80.0, 93.1, 320.0])
def test_the_rate_of_even_conversions(rate_sps: float) -> None:
    found = figures(times_us(rate_sps))
    assert found.rate_sps == pytest.approx(rate_sps, rel=1e-5)
    assert found.jitter_sd_us < 0.6  # whole microseconds
    assert found.jitter_worst_us <= 1.0
    assert found.missing == 0


def test_conversions_that_are_missing_are_counted_and_are_no_jitter() -> None:
    t_us = times_us()
    kept = np.delete(t_us, [100, 300, 301, 302, 500])
    found = figures(kept)
    assert found.missing == 5
    assert found.rate_sps == pytest.approx(RATE_SPS, rel=1e-5)
    assert found.jitter_worst_us <= 1.0


def test_the_jitter_of_times_that_alternate() -> None:
    """Every second conversion is 300 us late: intervals are off by +-300 us from 10,000 us."""
    t_us = 10_000 * np.arange(1, 989)
    t_us[1::2] += 300
    found = figures(t_us)
    assert found.jitter_sd_us == pytest.approx(300.0, rel=2e-3)
    assert found.jitter_worst_us == pytest.approx(600.0, abs=1.0)  # from the median, one of both


@given(st.integers(-(10**6), 10**6), st.integers(-(10**9), 10**9))
def test_neither_zero_nor_the_moment_matter(counts: int, moment_us: int) -> None:
    t_us, values = times_us(), quiet(times_us().size)
    plain = figures(t_us, values)
    moved = examine(
        (t_us + moment_us).tolist(),
        (values + counts).tolist(),
        from_us=moment_us,
        until_us=moment_us + UNTIL_US,
    ).figures
    assert moved is not None
    assert moved.noise_counts == pytest.approx(plain.noise_counts, rel=1e-6)
    assert moved.rate_sps == plain.rate_sps
    assert moved.jitter_sd_us == plain.jitter_sd_us
    assert moved.unique_values == plain.unique_values
    assert moved.mean_counts - plain.mean_counts == pytest.approx(counts, abs=1e-3)


# -- noise


@pytest.mark.parametrize("sd", [1.0, 59.0, 2000.0])
def test_the_noise_of_white_noise_is_its_sd(sd: float) -> None:
    t_s = np.arange(0, 60, 1 / RATE_SPS)
    counts = sd * np.random.default_rng(3).standard_normal(t_s.size)
    assert noise(t_s, counts) == pytest.approx(sd, rel=0.03)


@given(st.floats(-1e5, 1e5), st.floats(-1e4, 1e4))
def test_a_steady_drift_is_no_noise(offset: float, counts_per_s: float) -> None:
    t_s = np.arange(0, 10, 1 / RATE_SPS)
    assert noise(t_s, offset + counts_per_s * t_s) == pytest.approx(0.0, abs=1e-6)


def test_a_sine_counts_as_its_rms_and_noise_adds_in_squares() -> None:
    """Five whole turns a second: hardly any of it is a straight line."""
    t_s = np.arange(0, 30, 1 / 100.0)
    sine = 300.0 * np.sin(2 * np.pi * 5 * t_s)
    n = 100 * 30
    expected = 300.0 / 2**0.5 * (n / (n - 2 * 30)) ** 0.5
    assert noise(t_s, sine) == pytest.approx(expected, rel=0.02)
    white = 200.0 * np.random.default_rng(4).standard_normal(t_s.size)
    both = noise(t_s, sine + white)
    assert both == pytest.approx((expected**2 + 200.0**2) ** 0.5, rel=0.03)


def test_neighbours_that_agree_are_noise_all_the_same() -> None:
    """A chip whose filter ties neighbours together: their differences would show less."""
    white = np.random.default_rng(5).standard_normal(6000)
    tied = np.convolve(white, np.ones(4) / 4**0.5, "valid")  # SD 1
    t_s = np.arange(tied.size) / RATE_SPS
    from_differences = float(np.diff(tied).std() / 2**0.5)
    assert from_differences < 0.6
    assert noise(t_s, tied) == pytest.approx(1.0, rel=0.06)


@given(st.floats(0.01, 1000.0), st.sampled_from([1.0, -1.0]))
def test_the_noise_scales_with_the_counts(factor: float, sign: float) -> None:
    t_s = np.arange(0, 3, 1 / RATE_SPS)
    counts = np.random.default_rng(6).standard_normal(t_s.size)
    plain = noise(t_s, counts)
    assert plain is not None
    assert noise(t_s, sign * factor * counts) == pytest.approx(factor * plain, rel=1e-9)


def test_no_noise_from_fewer_than_eight_conversions_a_second() -> None:
    t_s = np.arange(0, 10, 1 / 7.0)
    assert noise(t_s, np.sin(t_s)) is None
    assert figures(times_us(7.0)).noise_counts is None


# -- values and rails


def test_a_value_that_is_stuck_and_one_at_either_rail() -> None:
    n = times_us().size
    stuck = figures(counts=np.full(n, 1234))
    assert (stuck.unique_values, stuck.noise_counts, stuck.saturated) == (1, 0.0, 0)
    counts = quiet(n)
    counts[10:14] = 0x7FFFFF
    counts[20] = -0x800000
    found = figures(counts=counts)
    assert found.saturated == 5
    assert (found.min_counts, found.max_counts) == (-0x800000, 0x7FFFFF)
    assert share_pct(found.min_counts) == -100.0
    assert figures(counts=np.clip(quiet(n), None, 0x7FFFFE)).saturated == 0


# -- too little for a number


@pytest.mark.parametrize(
    ("keep", "reason"),
    [
        (slice(0, 0), "no conversion in 10.0 s"),
        (slice(0, 400), "fell silent 4.3 s after the beginning"),
        (slice(500, None), "began only after 5.4 s"),
        (slice(0, None, 64), "only 15 conversions in 10.0 s"),
    ],
)
def test_a_channel_that_gave_too_little_has_a_reason_and_no_number(
    keep: slice, reason: str
) -> None:
    found = channel(times_us()[keep])
    assert found.reason == reason
    assert found.figures is None


def test_times_that_go_back_are_no_measurement() -> None:
    t_us = times_us()
    t_us[500] = t_us[498]
    found = channel(t_us)
    assert found.reason == "the times of its conversions go back"
    assert found.figures is None


def test_only_the_time_of_the_test_counts() -> None:
    t_us = times_us(seconds=14.0)
    found = channel(t_us)
    assert found.conversions == int((t_us < UNTIL_US).sum())
