"""Writes the stream of a trace, one conversion at a time, in machine code.

It allocates nothing and stays within 32 bits; when the buffer is full it says so and stops. What
the numbers mean stands in `evenstance_wire.trace`, which reads them.
"""

import array

import micropython
from micropython import const

from evenstance_wire import trace

_UNIT_BITS = const(5)  # of trace.TIME_UNIT_US
_HALF_UNIT = const(16)
_ESCAPE = const(20)
_ESCAPED = const((1 << 20) - 1)
_RAW_HALF = const(14)
_RAW_MASK = const((1 << 14) - 1)
_WINDOW = const(32)
_MOST_ADDED = const(0xFFFFF)
_WRITE_BITS = const(22)  # at most so many in one piece
_MOST_SAMPLES = const(65535)
_ROOM = const(16)  # bytes that one conversion may take
_COUNTS_BIAS = const(1 << 24)  # in the state nothing is negative
_COUNTS_MASK = const((1 << 24) - 1)
_COUNTS_SIGN = const(1 << 23)
_TIME_BIAS = const(1 << 28)
_TICKS = const((1 << 30) - 1)
_HALF_TICKS = const(1 << 29)

# words of the state
_AT = const(0)  # next byte of the buffer
_BITS = const(1)  # that wait for a whole byte
_WORD = const(2)
_FULL = const(3)
_SIZE = const(4)
_CHANNELS = const(5)  # then for each channel:
_SAMPLES = const(0)
_FIRST = const(1)
_PERIOD = const(2)
_T = const(3)
_C1 = const(4)
_C2 = const(5)
_CHANNEL_WORDS = const(6)
_CONTEXTS = const(17)  # then times and counts of each channel:
_SUM = const(0)
_N = const(1)
_K = const(2)
_NEXT = const(29)  # where the next piece goes
_PIECES = const(30)  # then what is to be written: values and their bits
_ROW = const(46)  # what a row of conversions is: how many, from where, in how large a ring
_PLACE = const(47)
_RING = const(48)
_ORIGIN = const(49)
_WORDS = const(50)


@micropython.viper
def _piece(s: ptr32, value: int, bits: int):
    """Something to be written: `bits` bits, at most 22."""
    p = s[_NEXT]
    s[p] = value
    s[p + 1] = bits
    s[_NEXT] = p + 2


@micropython.viper
def _rice(s: ptr32, x: int, value: int, code: int, length: int):
    """`length` bits of `code`, then a value in the context at word `x`."""
    z = value << 1 if value >= 0 else ((0 - value) << 1) - 1
    total = s[x + _SUM]
    n = s[x + _N]
    bits = s[x + _K]  # the smallest with n * 2^bits >= total
    while (n << bits) < total:
        bits += 1
    while bits and (n << (bits - 1)) >= total:
        bits -= 1
    s[x + _K] = bits
    total += z if z < _MOST_ADDED else _MOST_ADDED
    n += 1
    if n >= _WINDOW:
        n >>= 1
        total = (total + 1) >> 1
    s[x + _SUM] = total
    s[x + _N] = n
    high = z >> bits
    if high >= _ESCAPE:
        _piece(s, (code << _ESCAPE) | _ESCAPED, length + _ESCAPE)
        _piece(s, z >> _RAW_HALF, _RAW_HALF)
        _piece(s, z & _RAW_MASK, _RAW_HALF)
        return
    high += 1
    length += high
    code = (code << high) | ((1 << high) - 2)
    low = z & ((1 << bits) - 1)
    if length + bits <= _WRITE_BITS:  # nearly always, so without a call
        p = s[_NEXT]
        s[p] = (code << bits) | low
        s[p + 1] = length + bits
        s[_NEXT] = p + 2
        return
    _piece(s, code, length)
    if bits > _RAW_HALF:
        _piece(s, low >> _RAW_HALF, bits - _RAW_HALF)
        _piece(s, low & _RAW_MASK, _RAW_HALF)
    else:
        _piece(s, low, bits)


