"""Where both plates meet: the right one's force at the times of the left one's samples.

The two chips run freely. Only numbers that need both forces at one moment (load share, body
weight, sum) use this; SD, mean and range come from own samples. The rules are the board's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenstance.signal.force_signal import FloatArray, ForceSignal

GAP_S = 0.100
# The board keeps no more left samples waiting for the next right one (stance.py).
MOST_WAITING = 8


@dataclass(frozen=True, eq=False)
class Pairs:
    """Forces (N) of both plates at common times (s)."""

    times_s: FloatArray
    left_n: FloatArray
    right_n: FloatArray

    @property
    def sum_n(self) -> FloatArray:
        """Both together (N)."""
        return self.left_n + self.right_n

    def between(self, from_s: float, to_s: float) -> Pairs:
        """Pairs at `from_s` <= t < `to_s`."""
        a, b = np.searchsorted(self.times_s, (from_s, to_s)).tolist()
        return Pairs(self.times_s[a:b], self.left_n[a:b], self.right_n[a:b])


def meet(
    left: ForceSignal, right: ForceSignal, *, gap_s: float = GAP_S, late_s: float = 0.0
) -> Pairs:
    """Left samples with the right force in a straight line between its two neighbours.

    A left sample without a right one on both sides is left out, and so are those between two
    right ones that are more than `gap_s` or more than eight left samples apart. Where left samples
    arrive `late_s` behind right ones of the same moment, because that chip is slower, those that a
    right one has overtaken are left out too.

    >>> both = meet(ForceSignal.of([0.01, 0.02], [1, 2]), ForceSignal.of([0.0, 0.04], [0, 8]))
    >>> both.right_n.round(9).tolist()
    [2.0, 4.0]
    """
    t, r = left.times_s, right.times_s
    if r.size < 2 or t.size == 0:
        return Pairs(t[:0], left.force_n[:0], right.force_n[:0])
    after = np.searchsorted(r, t, side="left")  # a left sample at a right one's time meets it
    waiting = np.bincount(after, minlength=r.size + 1)
    span_s = np.empty(r.size + 1)
    span_s[0] = span_s[-1] = np.inf
    span_s[1:-1] = np.diff(r)
    good = (span_s[after] <= gap_s) & (waiting[after] <= MOST_WAITING)
    if late_s > 0.0:
        good &= np.searchsorted(r, t, "right") == np.searchsorted(r, t + late_s, "right")
    times_s = t[good]
    return Pairs(times_s, left.force_n[good], np.interp(times_s, r, right.force_n))
