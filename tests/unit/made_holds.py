"""Holds made from forces for tests: as signals, and packed by the board's own encoder."""

from __future__ import annotations

import importlib

import numpy as np
from numpy.typing import NDArray
from small_ints import board_modules

from evenstance.metrics.evaluate import Facts
from evenstance.signal.force_signal import ForceSignal
from evenstance.signal.trace_force import HoldSignal, Side
from evenstance_wire import trace, units

with board_modules():
    Encoder = importlib.import_module("evenstance_board.trace_encoder").Encoder

FloatArray = NDArray[np.float64]
FROM_S, TO_S = -5.0, 26.0
COUNTS_PER_KN = (2_187_000, -2_190_000)
ZEROS = (50_000, -30_000)
WEIGHT_N = 700.0


def times(rate_sps: float, from_s: float = FROM_S, to_s: float = TO_S) -> FloatArray:
    """Evenly spaced times."""
    return from_s + np.arange(round((to_s - from_s) * rate_sps)) / rate_sps


def hold(
    stance_n: FloatArray, swing_n: FloatArray, t: FloatArray, leg: Side = "left"
) -> HoldSignal:
    """A hold whose plates are sampled at the same times."""
    stance, swing = ForceSignal.of(t, stance_n), ForceSignal.of(t, swing_n)
    left, right = (stance, swing) if leg == "left" else (swing, stance)
    period_s = float(np.median(np.diff(t)))
    return HoldSignal(
        seq=1,
        stance_leg=leg,
        end_s=25.0,
        left=left,
        right=right,
        period_s=(period_s, period_s),
        delay_s=(2 * period_s, 2 * period_s),
        complete=True,
    )


def facts(
    leg: Side = "left", end_s: float = 25.0, weight_n: float | None = WEIGHT_N, *reasons: str
) -> Facts:
    """Of a hold to the time limit."""
    return Facts(leg, end_s, "time_limit", weight_n, reasons)


def standing(t: FloatArray, seed: int = 1) -> tuple[FloatArray, FloatArray]:
    """Forces on the stance and the free plate of somebody who lifts a foot at 0 s."""
    rng = np.random.default_rng(seed)
    moves = sum(
        3.0 * np.sin(2 * np.pi * f * t + p)
        for f, p in zip((0.3, 1.2, 2.7, 4.4), rng.uniform(0, 6, 4), strict=True)
    )
    off = np.clip(-t / 0.2 + 20.0 / 350.0, 0.0, 1.0)
    stance = WEIGHT_N - 350.0 * off + moves + rng.normal(0, 0.05, t.size)
    swing = 350.0 * off - 0.2 + rng.normal(0, 0.05, t.size)
    return stance, swing


def packed(
    forces_n: tuple[FloatArray, FloatArray],
    times_s: tuple[FloatArray, FloatArray],
    periods_us: tuple[int, int],
    *,
    leg: Side = "left",
    counts_per_kn: tuple[int, int] = COUNTS_PER_KN,
    zeros: tuple[int, int] = ZEROS,
    complete: bool = True,
) -> bytes:
    """A trace file of left and right forces at the times at which they acted."""
    encoder = Encoder(bytearray(65535))
    encoder.start(*periods_us)
    rows: list[tuple[int, int, int]] = []
    for k in (0, 1):
        t_us = np.rint(times_s[k] * 1e6).astype(int) + 2 * periods_us[k]
        counts = np.rint(forces_n[k] * counts_per_kn[k] / 1e3).astype(int) + zeros[k]
        rows += zip(t_us.tolist(), [k] * t_us.size, counts.tolist(), strict=True)
    for at_us, k, value in sorted(rows):
        encoder.put(k, at_us, value)
    size = encoder.finish()
    header = {
        "version": trace.VERSION,
        "complete": 1 if complete else 0,
        "seq": 1,
        "stance_leg": units.PLATES.index(leg),
        "filter_delay_half_periods": 4,
        "left_counts_per_kn": counts_per_kn[0],
        "right_counts_per_kn": counts_per_kn[1],
        "zero_left_counts": zeros[0],
        "zero_right_counts": zeros[1],
        "left_period_us": periods_us[0],
        "right_period_us": periods_us[1],
        "end_us": 25_000_000,
        "left_first_us": encoder.first_us(0),
        "right_first_us": encoder.first_us(1),
        "samples_left": encoder.samples(0),
        "samples_right": encoder.samples(1),
        "stream_bytes": size,
    }
    return trace.pack(header, memoryview(encoder.buffer)[:size])
