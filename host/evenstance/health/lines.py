"""What is judged, and how a judgement looks: one line, its state, and advice if it is not ok."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evenstance.calibration.capacity import capacity_n
from evenstance.health.conversions import Channel

State = Literal["ok", "look", "fault"]
ERRORS = ("dropped", "late", "desynced", "restarts", "overruns")  # counters of each channel


@dataclass(frozen=True)
class Line:
    """One line about the `left` or `right` channel or the `board`.

    `look` may be right and deserves a thought; with `fault` no result of this board counts.
    """

    part: str
    name: str
    text: str
    state: State = "ok"
    advice: str | None = None


@dataclass(frozen=True)
class Plate:
    """What the board knows of a plate; None where it does not.

    `zero_counts` is the latest zero, `calibration_zero_counts` the one of the calibration.
    """

    counts_per_n: float | None
    zero_counts: int | None
    calibration_zero_counts: int | None
    rating_n: float

    def force_n(self, counts: float) -> float | None:
        """Force since the latest zero (N); None without sensitivity or zero."""
        if self.counts_per_n is None or self.zero_counts is None:
            return None
        return (counts - self.zero_counts) / self.counts_per_n

    @property
    def capacity_n(self) -> float | None:
        """Load that takes the plate from its zero to the converter's rail (N)."""
        if self.counts_per_n is None or self.zero_counts is None:
            return None
        return capacity_n(self.counts_per_n, self.zero_counts)


@dataclass(frozen=True)
class Examined:
    """Everything that was measured, side by side, and the status before and after."""

    seconds_s: float
    channels: Mapping[str, Channel]
    plates: Mapping[str, Plate]
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    def grown(self, counter: str) -> int:
        """By how much a counter of the status has grown during the test."""
        return int(self.after[counter]) - int(self.before[counter])
