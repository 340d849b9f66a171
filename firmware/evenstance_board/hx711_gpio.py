"""HX711 over two GPIO pins: counts, time and flags of each conversion, and nothing else.

Portable to any board with Pin and ticks_us. Datasheet V2.0: DOUT falls when a conversion is
ready; 24 bits follow, most significant first, each valid 0.1 us after a rising SCK; the 25th
pulse selects channel A, gain 128 for the next one and puts DOUT high again, which proves that
the bits were in step.

    left, right = pair((sck, dout), (sck, dout))  # or one: Hx711Gpio(sck, dout)
    while True:
        for driver in left, right:
            if driver.poll():
                use(driver.t_us, driver.counts, driver.flags)
        time.sleep_us(min(left.wait_us(), right.wait_us()))

Nobody watches DOUT all the time, so the moment it fell is known as an interval: after it was last
seen high, before it was seen low. The chip keeps its own rhythm, which is followed from one
conversion to the next: the rhythm says when, the interval corrects the rhythm.
"""

import array
import time

import micropython
from micropython import const

from evenstance_board.hx711_burst import burst, clock_out, clock_out_both
from evenstance_wire import flags as f

_UNKNOWN_US = const(10741)  # period of a chip at 93.1 SPS, until measured
_SHORTEST_US = const(9000)  # 111 SPS
_LONGEST_US = const(13500)  # 74 SPS: "80 SPS" chips run at 80 to 97
_SLOW_FROM_US = const(60000)  # a chip wired for 10 SPS makes 10 to 12 of them
_SLOW_TO_US = const(150000)
_SLOW_N = const(3)  # steps in a row that agree
_GUARD_US = const(450)  # start looking this long before the expected end
_SEARCH_US = const(500)  # without a rhythm, look this often
_COARSE_US = const(3000)  # a longer interval is of no use to find the rhythm
_NARROW_US = const(500)  # a longer interval says little about the moment DOUT fell
_EARLY_US = const(600)  # a conversion this early is not yet counted as the one before
_UPDATE_US = const(300)  # after the end of a conversion the bits change
_READ_US = const(1200)  # from a look at DOUT to the last bit, with what may come in between
_STRETCH_US = const(50)  # a read this much slower than the fastest had a stretched clock
_POWER_DOWN_US = const(100)
_RESTART_US = const(30000)  # DOUT means nothing until the filter has settled
_RHYTHM = const(20)  # conversions in a run that gives the period
_MAX_MISSED = const(300)  # about three seconds: the rhythm is lost
_SLIP_US = const(400)  # off by more than this, it is rather the phase than the period
_FOREVER_US = const(1 << 28)
_SHIFT = const(8)  # the period is kept in 1/256 us
_TOOK = const(2)  # places in a burst, behind the bits of two chips
_END = const(3)
_PROOF = const(1)
_SIGN = const(0x800000)
_TICKS = const((1 << 30) - 1)
_HALF = const(1 << 29)
# bits of evenstance_wire.flags, as machine code needs them; a test compares them
_LATE = const(1)
_DESYNC = const(2)
_SATURATED = const(4)
_MISSED_BIT = const(8)

# words of the state, none of which is negative but the counts
_KEPT = const(0)  # a conversion was read in the other's burst and not yet given
_KNOWN = const(1)  # the period
_IN_PHASE = const(2)
_BLIND = const(3)  # a conversion may have gone by since the latest that was read
_SETTLING = const(4)
_PERIOD = const(5)  # in 1/256 us
_HIGH_AT = const(6)  # DOUT was last seen high
_LAST_T = const(7)  # the latest conversion
_RESTARTED_AT = const(8)
_NOW = const(9)  # of the latest look
_WAITED = const(10)  # how long DOUT was not seen then, at most _FOREVER_US
_FASTEST = const(11)  # burst of one chip (us)
_FASTEST_BOTH = const(12)
_FLAGS = const(13)  # of the conversion that is ready
_MISSED = const(14)
_COUNTS = const(15)
_BITS = const(16)
_MARKED = const(17)  # the one before had flags
_NEWS = const(18)  # flags are not what they were
_DISCARD = const(19)  # conversions that are still of no use
_WORDS = const(20)

