"""Somebody in quiet two-legged stance, who sways from foot to foot and faces either way."""

from __future__ import annotations

import numpy as np

from evenstance.virtual.loads import FloatArray, IntArray

# Amplitude (N) and frequency (Hz) of what goes from foot to foot: an SD of 14 N per foot
# while the sum hardly moves, as in people (field-notes section 6). Whole periods in the 20 s of a
# stance, so that its mean does not depend on when it began.
SWAY = ((15.0, 0.2), (12.0, 0.35), (6.0, 0.85))


class Standing:
    """Mean forces on the person's left and right foot (N); `turned` faces the other way."""

    def __init__(self, left_foot_n: float, right_foot_n: float, *, turned: bool = False) -> None:
        self._feet_n = (left_foot_n, right_foot_n)
        self._turned = turned

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        seconds = t_us / 1e6
        sway_n = sum(size * np.sin(2 * np.pi * hz * seconds) for size, hz in SWAY)
        left, right = self._feet_n[0] + sway_n, self._feet_n[1] - sway_n
        return (right, left) if self._turned else (left, right)

    def hear(self, t_us: int, level: int) -> None:
        """Nothing is asked with beeps."""
