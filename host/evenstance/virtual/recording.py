"""Recordings of both plates, and their playback onto the plates of a virtual board."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evenstance.formats import tidy
from evenstance.virtual.loads import FloatArray, IntArray

LEAD_US = 1_000_000


@dataclass(frozen=True)
class Recording:
    """Times (s, strictly increasing) and forces on both plates (N), equally long."""

    t_s: FloatArray
    left_n: FloatArray
    right_n: FloatArray

    @property
    def duration_s(self) -> float:
        """Time from the first row to the last (s)."""
        return float(self.t_s[-1] - self.t_s[0])


def read_recording(path: str | Path) -> Recording:
    """Read and check a recording; raises InputError with what is wrong, why and what to do."""
    block = tidy.read(Path(path))
    assert block.left is not None and block.right is not None
    return Recording(block.left.t_s, block.left.force_n, block.right.force_n)


class RecordingLoads:
    """Plays a recording: its first row at `start_us`, straight lines between rows.

    The first row's loads stand for 1 s before it and the last row's for 1 s after the end;
    before and after that the plates are empty. Virtual time of a recorded moment is
    `t0_us + t_s * 1e6`.
    """

    def __init__(self, recording: Recording, start_us: int) -> None:
        self.t0_us = start_us - round(float(recording.t_s[0]) * 1e6)
        self.end_us = start_us + round(recording.duration_s * 1e6)
        self._start_us = start_us
        self._t_us = (recording.t_s - recording.t_s[0]) * 1e6
        self._left_n = recording.left_n
        self._right_n = recording.right_n

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        if t_us.size == 0:
            return np.empty(0), np.empty(0)
        at_us = (t_us - self._start_us).astype(np.float64)
        left = np.interp(at_us, self._t_us, self._left_n)
        right = np.interp(at_us, self._t_us, self._right_n)
        loaded = (t_us >= self._start_us - LEAD_US) & (t_us <= self.end_us + LEAD_US)
        if not loaded.all():
            left[~loaded] = 0.0
            right[~loaded] = 0.0
        return left, right

    def hear(self, t_us: int, level: int) -> None:
        """A recording hears nothing."""
