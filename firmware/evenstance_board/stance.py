"""Where both channels meet: one pair of forces at the left channel's times, and body weight.

The right channel is interpolated onto the left's times. Half-second blocks of the sum that are
quiet and two-legged make the body weight: the mean of the latest five seconds of them.
"""

import array
import time

from micropython import const

_PENDING = const(8)
_BLOCK_US = const(500000)
_BLOCKS = const(10)
_GAP_US = const(100000)


class Pairs:
    """Feeds `sink(t, left_mn, right_mn)` as soon as the right channel has passed a left sample."""

    def __init__(self, sink):
        self._sink = sink
        self._t = array.array("i", [0] * _PENDING)
        self._f = array.array("i", [0] * _PENDING)
        self._n = 0
        self._t_right = 0
        self._f_right = 0
        self._have_right = False

    def left(self, t, force):
        """A left sample; waits for the right channel."""
        if self._n == _PENDING:  # the right channel is silent: nothing to pair
            self._n = 0
            self._have_right = False
        self._t[self._n] = t
        self._f[self._n] = force
        self._n += 1

    def right(self, t, force):
        """A right sample; releases the left samples it has passed."""
        n = self._n
        done = 0
        span = time.ticks_diff(t, self._t_right)
        usable = self._have_right and 0 < span <= _GAP_US
        for k in range(n):
            into = time.ticks_diff(self._t[k], self._t_right)
            if into > span and self._have_right:
                break
            done += 1
            if usable and into >= 0:
                self._sink(self._t[k], self._f[k], self._between(force, into, span))
        if done:
            for k in range(n - done):
                self._t[k] = self._t[k + done]
                self._f[k] = self._f[k + done]
            self._n = n - done
        self._t_right = t
        self._f_right = force
        self._have_right = True

    def _between(self, force, into, span):
        part = (into << 12) // span
        df = force - self._f_right
        if -131072 < df < 131072:
            return self._f_right + ((df * part) >> 12)
        return self._f_right + (((df >> 6) * part) >> 6)


class BodyWeight:
    """Body weight from quiet two-legged stance; `value_mn` is 0 while unknown."""

    def __init__(self, rules):
        self._foot_mn = rules.foot_down_mn
        self._quiet_pct = rules.quiet_pct
        self._means = array.array("i", [0] * _BLOCKS)
        self._next = 0
        self._in_row = 0
        self.value_mn = 0
        self.fresh = False  # measured since the board was last empty
        self._start()

    def _start(self):
        self._n = 0
        self._sum = 0
        self._low = 0
        self._high = 0
        self._two_legged = True
        self._from = 0
        self._last = 0

    def forget(self):
        """The zero or the calibration changed: the value is void."""
        self.value_mn = 0
        self.fresh = False
        self._in_row = 0
        self._start()

    def pair(self, t, left_mn, right_mn):
        """Take one pair of forces; returns True when the value has just been renewed."""
        total = left_mn + right_mn
        if self._n == 0:
            self._from = t
            self._low = total
            self._high = total
        elif time.ticks_diff(t, self._last) > _GAP_US:
            self._two_legged = False
        self._last = t
        self._n += 1
        self._sum += total
        if total < self._low:
            self._low = total
        elif total > self._high:
            self._high = total
        if left_mn < self._foot_mn or right_mn < self._foot_mn:
            self._two_legged = False
        if time.ticks_diff(t, self._from) < _BLOCK_US:
            return False
        renewed = self._close()
        self._start()
        return renewed

    def _close(self):
        mean = (self._sum + (self._n >> 1)) // self._n
        if not self._two_legged or self._high - self._low > mean * self._quiet_pct // 100:
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
