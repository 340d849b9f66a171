"""HX711 read by a PIO state machine and a DMA channel: no conversion waits for the processor.

The state machine runs at 1 MHz from the crystal that drives ticks_us and sends two words per
conversion: how long it waited for DOUT, and 25 bits. DMA puts both into a ring, whatever the
processor does (a flash erase stops it for up to 400 ms; the ring holds 2.4 s or more). The time
of a conversion is the start of the state machine plus all cycles since, so it has no drift and
no late reads. Same interface as Hx711Gpio, and `stop` before the heap goes away.

What cannot be true (proof bit, order of the words, time, rhythm) powers the chip down, and chip,
state machine and DMA start again in step.
"""

# The stub of `native` knows no arguments, the stub of DMA not all attributes.
# pyright: reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false

import array
import time

import machine
import micropython
import rp2
import uctypes
from micropython import const

from evenstance_board import hx711_program as program
from evenstance_wire import flags as f

_WORDS = const(512)
_RING_BITS = const(11)  # 2048 bytes: the DMA wraps at this power of two
_MASK = const(511)
_TRANSFERS = const(0x0FFFFFFF)  # the most an RP2350 counts; 16 days at 93 SPS, then a restart
_RX_DREQ = const(4)  # data request of the RX FIFO of state machine 0

_TURN_US = program.TURN_CYCLES
_READ_US = program.READ_CYCLES
_STEP_US = program.READ_CYCLES + program.REST_CYCLES  # between conversions, without the wait
_BEHIND_US = const(1000)  # a conversion is in the ring this soon after DOUT fell
_HELD = const(240)  # conversions the ring holds, with room for one being written
_DOWN_US = const(20000)  # SCK high; 60 us are enough, but a dead chip must not cost much
_SETTLING = const(4)  # conversions of the chip's filter after power-up
_UNKNOWN_US = const(10741)  # period of a chip at 93.1 SPS, until measured
_RHYTHM = const(16)  # conversions that agree until the period is taken from them
_AGREE = const(5)  # within 1/32 of the first of them
_SILENT_US = const(1 << 26)  # 67 s: start again, and keep every number small
_MAX_MISSED = const(60000)
_EMPTY_US = const(20000)  # nothing is lost by not looking: two conversions at most wait
_PROOF = const(1)
_SIGN = const(0x800000)


