"""Lift-off, touches and end of a hold, found again in its forces by the rules of the board.

A crossing of a level lies on the straight line between two samples of that plate; over more than
65 ms there is no line, and it is the later sample, as on the board.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evenstance.metrics.definition import NotAvailable
from evenstance.metrics.hold import TouchDown
from evenstance.signal.force_signal import FloatArray, ForceSignal
from evenstance_wire import rules

FOOT_DOWN_N = rules.value("foot_down_mn") / 1e3
TOUCH_DOWN_S = rules.value("touch_down_ms") / 1e3
HARD_TOUCH_N = rules.value("hard_touch_mn") / 1e3
HARD_TOUCH_S_PER_N = rules.value("hard_touch_us_per_n") / 1e6
HARD_TOUCH_S = rules.value("hard_touch_ms") / 1e3
REFRACTORY_S = rules.value("refractory_ms") / 1e3
FOOT_DOWN_ENDS_S = rules.value("foot_down_ends_ms") / 1e3
STEP_OFF_S = rules.value("step_off_ms") / 1e3
MOVED_OVER_SHARE = rules.value("moved_over_share_pct") / 100.0
MOVED_OVER_S = rules.value("moved_over_ms") / 1e3
RECORD_S = rules.value("record_ms") / 1e3
_NO_LINE_S = 0.065535
_SAME_MOMENT_S = 0.001


@dataclass(frozen=True)
class Stretch:
    """A time above a level; infinite where it was so from the first or to the last sample."""

    from_s: float
    to_s: float
    peak_n: float


def above(signal: ForceSignal, level_n: float) -> list[Stretch]:
    """Every stretch at or above a level.

    >>> ramp = ForceSignal.of([0.0, 0.01, 0.02, 0.03], [0.0, 40.0, 40.0, 0.0])
    >>> [(s.from_s, s.to_s, s.peak_n) for s in above(ramp, 20.0)]
    [(0.005, 0.025, 40.0)]
    """
    t, f = signal.times_s, signal.force_n
    if f.size == 0:
        return []
    high = f >= level_n
    steps = np.flatnonzero(high[1:] != high[:-1])
    at = _crossings(t, f, steps, level_n).tolist()
    edges = [-np.inf, *at, np.inf] if high[0] else [*at, np.inf]
    first = [0, *(steps + 1).tolist(), f.size] if high[0] else [*(steps + 1).tolist(), f.size]
    found: list[Stretch] = []
    for k in range(0, len(edges) - 1, 2):
        peak = float(f[first[k] : first[k + 1]].max())
        found.append(Stretch(float(edges[k]), float(edges[k + 1]), peak))
    return found


def _crossings(t: FloatArray, f: FloatArray, k: np.ndarray, level_n: float) -> FloatArray:
    t0, t1, f0, f1 = t[k], t[k + 1], f[k], f[k + 1]
    on_line = t0 + (level_n - f0) / (f1 - f0) * (t1 - t0)
    return np.where(t1 - t0 > _NO_LINE_S, t1, on_line)


def must_last_s(peak_n: float) -> float:
    """For how long a touch of this peak has to be above 20 N to count, by whole newtons as on the
    board: one that is hard and short leaves the chip's filter longer than it was.

    >>> must_last_s(60.9), round(must_last_s(100.0), 6), round(must_last_s(900.0), 6)
    (0.05, 0.054, 0.062)
    """
    hard_n = math.floor(max(peak_n - HARD_TOUCH_N, 0.0))
    return TOUCH_DOWN_S + min(hard_n * HARD_TOUCH_S_PER_N, HARD_TOUCH_S)


def touch_downs(
    swing: ForceSignal, end_s: float, *, level_n: float = FOOT_DOWN_N
) -> tuple[TouchDown, ...]:
    """Touches of the free foot, above 20 N for more than 50 ms, between lift-off and the end; one
    with more than 60 N must last longer (`must_last_s`).

    A new one within 100 ms of the last belongs to it and is not counted; the touch that ends the
    hold is its end and not counted either. At the end of the record an open one is closed.

    Minimum data: samples of the swing plate from lift-off to the end. Example, a touch pulse of
    60 N that rises and falls within 12 ms and is above 20 N for 208 ms:

    >>> t = np.arange(0.0, 25.0, 0.001)
    >>> f = 60.0 * np.clip(np.minimum((t - 10.0) / 0.012, (10.216 - t) / 0.012), 0.0, 1.0)
    >>> [touch] = touch_downs(ForceSignal.of(t, f), end_s=25.0)
    >>> round(touch.at_s, 4), round(touch.duration_s, 4), touch.peak_n
    (10.004, 0.208, 60.0)
    """
    found: list[TouchDown] = []
    last_end_s = -np.inf
    record_ends = end_s >= RECORD_S - _SAME_MOMENT_S
    for touch in above(swing, level_n):
        if touch.from_s <= 0.0 or touch.from_s >= end_s:
            continue
        to_s = min(touch.to_s, end_s) if record_ends else touch.to_s
        if to_s > end_s + _SAME_MOMENT_S:
            continue
        duration_s = to_s - touch.from_s
        if duration_s > must_last_s(touch.peak_n):
            if touch.from_s - last_end_s >= REFRACTORY_S:
                inside = swing.between(touch.from_s, to_s).force_n
                peak_n = float(inside.max()) if inside.size else touch.peak_n
                found.append(TouchDown(touch.from_s, duration_s, peak_n))
            last_end_s = to_s
    return tuple(found)


def touch_down_count(swing: ForceSignal, end_s: float) -> int:
    """How many touches `touch_downs` finds. Unit: none. Minimum data: as there.

    >>> t = np.arange(0.0, 25.0, 0.01)
    >>> pulses = np.where(np.isin(np.floor(t), (7, 12)) & (t % 1.0 < 0.2), 50.0, 0.0)
    >>> touch_down_count(ForceSignal.of(t, pulses), end_s=25.0)
    2
    >>> touch_down_count(ForceSignal.of(t, np.where(t % 5.0 < 0.03, 50.0, 0.0)), end_s=25.0)
    0
    """
    return len(touch_downs(swing, end_s))


def lift_off_s(swing: ForceSignal) -> float:
    """When the free foot left: the last fall below 20 N up to 50 ms after the time zero.

    Zero itself within the rounding of a trace's times, and where the foot was never down: then
    the board dates the lift-off by the stance plate.

    >>> lift_off_s(ForceSignal.of([-0.02, -0.01, 0.01, 0.02], [350.0, 30.0, 10.0, 0.0]))
    0.0
    """
    falls = [s.to_s for s in above(swing, FOOT_DOWN_N) if s.to_s <= TOUCH_DOWN_S]
    return falls[-1] if falls and abs(falls[-1]) > _SAME_MOMENT_S else 0.0


def hold_time_s(
    stance: ForceSignal, swing: ForceSignal, body_weight_n: float | None, end_reason: str
) -> float:
    """From lift-off to the end of a hold whose end has this reason, at most 25 s.

    `time_limit`: the whole record. `touch_down`: the start of the first touch of more than 1 s,
    or, in the hold-time protocol, of the first touch. `step_off`: both plates below 20 N for more
    than 100 ms, or the stance plate below and the other above half of body weight for more than
    300 ms. NotAvailable where it was ended from outside or the forces do not show it.

    Minimum data: both plates' samples from lift-off to the end. Example, a step off at 12.345 s:

    >>> t = np.arange(-1.0, 14.0, 0.01)
    >>> stance = ForceSignal.of(t, np.where(t < 12.345, 700.0, 0.0))
    >>> swing = ForceSignal.of(t, np.where(t < -0.005, 300.0, 0.0))
    >>> round(hold_time_s(stance, swing, 700.0, "step_off"), 2)
    12.35
    """
    from_s = lift_off_s(swing)
    if end_reason == "time_limit":
        return RECORD_S - from_s
    if end_reason == "touch_down":
        return _touch_that_ends(swing, from_s) - from_s
    if end_reason == "step_off":
        return _step_off(stance, swing, body_weight_n, from_s) - from_s
    raise NotAvailable("sensor_fault" if end_reason == "sensor_fault" else "stopped")


def _touch_that_ends(swing: ForceSignal, from_s: float) -> float:
    until_s = from_s + RECORD_S  # behind the record nothing ends a hold
    touches = [s for s in above(swing, FOOT_DOWN_N) if from_s < s.from_s < until_s]
    # the trace ends about as long after the touch as a touch may last: an open one has lasted
    long = [s for s in touches if s.to_s - s.from_s > FOOT_DOWN_ENDS_S]
    short = [s for s in touches if s.to_s - s.from_s > must_last_s(s.peak_n)]
    for found in (long, short):
        if found:
            return found[0].from_s
    raise NotAvailable("too_short")


def _step_off(
    stance: ForceSignal, swing: ForceSignal, body_weight_n: float | None, from_s: float
) -> float:
    empty = _both(_below(stance, FOOT_DOWN_N), _below(swing, FOOT_DOWN_N), STEP_OFF_S, from_s)
    moved = None
    if body_weight_n:
        half_n = MOVED_OVER_SHARE * body_weight_n
        over = [(s.from_s, s.to_s) for s in above(swing, half_n)]
        moved = _both(_below(stance, half_n), over, MOVED_OVER_S, from_s)
    found = [at_s for at_s in (empty, moved) if at_s is not None]
    if not found:
        raise NotAvailable("too_short")
    return min(found)


def _below(signal: ForceSignal, level_n: float) -> list[tuple[float, float]]:
    return gaps([(stretch.from_s, stretch.to_s) for stretch in above(signal, level_n)])


def gaps(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """What lies between the spans, before the first and behind the last."""
    edges = [-math.inf, *(edge for span in spans for edge in span), math.inf]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def _both(
    one: list[tuple[float, float]],
    other: list[tuple[float, float]],
    longer_than_s: float,
    from_s: float,
) -> float | None:
    """Start of the first overlap after lift-off that lasts longer than so many seconds."""
    overlaps = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    starts = [a for a, b in overlaps if a > from_s and b - a > longer_than_s]
    return min(starts, default=None)
