"""Loads on both plates that are known exactly: body weight, sway, ramps, and touches of a foot.

A stance is a formula of time, and so is the way from one to the next. What a hold was (its two
ends, each touch above 20 N, its load share) is read off these formulas, never off a measurement.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from evenstance.virtual.loads import FloatArray, IntArray

Leg = Literal["left", "right"]
Shape = Literal["half_sine", "sine_squared", "skewed", "trapezoid"]
Way = Literal["line", "smooth", "cosine"]
SHAPES: tuple[Shape, ...] = ("half_sine", "sine_squared", "skewed", "trapezoid")
WAYS: tuple[Way, ...] = ("line", "smooth", "cosine")
LEGS: tuple[Leg, Leg] = ("left", "right")

FOOT_DOWN_N = 20.0
_FLANK = 0.2  # of a trapezoid, on either side
_SKEW = 0.6  # exponent of time: rises faster than it falls
_SCAN_S = 0.0002
_FINE_S = 1e-7


def pulse(shape: Shape, turn: FloatArray) -> FloatArray:
    """A pulse of height 1 over `turn` 0 to 1, nothing before and after."""
    u = np.clip(turn, 0.0, 1.0)
    if shape == "half_sine":
        return np.sin(np.pi * u)
    if shape == "sine_squared":
        return np.sin(np.pi * u) ** 2
    if shape == "skewed":
        return np.sin(np.pi * u**_SKEW)
    return np.minimum(np.minimum(u, 1.0 - u) / _FLANK, 1.0)


def share_above(shape: Shape, height: float) -> float:
    """Share of a pulse's duration in which it is above `height` (0 to 1)."""
    if shape == "half_sine":
        return 1.0 - 2.0 * float(np.arcsin(height)) / np.pi
    if shape == "sine_squared":
        return 1.0 - 2.0 * float(np.arcsin(np.sqrt(height))) / np.pi
    if shape == "skewed":
        rise = float(np.arcsin(height)) / np.pi
        return (1.0 - rise) ** (1.0 / _SKEW) - rise ** (1.0 / _SKEW)
    return 1.0 - 2.0 * _FLANK * height


@dataclass(frozen=True)
class Sway:
    """A sum of sines: frequencies (Hz), amplitudes (N), phases (rad)."""

    hz: FloatArray
    amplitude_n: FloatArray
    phase: FloatArray

    @staticmethod
    def drawn(
        rng: np.random.Generator, bands: tuple[tuple[float, float, float], ...], sd_n: float
    ) -> Sway:
        """Two sines per band of (from Hz, to Hz, share of the power in %), `sd_n` in all."""
        hz: list[float] = []
        power: list[float] = []
        for from_hz, to_hz, share_pct in bands:
            hz += rng.uniform(from_hz, to_hz, 2).tolist()
            power += [share_pct / 2.0] * 2
        amplitude_n = sd_n * np.sqrt(2.0 * np.array(power) / sum(power))
        return Sway(np.array(hz), amplitude_n, rng.uniform(0.0, 2.0 * np.pi, len(hz)))

    def at(self, t_s: FloatArray) -> FloatArray:
        return self.amplitude_n @ np.sin(
            2.0 * np.pi * self.hz[:, None] * t_s[None, :] + self.phase[:, None]
        )


class Stance(Protocol):
    """Forces on both plates (N) at times in seconds from the first stance on."""

    def forces_n(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]: ...


