"""One plate's force over time, with a mark that says whether it was filtered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class LowPass:
    """A low-pass that was applied: `order` of one pass, forwards and backwards."""

    cut_off_hz: float
    order: int


@dataclass(frozen=True, eq=False)
class ForceSignal:
    """Forces (N) of one plate at its own times (s, rising); `low_pass` is None for own samples.

    >>> ForceSignal.of([0.0, 0.01, 0.02], [700.0, 701.0, 699.0]).rate_sps
    100.0
    """

    times_s: FloatArray
    force_n: FloatArray
    low_pass: LowPass | None = None

    def __post_init__(self) -> None:
        if self.times_s.ndim != 1 or self.times_s.shape != self.force_n.shape:
            raise ValueError("times and forces are not equally long rows")

    @classmethod
    def of(cls, times_s: object, force_n: object) -> ForceSignal:
        """From any rows of numbers; ValueError where they are not finite or times do not rise."""
        t = np.asarray(times_s, dtype=np.float64)
        f = np.asarray(force_n, dtype=np.float64)
        if not (np.isfinite(t).all() and np.isfinite(f).all()):
            raise ValueError("a time or a force is not a finite number")
        if t.size > 1 and not (np.diff(t) > 0).all():
            raise ValueError("times do not rise")
        return cls(t, f)

    @property
    def rate_sps(self) -> float:
        """Samples per second: the median of the steps, so that lost samples do not matter."""
        if self.times_s.size < 2:
            raise ValueError("a rate needs two samples")
        return float(1.0 / np.median(np.diff(self.times_s)))

    @property
    def max_gap_s(self) -> float:
        """Longest time between two samples (s); 0 for fewer than two."""
        return float(np.diff(self.times_s).max()) if self.times_s.size > 1 else 0.0

    def between(self, from_s: float, to_s: float) -> ForceSignal:
        """Samples at `from_s` <= t < `to_s`.

        >>> ForceSignal.of([0.0, 1.0, 2.0], [5.0, 6.0, 7.0]).between(1.0, 2.0).force_n.tolist()
        [6.0]
        """
        a, b = np.searchsorted(self.times_s, (from_s, to_s)).tolist()
        return ForceSignal(self.times_s[a:b], self.force_n[a:b], self.low_pass)
