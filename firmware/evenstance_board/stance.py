"""Where both channels meet: one pair of forces at the left channel's times, and body weight.

The right channel is interpolated onto the left's times. Half-second blocks of the sum that are
quiet and two-legged make the body weight: the mean of the latest five seconds of them. Machine
code keeps the pairs and the blocks.
"""

import array

import micropython
from micropython import const

_PENDING = const(8)
_BLOCKS = const(10)
_BLOCK_US = const(500000)
_GAP_US = const(100000)
_TICKS = const((1 << 30) - 1)
_HALF = const(1 << 29)
_BIAS = const(1 << 27)  # added to forces: in the state nothing is negative
_HEAVIEST_MN = const(4000000)  # 408 kg is no person, and a few more do not fit into a message

# words of the pairs' state: how many left samples wait, whether a right one came, its time and
# force, then times and forces of those that wait, then times and two forces of the pairs made
_N = const(0)
_HAVE = const(1)
_T_RIGHT = const(2)
_F_RIGHT = const(3)
_WAITING = const(4)
_MADE = const(20)

# words of a block: how many, from, last, sum, lowest, highest, one-legged or with a gap
_COUNT = const(0)
_FROM = const(1)
_LAST = const(2)
_SUM = const(3)
_LOW = const(4)
_HIGH = const(5)
_SPOILT = const(6)
_FOOT = const(7)


@micropython.viper
def _left(s: ptr32, t: int, force: int):
    n = s[_N]
    if n == _PENDING:  # the right channel is silent: nothing to pair
        n = 0
        s[_HAVE] = 0
    at = _WAITING + n + n
    s[at] = t
    s[at + 1] = force + _BIAS
    s[_N] = n + 1


@micropython.viper
def _right(s: ptr32, t: int, force: int) -> int:
    """Make pairs of the left samples that this one has passed; returns how many."""
    n = s[_N]
    t_right = s[_T_RIGHT]
    f_right = s[_F_RIGHT] - _BIAS
    span = (t - t_right) & _TICKS
    have = s[_HAVE]
    done = 0
    made = 0
    while done < n:
        at = _WAITING + done + done
        into = (s[at] - t_right) & _TICKS
        before = 1 if into >= _HALF else 0
        if have and before == 0 and into > span:
            break
        done += 1
        if have and before == 0 and span > 0 and span <= _GAP_US:
            part = (into << 12) // span
            df = force - f_right
            large = df >= 131072 or df <= -131072  # the product would not fit
            df = ((df >> 6) * part) >> 6 if large else (df * part) >> 12
            put = _MADE + 3 * made
            s[put] = s[at]
            s[put + 1] = s[at + 1]
            s[put + 2] = f_right + df + _BIAS
            made += 1
    if done:
        n -= done
        k = _WAITING
        end = _WAITING + n + n
        while k < end:
            s[k] = s[k + done + done]
            k += 1
        s[_N] = n
    s[_T_RIGHT] = t
    s[_F_RIGHT] = force + _BIAS
    s[_HAVE] = 1
    return made


class Pairs:
    """Feeds `sink(t, left_mn, right_mn)` as soon as the right channel has passed a left sample."""

    def __init__(self, sink):
        self._sink = sink
        self._s = array.array("i", [0] * (_MADE + 3 * _PENDING))

    @micropython.native
    def left(self, t, force):
        """A left sample; waits for the right channel."""
        _left(self._s, t, force)

    @micropython.native
    def right(self, t, force):
        """A right sample; releases the left samples it has passed."""
        s = self._s
        at = _MADE
        for _ in range(_right(s, t, force)):
            self._sink(s[at], s[at + 1] - _BIAS, s[at + 2] - _BIAS)
            at += 3


@micropython.viper
def _add(s: ptr32, t: int, left: int, right: int) -> int:
    """Take a pair into the block; 1 when the block is full."""
    total = left + right + _BIAS
    n = s[_COUNT]
    if n == 0:
        s[_FROM] = t
        s[_SUM] = 0
        s[_LOW] = total
        s[_HIGH] = total
        s[_SPOILT] = 0
    elif ((t - s[_LAST]) & _TICKS) > _GAP_US:
        s[_SPOILT] = 1
    s[_LAST] = t
    s[_COUNT] = n + 1
    if total < s[_LOW]:
        s[_LOW] = total
    if total > s[_HIGH]:
        s[_HIGH] = total
    if left < s[_FOOT] or right < s[_FOOT]:
        s[_SPOILT] = 1
    else:
        s[_SUM] = s[_SUM] + left + right
    return 1 if ((t - s[_FROM]) & _TICKS) >= _BLOCK_US else 0


class BodyWeight:
    """Body weight from quiet two-legged stance; `value_mn` is 0 while unknown."""

    def __init__(self, rules):
        self._quiet_pct = rules.quiet_pct
        self._block = array.array("i", (0, 0, 0, 0, 0, 0, 0, rules.foot_down_mn))
        self._means = array.array("i", [0] * _BLOCKS)
        self._next = 0
        self._in_row = 0
        self.value_mn = 0
        self.fresh = False  # measured since the board was last empty

    @property
    def quiet(self):
        """Whether the latest five seconds were quiet two-legged stance."""
        return self._in_row == _BLOCKS

    def forget(self):
        """The zero or the calibration changed: the value is void."""
        self.value_mn = 0
        self.fresh = False
        self._in_row = 0
        self._block[_COUNT] = 0

    @micropython.native
    def pair(self, t, left_mn, right_mn):
        """Take one pair of forces; returns True when the value has just been renewed."""
        if _add(self._block, t, left_mn, right_mn):
            return self._close()
        return False

    def _close(self):
        block = self._block
        n = block[_COUNT]
        block[_COUNT] = 0
        mean = (block[_SUM] + (n >> 1)) // n
        spread = block[_HIGH] - block[_LOW]
        odd = block[_SPOILT] or block[_HIGH] - _BIAS > _HEAVIEST_MN
        if odd or spread > mean * self._quiet_pct // 100:
            self._in_row = 0
            return False
        self._means[self._next] = mean
        self._next = (self._next + 1) % _BLOCKS
        if self._in_row < _BLOCKS:
            self._in_row += 1
        if self._in_row < _BLOCKS:
            return False
        total = 0
        for k in range(_BLOCKS):
            total += self._means[k]
        self.value_mn = (total + _BLOCKS // 2) // _BLOCKS
        self.fresh = True
        return True
