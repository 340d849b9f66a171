"""A person who does exactly what a test says, with forces that stand still in between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from evenstance.virtual.beeps import Ear
from evenstance.virtual.loads import LONG_AGO_US, FloatArray, IntArray
from evenstance.virtual.person import DEAF_US

WEIGHT_N = 700.0
MOVE_US = 200_000
REACTION_US = 600_000
STANCES = {
    "off": (0.0, 0.0),
    "both": (WEIGHT_N / 2, WEIGHT_N / 2),
    "left": (WEIGHT_N, 0.0),
    "right": (0.0, WEIGHT_N),
    "left, foot down": (WEIGHT_N - 80.0, 80.0),
    "right, foot down": (80.0, WEIGHT_N - 80.0),
    "off, something left": (8.0, -0.5),
}
Steps = Sequence[tuple[float, str]]  # seconds after the reaction, stance
OBEDIENT: Mapping[str, Steps] = {
    "both_feet": ((0.0, "both"),),
    "left": ((0.0, "left"),),
    "right": ((0.0, "right"),),
    "down": ((0.0, "both"),),
    "done": ((0.0, "off"),),
}


class Scripted:
    """Loads of somebody who answers each cue with steps from one stance to another.

    `unusual` maps (cue, how often it was heard before) to other steps than the obedient ones;
    a cue that asks for nothing changes nothing. `heard` are all cues so far, and `at` has what is
    to be done besides when one is heard. A step planned earlier is forgotten when a later cue is
    answered.
    """

    def __init__(self, unusual: Mapping[tuple[str, int], Steps] | None = None) -> None:
        self._unusual = dict(unusual or {})
        self.heard: list[str] = []
        self.at: dict[tuple[str, int], Callable[[], None]] = {}
        self._ear = Ear()
        self._lock = threading.Lock()
        self._t_us = [LONG_AGO_US]
        self._asked_us = LONG_AGO_US
        self._forces = [STANCES["off"]]

    def plan(self, from_us: int, steps: Steps) -> int:
        """Take these steps, times from `from_us` on, instead of whatever was planned then.

        All of them come later when that time has passed: what was felt stays as it was. Returns
        the time used."""
        with self._lock:
            from_us = max(from_us, self._asked_us + 1)
            self._plan(from_us, steps)
            return from_us

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        if t_us.size == 0:
            return np.empty(0), np.empty(0)
        with self._lock:
            self._asked_us = max(self._asked_us, int(t_us[-1]))
            self._answer(self._ear.silent_until(int(t_us[-1]) - DEAF_US))
            times = np.asarray(self._t_us, dtype=np.float64)
            left, right = np.asarray(self._forces).T
            return np.interp(t_us, times, left), np.interp(t_us, times, right)

    def hear(self, t_us: int, level: int) -> None:
        """An edge of the buzzer."""
        with self._lock:
            self._answer(self._ear.hear(t_us, level))

    def _answer(self, heard: tuple[int, str] | None) -> None:
        if heard is None:
            return
        at_us, cue = heard
        before = self.heard.count(cue)
        self.heard.append(cue)
        if (cue, before) in self.at:
            self.at[cue, before]()
        steps = self._unusual.get((cue, before), OBEDIENT.get(cue))
        if steps is not None:
            self._plan(at_us + REACTION_US, steps)

    def _plan(self, from_us: int, steps: Steps) -> None:
        now = (
            float(np.interp(from_us, self._t_us, [f[0] for f in self._forces])),
            float(np.interp(from_us, self._t_us, [f[1] for f in self._forces])),
        )
        while self._t_us[-1] >= from_us:
            del self._t_us[-1], self._forces[-1]
        self._knot(from_us, now)
        for after_s, stance in steps:
            start_us = from_us + round(after_s * 1e6)
            if start_us > self._t_us[-1]:
                self._knot(start_us, self._forces[-1])
            self._knot(start_us + MOVE_US, STANCES[stance])

    def _knot(self, t_us: int, forces: tuple[float, float]) -> None:
        self._t_us.append(t_us)
        self._forces.append(forces)
