"""Whether memory stays flat: readings over a run, and the line through them."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import linear_regression


@dataclass(frozen=True)
class Memory:
    """Bytes in use at equal distances; the first tenth, while buffers are made, is left out."""

    readings_b: tuple[int, ...]

    @property
    def settled_b(self) -> tuple[int, ...]:
        """The readings that count."""
        return self.readings_b[len(self.readings_b) // 10 :]

    @property
    def slope_b(self) -> float:
        """Growth over the whole run by the line through the readings."""
        found = self.settled_b
        if len(found) < 2:
            return 0.0
        slope, _ = linear_regression(range(len(found)), found)
        return slope * (len(found) - 1)

    @property
    def spread_b(self) -> int:
        """Between the smallest and the largest reading."""
        return max(self.settled_b) - min(self.settled_b)

    def flat(self, limit_b: int) -> bool:
        """Whether the line stays within the limit."""
        return abs(self.slope_b) <= limit_b

    def __str__(self) -> str:
        return (
            f"{self.settled_b[0]} to {self.settled_b[-1]} B, line {self.slope_b:+.0f} B, "
            f"spread {self.spread_b} B, {len(self.readings_b)} readings"
        )
