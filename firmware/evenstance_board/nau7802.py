"""NAU7802 at 320 SPS, gain 128, on an I2C bus of its own: one chip per plate, two buses.

    left = Nau7802(1, scl=Pin(15), sda=Pin(14))
    right = Nau7802(0, scl=Pin(17), sda=Pin(16))

Same interface as the drivers of the HX711. Nothing here waits: starting the chip (power, supply
of the bridge, calibration of its offset, settling) goes on from one `poll` to the next.

Datasheet, revision 1.7, pages 14 and 21, which were read: address 0x2A; CAL_ERR; the offset found
is taken from every value before it is handed out, so the rails move by it. Revision 2.6, as public
drivers cite it: PUR follows PUD after about 200 us; CR says that a conversion is ready, reading it
takes CR away; CALS starts a calibration and falls at its end; calibrate after any change of gain
or rate; throw six conversions away after a start; AVDD at least 0.3 V below DVDD, so 3.0 V on a
Pico; REG_CHPS 11; a capacitor across the unused second channel. How long the supply and a
calibration take was not to be read: the times here are ample guesses.

Not known either is whether a conversion may end in the middle of a read. A read that could meet
one is made twice and must agree, or it is dropped and counted as missed.
"""

import time

import machine
from micropython import const

from evenstance_wire import flags as f

_ADDRESS = const(0x2A)
_PU_CTRL = const(0x00)
_CTRL1 = const(0x01)
_CTRL2 = const(0x02)
_OCAL1 = const(0x03)  # sign and 23 bits
_ADCO = const(0x12)
_ADC = const(0x15)
_POWER = const(0x1C)

_RR = const(0x01)
_PUD = const(0x02)
_PUR = const(0x08)
_CR = const(0x20)
_ON = const(0x96)  # AVDDS, CS, PUA, PUD
_STATE = const(0x8F)  # the bits that say that the chip is as we made it ...
_GOOD = const(0x8E)  # ... AVDDS, PUR, PUA, PUD, and no RR
_VLDO_3V0_GAIN_128 = const(0x2F)
_RATE_320 = const(0x70)
_CALS = const(0x04)
_CAL_ERR = const(0x08)
_CHPS = const(0x30)
_PGA_CAP = const(0x80)

_BUS_HZ = const(400000)
_BUS_TIMEOUT_US = const(2000)  # a held bus must not hold the other plate
_DOWN, _POWERING, _RAMPING, _CALIBRATING, _RUNNING = 0, 1, 2, 3, 4
_RETRY_US = const(250000)
_LOOK_US = const(1000)  # between looks at PUR and CALS
_POWERED_US = const(20000)  # PUR within this
_RAMP_US = const(250000)  # for the supply of the bridge
_CALIBRATED_US = const(2000000)  # CALS within this
_SETTLING = const(6)
_SILENT_US = const(500000)

_NOMINAL_US = const(3125)
_SHORTEST_US = const(2500)  # 250 to 400 SPS: its oscillator is an RC
_LONGEST_US = const(4000)
_LEARNED = const(64)  # conversions until the rhythm is trusted
_GUARD_US = const(300)  # start looking this long before the expected end
_NARROW_US = const(600)  # a longer interval says little about the moment of the end
_EARLY_US = const(200)  # a conversion this early is not yet counted as the one before
_READ_US = const(700)  # from a look at CR to the last byte of two reads, and something between
_SHIFT = const(8)  # the period is kept in 1/256 us
_MAX_MISSED = const(60000)
_FOREVER_US = const(1 << 28)


