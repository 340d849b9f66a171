"""Exact count, mean and SD of integers, without allocating and within 31-bit small ints.

Values are taken relative to the first one. Squares are added in three parts of 12 and 13 bits,
and every sum spills into a second word, so nothing rounds and nothing overflows; the Pico's
32-bit floats never see a sum of squares.
"""

import array

import micropython
from micropython import const

_SPILL = const(1 << 29)
_LOW = const(12)
_MASK = const((1 << 12) - 1)
_BIAS = const(1 << 27)  # added to the reference: in the state nothing is negative
# words of the state: n, reference, then pairs (low, spilled) of the sums
_N = const(0)
_REF = const(1)
_POS = const(2)
_NEG = const(4)
_HH = const(6)
_HL = const(8)
_LL = const(10)


@micropython.viper
def add(s: ptr32, value: int):
    """Add a value to a state; machine code, as this runs up to three times a conversion."""
    value += _BIAS
    if s[_N] == 0:
        s[_REF] = value
    s[_N] += 1
    d = value - s[_REF]
    k = _POS
    if d < 0:
        d = 0 - d
        k = _NEG
    total = s[k] + d
    if total >= _SPILL:
        total -= _SPILL
        s[k + 1] += 1
    s[k] = total
    high = d >> _LOW
    low = d & _MASK
    total = s[_LL] + low * low
    if total >= _SPILL:
        total -= _SPILL
        s[_LL + 1] += 1
    s[_LL] = total
    if high:
        total = s[_HL] + high * low
        if total >= _SPILL:
            total -= _SPILL
            s[_HL + 1] += 1
        s[_HL] = total
        total = s[_HH] + high * high
        if total >= _SPILL:
            total -= _SPILL
            s[_HH + 1] += 1
        s[_HH] = total


class Moments:
    """Moments of integers within +-2^26 that differ by less than 2^25.

    `add(moments.state, value)` is the same as `moments.add(value)` and faster.
    """

    def __init__(self):
        self.state = array.array("i", [0] * 12)

    @property
    def n(self):
        """How many values were added."""
        return self.state[_N]

    def clear(self):
        """Forget everything."""
        for k in range(12):
            self.state[k] = 0

    def add(self, value):
        """Take one value; allocates nothing."""
        add(self.state, value)

    def _sum(self, k):
        return self.state[k] + self.state[k + 1] * _SPILL

    def total(self):
        """Exact sum of the values."""
        reference = self.state[_REF] - _BIAS
        return self.state[_N] * reference + self._sum(_POS) - self._sum(_NEG)

    def mean_scaled(self, scale):
        """Mean times `scale`, rounded to an int; None without values."""
        n = self.state[_N]
        if n == 0:
            return None
        return (2 * self.total() * scale + n) // (2 * n)

    def sd_scaled(self, scale):
        """Sample SD (n - 1) times `scale`, rounded down to an int; None below two values."""
        n = self.state[_N]
        if n < 2:
            return None
        squares = self._sum(_LL) + (self._sum(_HL) << (_LOW + 1)) + (self._sum(_HH) << (2 * _LOW))
        deviation = self._sum(_POS) - self._sum(_NEG)
        return isqrt((n * squares - deviation * deviation) * scale * scale // (n * (n - 1)))


def isqrt(n):
    """Largest int whose square is not above n (n >= 0), by Newton's method."""
    if n < 2:
        return n
    bits = 0
    x = n
    while x:
        x >>= 2
        bits += 1
    x = 1 << bits
    while True:
        y = (x + n // x) >> 1
        if y >= x:
            return x
        x = y
