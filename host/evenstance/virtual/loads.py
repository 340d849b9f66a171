"""What stands on the two plates, as forces over virtual time.

Time is integer microseconds since power-up of the simulation; forces are newtons, downwards
positive. Times are asked for in ascending order within a call. A value once asked for never
changes, so anything may be asked again, in any slices.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_right
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evenstance_wire import units

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

GRAVITY_M_S2 = units.STANDARD_GRAVITY_UM_S2 / 1e6
LONG_AGO_US = -(1 << 62)


class Loads(Protocol):
    """Forces on the plates; `hear` passes on what the board's buzzer does."""

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        """Forces on the left and right plate (N) at ascending times `t_us` (us)."""
        ...

    def hear(self, t_us: int, level: int) -> None:
        """The buzzer pin changed to `level` (0 or 1) at `t_us`."""
        ...


class _Steps:
    """A value that changes in steps at given times; only the unasked future may be changed."""

    def __init__(self, value: float) -> None:
        self._times = [LONG_AGO_US]
        self._values = [value]
        self._asked_us = LONG_AGO_US
        self._lock = threading.Lock()

    def set(self, value: float, at_us: int | None) -> int:
        with self._lock:
            when = _in_the_future(at_us, self._asked_us)
            index = bisect_right(self._times, when)
            self._times.insert(index, when)
            self._values.insert(index, value)
            return when

    def at(self, t_us: IntArray) -> FloatArray:
        with self._lock:
            self._asked_us = max(self._asked_us, int(t_us[-1]))
            first = bisect_right(self._times, int(t_us[0])) - 1
            if first == bisect_right(self._times, int(t_us[-1])) - 1:
                return np.full(t_us.shape, self._values[first])
            index = np.searchsorted(self._times, t_us, side="right") - 1
            return np.asarray(self._values, dtype=np.float64)[index]


class Masses:
    """Masses placed on otherwise empty plates: a force of mass times standard gravity (N).

    `corner_errors` are shares by which a plate (left, right) feels a mass more, or less, when it
    stands at a spot: the plate of unequal cells. A spot that is not named is felt as it is.
    """

    def __init__(self, corner_errors: tuple[Mapping[str, float], Mapping[str, float]] = ({}, {})):
        self._plates = (_Steps(0.0), _Steps(0.0))
        self._corner_errors = corner_errors

    def place(
        self, plate: int, mass_kg: float, at_us: int | None = None, *, spot: str = "centre"
    ) -> int:
        """From `at_us` on, `mass_kg` stands on `plate` (0 left, 1 right); 0 empties it.

        Without `at_us` it is there from the first microsecond not yet asked for. Returns the
        time used. Raises ValueError for a time already asked for or a mass that cannot be.
        """
        if not math.isfinite(mass_kg) or mass_kg < 0:
            raise ValueError(f"a mass of {mass_kg} kg cannot stand on a plate")
        felt = 1.0 + self._corner_errors[plate].get(spot, 0.0)
        return self._plates[plate].set(mass_kg * GRAVITY_M_S2 * felt, at_us)

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        if t_us.size == 0:
            return np.empty(0), np.empty(0)
        return self._plates[units.LEFT].at(t_us), self._plates[units.RIGHT].at(t_us)

    def hear(self, t_us: int, level: int) -> None:
        """Masses hear nothing."""


class Timeline:
    """One `Loads` after another, each from its time on: masses first, then a recording."""

    def __init__(self, first: Loads) -> None:
        self._times = [LONG_AGO_US]
        self._parts: list[Loads] = [first]
        self._asked_us = LONG_AGO_US
        self._lock = threading.Lock()

    def append(self, loads: Loads, at_us: int | None = None) -> int:
        """Let `loads` take over at `at_us`; without it, at the first time not yet asked for.

        Returns the time used. Raises ValueError for a time already asked for or before the
        latest change.
        """
        with self._lock:
            when = _in_the_future(at_us, max(self._asked_us, self._times[-1]))
            self._times.append(when)
            self._parts.append(loads)
            return when

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        if t_us.size == 0:
            return np.empty(0), np.empty(0)
        with self._lock:
            latest = int(t_us[-1])
            self._asked_us = max(self._asked_us, latest)
            first = bisect_right(self._times, int(t_us[0])) - 1
            last = bisect_right(self._times, latest) - 1
            if first == last:
                return self._parts[first].forces_n(t_us)
            part_of = np.searchsorted(self._times, t_us, side="right") - 1
            left, right = np.empty(t_us.shape), np.empty(t_us.shape)
            for n in range(first, last + 1):
                mine = part_of == n
                left[mine], right[mine] = self._parts[n].forces_n(t_us[mine])
            return left, right

    def hear(self, t_us: int, level: int) -> None:
        """Only whoever stands on the plates at that time hears it."""
        with self._lock:
            self._parts[bisect_right(self._times, t_us) - 1].hear(t_us, level)


def _in_the_future(at_us: int | None, asked_us: int) -> int:
    if at_us is None:
        return asked_us + 1
    if at_us <= asked_us:
        raise ValueError(
            f"{at_us} us is not in the future: loads up to {asked_us} us are already on record"
        )
    return at_us
