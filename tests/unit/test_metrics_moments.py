"""Metrics that are moments or counts: scale, shift, swap and units, on forces that have some."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_holds import FloatArray, facts, hold, packed, standing, times

from evenstance.metrics.evaluate import Facts, evaluate_hold
from evenstance.metrics.measured import Measured, Missing
from evenstance.metrics.registry import METRICS
from evenstance.signal.trace_force import Side, hold_signal

T = times(100.0)
STEP_S = 0.01
MOMENTS = {"hold_time_s", "touch_down_count", "settling_time_s"}
SINGLE = {one.id for one in METRICS if one.task == "single_leg"}

moments_s = st.integers(700, 1400).map(lambda n: n * STEP_S)
settled_s = st.integers(100, 1330).map(lambda n: n * STEP_S)  # before the last 10 s, shifted too
shifts_s = st.integers(1, 400).map(lambda n: n * STEP_S)
units = st.sampled_from([9.80665, 4.4482216, 1.0 / 4.4482216, 1e3])
ends = st.sampled_from(["touch_down", "step_off"])
touches = st.integers(0, 5)


def forces(
    ends_s: float, end: str = "time_limit", touched: int = 0, settled_s: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Stance and free side: restless until one moment, touches of 0.2 s, one end.

    Every edge lies between two samples, and every force far from 20 N.
    """
    wave = np.sin(2 * np.pi * 5.0 * T)
    stance = 700.0 + np.where(settled_s - STEP_S / 2 > T, 40.0, 4.0) * wave
    swing = np.where(T < 0.0, 350.0, 0.0)
    for k in range(touched):
        swing = np.where(abs(T - 1.1 - k) < 0.1, 150.0, swing)
    over = ends_s - STEP_S / 2 < T
    if end == "touch_down":
        swing = np.where(over, 350.0, swing)
    if end == "step_off":
        stance = np.where(over, 0.0, stance)
    return stance, swing


def numbers(
    stance_swing: tuple[FloatArray, FloatArray],
    end: str = "time_limit",
    end_s: float = 25.0,
    leg: Side = "left",
    factor: float = 1.0,
) -> dict[str, float | str]:
    """Values of the moments, or why there is none."""
    stance, swing = (factor * x for x in stance_swing)
    found = evaluate_hold(hold(stance, swing, T, leg), Facts(leg, end_s, end, 700.0 * factor))
    return {
        name: one.value if isinstance(one, Measured) else one.reason
        for name, one in found.items()
        if name in MOMENTS
    }


@settings(max_examples=15)
@given(moments_s, shifts_s, ends)
def test_an_end_moves_with_its_shift_and_is_the_same_on_either_leg_and_in_any_unit(
    at_s: float, by_s: float, end: str
) -> None:
    one = numbers(forces(at_s, end, 2), end, at_s)
    assert one["hold_time_s"] == pytest.approx(at_s, abs=STEP_S)
    assert one["touch_down_count"] == 2
    later = numbers(forces(at_s + by_s, end, 2), end, at_s + by_s)
    # the line through 20 N begins at another force of the sway
    assert later["hold_time_s"] == pytest.approx(one["hold_time_s"] + by_s, abs=STEP_S / 100)
    assert numbers(forces(at_s, end, 2), end, at_s, "right") == one
    for factor in (9.80665, 4.4482216, 0.5):
        # 20 N is crossed elsewhere on the line between two samples
        other = numbers(forces(at_s, end, 2), end, at_s, factor=factor)
        assert other["hold_time_s"] == pytest.approx(one["hold_time_s"], abs=STEP_S)


@settings(max_examples=15)
@given(touches, units)
def test_touches_are_counted_above_20_newtons(touched: int, factor: float) -> None:
    found = forces(99.0, touched=touched)
    one, other = numbers(found), numbers(found, factor=factor)
    assert one["touch_down_count"] == other["touch_down_count"] == touched
    assert numbers(found, leg="right") == one
    faint = numbers((found[0], np.where(T < 0.0, found[1], 0.1 * found[1])))
    assert faint["touch_down_count"] == 0, "15 N"


@settings(max_examples=15)
@given(settled_s, units)
def test_settling_moves_with_its_shift_and_has_no_unit_of_force(
    at_s: float, factor: float
) -> None:
    one = numbers(forces(99.0, settled_s=at_s))
    assert one["settling_time_s"] == pytest.approx(at_s, abs=0.1)
    later = numbers(forces(99.0, settled_s=at_s + 0.4))
    assert later["settling_time_s"] == pytest.approx(one["settling_time_s"] + 0.4, abs=1e-6)
    assert numbers(forces(99.0, settled_s=at_s), leg="right") == one
    scaled = numbers(forces(99.0, settled_s=at_s), factor=factor)
    assert scaled["settling_time_s"] == one["settling_time_s"]


def test_counts_per_newton_move_no_moment() -> None:
    t = times(93.1)
    stance, swing = standing(t)
    swing = swing + np.where((t > 3.0) & (t < 20.0) & (t % 4.0 < 0.3), 90.0, 0.0)
    stance = stance + np.where(t < 8.0, 12.0, 0.0) * np.sin(2 * np.pi * 3.0 * t)
    first, other = (
        evaluate_hold(
            hold_signal(packed((stance, swing), (t, t), (10741, 10741), **cell)), facts()
        )
        for cell in ({}, {"counts_per_kn": (-2_900_000, 1_300_000), "zeros": (-9_000, 777)})
    )
    for name in MOMENTS:
        one, two = first[name], other[name]
        assert isinstance(one, Measured) and isinstance(two, Measured)
        assert two.value == pytest.approx(one.value, abs=2e-3), name
    assert first["touch_down_count"].value == 4  # type: ignore[union-attr]
    assert first["settling_time_s"].value > 7.0  # type: ignore[union-attr]


def test_every_other_metric_is_moved_by_the_forces_of_the_general_properties() -> None:
    """One that these forces leave as it is would pass them whatever it does: it belongs here."""
    rest = 7.0 + 3.0 * np.sin(2 * np.pi * T)
    wave = np.sin(2 * np.pi * 2.0 * T)
    one = evaluate_hold(hold(700.0 + 5.0 * wave, rest, T), facts())
    fewer = replace(facts(), body_weight_n=690.0)
    other = evaluate_hold(hold(701.0 + 6.0 * wave, 1.1 * rest, T), fewer)
    assert not [m for m in (*one.values(), *other.values()) if isinstance(m, Missing)]
    same = {name for name in one if one[name].value == other[name].value}  # type: ignore[union-attr]
    assert set(one) == SINGLE
    assert same == MOMENTS