@dataclass(frozen=True)
class Nobody:
    """Both plates are empty."""

    def forces_n(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.zeros(t_s.shape), np.zeros(t_s.shape)


@dataclass(frozen=True)
class BothFeet:
    """Body weight shared by both plates: some moves from foot to foot, the sum trembles."""

    body_weight_n: float
    left_share: float
    between: Sway
    both: Sway

    def forces_n(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        half_n = 0.5 * self.both.at(t_s)
        left_n = self.body_weight_n * self.left_share + self.between.at(t_s) + half_n
        return left_n, self.body_weight_n + 2.0 * half_n - left_n


@dataclass(frozen=True)
class Touch:
    """A pulse under the swing foot: start (s), duration (s), height (N), and what it is for."""

    at_s: float
    duration_s: float
    height_n: float
    shape: Shape
    kind: str

    def force_n(self, t_s: FloatArray) -> FloatArray:
        return self.height_n * pulse(self.shape, (t_s - self.at_s) / self.duration_s)


@dataclass(frozen=True)
class OneLeg:
    """Body weight and sway on one plate; on the other a constant stray load and touches, which
    are taken off the first."""

    leg: Leg
    body_weight_n: float
    sway: Sway
    stray_n: float = 0.0
    touches: tuple[Touch, ...] = ()

    def forces_n(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        swing_n = np.full(t_s.shape, self.stray_n)
        for touch in self.touches:
            if t_s[0] < touch.at_s + touch.duration_s and t_s[-1] > touch.at_s:
                swing_n += touch.force_n(t_s)
        stance_n = self.body_weight_n + self.sway.at(t_s) - swing_n
        return (stance_n, swing_n) if self.leg == "left" else (swing_n, stance_n)


@dataclass(frozen=True)
class Move:
    """From the stance before into `stance`, beginning at `start_s`."""

    start_s: float
    duration_s: float
    way: Way
    stance: Stance

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s

    def done(self, t_s: FloatArray) -> FloatArray:
        u = np.clip((t_s - self.start_s) / self.duration_s, 0.0, 1.0)
        if self.way == "smooth":
            return u * u * (3.0 - 2.0 * u)
        if self.way == "cosine":
            return 0.5 * (1.0 - np.cos(np.pi * u))
        return u


class KnownLoads:
    """Plays moves from `start_us` on; `felt` is what the plates feel of a force after the
    calibration (their sensitivity has moved a little since)."""

    def __init__(self, felt: tuple[float, float] = (1.0, 1.0)) -> None:
        self.start_us = 0
        self._felt = felt
        self._moves = [Move(-1e9, 1.0, "line", Nobody())]
        self._starts_s = [-1e9]

    @property
    def end_s(self) -> float:
        """End of the last move (s)."""
        return self._moves[-1].end_s

    def add(self, start_s: float, duration_s: float, way: Way, stance: Stance) -> float:
        """Add a move behind the last one; returns its end (s)."""
        assert start_s >= max(self.end_s, 0.0), "moves follow each other"
        self._moves.append(Move(start_s, duration_s, way, stance))
        self._starts_s.append(start_s)
        return self.end_s

    def true_n(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Forces on both plates (N) at ascending times (s)."""
        first = bisect_right(self._starts_s, float(t_s[0])) - 1
        last = bisect_right(self._starts_s, float(t_s[-1])) - 1
        if first == last:
            return self._in_move(first, t_s)
        left_n, right_n = np.empty(t_s.shape), np.empty(t_s.shape)
        move_of = np.searchsorted(self._starts_s, t_s, side="right") - 1
        for n in range(first, last + 1):
            mine = move_of == n
            if mine.any():
                left_n[mine], right_n[mine] = self._in_move(n, t_s[mine])
        return left_n, right_n

    def _in_move(self, n: int, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        move = self._moves[n]
        left_n, right_n = move.stance.forces_n(t_s)
        if t_s[0] >= move.end_s:
            return left_n, right_n
        from_left_n, from_right_n = self._moves[n - 1].stance.forces_n(t_s)
        done = move.done(t_s)
        return (
            from_left_n + (left_n - from_left_n) * done,
            from_right_n + (right_n - from_right_n) * done,
        )

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        """What the virtual board asks for."""
        if t_us.size == 0:
            return np.empty(0), np.empty(0)
        left_n, right_n = self.true_n((t_us - self.start_us) / 1e6)
        return left_n * self._felt[0], right_n * self._felt[1]

    def hear(self, t_us: int, level: int) -> None:
        """These loads hear nothing."""

    def crossings_s(
        self, plate: int, level_n: float, from_s: float, to_s: float, *, rising: bool
    ) -> list[float]:
        """Every time (s) at which the force on a plate passes `level_n` that way."""

        def above(t_s: FloatArray) -> IntArray:
            return (self.true_n(t_s)[plate] > level_n).astype(np.int64)

        t_s = np.arange(from_s, to_s + _SCAN_S, _SCAN_S)
        steps = np.flatnonzero(np.diff(above(t_s)) == (1 if rising else -1))
        return [_halved(above, float(t_s[k]), float(t_s[k + 1])) for k in steps]

    def load_share_pct(self, leg: Leg, from_s: float, to_s: float) -> float:
        """Mean share of the stance plate in the load of both (%)."""
        t_s = np.arange(from_s, to_s, 0.001)
        left_n, right_n = self.true_n(t_s)
        stance_n = left_n if leg == "left" else right_n
        return float(np.mean(100.0 * stance_n / (left_n + right_n)))


def _halved(above: Callable[[FloatArray], IntArray], low_s: float, high_s: float) -> float:
    """The step of `above` between two times, by halving."""
    before = above(np.array([low_s]))[0]
    while high_s - low_s > _FINE_S:
        middle_s = 0.5 * (low_s + high_s)
        if above(np.array([middle_s]))[0] == before:
            low_s = middle_s
        else:
            high_s = middle_s
    return 0.5 * (low_s + high_s)
