"""The latest conversions of one channel: times and raw counts, for pre-roll, trace and stream."""

import array
import time

import micropython
from micropython import const

_RING = const(640)  # 5 s before lift-off at up to 107 SPS, and what arrives meanwhile
_GAP_US = const(1000000)
_TICKS = const((1 << 30) - 1)
_HALF = const(1 << 29)
# words of the state
_HEAD = const(0)
_SIZE = const(1)
_PUSHED = const(2)


@micropython.viper
def push(s: ptr32, ts: ptr32, counts: ptr32, t: int, value: int) -> int:
    """Take one conversion; returns the time since the one before (us)."""
    head = s[_HEAD]
    last = head - 1 if head else _RING - 1
    gap = (t - ts[last]) & _TICKS
    if gap > _GAP_US:
        s[_SIZE] = 0
    if gap >= _HALF or s[_PUSHED] == 0:
        gap = 0
    ts[head] = t
    counts[head] = value
    head += 1
    s[_HEAD] = head if head < _RING else 0
    s[_PUSHED] = (s[_PUSHED] + 1) & _TICKS
    if s[_SIZE] < _RING:
        s[_SIZE] += 1
    return gap


class Ring:
    """Ticks_us and counts; what came before a gap of a second is not searched.

    `push(ring.state, ring.t, ring.counts, t, counts)` takes one more.
    """

    size = _RING

    def __init__(self):
        self.t = array.array("i", [0] * _RING)
        self.counts = array.array("i", [0] * _RING)
        self.state = array.array("i", (0, 0, 0))

    @property
    def pushed(self):
        """How many there were since power-up, in 30 bits."""
        return self.state[_PUSHED]

    @property
    def held(self):
        """How many are here, without a gap of a second."""
        return self.state[_SIZE]

    @property
    def latest(self):
        """Ticks of the latest."""
        return self.t[self.state[_HEAD] - 1]

    def place(self, back):
        """Where the conversion stands that is the `back`-th from the end, 1 being the latest."""
        return (self.state[_HEAD] - back) % _RING

    def waiting(self, done):
        """How many have come since `pushed` was `done`; only the latest `size` are still here."""
        return (self.state[_PUSHED] - done) & _TICKS

    def since(self, moment):
        """How many of the latest conversions were at ticks `moment` or later."""
        low = 0
        high = self.state[_SIZE]
        while low < high:
            middle = (low + high + 1) >> 1
            if time.ticks_diff(self.t[self.place(middle)], moment) >= 0:
                low = middle
            else:
                high = middle - 1
        return low