# what `_look` found, and what a burst gave
_NOTHING = const(0)
_READY = const(1)
_THINK = const(2)
_STRETCHED = const(2)
_UNPROVEN = const(3)

_ticks_us = time.ticks_us


@micropython.viper
def _look(s: ptr32, dout) -> int:
    """Look at DOUT: _READY when a conversion is to be read and has its place in the rhythm,
    _THINK when it does not come one step behind the latest."""
    now = int(_ticks_us())
    waited = (now - s[_HIGH_AT]) & _TICKS
    if int(dout()):
        # in less than a period none can have ended and been replaced
        limit = s[_PERIOD] >> _SHIFT if s[_KNOWN] else _SHORTEST_US
        if waited >= limit:
            s[_BLIND] = 1
        s[_HIGH_AT] = now
        return _NOTHING
    if s[_SETTLING]:
        if ((now - s[_RESTARTED_AT]) & _TICKS) < _RESTART_US:
            return _NOTHING
        s[_SETTLING] = 0
    if waited > _FOREVER_US:
        waited = _FOREVER_US
    if waited > _SHORTEST_US - _READ_US:
        s[_BLIND] = 1
    s[_NOW] = now
    s[_WAITED] = waited
    since = (now - s[_LAST_T]) & _TICKS
    if s[_KNOWN] == 0 or since + _EARLY_US >= (s[_PERIOD] >> _SHIFT) << 1:
        return _THINK
    return int(_place(s, since, 1))


@micropython.viper
def _place(s: ptr32, since: int, n: int) -> int:
    """Place the `n`-th conversion behind the latest in the rhythm; _NOTHING when a read could
    meet an update."""
    period = s[_PERIOD] >> _SHIFT
    waited = s[_WAITED]
    expected = n * period
    at = expected
    flags = 0
    if waited > _NARROW_US:
        flags = _LATE
        after = since - expected
        if s[_IN_PHASE] == 0:
            if waited > _SHORTEST_US - _READ_US:
                flags |= _DESYNC  # it may have changed while it was read
        elif period - after < _READ_US or (n > 1 and after < _UPDATE_US):
            s[_BLIND] = 1
            return _NOTHING
    else:
        at += (since - (waited >> 1) - expected) >> 2
    if s[_IN_PHASE] == 0 and waited <= _COARSE_US:
        at = since - (waited >> 1)
        s[_IN_PHASE] = 1
    else:
        if at > since:
            at = since
        elif at < since - waited:
            at = since - waited
        wrong = at - expected
        large = wrong < 0 - _SLIP_US or wrong > _SLIP_US
        if large and flags & _LATE:
            s[_IN_PHASE] = 0
        else:
            if large:
                wrong = _SLIP_US if wrong > 0 else 0 - _SLIP_US
            period = s[_PERIOD] + ((wrong << _SHIFT) >> 4)
            s[_PERIOD] = period
            if period <= _SHORTEST_US << _SHIFT or period >= _LONGEST_US << _SHIFT:
                s[_KNOWN] = 0
    s[_LAST_T] = (s[_LAST_T] + at) & _TICKS
    s[_MISSED] = n - 1
    if n > 1:
        flags |= _MISSED_BIT
    s[_FLAGS] = flags
    s[_BLIND] = 0
    return _READY


@micropython.viper
def _judge(s: ptr32, burst: ptr32, k: int, fastest: int) -> int:
    """Make counts of the `k`-th bits of a burst: _READY, _NOTHING when they are not to be given,
    or what is wrong; `fastest` is the word that keeps how long such a burst takes."""
    s[_HIGH_AT] = burst[_END]
    took = burst[_TOOK]
    if took < s[fastest]:
        s[fastest] = took
    if took > s[fastest] + _STRETCH_US:
        return _STRETCHED
    bits = burst[k]
    if bits & _PROOF == 0:
        s[_BITS] = bits
        return _UNPROVEN
    value = bits >> 1
    s[_COUNTS] = value - (_SIGN << 1) if value & _SIGN else value
    flags = s[_FLAGS]
    if value == _SIGN or value == _SIGN - 1:
        flags |= _SATURATED
        s[_FLAGS] = flags
    if s[_DISCARD]:
        s[_DISCARD] -= 1
        return _NOTHING
    s[_NEWS] = flags | s[_MARKED]
    s[_MARKED] = flags
    return _READY


