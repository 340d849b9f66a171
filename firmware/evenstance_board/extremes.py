"""The largest and the smallest 5 % of a run of values, which is all that p95 and p5 need.

Values are kept in order, in two short arrays; machine code inserts them.
"""

import array

import micropython
from micropython import const

MOST = const(2048)  # values; 20 s at up to 102 SPS
_KEPT = const(112)  # more than 5 % of them
_BIAS = const(1 << 27)  # added to values: in the arrays nothing is negative


@micropython.viper
def _keep(a: ptr32, value: int):
    """Put a value among the largest, a[1] to a[_KEPT] in rising order; a[0] of them are used."""
    n = a[0]
    if n < _KEPT:
        k = n + 1
        while k > 1 and a[k - 1] > value:
            a[k] = a[k - 1]
            k -= 1
        a[k] = value
        a[0] = n + 1
    elif value > a[1]:
        k = 1
        while k < _KEPT and a[k + 1] < value:
            a[k] = a[k + 1]
            k += 1
        a[k] = value


class Extremes:
    """Percentiles near both ends of integers within +-2^26, without keeping them all."""

    def __init__(self):
        self._large = array.array("i", [0] * (_KEPT + 1))
        self._small = array.array("i", [0] * (_KEPT + 1))  # of the values with their sign turned
        self.n = 0

    def clear(self):
        """Forget everything."""
        self._large[0] = 0
        self._small[0] = 0
        self.n = 0

    @micropython.native
    def add(self, value):
        """Take one value; allocates nothing."""
        self.n += 1
        _keep(self._large, _BIAS + value)
        _keep(self._small, _BIAS - value)

    def percentile_scaled(self, pct, scale):
        """The percentile `pct`, at most 5 or at least 95, times `scale`, rounded down; linear
        between values, as numpy has it. None below 20 values, or when there were too many."""
        n = self.n
        if not 20 <= n <= MOST:
            return None
        at = (n - 1) * pct
        k = at // 100
        low = self._ordered(k)
        high = self._ordered(k + 1)
        return low * scale + (high - low) * scale * (at - 100 * k) // 100

    def _ordered(self, k):
        if 2 * k < self.n:
            return _BIAS - self._small[self._small[0] - k]
        return self._large[self._large[0] - (self.n - 1 - k)] - _BIAS