@micropython.viper
def _put(s: ptr32, channel: int, t: int, counts: int):
    """Say what is to be written of one conversion."""
    c = _CHANNELS + _CHANNEL_WORDS * channel
    s[_NEXT] = _PIECES
    if s[_FULL] or s[_AT] + _ROOM > s[_SIZE] or s[c + _SAMPLES] == _MOST_SAMPLES:
        s[_FULL] = 1
        return
    t += _TIME_BIAS
    counts += _COUNTS_BIAS
    if s[c + _SAMPLES] == 0:
        s[c + _FIRST] = t
        s[c + _T] = t
        s[c + _C1] = counts
        s[c + _C2] = counts
        _piece(s, channel, 1)
        _piece(s, counts >> _RAW_HALF, _RAW_HALF)
        _piece(s, counts & _RAW_MASK, _RAW_HALF)
    else:
        units = (t - s[c + _T] - s[c + _PERIOD] + _HALF_UNIT) >> _UNIT_BITS
        # follow what the reader will see, so that rounding never adds up
        s[c + _T] = s[c + _T] + s[c + _PERIOD] + (units << _UNIT_BITS)
        c1 = s[c + _C1]
        bend = counts - c1 - c1 + s[c + _C2]
        s[c + _C2] = c1
        s[c + _C1] = counts
        x = _CONTEXTS + 6 * channel
        _rice(s, x, units, channel, 1)
        _rice(s, x + 3, bend, 0, 0)
    s[c + _SAMPLES] += 1


@micropython.viper
def _put_row(s: ptr32, out: ptr8, channel: int, ticks: ptr32, counts: ptr32):
    n = s[_ROW]
    place = s[_PLACE]
    while n > 0:
        t = (ticks[place] - s[_ORIGIN]) & _TICKS
        if t >= _HALF_TICKS:
            t = t - _HALF_TICKS - _HALF_TICKS
        value = counts[place] & _COUNTS_MASK
        if value & _COUNTS_SIGN:
            value -= _COUNTS_BIAS
        _put(s, channel, t, value)
        # write the pieces; a call for each would cost as much as this
        at = s[_AT]
        used = s[_BITS]
        word = s[_WORD]
        end = s[_NEXT]
        k = _PIECES
        while k < end:
            word = (word << s[k + 1]) | s[k]
            used += s[k + 1]
            while used >= 8:
                used -= 8
                out[at] = (word >> used) & 0xFF
                at += 1
            word &= (1 << used) - 1
            k += 2
        s[_AT] = at
        s[_BITS] = used
        s[_WORD] = word
        place += 1
        if place == s[_RING]:
            place = 0
        n -= 1


class Encoder:
    """Packs conversions into `buffer` (a bytearray)."""

    def __init__(self, buffer):
        self.buffer = buffer
        self._s = array.array("i", [0] * _WORDS)
        self._ticks = array.array("i", (0,))  # a row of one
        self._counts = array.array("i", (0,))
        self.start(10741, 10741)

    def start(self, left_period_us, right_period_us, origin=0):
        """Begin a new trace with the expected period of each channel; `origin` in ticks_us."""
        s = self._s
        s[_ORIGIN] = origin
        for k in range(_PIECES):
            s[k] = 0
        s[_SIZE] = len(self.buffer)
        s[_CHANNELS + _PERIOD] = left_period_us
        s[_CHANNELS + _CHANNEL_WORDS + _PERIOD] = right_period_us
        for k in range(4):
            s[_CONTEXTS + 3 * k + _SUM] = trace.FIRST_SUMS[k & 1]
            s[_CONTEXTS + 3 * k + _N] = 1

    def put(self, channel, t_us, counts):
        """Add one conversion; `t_us` from -2^28 to 2^28, growing by less than that a sample."""
        self._ticks[0] = (t_us + self._s[_ORIGIN]) & _TICKS
        self._counts[0] = counts
        self.put_row(channel, self._ticks, self._counts, 0, 1)

    @micropython.native
    def put_row(self, channel, ticks, counts, place, n):
        """Add `n` conversions of a ring of ticks_us and counts, from `place` on; the time of each
        is taken from `origin`, in ticks too."""
        s = self._s
        s[_ROW] = n
        s[_PLACE] = place
        s[_RING] = len(ticks)
        _put_row(s, self.buffer, channel, ticks, counts)

    @property
    def full(self):
        """Something did not fit."""
        return self._s[_FULL] != 0

    def samples(self, channel):
        """How many conversions of a channel were packed."""
        return self._s[_CHANNELS + _CHANNEL_WORDS * channel + _SAMPLES]

    def first_us(self, channel):
        """Time of the first of them, 0 when there is none."""
        if not self.samples(channel):
            return 0
        return self._s[_CHANNELS + _CHANNEL_WORDS * channel + _FIRST] - _TIME_BIAS

    def period_us(self, channel):
        """The period that a channel was expected to have."""
        return self._s[_CHANNELS + _CHANNEL_WORDS * channel + _PERIOD]

    def finish(self):
        """Flush the last bits; returns the number of bytes used."""
        s = self._s
        if s[_BITS]:
            self.buffer[s[_AT]] = (s[_WORD] << (8 - s[_BITS])) & 0xFF
            s[_AT] += 1
            s[_BITS] = 0
            s[_WORD] = 0
        return s[_AT]
