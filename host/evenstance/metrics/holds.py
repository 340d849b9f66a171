"""Finds single-leg holds in a recording of both plates, by the same table of rules as the board.

The board decides while it measures; here the whole recording is known. Both judge each plate on
its own samples with crossings interpolated between them (docs/metrics.md, the life of a hold).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from evenstance.metrics.events import above, gaps
from evenstance.signal.force_signal import ForceSignal
from evenstance.signal.trace_force import Side
from evenstance_wire.rules import TABLE

Span = tuple[float, float]
RULES: Mapping[str, int] = dict(TABLE)
_BLOCK_S = 0.5  # of quiet stance, as the board looks at it


@dataclass(frozen=True)
class FoundHold:
    """A hold: stance leg, lift-off and end (s on the recording's clock), how it ended, and the
    body weight (N) from quiet two-legged stance before it, None when there was none."""

    leg: Side
    lift_off_s: float
    end_s: float
    end_reason: str
    body_weight_n: float | None


def find_holds(
    left: ForceSignal, right: ForceSignal, rules: Mapping[str, int] = RULES
) -> list[FoundHold]:
    """All holds of at least `walking_ms`, in order of time."""
    plates: dict[Side, ForceSignal] = {"left": left, "right": right}
    down_n = rules["foot_down_mn"] / 1e3
    feet: dict[Side, list[Span]] = {leg: _spans(plates[leg], down_n) for leg in plates}
    begin_s = max(float(left.times_s[0]), float(right.times_s[0]))
    last_s = min(float(left.times_s[-1]), float(right.times_s[-1]))
    weights = list(_body_weights(left, right, feet, rules))
    found: list[FoundHold] = []
    free_s = begin_s
    for start_s, leg in sorted(_lift_offs(feet, begin_s, last_s)):
        if start_s < free_s:
            continue
        weight_n = next((n for at_s, n in reversed(weights) if at_s <= start_s), None)
        off_until_s = next((a for a, _ in feet[_other(leg)] if a > start_s), last_s)
        least_n = rules["min_person_mn"] / 1e3
        if weight_n is not None:
            least_n = weight_n * rules["lift_off_share_pct"] / 100.0
        if not _taken(_spans(plates[leg], least_n), start_s, off_until_s, rules):
            continue
        end_s, reason = _end(plates, feet, leg, start_s, weight_n, last_s, rules)
        free_s = end_s
        if end_s - start_s >= rules["walking_ms"] / 1e3:
            found.append(FoundHold(leg, start_s, end_s, reason, weight_n))
    return found


def _other(leg: Side) -> Side:
    return "left" if leg == "right" else "right"


def _spans(plate: ForceSignal, level_n: float) -> list[Span]:
    """When the force was at or above a level; infinite at the ends of the recording."""
    return [(stretch.from_s, stretch.to_s) for stretch in above(plate, level_n)]


def _lift_offs(
    feet: Mapping[Side, list[Span]], begin_s: float, last_s: float
) -> Iterator[tuple[float, Side]]:
    """Moments at which one foot left while the other one stood."""
    for leg, spans in feet.items():
        for _, off_s in feet[_other(leg)]:
            if begin_s <= off_s < last_s and any(a <= off_s < b for a, b in spans):
                yield off_s, leg


def _taken(spans: list[Span], start_s: float, until_s: float, rules: Mapping[str, int]) -> bool:
    """Whether the stance leg took the load for long enough while the other foot was off."""
    needed_s = rules["lift_off_ms"] / 1e3
    return any(min(b, until_s) - max(a, start_s) >= needed_s for a, b in spans)


def _end(
    plates: Mapping[Side, ForceSignal],
    feet: Mapping[Side, list[Span]],
    leg: Side,
    start_s: float,
    weight_n: float | None,
    last_s: float,
    rules: Mapping[str, int],
) -> tuple[float, str]:
    """The earliest of everything that ends a hold; the recording's own end is "stopped"."""
    swing = _other(leg)
    ends = [(start_s + rules["record_ms"] / 1e3, "time_limit"), (last_s, "stopped")]
    limit_s = rules["foot_down_ends_ms"] / 1e3
    touches = [span for span in feet[swing] if span[0] > start_s]
    ends += [(a, "touch_down") for a, b in touches if min(b, last_s) - a > limit_s]
    gone = _overlaps(
        gaps(feet[leg]), gaps(feet[swing]), start_s, last_s, rules["step_off_ms"] / 1e3
    )
    ends += [(at_s, "step_off") for at_s in gone]
    if weight_n is not None:
        share_n = weight_n * rules["moved_over_share_pct"] / 100.0
        moved = _overlaps(
            gaps(_spans(plates[leg], share_n)),
            _spans(plates[swing], share_n),
            start_s,
            last_s,
            rules["moved_over_ms"] / 1e3,
        )
        ends += [(at_s, "step_off") for at_s in moved]
    return min(ends)


def _overlaps(
    one: list[Span], other: list[Span], start_s: float, last_s: float, longer_than_s: float
) -> Iterator[float]:
    """Starts of what two rows of spans have in common, where that is long enough."""
    for a, b in one:
        for c, d in other:
            from_s = max(a, c, start_s)
            if min(b, d, last_s) - from_s > longer_than_s:
                yield from_s


def _body_weights(
    left: ForceSignal,
    right: ForceSignal,
    feet: Mapping[Side, list[Span]],
    rules: Mapping[str, int],
) -> Iterator[tuple[float, float]]:
    """(end, body weight) of each stretch of quiet two-legged stance, half a second apart."""
    t_s = left.times_s
    whole_n = left.force_n + np.interp(t_s, right.times_s, right.force_n)
    first_s = max(float(t_s[0]), float(right.times_s[0]))
    last_s = min(float(t_s[-1]), float(right.times_s[-1]))
    blocks_needed = round(rules["body_weight_ms"] / 1e3 / _BLOCK_S)
    for a, b in feet["left"]:
        for c, d in feet["right"]:
            at_s, end_s = max(a, c, first_s), min(b, d, last_s)
            quiet: list[float] = []
            while at_s + _BLOCK_S <= end_s:
                block = whole_n[(t_s >= at_s) & (t_s < at_s + _BLOCK_S)]
                at_s += _BLOCK_S
                mean_n = float(block.mean()) if block.size else 0.0
                if block.size and np.ptp(block) * 100.0 <= mean_n * rules["quiet_pct"]:
                    quiet.append(mean_n)
                else:
                    quiet.clear()
                if len(quiet) >= blocks_needed:
                    yield at_s, float(np.mean(quiet[-blocks_needed:]))
