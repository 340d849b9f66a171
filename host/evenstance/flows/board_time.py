"""The board's time on another clock of this computer.

The board is asked for its time: the answer was true at some moment between question and answer,
so the shortest way there and back is the most exact. A new estimate moves the times slowly, so
that they never go back.
"""

from __future__ import annotations

from collections import deque

DRIFT = 100e-6  # two crystals may differ by so much
SLEW = 200e-6  # the times are moved no faster
KEPT = 30  # estimates


class BoardTime:
    """Turns the board's time into that of another clock (s)."""

    def __init__(self) -> None:
        self._known: deque[tuple[float, float, float]] = deque(maxlen=KEPT)
        self._used: tuple[float, float] | None = None  # board's time, offset then

    def heard(self, asked_s: float, device_s: float, answered_s: float) -> None:
        """Learn that the board said `device_s` between two moments of the other clock."""
        middle_s = (asked_s + answered_s) / 2
        self._known.append((device_s, middle_s - device_s, (answered_s - asked_s) / 2))

    @property
    def error_s(self) -> float:
        """How far off the best estimate may be now."""
        return self._best()[1]

    def at(self, device_s: float) -> float:
        """The other clock's time at a time of the board."""
        wanted_s, _ = self._best()
        if self._used is None:
            self._used = (device_s, wanted_s)
        before_s, offset_s = self._used
        passed_s = device_s - before_s
        if passed_s > 0.0:
            most_s = SLEW * passed_s
            offset_s += min(most_s, max(-most_s, wanted_s - offset_s))
            self._used = (device_s, offset_s)
        return device_s + offset_s

    def _best(self) -> tuple[float, float]:
        newest_s = self._known[-1][0]
        return min(
            ((offset, error + DRIFT * (newest_s - at)) for at, offset, error in self._known),
            key=lambda one: one[1],
        )
