"""What a touch looks like behind the chip's filter, and how far a zero may be off before the rules
take it for something else. No firmware has a part in it: it tests the rule, not the board."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from known_forces import FOOT_DOWN_N, SHAPES, Shape, pulse, share_above

from evenstance.virtual.loads import FloatArray
from evenstance_wire.rules import Rules

LONG_S = 0.065
SHORT_S = 0.035
RATES_SPS = (80.0, 97.0)
STAGES = (2, 4)
PHASES = (0.0, 0.25, 0.5, 0.75)
PEAKS_N = (22.0, 25.0, 30.0, 40.0, 60.0, 100.0, 150.0, 200.0, 300.0)
STEP_N = 0.25
MOST_N = 15.0
_FINE_S = 0.0002
_LEAD_S = 0.12


@dataclass(frozen=True)
class Filtered:
    """Times of conversions (s) and the forces that they give (N)."""

    t_s: FloatArray
    force_n: FloatArray

    def counts(self, zero_error_n: float) -> bool:
        """Whether the rules take it for a touch-down; the zero reads so much too high."""
        force_n = self.force_n + zero_error_n
        (above,) = np.nonzero(force_n >= FOOT_DOWN_N)
        if above.size == 0:
            return False
        lasts_s = self._passes(force_n, int(above[-1]), int(above[-1]) + 1) - self._passes(
            force_n, int(above[0]) - 1, int(above[0])
        )
        return lasts_s > must_last_s(float(force_n.max()))

    def _passes(self, force_n: FloatArray, a: int, b: int) -> float:
        share = (FOOT_DOWN_N - force_n[a]) / (force_n[b] - force_n[a])
        return float(self.t_s[a] + share * (self.t_s[b] - self.t_s[a]))


def must_last_s(peak_n: float) -> float:
    """Time above 20 N (s) from which a touch of that largest force counts."""
    rules = Rules()
    hard_us = (peak_n - rules.hard_touch_mn / 1000) * rules.hard_touch_us_per_n
    return rules.touch_down_ms / 1e3 + min(max(hard_us / 1e6, 0.0), rules.hard_touch_ms / 1e3)


def filtered(shape: Shape, peak_n: float, above_s: float) -> Iterator[Filtered]:
    """A touch behind each kind of chip, at four phases of its conversions."""
    duration_s = above_s / share_above(shape, FOOT_DOWN_N / peak_n)
    t_s = np.arange(-_LEAD_S, duration_s + _LEAD_S, _FINE_S)
    force_n = peak_n * pulse(shape, t_s / duration_s)
    for rate_sps in RATES_SPS:
        box = np.ones(round(1.0 / rate_sps / _FINE_S))
        box /= box.size
        passed_n = force_n
        for stage in range(1, max(STAGES) + 1):
            passed_n = np.convolve(passed_n, box, mode="same")
            if stage not in STAGES:
                continue
            for phase in PHASES:
                ends_s = np.arange(t_s[0] + phase / rate_sps, t_s[-1], 1.0 / rate_sps)
                yield Filtered(ends_s, np.interp(ends_s, t_s, passed_n))


def room_n(peak_n: float, above_s: float) -> float:
    """By how much (N) a zero may be off until some touch is misjudged: too low where touches of
    that time have to count, too high where they must not."""
    must = above_s >= LONG_S
    room = MOST_N
    for shape in SHAPES:
        for touch in filtered(shape, peak_n, above_s):
            off_n = 0.0
            while off_n < room and touch.counts(-off_n if must else off_n) is must:
                off_n += STEP_N
            room = min(room, off_n - STEP_N) if off_n < room else room
    return room


def room_table() -> str:
    """A Markdown table of `room_n`."""
    lines = [
        "| largest force | zero too low by up to, 65 ms | zero too high by up to, 35 ms |",
        "| --- | --- | --- |",
    ]
    for peak_n in PEAKS_N:
        low, high = room_n(peak_n, LONG_S), room_n(peak_n, SHORT_S)
        lines.append(f"| {peak_n:g} N | {_room(low)} | {_room(high)} |")
    return "\n".join(lines)


def _room(room: float) -> str:
    return f"{room:g} N" if room < MOST_N - STEP_N else f"{MOST_N:g} N or more"
