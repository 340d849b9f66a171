"""What a figure does per hour, with its interval: least squares, each life with its own level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Slope:
    """Change per hour, half of the 95 % interval, and out of how many points."""

    per_hour: float
    half_width: float
    points: int

    def text(self) -> str:
        """For a table."""
        return f"{self.per_hour:+,.0f} +- {self.half_width:,.0f} an hour ({self.points} points)"


def slope(rows: Sequence[tuple[int, float, float]]) -> Slope:
    """Of (life, hours, value) rows; a life with one point says nothing of a slope."""
    from scipy.stats import t as student

    lives = sorted({life for life, _, _ in rows})
    hours, values, used = [], [], 0
    for life in lives:
        mine = [(h, v) for of, h, v in rows if of == life]
        if len(mine) < 2:
            continue
        used += 1
        h, v = np.array(mine).T
        hours.append(h - h.mean())
        values.append(v - v.mean())
    if not used:
        return Slope(0.0, math.inf, 0)
    x, y = np.concatenate(hours), np.concatenate(values)
    free = len(x) - used - 1
    spread = float(x @ x)
    if free < 1 or spread == 0:
        return Slope(0.0, math.inf, len(x))
    per_hour = float(x @ y) / spread
    rest = y - per_hour * x
    error = math.sqrt(float(rest @ rest) / free / spread)
    return Slope(per_hour, float(student.ppf(0.975, free)) * error, len(x))