@micropython.viper
def _wait(s: ptr32) -> int:
    if s[_KEPT]:
        return 0
    if s[_KNOWN] == 0 or s[_IN_PHASE] == 0:
        return _SEARCH_US
    now = int(_ticks_us())
    due = ((s[_LAST_T] - now + _HALF) & _TICKS) - _HALF + (s[_PERIOD] >> _SHIFT) - _GUARD_US
    if due > 0:
        return due
    return 0 if due > 0 - _LONGEST_US else _SEARCH_US


def pair(left, right):
    """Two converters, given as (sck, dout) each, that share a burst when both are ready."""
    one, two = Hx711Gpio(*left), Hx711Gpio(*right)
    one.share_with(two)
    two.share_with(one)
    return one, two


class Hx711Gpio:
    """One converter. Times are ticks_us (they wrap at 2^30) of the moment DOUT fell.

    What `poll` gave is good until the next `poll`, also of the one it shares bursts with.
    """

    def __init__(self, sck, dout):
        self._sck = sck
        self._dout = dout
        self._other = None  # the converter that may be read in the same burst
        self.counts = 0
        self.t_us = 0
        self.flags = 0
        self.missed = 0  # conversions lost just before this one
        self.restarts = 0  # cumulative since creation
        self.overruns = 0  # the same: times that a conversion was not read before the next
        self.unproven = 0  # the same: readings without their proof bit
        self.low_reads = 0  # of these, without a single 1
        self.power_downs = 0  # the same: the clock was stretched, the chip may have powered down
        self._run = 0  # conversions without a loss while the period is not known
        self._slow_run = 0  # long steps in a row, while DOUT was watched
        self._slow_step = 0
        s = self._s = array.array("i", [0] * _WORDS)
        s[_PERIOD] = _UNKNOWN_US << _SHIFT
        s[_FASTEST] = s[_FASTEST_BOTH] = 1 << 20
        s[_DISCARD] = 2  # whatever was latched before we came
        s[_HIGH_AT] = s[_LAST_T] = s[_RESTARTED_AT] = self._first_t = time.ticks_us()
        sck(0)

    @property
    def period_us(self):
        """Length of one conversion as followed by this driver."""
        return (self._s[_PERIOD] + 128) >> _SHIFT

    def share_with(self, other):
        """Let the other be read in a burst of this one when both are ready."""
        self._other = other

    @micropython.native
    def wait_us(self):
        """How long it is of no use to poll (us, at least 0)."""
        return _wait(self._s)

    @micropython.native
    def poll(self):
        """True when a conversion was read; then counts, t_us, flags and missed describe it."""
        s = self._s
        if s[_KEPT]:
            s[_KEPT] = 0
            return True
        found = _look(s, self._dout)
        if not found or (found == _THINK and not self._think()):
            return False
        other = self._other
        if other is None or not other._due():
            clock_out(self._sck, self._dout, burst)
            return self._take(_judge(s, burst, 0, _FASTEST))
        clock_out_both(self._sck, self._dout, other._sck, other._dout, burst)
        theirs = other._s
        theirs[_KEPT] = 1 if other._take(_judge(theirs, burst, 1, _FASTEST_BOTH)) else 0
        return self._take(_judge(s, burst, 0, _FASTEST_BOTH))

    def stop(self):
        """Leave SCK low; the chip goes on converting, and nobody reads it."""
        self._sck(0)

    @micropython.native
    def _due(self):
        """True when a conversion is ready to be read now: its place in the rhythm is noted."""
        s = self._s
        if s[_KEPT]:
            return False
        found = _look(s, self._dout)
        return found == _READY or (found == _THINK and self._think())

    @micropython.native
    def _take(self, found):
        """Take what a burst gave; False when it is not to be given."""
        if found != _READY:
            return found != _NOTHING and self._void(found)
        s = self._s
        self.counts = s[_COUNTS]
        self.t_us = s[_LAST_T]
        if s[_NEWS]:  # seldom
            self._tell()
        return True

    def _tell(self):
        """Flags of the conversion that is given."""
        self.flags = self._s[_FLAGS]
        self.missed = self._s[_MISSED]
        if self.flags & f.MISSED:
            self.overruns += 1

    def _void(self, found):
        """What was clocked out is no value."""
        s = self._s
        if found == _STRETCHED:
            self.power_downs += 1
        else:
            self.unproven += 1
            if s[_BITS] == 0:
                self.low_reads += 1
        self.counts = 0
        self.t_us = s[_LAST_T]
        s[_FLAGS] |= f.DESYNC
        s[_MARKED] = s[_FLAGS]
        self._restart()
        if s[_DISCARD]:
            s[_DISCARD] -= 1
            return False
        self._tell()
        return True

    def _think(self):
        """A conversion that does not come one step behind the latest; False when it could change
        while it is read."""
        s = self._s
        now = s[_NOW]
        if s[_KNOWN]:
            period = s[_PERIOD] >> _SHIFT
            since = time.ticks_diff(now, s[_LAST_T])
            if not 0 <= since < _MAX_MISSED * period:
                s[_KNOWN] = 0
            elif not self._is_slow(since):
                return _place(s, since, (since + _EARLY_US) // period) == _READY
        self._search(now, s[_WAITED])
        s[_BLIND] = 0
        return True

    def _search(self, now, waited):
        """Take a conversion while looking for the rhythm.

        The period is the time over a run of conversions none of which was lost; only the moments
        of the first and the last have to be known well.
        """
        s = self._s
        flags = 0 if waited <= _NARROW_US else f.LATE
        t = time.ticks_add(now, -(waited >> 1) if waited <= _COARSE_US else 0)
        step = time.ticks_diff(t, s[_LAST_T])
        slow = self._is_slow(step)
        period = self._slow_step if slow else _UNKNOWN_US
        missed = (step + (period >> 1)) // period - 1
        s[_MISSED] = 0
        if missed > 0 and s[_BLIND]:
            s[_MISSED] = missed if missed < 60000 else 60000
            flags |= f.MISSED
            self._run = 0
        elif step < _SHORTEST_US - _COARSE_US or slow:
            self._run = 0
        if waited > _SHORTEST_US - _READ_US:
            flags |= f.DESYNC  # the next conversion may end in the middle of this read
            self._run = 0
        elif self._run:
            self._run += 1
            if self._run > _RHYTHM and waited <= _COARSE_US:
                period = time.ticks_diff(t, self._first_t) // (self._run - 1)
                self._run = 0
                if _SHORTEST_US < period < _LONGEST_US:
                    s[_PERIOD] = period << _SHIFT
                    s[_KNOWN] = s[_IN_PHASE] = 1
        elif waited <= _COARSE_US:
            self._first_t = t
            self._run = 1
        s[_LAST_T] = t
        s[_FLAGS] = flags

    def _is_slow(self, step):
        """True when step after step is that of a chip wired for 10 SPS; then it is followed."""
        s = self._s
        if s[_BLIND] or not _SLOW_FROM_US < step < _SLOW_TO_US:
            if not s[_BLIND]:
                self._slow_run = 0
        else:
            wrong = step - self._slow_step
            self._slow_step = step
            self._slow_run = self._slow_run + 1 if -step >> 3 < wrong < step >> 3 else 1
        if self._slow_run < _SLOW_N:
            return False
        s[_KNOWN] = s[_IN_PHASE] = 0
        s[_PERIOD] = self._slow_step << _SHIFT
        return True

    def _restart(self):
        """Power the chip down and up: its bits are in step again after four conversions."""
        self.restarts += 1
        self._sck(1)
        time.sleep_us(_POWER_DOWN_US)
        self._sck(0)
        self._run = 0
        s = self._s
        s[_IN_PHASE] = 0
        s[_SETTLING] = 1
        s[_HIGH_AT] = s[_RESTARTED_AT] = time.ticks_us()
