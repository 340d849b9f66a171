"""From values to places in a drawing: axes, round ticks, paths. Pure, and equal for equal values.

Drawings are written as SVG by hand: importing matplotlib takes longer than the rest of a report.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Tick:
    """A place on an axis and what stands there."""

    at: float
    text: str


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high` on places from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a value, to a tenth; what lies outside stays at the edge.

        >>> Axis(0.0, 10.0, 100.0, 0.0).at(2.5)
        75.0
        >>> Axis(0.0, 10.0, 100.0, 0.0).at(99.0)
        0.0
        """
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self, most: int = 5) -> tuple[Tick, ...]:
        """Round values inside, at most so many.

        >>> [tick.text for tick in Axis(0.0, 9.0, 0.0, 1.0).ticks()]
        ['0', '2', '4', '6', '8']
        """
        step = _round_step((self.high - self.low) / most)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        found = [n * step for n in range(first, last + 1)]
        return tuple(Tick(self.at(v), f"{v + 0.0:.{digits}f}") for v in found)


def around(values: Iterable[float], room: float = 0.06) -> tuple[float, float]:
    """Ends of an axis that shows all of these with some room; never of no length."""
    known = list(values)
    low, high = min(known), max(known)
    size = (high - low) or abs(high) or 1.0
    return low - room * size, high + room * size


def path(points: Sequence[tuple[float, float]]) -> str:
    """A line through these places.

    >>> path([(0.0, 1.5), (10.0, 2.0)])
    'M0 1.5L10 2'
    """
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) if points else ""


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1.0 - 1e-9))
