"""Ways to stand on the two plates, each a pure function of time, and the noise they are made of.

Numbers: one adult on dual plates and 21 people in two-legged quiet stance, as given with each
constant; force SD 4.7-6.1 N (0.6-0.8 %BW) on one leg with little power above 20 Hz.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

import numpy as np

from evenstance.virtual.loads import FloatArray, IntArray

Leg = Literal["left", "right"]
Key = tuple[int, ...]
Bands = tuple[tuple[float, float, float], ...]

TICK_US = 2_000
TICKS = 1 << 15  # a table lasts 65.5 s and joins its own beginning
SETTLING_US = 5_000_000
WINDOW_US = 5_000_000
WINDOWS = 4
UNEASY_US = 3_000_000
UNEASY_SHARE = 0.3

# From Hz, to Hz, share of the power (%): single-leg stance of one adult at 250 Hz.
ONE_LEG_BANDS: Bands = (
    (0.2, 1.0, 3.0),
    (1.0, 2.0, 14.0),
    (2.0, 3.0, 14.0),
    (3.0, 4.0, 29.0),
    (4.0, 5.0, 17.0),
    (5.0, 7.0, 17.0),
    (7.0, 10.0, 4.0),
    (10.0, 20.0, 2.0),
)
# Two-legged quiet stance at 100 Hz: load moves slowly from foot to foot, the sum only trembles.
BETWEEN_FEET_BANDS: Bands = ((0.03, 0.2, 50.0), (0.2, 0.5, 40.0), (0.5, 1.0, 8.0), (1.0, 2.0, 2.0))
SUM_BANDS: Bands = ((1.0, 2.0, 5.0), (2.0, 5.0, 60.0), (5.0, 10.0, 34.0), (10.0, 20.0, 1.0))


class Stance(Protocol):
    """Forces on both plates (N) at times (us) from the stance's beginning on."""

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]: ...


@dataclass(frozen=True)
class Steady:
    """Constant forces: nobody there, or a moment on the way from one stance to another."""

    left_n: float
    right_n: float

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        return np.full(t_us.shape, self.left_n), np.full(t_us.shape, self.right_n)


NOBODY = Steady(0.0, 0.0)


@dataclass(frozen=True)
class TwoFeet:
    """Quiet stance: `foot_sd_n` moves from foot to foot, the sum varies by `sum_sd_n`."""

    key: Key
    from_us: int
    body_weight_n: float
    left_share: float
    foot_sd_n: float
    sum_sd_n: float

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        between_n = self.foot_sd_n * _look_up(
            _unit_noise((*self.key, 0), BETWEEN_FEET_BANDS), t_us - self.from_us
        )
        half_n = (0.5 * self.sum_sd_n) * _look_up(
            _unit_noise((*self.key, 1), SUM_BANDS), t_us - self.from_us
        )
        left_n = self.body_weight_n * self.left_share + between_n + half_n
        return left_n, self.body_weight_n + 2.0 * half_n - left_n


@dataclass(frozen=True)
class Touch:
    """The swing foot touches its plate: a half-sine pulse taken off the stance plate."""

    at_us: int
    duration_us: int
    peak_n: float

    def time_above_us(self, threshold_n: float) -> int:
        """How long the pulse is above `threshold_n` (us)."""
        if self.peak_n <= threshold_n:
            return 0
        return round(self.duration_us * (1 - 2 * np.arcsin(threshold_n / self.peak_n) / np.pi))

    def force_n(self, t_us: IntArray) -> FloatArray:
        """Force of the swing foot (N)."""
        turn = _zero_to_one((t_us - self.at_us) / self.duration_us)
        return self.peak_n * np.sin(np.pi * turn)


@dataclass(frozen=True)
class OneLeg:
    """Single-leg stance: body weight and sway on one plate, nothing on the other.

    `sd_n` is the mean SD in the four windows of 5 s that begin 5 s after `lift_us`, touches
    left out; the first 3 s after `lift_us` sway more.
    """

    key: Key
    from_us: int
    lift_us: int
    leg: Leg
    body_weight_n: float
    sd_n: float
    touches: tuple[Touch, ...]

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        table = _scored_noise(self.key, (self.lift_us - self.from_us) // TICK_US)
        stance_n = self.sd_n * _look_up(table, t_us - self.from_us)
        earliest_us, latest_us = int(t_us[0]), int(t_us[-1])
        if earliest_us < self.lift_us + UNEASY_US:
            past = smoothstep((t_us - self.lift_us) / UNEASY_US)
            stance_n *= 1.0 + UNEASY_SHARE * (1.0 - past)
        stance_n += self.body_weight_n
        swing_n = np.zeros(t_us.shape)
        for touch in self.touches:
            if earliest_us < touch.at_us + touch.duration_us and latest_us > touch.at_us:
                swing_n += touch.force_n(t_us)
        stance_n -= swing_n
        return (stance_n, swing_n) if self.leg == "left" else (swing_n, stance_n)


def smoothstep(turn: FloatArray) -> FloatArray:
    """3 u^2 - 2 u^3 of `turn` clipped to 0..1: no jump in value or slope at either end."""
    u = _zero_to_one(turn)
    return u * u * (3.0 - 2.0 * u)


def _zero_to_one(values: FloatArray) -> FloatArray:
    return np.minimum(np.maximum(values, 0.0), 1.0)


def _look_up(table: FloatArray, since_us: IntArray) -> FloatArray:
    """Straight lines between the table's ticks; at 5 Hz this costs 0.03 % of an amplitude."""
    tick, rest_us = np.divmod(since_us, TICK_US)
    tick &= TICKS - 1
    here = table[tick]
    return here + (table[tick + 1] - here) * (rest_us * (1.0 / TICK_US))


@lru_cache(maxsize=16)
def _unit_noise(key: Key, bands: Bands) -> FloatArray:
    """Sum of sinusoids with random phases, powers as in `bands`, mean 0 and SD 1; periodic."""
    rng = np.random.default_rng(key)
    hz = np.fft.rfftfreq(TICKS, TICK_US / 1e6)
    amplitude = np.zeros(hz.size)
    for from_hz, to_hz, share_pct in bands:
        inside = (hz >= from_hz) & (hz < to_hz)
        amplitude[inside] = np.sqrt(share_pct / np.count_nonzero(inside))
    used = np.flatnonzero(amplitude)
    spectrum = np.zeros(hz.size, dtype=np.complex128)
    spectrum[used] = amplitude[used] * np.exp(2j * np.pi * rng.random(used.size))
    table = np.fft.irfft(spectrum, TICKS)
    table /= table.std()
    return np.append(table, table[0])


@lru_cache(maxsize=8)
def _scored_noise(key: Key, lift_tick: int) -> FloatArray:
    """Sway noise scaled so that the mean SD in the scored windows after `lift_tick` is 1."""
    table = _unit_noise(key, ONE_LEG_BANDS)
    width = WINDOW_US // TICK_US
    first = lift_tick + SETTLING_US // TICK_US
    sds = [table[first + n * width : first + (n + 1) * width].std() for n in range(WINDOWS)]
    return table * (WINDOWS / sum(sds))
