"""HX711 over two GPIO pins: counts, time and flags of each conversion, and nothing else.

Portable to any board with Pin and ticks_us. Datasheet V2.0: DOUT falls when a conversion is
ready; 24 bits follow, most significant first, each valid 0.1 us after a rising SCK; the 25th
pulse selects channel A, gain 128 for the next one and puts DOUT high again, which proves that
the bits were in step. SCK high for more than 60 us powers the chip down.

    driver = Hx711Gpio(sck, dout)
    while True:
        if driver.poll():
            use(driver.t_us, driver.counts, driver.flags)
        time.sleep_us(driver.wait_us())
"""

import time

from evenstance_wire import flags as f
from micropython import const

_UNKNOWN_US = const(10741)  # period of a chip at 93.1 SPS, until measured
_LONGEST_US = const(13500)  # 74 SPS: "80 SPS" chips run at 80 to 97
_GUARD_US = const(150)  # start looking this long before the expected end
_LOOK_US = const(50)  # then look this often
_SEARCH_US = const(500)  # without a rhythm, look this often
_NARROW_US = const(400)  # a wait longer than this says little about the moment DOUT fell
_STRETCH_US = const(50)  # a read this much slower than the fastest had a stretched clock
_POWER_DOWN_US = const(100)
_RHYTHM = const(16)  # conversions until the period is trusted
_MAX_MISSED = const(80)  # about a second: the rhythm is lost
_SHIFT = const(8)  # the period is kept in 1/256 us


class Hx711Gpio:
    """One converter. Times are ticks_us (they wrap at 2^30) of the moment DOUT fell."""

    def __init__(self, sck, dout):
        self._sck = sck
        self._dout = dout
        self.counts = 0
        self.t_us = 0
        self.flags = 0
        self.missed = 0  # conversions lost just before this one
        self.restarts = 0  # cumulative since creation
        self._period = _UNKNOWN_US << _SHIFT
        self._steady = 0
        self._high_at = time.ticks_us()
        self._last_t = self._high_at
        self._fastest_us = 1 << 20
        self._discard = 2  # whatever was latched before we came
        sck(0)

    @property
    def period_us(self):
        """Length of one conversion as followed by this driver."""
        return (self._period + 128) >> _SHIFT

    def wait_us(self):
        """How long it is of no use to poll (us, at least 0)."""
        if self._steady < _RHYTHM:
            return _SEARCH_US
        now = time.ticks_us()
        due = time.ticks_diff(self._last_t, now) + (self._period >> _SHIFT) - _GUARD_US
        if due > _LOOK_US:
            return due
        return _LOOK_US if due > -_LONGEST_US else _SEARCH_US

    def poll(self):
        """True when a conversion was read; then counts, t_us, flags and missed describe it."""
        now = time.ticks_us()
        if self._dout():
            self._high_at = now
            return False
        wait = time.ticks_diff(now, self._high_at)
        if wait < 0 or wait > (1 << 28):
            wait = 1 << 28
        flags = self._place(now, wait)
        if flags < 0:
            return False
        value = self._shift_in(now)
        if value is None:
            flags |= f.DESYNC
            self._restart()
            self.counts = 0
        else:
            self.counts = value
            if value == 0x7FFFFF or value == -0x800000:
                flags |= f.SATURATED
        if self._discard:
            self._discard -= 1
            return False
        self.flags = flags
        return True

    def _place(self, now, wait):
        """Work out when DOUT fell; the flags, or -1 when reading now could meet an update."""
        period = self._period >> _SHIFT
        since = time.ticks_diff(now, self._last_t)
        flags = 0
        self.missed = 0
        if self._steady >= _RHYTHM and 0 <= since < _MAX_MISSED * period:
            whole = since // period
            ahead = (whole + 1) * period - since
            if wait > _NARROW_US and ahead < _GUARD_US + 300:
                return -1  # the next conversion would end in the middle of this read
            t = now - (wait >> 1) if wait <= _NARROW_US else now - (since - whole * period)
            back = now - t
            if back > wait:
                back = wait
            if wait > _NARROW_US:
                flags = f.LATE
                if whole < 1:
                    back = 0
            self.t_us = time.ticks_add(now, -back)
            step = time.ticks_diff(self.t_us, self._last_t)
            missed = (step + (period >> 1)) // period - 1
            if missed > 0:
                self.missed = missed
                flags |= f.MISSED
            elif wait <= _NARROW_US:
                self._period += ((step << _SHIFT) - self._period) >> 6
        else:
            self.t_us = time.ticks_add(now, -(wait >> 1) if wait <= _SEARCH_US + 100 else 0)
            step = time.ticks_diff(self.t_us, self._last_t)
            if 9000 < step < _LONGEST_US and wait <= _SEARCH_US + 200:
                self._period += ((step << _SHIFT) - self._period) >> 3
                self._steady += 1
            else:
                self._steady = 0
                flags = f.LATE
                if step > _LONGEST_US:
                    flags |= f.MISSED
                    self.missed = min(step // period, 60000)
        self._last_t = self.t_us
        return flags

    def _shift_in(self, started):
        """The 24 bits as a signed value, or None when the read does not prove itself."""
        sck = self._sck
        dout = self._dout
        value = 0
        for _ in range(24):
            sck(1)
            value = (value << 1) | dout()
            sck(0)
        sck(1)
        proof = dout()
        sck(0)
        now = time.ticks_us()
        took = time.ticks_diff(now, started)
        self._high_at = now
        if took < self._fastest_us:
            self._fastest_us = took
        if not proof or took > self._fastest_us + _STRETCH_US:
            return None
        return value - 0x1000000 if value & 0x800000 else value

    def _restart(self):
        """Power the chip down and up, so that its bits are in step again (settles 4 conversions)."""
        self.restarts += 1
        self._sck(1)
        time.sleep_us(_POWER_DOWN_US)
        self._sck(0)
        self._steady = 0
        self._high_at = time.ticks_us()
