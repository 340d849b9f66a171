"""Finds single-leg holds in a recording of both plates, by the same table of rules as the board.

The board decides while it measures; here the whole recording is known. Both judge each plate on
its own samples with crossings interpolated between them (docs/metrics.md, the life of a hold).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evenstance_wire.rules import TABLE

FloatArray = NDArray[np.float64]
Leg = Literal["left", "right"]
Span = tuple[float, float]
RULES: Mapping[str, int] = dict(TABLE)
_BLOCK_S = 0.5  # of quiet stance, as the board looks at it


@dataclass(frozen=True)
class FoundHold:
    """A hold: stance leg, lift-off and end (s on the recording's clock), how it ended, and the
    body weight (N) from quiet two-legged stance before it, None when there was none."""

    leg: Leg
    lift_off_s: float
    end_s: float
    end_reason: str
    body_weight_n: float | None


@dataclass(frozen=True)
class Plate:
    """Times (s) and forces (N) of one plate."""

    t_s: FloatArray
    force_n: FloatArray

    def spans_above(self, level_n: float) -> list[Span]:
        """When the force was at or above a level; crossings in straight lines between samples."""
        above = self.force_n >= level_n
        found: list[Span] = []
        start = float(self.t_s[0]) if above[0] else None
        for n in np.flatnonzero(above[1:] != above[:-1]):
            f0, f1 = float(self.force_n[n]), float(self.force_n[n + 1])
            t0, t1 = float(self.t_s[n]), float(self.t_s[n + 1])
            at = t0 + (level_n - f0) / (f1 - f0) * (t1 - t0)
            if start is None:
                start = at
            else:
                found.append((start, at))
                start = None
        if start is not None:
            found.append((start, float(self.t_s[-1])))
        return found


def find_holds(left: Plate, right: Plate, rules: Mapping[str, int] = RULES) -> list[FoundHold]:
    """All holds of at least `walking_ms`, in order of time."""
    plates = {"left": left, "right": right}
    down_n = rules["foot_down_mn"] / 1e3
    feet = {leg: plate.spans_above(down_n) for leg, plate in plates.items()}
    begin_s = max(float(left.t_s[0]), float(right.t_s[0]))
    last_s = min(float(left.t_s[-1]), float(right.t_s[-1]))
    weights = list(_body_weights(left, right, feet, rules))
    found: list[FoundHold] = []
    free_s = begin_s
    for start_s, leg in sorted(_lift_offs(feet, begin_s, last_s)):
        if start_s < free_s:
            continue
        weight_n = next((n for at_s, n in reversed(weights) if at_s <= start_s), None)
        swing: Leg = "left" if leg == "right" else "right"
        off_until_s = next((a for a, _ in feet[swing] if a > start_s), last_s)
        least_n = rules["min_person_mn"] / 1e3
        if weight_n is not None:
            least_n = weight_n * rules["lift_off_share_pct"] / 100.0
        taken = _taken(plates[leg].spans_above(least_n), start_s, off_until_s, rules)
        if not taken:
            continue
        end_s, reason = _end(plates, feet, leg, start_s, weight_n, last_s, rules)
        free_s = end_s
        if end_s - start_s >= rules["walking_ms"] / 1e3:
            found.append(FoundHold(leg, start_s, end_s, reason, weight_n))
    return found


def _lift_offs(
    feet: dict[str, list[Span]], begin_s: float, last_s: float
) -> Iterator[tuple[float, Leg]]:
    """Moments at which one foot left while the other one stood."""
    pairs: tuple[tuple[Leg, Leg], ...] = (("left", "right"), ("right", "left"))
    for leg, swing in pairs:
        for _, off_s in feet[swing]:
            stands = any(a <= off_s < b for a, b in feet[leg])
            if begin_s <= off_s < last_s and stands:
                yield off_s, leg


def _taken(spans: list[Span], start_s: float, until_s: float, rules: Mapping[str, int]) -> bool:
    """Whether the stance leg took the load for long enough while the other foot was off."""
    needed_s = rules["lift_off_ms"] / 1e3
    return any(min(b, until_s) - max(a, start_s) >= needed_s for a, b in spans)


def _end(
    plates: dict[str, Plate],
    feet: dict[str, list[Span]],
    leg: Leg,
    start_s: float,
    weight_n: float | None,
    last_s: float,
    rules: Mapping[str, int],
) -> tuple[float, str]:
    swing = "left" if leg == "right" else "right"
    ends = [(start_s + rules["record_ms"] / 1e3, "time_limit"), (last_s, "stopped")]
    limit_ms = rules["touch_down_ms"] if rules["end_at_touch_down"] else rules["foot_down_ends_ms"]
    ends += [(a, "touch_down") for a, b in feet[swing] if a > start_s and b - a > limit_ms / 1e3]
    on_s = [span for span in feet[swing] if span[1] > start_s]
    for gone_s, back_s in _gaps(feet[leg], start_s, last_s):
        for a, b in _gaps(on_s, start_s, last_s):
            both_s = max(a, gone_s)
            if min(b, back_s) - both_s > rules["step_off_ms"] / 1e3:
                ends.append((both_s, "step_off"))
    if weight_n is not None:
        share_n = weight_n * rules["moved_over_share_pct"] / 100.0
        moved = [s for s in plates[swing].spans_above(share_n) if s[1] > start_s]
        for a, b in _gaps(plates[leg].spans_above(share_n), start_s, last_s):
            for c, d in moved:
                if min(b, d) - max(a, c) > rules["moved_over_ms"] / 1e3:
                    ends.append((max(a, c), "step_off"))
    return min(ends)


def _gaps(spans: list[Span], start_s: float, last_s: float) -> list[Span]:
    """What lies between the spans, from `start_s` to `last_s`."""
    found: list[Span] = []
    at_s = start_s
    for a, b in spans:
        if a > at_s:
            found.append((at_s, min(a, last_s)))
        at_s = max(at_s, b)
    if at_s < last_s:
        found.append((at_s, last_s))
    return found


def _body_weights(
    left: Plate, right: Plate, feet: dict[str, list[Span]], rules: Mapping[str, int]
) -> Iterator[tuple[float, float]]:
    """(end, body weight) of each stretch of quiet two-legged stance, half a second apart."""
    whole_n = left.force_n + np.interp(left.t_s, right.t_s, right.force_n)
    blocks_needed = round(rules["body_weight_ms"] / 1e3 / _BLOCK_S)
    for a, b in feet["left"]:
        for c, d in feet["right"]:
            start_s, end_s = max(a, c), min(b, d)
            quiet: list[float] = []
            at_s = start_s
            while at_s + _BLOCK_S <= end_s:
                block = whole_n[(left.t_s >= at_s) & (left.t_s < at_s + _BLOCK_S)]
                at_s += _BLOCK_S
                mean_n = float(block.mean()) if block.size else 0.0
                if block.size and np.ptp(block) * 100.0 <= mean_n * rules["quiet_pct"]:
                    quiet.append(mean_n)
                else:
                    quiet.clear()
                if len(quiet) >= blocks_needed:
                    yield at_s, float(np.mean(quiet[-blocks_needed:]))
