"""HX711 over two GPIO pins: counts, time and flags of each conversion, and nothing else.

Portable to any board with Pin and ticks_us. Datasheet V2.0: DOUT falls when a conversion is
ready; 24 bits follow, most significant first, each valid 0.1 us after a rising SCK; the 25th
pulse selects channel A, gain 128 for the next one and puts DOUT high again, which proves that
the bits were in step. SCK high for more than 60 us powers the chip down, so a burst of pulses is
clocked out with interrupts off: about 60 us for one chip, 100 us for two, on a Pico.

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
from machine import disable_irq, enable_irq
from micropython import const

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
_PROOF = const(1)
_SIGN = const(0x800000)


_burst = array.array("i", [0, 0, 0])  # bits of one or two chips, and how long it took (us)


@micropython.viper
def _clock_out(sck, dout, burst: ptr32):
    """24 bits and the proof, as fast as pins go; nothing can come in between."""
    value = 0
    irqs = disable_irq()
    began = time.ticks_us()
    for _ in range(25):
        sck(1)
        value = (value << 1) | int(dout())
        sck(0)
    took = time.ticks_diff(time.ticks_us(), began)
    enable_irq(irqs)
    burst[0] = value
    burst[2] = int(took)


@micropython.viper
def _clock_out_both(sck_a, dout_a, sck_b, dout_b, burst: ptr32):
    """The same of two chips at once."""
    a = 0
    b = 0
    irqs = disable_irq()
    began = time.ticks_us()
    for _ in range(25):
        sck_a(1)
        sck_b(1)
        a = (a << 1) | int(dout_a())
        b = (b << 1) | int(dout_b())
        sck_a(0)
        sck_b(0)
    took = time.ticks_diff(time.ticks_us(), began)
    enable_irq(irqs)
    burst[0] = a
    burst[1] = b
    burst[2] = int(took)


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
        self._period = _UNKNOWN_US << _SHIFT
        self._known = False  # the period
        self._in_phase = False
        self._run = 0  # conversions without a loss while it is not known
        self._blind = False  # a conversion may have gone by since the latest that was read
        self._slow_run = 0  # long steps in a row, while DOUT was watched
        self._slow_step = 0
        self._high_at = time.ticks_us()
        self._last_t = self._high_at
        self._first_t = self._high_at
        self._settling = False
        self._restarted_at = self._high_at
        self._fastest_us = 1 << 20  # alone
        self._fastest_both_us = 1 << 20
        self._kept = False  # a conversion was read in the other's burst and not yet given
        self._discard = 2  # whatever was latched before we came
        sck(0)

    @property
    def period_us(self):
        """Length of one conversion as followed by this driver."""
        return (self._period + 128) >> _SHIFT

    def share_with(self, other):
        """Let the other be read in a burst of this one when both are ready."""
        self._other = other

    def wait_us(self):
        """How long it is of no use to poll (us, at least 0)."""
        if self._kept:
            return 0
        if not (self._known and self._in_phase):
            return _SEARCH_US
        due = time.ticks_diff(self._last_t, time.ticks_us()) + (self._period >> _SHIFT) - _GUARD_US
        if due > 0:
            return due
        return 0 if due > -_LONGEST_US else _SEARCH_US

    def poll(self):
        """True when a conversion was read; then counts, t_us, flags and missed describe it."""
        if self._kept:
            self._kept = False
            return True
        if not self._due():
            return False
        other = self._other
        if other is None or other._kept or not other._due():
            _clock_out(self._sck, self._dout, _burst)
            if _burst[2] < self._fastest_us:
                self._fastest_us = _burst[2]
            return self._take(_burst[0], _burst[2] <= self._fastest_us + _STRETCH_US)
        _clock_out_both(self._sck, self._dout, other._sck, other._dout, _burst)
        if _burst[2] < self._fastest_both_us:
            self._fastest_both_us = other._fastest_both_us = _burst[2]
        steady = _burst[2] <= self._fastest_both_us + _STRETCH_US
        other._kept = other._take(_burst[1], steady)
        return self._take(_burst[0], steady)

    def stop(self):
        """Leave SCK low; the chip goes on converting, and nobody reads it."""
        self._sck(0)

    def _due(self):
        """True when a conversion is ready to be read now: its place in the rhythm is noted."""
        now = time.ticks_us()
        if self._dout():
            # in less than a period none can have ended and been replaced
            limit = self._period >> _SHIFT if self._known else _SHORTEST_US
            if not 0 <= time.ticks_diff(now, self._high_at) < limit:
                self._blind = True
            self._high_at = now
            return False
        if self._settling:
            if 0 <= time.ticks_diff(now, self._restarted_at) < _RESTART_US:
                return False
            self._settling = False
        waited = time.ticks_diff(now, self._high_at)
        if waited < 0 or waited > _FOREVER_US:
            waited = _FOREVER_US
        if waited > _SHORTEST_US - _READ_US:
            self._blind = True
        flags = self._follow(now, waited) if self._known else self._search(now, waited)
        if flags < 0:
            self._blind = True
            return False
        self._blind = False
        self.flags = flags
        return True

    def _take(self, bits, steady):
        """Make counts of what was clocked out; False when it is not to be given."""
        self._high_at = time.ticks_us()
        if steady and bits & _PROOF:
            value = bits >> 1
            self.counts = value - (_SIGN << 1) if value & _SIGN else value
            if value == _SIGN or value == _SIGN - 1:
                self.flags |= f.SATURATED
        else:
            if not steady:
                self.power_downs += 1
            else:
                self.unproven += 1
                if bits == 0:
                    self.low_reads += 1
            self.counts = 0
            self.flags |= f.DESYNC
            self._restart()
        if self._discard:
            self._discard -= 1
            return False
        if self.flags & f.MISSED:
            self.overruns += 1
        return True

    def _follow(self, now, waited):
        """Place a conversion in the rhythm; its flags, or -1 when a read could meet an update."""
        period = self._period >> _SHIFT
        since = time.ticks_diff(now, self._last_t)
        if since < 0 or since >= _MAX_MISSED * period:
            self._known = False
            return self._search(now, waited)
        n = (since + _EARLY_US) // period
        if n < 1:
            n = 1
        if n > 1 and self._is_slow(since):
            return self._search(now, waited)
        expected = n * period
        at = expected
        flags = 0
        if waited > _NARROW_US:
            flags = f.LATE
            after = since - expected
            if not self._in_phase:
                if waited > _SHORTEST_US - _READ_US:
                    flags |= f.DESYNC  # it may have changed while it was read
            elif period - after < _READ_US or (n > 1 and after < _UPDATE_US):
                return -1
        else:
            at += (since - (waited >> 1) - expected) >> 2
        if not self._in_phase and waited <= _COARSE_US:
            at = since - (waited >> 1)
            self._in_phase = True
        else:
            if at > since:
                at = since
            elif at < since - waited:
                at = since - waited
            self._correct(at - expected, flags)
        self._last_t = self.t_us = time.ticks_add(self._last_t, at)
        self.missed = n - 1
        return flags | f.MISSED if n > 1 else flags

    def _correct(self, wrong, flags):
        """The rhythm was `wrong` by so much (us)."""
        if wrong < -_SLIP_US or wrong > _SLIP_US:
            if flags & f.LATE:
                self._in_phase = False
                return
            wrong = _SLIP_US if wrong > 0 else -_SLIP_US
        self._period += (wrong << _SHIFT) >> 4
        if not _SHORTEST_US << _SHIFT < self._period < _LONGEST_US << _SHIFT:
            self._known = False

    def _search(self, now, waited):
        """Take a conversion while looking for the rhythm; its flags.

        The period is the time over a run of conversions none of which was lost; only the moments
        of the first and the last have to be known well.
        """
        flags = 0 if waited <= _NARROW_US else f.LATE
        t = time.ticks_add(now, -(waited >> 1) if waited <= _COARSE_US else 0)
        step = time.ticks_diff(t, self._last_t)
        slow = self._is_slow(step)
        period = self._slow_step if slow else _UNKNOWN_US
        missed = (step + (period >> 1)) // period - 1
        self.missed = 0
        if missed > 0 and self._blind:
            self.missed = missed if missed < 60000 else 60000
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
                    self._period = period << _SHIFT
                    self._known = True
                    self._in_phase = True
        elif waited <= _COARSE_US:
            self._first_t = t
            self._run = 1
        self._last_t = self.t_us = t
        return flags

    def _is_slow(self, step):
        """True when step after step is that of a chip wired for 10 SPS; then it is followed."""
        if self._blind or not _SLOW_FROM_US < step < _SLOW_TO_US:
            if not self._blind:
                self._slow_run = 0
        else:
            wrong = step - self._slow_step
            self._slow_step = step
            self._slow_run = self._slow_run + 1 if -step >> 3 < wrong < step >> 3 else 1
        if self._slow_run < _SLOW_N:
            return False
        self._known = False
        self._in_phase = False
        self._period = self._slow_step << _SHIFT
        return True

    def _restart(self):
        """Power the chip down and up: its bits are in step again after four conversions."""
        self.restarts += 1
        self._sck(1)
        time.sleep_us(_POWER_DOWN_US)
        self._sck(0)
        self._run = 0
        self._in_phase = False
        self._settling = True
        self._high_at = self._restarted_at = time.ticks_us()