class Hx711Pio:
    """One converter. Times are ticks_us (they wrap at 2^30) of the moment DOUT fell."""

    def __init__(self, machine_id, sck, dout):
        self.counts = 0
        self.t_us = 0
        self.flags = 0
        self.missed = 0  # conversions lost just before this one
        self.restarts = 0  # cumulative since creation
        self.overruns = 0  # the same: times that the ring was overwritten unread
        self.period_us = _UNKNOWN_US  # measured over 16 conversions
        if machine.freq() % program.FREQ_HZ:
            raise ValueError("the system clock is no whole number of MHz")
        self._sck = sck
        self._dout = dout
        self._block = array.array("i", bytes(8 * _WORDS))
        at = uctypes.addressof(self._block)
        self._ring_at = (at + 4 * _WORDS - 1) & ~(4 * _WORDS - 1)
        self._first = (self._ring_at - at) >> 2
        self._reader = 0
        self._known = False  # the period
        self._down = True
        self._resumed = True  # the next conversion is the first since a start
        self._seen = False  # any conversion
        self._discard = _SETTLING
        self._agreed = 0
        self._agreed_us = 0
        self._like_us = 0
        self._lost = 0
        self._t = self._empty_at = self._down_at = time.ticks_us()
        self._sm = rp2.StateMachine(machine_id)
        self._dma = rp2.DMA()
        self._ctrl = self._dma.pack_ctrl(
            size=2,
            inc_read=False,
            ring_sel=True,
            ring_size=_RING_BITS,
            treq_sel=((machine_id >> 2) << 3) + _RX_DREQ + (machine_id & 3),
        )
        self._power_down()

    @micropython.native
    def wait_us(self):
        """How long it is of no use to poll (us, at least 0)."""
        if self._down:
            now = time.ticks_us()
            due = time.ticks_diff(self._down_at, now) + _DOWN_US
            return due if due > 0 else 0
        return 0 if self._waiting() else _EMPTY_US

    @micropython.native
    def poll(self):
        """True when a conversion was read; then counts, t_us, flags and missed describe it."""
        now = time.ticks_us()
        if self._down:
            if not 0 <= time.ticks_diff(now, self._down_at) < _DOWN_US:
                self._start()
            return False
        if not self._waiting():
            self._empty_at = now
            if time.ticks_diff(now, self._t) > _SILENT_US:
                self._silent(now)
            return False
        at = self._first + self._reader
        turns = ~self._block[at]
        bits = self._block[at + 1]
        self._reader = (self._reader + 2) & _MASK
        if not 0 <= turns < _SILENT_US or bits < 0 or not bits & _PROOF:
            return self._fault(now)
        step = turns * _TURN_US + _STEP_US
        t = time.ticks_add(self._t, step)
        age = time.ticks_diff(time.ticks_us(), t)  # `now` may be older than the words
        if not 0 <= age < _HELD * self.period_us:
            self.overruns += 1
            return self._fault(now)
        if time.ticks_diff(self._empty_at, t) > _BEHIND_US:
            return self._fault(now)
        self._t = self._empty_at = t
        if self._discard:
            self._discard -= 1
            return False
        n = self._periods(t, step)
        if n < 1:
            return self._fault(now)
        self._learn(step)
        value = bits >> 1
        self.counts = value - (_SIGN << 1) if value & _SIGN else value
        self.t_us = t
        self.missed = n - 1
        self.flags = 0 if n == 1 else f.MISSED
        if value == _SIGN or value == _SIGN - 1:
            self.flags |= f.SATURATED
        return True

    def stop(self):
        """Leave state machine and DMA stopped, SCK low; the driver cannot be used again."""
        self._sm.active(0)
        self._dma.active(0)
        self._dma.close()
        self._sck.init(self._sck.OUT, value=0)

    @micropython.native
    def _waiting(self):
        """True when both words of a conversion are in the ring."""
        return (((self._dma.write - self._ring_at) >> 2) - self._reader) & _MASK >= 2

    @micropython.native
    def _periods(self, t, step):
        """Periods since the last conversion that was handed out; 0 when it comes too early."""
        period = self.period_us
        if self._resumed:
            self._resumed = False
            if not self._seen:
                self._seen = True
                return 1
            n = self._lost + (time.ticks_diff(t, self.t_us) + (period >> 1)) // period
            self._lost = 0
            if n < 1:
                n = 1
        elif not self._known:
            return 1
        elif 5 * step < 3 * period:
            return 0
        elif 2 * step <= 3 * period:
            return 1
        else:
            n = (step + (period >> 1)) // period
        return n if n <= _MAX_MISSED else _MAX_MISSED + 1

    @micropython.native
    def _learn(self, step):
        """The period is the mean of the latest 16 steps in a row that agree."""
        wrong = step - self._like_us
        if wrong < 0:
            wrong = -wrong
        if wrong > self._like_us >> _AGREE:
            self._like_us = step
            self._agreed = self._agreed_us = 0
        self._agreed += 1
        self._agreed_us += step
        if self._agreed == _RHYTHM:
            self.period_us = (self._agreed_us + _RHYTHM // 2) // _RHYTHM
            self._known = True
            self._like_us = self.period_us
            self._agreed = self._agreed_us = 0

    def _fault(self, now):
        """Something cannot be true: hand out a void conversion and start again in step."""
        self._lose(now, 1)
        self.counts = 0
        self.t_us = now
        self.missed = 0
        self.flags = f.DESYNC
        self.restarts += 1
        self._power_down()
        return True

    def _silent(self, now):
        """The chip, or the count of the DMA, has come to an end."""
        self._lose(now, 0)
        self.t_us = now
        self.restarts += 1
        self._power_down()

    def _lose(self, now, handed_out):
        """Count what went by unread since the last conversion that was handed out."""
        if self._seen:
            n = time.ticks_diff(now, self.t_us) // self.period_us - handed_out
            if n > 0:
                self._lost = min(self._lost + n, _MAX_MISSED)

    def _power_down(self):
        """Stop everything and take SCK high; `poll` goes on from here."""
        self._sm.active(0)
        self._dma.active(0)
        self._sck.init(self._sck.OUT, value=1)  # taken from the state machine
        self._known = False
        self._down = True
        self._down_at = time.ticks_us()

    def _start(self):
        """Wake the chip, and start DMA and state machine at a known time."""
        self._sm.init(
            program.hx711,
            freq=program.FREQ_HZ,
            set_base=self._sck,  # gives the pin back, low
            in_base=self._dout,
            jmp_pin=self._dout,
        )
        self._dma.config(
            read=self._sm, write=self._ring_at, count=_TRANSFERS, ctrl=self._ctrl, trigger=True
        )
        self._reader = 0
        self._discard = _SETTLING
        self._resumed = True
        self._agreed = self._agreed_us = self._like_us = 0
        activate = self._sm.active
        irqs = machine.disable_irq()
        try:
            before = time.ticks_us()
            activate(1)
            after = time.ticks_us()
        finally:
            machine.enable_irq(irqs)
        started = time.ticks_add(before, time.ticks_diff(after, before) >> 1)
        # as if a conversion had ended just before the state machine began
        self._t = time.ticks_add(started, -_READ_US)
        self._empty_at = started
        self._down = False