class Nau7802:
    """One converter. Times are ticks_us (they wrap at 2^30) of the moment a conversion ended."""

    def __init__(self, number, scl, sda):
        self._number = number
        self._scl = scl
        self._sda = sda
        self._one = bytearray(1)
        self._three = bytearray(3)
        self.counts = 0
        self.t_us = 0
        self.flags = 0
        self.missed = 0  # conversions lost just before this one
        self.restarts = 0  # cumulative since creation
        self.unproven = 0  # two readings of one conversion that differ are missed, not given
        self.low_reads = 0
        self.power_downs = 0  # the same: the chip was not as it was made
        self._period = _NOMINAL_US << _SHIFT
        self._learned = 0
        self._in_phase = False
        self._seen = False  # any conversion
        self._given = False  # any conversion, to whoever polls
        self._skipped = 0  # conversions passed and not given, since the last that was
        self._limit = 0x7FFFFF
        self._discard = _SETTLING
        self._state = _DOWN
        self._keeps = False  # the chip may still be as we made it
        self._at = self._until = self._last_t = self._low_at = self._read_at = time.ticks_us()
        self._bus = self._new_bus()

    @property
    def period_us(self):
        """Length of one conversion as followed by this driver."""
        return (self._period + 128) >> _SHIFT

    def wait_us(self):
        """How long it is of no use to poll (us, at least 0)."""
        now = time.ticks_us()
        if self._state != _RUNNING:
            due = time.ticks_diff(self._at, now)
        elif self._learned < _LEARNED or not self._in_phase or self.flags & f.LATE:
            return 0  # after a late one, too: the rhythm may be behind
        else:
            due = time.ticks_diff(self._last_t, now) + (self._period >> _SHIFT) - _GUARD_US
        return due if due > 0 else 0

    def poll(self):
        """True when a conversion was read; then counts, t_us, flags and missed describe it."""
        try:
            if self._state == _RUNNING:
                return self._run()
            if time.ticks_diff(time.ticks_us(), self._at) >= 0:
                self._start()
            return False
        except OSError:
            return self._fault(True)

    def stop(self):
        """Nothing here runs by itself: the chip goes on converting, and nobody reads it."""

    # -- from power-down to running, one step a call

    def _start(self):
        now = time.ticks_us()
        state = self._state
        if state == _DOWN:
            self._connect()
            if self._keeps and self._is_as_we_made_it():
                self._go_on(1)
                return
            self._keeps = False
            self._write(_PU_CTRL, _RR)
            self._write(_PU_CTRL, _PUD)
            self._enter(_POWERING, _LOOK_US, _POWERED_US)
        elif state == _POWERING:
            if self._read(_PU_CTRL) & _PUR:
                self._write(_PU_CTRL, _ON)
                self._write(_CTRL1, _VLDO_3V0_GAIN_128)
                self._write(_CTRL2, _RATE_320)
                self._write(_ADC, _CHPS)
                self._write(_POWER, _PGA_CAP)
                self._enter(_RAMPING, _RAMP_US, _FOREVER_US)
        elif state == _RAMPING:
            self._write(_CTRL2, _RATE_320 | _CALS)
            self._enter(_CALIBRATING, _LOOK_US, _CALIBRATED_US)
        else:
            ctrl2 = self._read(_CTRL2)
            if ctrl2 == _RATE_320:
                self._limit = 0x7FFFFF - (self._three_bytes(_OCAL1) & 0x7FFFFF)
                self._go_on(1 + _SETTLING)  # one may wait since before
            elif ctrl2 != _RATE_320 | _CALS:
                self._fault(False)  # CAL_ERR, or another chip than the one we made
        if self._state == state:
            self._at = time.ticks_add(now, _LOOK_US)
            if time.ticks_diff(now, self._until) > 0:
                self._fault(False)

    def _enter(self, state, wait_us, within_us):
        now = time.ticks_us()
        self._state = state
        self._at = time.ticks_add(now, wait_us)
        self._until = time.ticks_add(now, within_us)

    def _go_on(self, discard):
        self._state = _RUNNING
        self._keeps = True
        self._discard = discard
        self._in_phase = False
        self._read_at = time.ticks_us()
        self._low_at = time.ticks_add(self._read_at, -_FOREVER_US)  # what waits may be old

    def _connect(self):
        """Free a bus that a chip holds in the middle of a byte (nine clocks), and take it."""
        self._sda.init(self._sda.IN, self._sda.PULL_UP)
        self._scl.init(self._scl.OPEN_DRAIN, value=1)
        for _ in range(9):
            self._scl(0)
            time.sleep_us(5)
            self._scl(1)
            time.sleep_us(5)
        self._bus = self._new_bus()

    def _new_bus(self):
        return machine.I2C(
            self._number, scl=self._scl, sda=self._sda, freq=_BUS_HZ, timeout=_BUS_TIMEOUT_US
        )

    def _is_as_we_made_it(self):
        return (
            self._read(_PU_CTRL) & _STATE == _GOOD
            and self._read(_CTRL1) == _VLDO_3V0_GAIN_128
            and self._read(_CTRL2) == _RATE_320
        )

    # -- conversions

    def _run(self):
        before = time.ticks_us()
        status = self._read(_PU_CTRL)
        now = time.ticks_us()
        if status & _STATE != _GOOD:
            self.power_downs += 1
            return self._fault(False)  # it lost its power, or the bus reads as all 0 or all 1
        if not status & _CR:
            self._low_at = before
            if time.ticks_diff(now, self._read_at) > _SILENT_US:
                return self._fault(False)
            return False
        waited = within(time.ticks_diff(now, self._low_at))
        since = within(time.ticks_diff(now, self._last_t))
        late = waited > _NARROW_US
        if late and self._could_meet_an_end(since):
            return False
        value = self._three_bytes(_ADCO)
        if late and self._three_bytes(_ADCO) != value:
            self._low_at = now  # one ended meanwhile; what is left is not worth a guess
            return False
        self._low_at = now
        if time.ticks_diff(time.ticks_us(), now) > _SHORTEST_US - _NARROW_US:
            return False  # held up: it may have been replaced while it was read
        self._read_at = now
        n = self._place(since, waited, late)
        if self._discard:
            self._discard -= 1
            self._skip(n)
            return False
        self._describe(value, n, late)
        return True

    def _could_meet_an_end(self, since):
        """True when, as far as we know, a conversion ends about now."""
        if self._learned < _LEARNED or not self._in_phase:
            return False
        period = self._period >> _SHIFT
        phase = since % period
        return phase < _EARLY_US or phase > period - _READ_US

    def _place(self, since, waited, late):
        """Note when the conversion ended; how many periods that is after the one before."""
        period = self._period >> _SHIFT
        middle = since - (waited >> 1)
        if not self._seen:
            n, at = 1, since if late else middle
        elif late:
            n = (since + (_EARLY_US if self._in_phase else 0)) // period
            at = n * period
        elif not self._in_phase:
            n, at = (middle + (period >> 1)) // period, middle
        else:
            n = (since + _EARLY_US) // period
            at = n * period
            at += (middle - at) >> 2
            if n < 1:
                n, at = 1, middle
            elif n == 1:
                self._learn(at - period)
        at = max(since - waited, min(at, since))
        if not late:
            self._seen = self._in_phase = True
        self._last_t = time.ticks_add(self._last_t, at)
        return n

    def _learn(self, wrong):
        """The rhythm was `wrong` by so much (us)."""
        self._period += (wrong << _SHIFT) >> 4
        if self._learned < _LEARNED:
            self._learned += 1
        if not _SHORTEST_US << _SHIFT < self._period < _LONGEST_US << _SHIFT:
            self._period = _NOMINAL_US << _SHIFT
            self._learned = 0

    def _skip(self, n):
        """So many conversions passed since the last one that was given."""
        if self._given:
            self._skipped = min(self._skipped + n, _MAX_MISSED)

    def _describe(self, value, n, late):
        self._skip(n - 1)
        missed = self._skipped if self._skipped > 0 else 0
        self._skipped = 0
        self._given = True
        counts = value - 0x1000000 if value & 0x800000 else value
        self.counts = counts
        self.t_us = self._last_t
        self.missed = missed
        flags = f.LATE if late else 0
        if missed:
            flags |= f.MISSED
        if counts >= self._limit or counts < -self._limit:
            flags |= f.SATURATED
        self.flags = flags

    def _fault(self, keeps):
        """Start again, gently if the chip `keeps` its settings; True gives a void conversion."""
        now = time.ticks_us()
        gave = self._state == _RUNNING and self._given
        self.restarts += 1
        self._keeps = keeps and self._keeps
        self._state = _DOWN
        self._at = now if gave else time.ticks_add(now, _RETRY_US)
        period = self._period >> _SHIFT
        passed = within(time.ticks_diff(now, self._last_t)) // period
        self._skip(passed - gave)
        self._last_t = time.ticks_add(self._last_t, passed * period)
        self.counts = 0
        self.t_us = now
        self.missed = 0
        self.flags = f.DESYNC
        return gave

    # -- the bus; OSError when nobody answers

    def _write(self, register, value):
        self._one[0] = value
        self._bus.writeto_mem(_ADDRESS, register, self._one)

    def _read(self, register):
        self._bus.readfrom_mem_into(_ADDRESS, register, self._one)
        return self._one[0]

    def _three_bytes(self, register):
        three = self._three
        self._bus.readfrom_mem_into(_ADDRESS, register, three)
        return three[0] << 16 | three[1] << 8 | three[2]


def within(us):
    """A time that may be too long to tell."""
    return us if 0 <= us < _FOREVER_US else _FOREVER_US
