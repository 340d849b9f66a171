"""The evaluation of a trace in 64 bits against signals whose numbers are known in closed form."""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np
import pytest
from small_ints import board_modules

from evenstance_wire import trace
from proving.recompute import Floats, Numbers, evaluate, numbers

with board_modules():
    Encoder = importlib.import_module("evenstance_board.trace_encoder").Encoder

MEAN_N = 757.0
SWING_N = 1.5
AMPLITUDES_N = (6.0, 5.0, 4.0, 3.0)  # of the four windows
FREQUENCY_HZ = 2.0
PERIODS_US = (10_741, 10_893)
COUNTS_PER_KN = (2_187_000, -2_190_000)
ZEROS = (50_000, -30_000)
HALF_PERIODS = 4
N = 2_900


def moments_us(plate: int) -> Floats:
    """When forces act, from 5 s before lift-off on."""
    return np.arange(N, dtype=np.float64) * PERIODS_US[plate] - 5_000_300.0


def force_n(t_us: Floats) -> Floats:
    """A sine with another amplitude in each window, far away from both before and after."""
    t_s = t_us / 1e6
    window = np.clip(np.floor((t_s - 5.0) / 5.0), 0, 3).astype(int)
    swing = np.array(AMPLITUDES_N)[window] * np.sin(2 * math.pi * FREQUENCY_HZ * t_s)
    return np.where((t_s >= 5.0) & (t_s < 25.0), MEAN_N + swing, 0.0)


def assert_known(found: Numbers, within_pct: float) -> None:
    sds = [amplitude / math.sqrt(2) for amplitude in AMPLITUDES_N]
    assert found.windows_sd_n == pytest.approx(sds, rel=within_pct / 100)
    assert found.sd_n == pytest.approx(sum(sds) / 4, rel=within_pct / 100)
    assert found.mean_n == pytest.approx(MEAN_N, abs=0.02)
    assert found.swing_mean_n == pytest.approx(SWING_N, abs=1e-3)
    assert 1 < found.samples * PERIODS_US[0] / 20e6 + 1e-3 < 1.003


def test_a_sine_has_its_amplitude_over_root_two() -> None:
    stance_us, swing_us = moments_us(0), moments_us(1)
    found = evaluate(stance_us, force_n(stance_us), swing_us, np.full(N, SWING_N))
    assert_known(found, 0.3)  # windows hold no whole number of samples


def test_a_step_of_two_values_is_exact() -> None:
    """Half of the samples at each of two forces: SD by the sum of squares over n - 1."""
    t_us = 5e6 + 10_000.0 * np.arange(2_000) + 5_000.0
    force = MEAN_N + np.where(np.arange(2_000) % 2, 4.0, -4.0)
    found = evaluate(t_us, force, t_us, np.zeros(2_000))
    assert found.windows_sd_n == pytest.approx([4.0 * math.sqrt(500 / 499)] * 4, rel=1e-12)
    assert found.mean_n == pytest.approx(MEAN_N, rel=1e-14)
    assert found.range_n == pytest.approx(8.0, rel=1e-14)
    assert found.samples == 2_000
    assert found.edge_us == pytest.approx(5_000.0)


@pytest.mark.parametrize("edge_us", [5e6, 10e6, 25e6])
def test_what_begins_at_an_edge_belongs_to_the_window_after_it(edge_us: float) -> None:
    t_us = 5e6 + 10_000.0 * np.arange(2_001)
    force = np.full(2_001, MEAN_N)
    force[round((edge_us - 5e6) / 10_000)] = MEAN_N + 50.0
    sds = evaluate(t_us, force, t_us, np.zeros(2_001)).windows_sd_n
    lifted = [n for n, sd in enumerate(sds) if sd > 1.0]
    assert lifted == [n for n in (0, 1, 2, 3) if 5e6 + 5e6 * n == edge_us]


@pytest.mark.parametrize("stance", [0, 1])
def test_a_trace_of_raw_counts_gives_the_same(stance: int) -> None:
    """Zero, signed sensitivity, the delay of the filter and the leg are taken from its header."""
    encoder = Encoder(bytearray(60_000))
    encoder.start(*PERIODS_US)
    for row in sorted(rows(stance), key=lambda row: row[1]):
        encoder.put(*row)
    size = encoder.finish()
    found = numbers(trace.pack(header(encoder, stance, size), memoryview(encoder.buffer)[:size]))
    own_us, other_us = moments_us(stance), moments_us(1 - stance)
    wanted = evaluate(own_us, force_n(own_us), other_us, np.full(N, SWING_N))
    assert found.mean_n == pytest.approx(wanted.mean_n, abs=1e-4)
    assert found.windows_sd_n == pytest.approx(wanted.windows_sd_n, rel=2e-4)
    assert found.swing_mean_n == pytest.approx(SWING_N, abs=1e-3)
    assert found.samples == wanted.samples


def rows(stance: int) -> list[tuple[int, int, int]]:
    """Conversions of both chips: they end a delay after the force acted."""
    found: list[tuple[int, int, int]] = []
    for plate in (0, 1):
        t_us = moments_us(plate)
        forces = force_n(t_us) if plate == stance else np.full(N, SWING_N)
        for at_us, force in zip(t_us.tolist(), forces.tolist(), strict=True):
            counts = round(force * COUNTS_PER_KN[plate] / 1e3) + ZEROS[plate]
            end_us = round(at_us + HALF_PERIODS * PERIODS_US[plate] / 2)
            found.append((plate, end_us, counts))
    return found


def header(encoder: Any, stance: int, size: int) -> dict[str, object]:
    found: dict[str, object] = {
        "version": trace.VERSION,
        "complete": 1,
        "seq": 1,
        "stance_leg": stance,
        "filter_delay_half_periods": HALF_PERIODS,
        "end_us": 25_000_000,
        "stream_bytes": size,
    }
    for plate, side in enumerate(("left", "right")):
        found[f"{side}_counts_per_kn"] = COUNTS_PER_KN[plate]
        found[f"zero_{side}_counts"] = ZEROS[plate]
        found[f"{side}_period_us"] = PERIODS_US[plate]
        found[f"{side}_first_us"] = encoder.first_us(plate)
        found[f"samples_{side}"] = encoder.samples(plate)
    return found
