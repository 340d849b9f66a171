"""Somebody who uses the board for hours without being told to, and what they really did."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evenstance.virtual.loads import LONG_AGO_US, FloatArray, IntArray

Leg = Literal["left", "right"]
FOOT_N = 20.0
MOVE_US = 400_000
SWAY = ((3.0, 0.31), (2.0, 0.87), (1.0, 1.9))  # N, Hz; on the stance leg
_S = 1_000_000
_KEPT_US = 60 * _S  # of the past: a converter's filter asks for a moment of it
OFF = (0.0, 0.0)


@dataclass(frozen=True)
class Stance:
    """One single-leg stance: the swing foot's crossings of 20 N, or the stance foot's when the
    person stepped off."""

    leg: Leg
    lift_us: int
    end_us: int
    stepped_off: bool = False

    @property
    def long_s(self) -> float:
        """How long it lasted."""
        return (self.end_us - self.lift_us) / _S


class Wanderer:
    """Loads of people who come, stand on two feet, then on one leg a few times, and leave.

    `stances` is all of it up to a little after the latest moment asked for.
    """

    def __init__(self, seed: int, from_us: int) -> None:
        self._rng = random.Random(seed)
        self._lock = threading.Lock()
        self._knots: list[tuple[int, float, float]] = [(LONG_AGO_US, *OFF), (from_us, *OFF)]
        self.stances: list[Stance] = []

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        if t_us.size == 0:
            return np.empty(0), np.empty(0)
        latest_us = int(t_us[-1])
        with self._lock:
            while self._knots[-1][0] <= latest_us:
                self._visit()
            while self._knots[1][0] < int(t_us[0]) - _KEPT_US:
                del self._knots[0]
            times, left, right = (
                np.asarray(row, dtype=np.float64) for row in zip(*self._knots, strict=True)
            )
        left_n, right_n = np.interp(t_us, times, left), np.interp(t_us, times, right)
        seconds = t_us / _S
        sway_n = sum(size * np.sin(2 * np.pi * hz * seconds) for size, hz in SWAY)
        return (
            np.where(left_n > 300.0, left_n + sway_n, left_n),
            np.where(right_n > 300.0, right_n + sway_n, right_n),
        )

    def hear(self, t_us: int, level: int) -> None:
        """This person does not listen."""

    def _visit(self) -> None:
        rng = self._rng
        weight_n = rng.uniform(620.0, 900.0)
        both = (weight_n / 2, weight_n / 2)
        self._stay(rng.uniform(3.0, 30.0))
        self._move(both)
        self._stay(rng.uniform(7.5, 10.0))
        for _ in range(rng.randrange(1, 7)):
            leg: Leg = rng.choice(("left", "right"))
            lift_us = self._move((weight_n, 0.0) if leg == "left" else (0.0, weight_n))
            self._stay(self._how_long_s())
            off = rng.random() < 0.05
            end_us = self._move(OFF if off else both)
            self.stances.append(Stance(leg, lift_us, end_us, off))
            if off:
                return
            self._stay(rng.uniform(4.0, 8.0))
        self._move(OFF)

    def _how_long_s(self) -> float:
        kind = self._rng.random()
        if kind < 0.1:
            return self._rng.uniform(0.3, 1.2)  # a step, no trial
        return self._rng.uniform(3.0, 23.0) if kind < 0.35 else self._rng.uniform(26.5, 29.0)

    def _stay(self, seconds: float) -> None:
        t_us, left, right = self._knots[-1]
        self._knots.append((t_us + round(seconds * _S), left, right))

    def _move(self, to: tuple[float, float]) -> int:
        """Shift the weight; returns when the plate that gains or loses everything passes 20 N."""
        t_us, *before = self._knots[-1]
        self._knots.append((t_us + MOVE_US, *to))
        for old, new in zip(before, to, strict=True):
            if (old > FOOT_N) != (new > FOOT_N):
                return t_us + round(MOVE_US * (FOOT_N - old) / (new - old))
        return t_us
