"""HX711 read by a PIO state machine and a DMA channel: no conversion waits for the processor.

The state machine runs at 1 MHz from the crystal that drives ticks_us and sends two words per
conversion: how long it waited for DOUT, and 25 bits. DMA puts both into a ring, whatever the
processor does: a flash erase stops it for up to 400 ms, storing a trial takes seven or more of
them, and the ring holds 5 s. The time of a conversion is the start of the state machine plus all
cycles since, so it has no drift and no late reads. Same interface as Hx711Gpio, and `stop` before
the heap goes away.

What cannot be true (proof bit, order of the words, time, rhythm) powers the chip down, and chip,
state machine and DMA start again in step.
"""

# The stub of DMA knows not all attributes.
# pyright: reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false

import array
import gc
import time

import machine
import micropython
import rp2
import uctypes
from micropython import const

from evenstance_board import hx711_program as program
from evenstance_wire import flags as f

_WORDS = const(1024)
_RING_BITS = const(12)  # 4096 bytes: the DMA wraps at this power of two
_MASK = const(1023)
_TRIES = const(12)  # to find a place for two rings
_TRANSFERS = const(0x0FFFFFFF)  # the most an RP2350 counts; 16 days at 93 SPS, then a restart
_RX_DREQ = const(4)  # data request of the RX FIFO of state machine 0

# One cycle is 1 us. Numbers, as machine code needs them; a test compares them with the program's.
_TURN_US = const(2)
_READ_US = const(131)
_STEP_US = const(132)  # between conversions, without the wait
_BEHIND_US = const(1000)  # a conversion is in the ring this soon after DOUT fell
_HELD = const(496)  # conversions the ring holds, with room for one being written
_DOWN_US = const(20000)  # SCK high; 60 us are enough, but a dead chip must not cost much
_SETTLING = const(4)  # conversions of the chip's filter after power-up
_UNKNOWN_US = const(10741)  # period of a chip at 93.1 SPS, until measured
_RHYTHM = const(16)  # conversions that agree until the period is taken from them
_AGREE = const(5)  # within 1/32 of the first of them
_SILENT_US = const(1 << 26)  # 67 s: start again, and keep every number small
_MAX_MISSED = const(60000)
_EMPTY_US = const(100000)  # nothing is lost by not looking
_SIGN = const(0x800000)
_TICKS = const((1 << 30) - 1)
_HALF = const(1 << 29)

# words of the state
_READER = const(0)  # next word of the ring
_FIRST = const(1)  # where the ring begins in its block
_T = const(2)  # the latest conversion, handed out or not
_EMPTY_AT = const(3)  # the ring was seen empty
_PERIOD = const(4)
_KNOWN = const(5)  # the period
_RESUMED = const(6)  # the next conversion is the first since a start
_SEEN = const(7)  # any conversion was handed out
_DISCARD = const(8)  # how many are still of no use
_AGREED = const(9)
_AGREED_US = const(10)
_LIKE_US = const(11)
_LOST = const(12)  # went by unread since the latest that was handed out
_T_OUT = const(13)  # that one
_COUNTS = const(14)
_MISSED = const(15)
_MARKED = const(16)  # the latest that was handed out had flags
_NEWS = const(17)  # flags or period are not what they were
_WORDS_OF_STATE = const(18)

# what `_take` found
_NOTHING = const(0)
_VALUE = const(1)
_FAULT = const(2)
_OVERRUN = const(3)
_LOW = const(4)


@micropython.viper
def _take(s: ptr32, block: ptr32, now: int) -> int:
    """Take one conversion out of the ring; `now` is younger than its words."""
    at = s[_FIRST] + s[_READER]
    turns = ~block[at]
    bits = block[at + 1]
    s[_READER] = (s[_READER] + 2) & _MASK
    if bits == 0:
        return _LOW
    if turns < 0 or turns >= _SILENT_US or bits < 0 or bits & 1 == 0:
        return _FAULT  # the lowest bit proves that they are in step
    step = turns * _TURN_US + _STEP_US
    t = (s[_T] + step) & _TICKS
    age = ((now - t + _HALF) & _TICKS) - _HALF
    period = s[_PERIOD]
    if age < 0:
        return _FAULT
    if age >= _HELD * period:
        return _OVERRUN
    if ((s[_EMPTY_AT] - t + _HALF) & _TICKS) - _HALF > _BEHIND_US:
        return _FAULT
    s[_T] = t
    s[_EMPTY_AT] = t
    if s[_DISCARD]:
        s[_DISCARD] -= 1
        return _NOTHING
    n = 1
    if s[_RESUMED]:
        s[_RESUMED] = 0
        if s[_SEEN]:
            n = (((t - s[_T_OUT]) & _TICKS) + (period >> 1)) // period + s[_LOST]
            s[_LOST] = 0
            if n < 1:
                n = 1
        s[_SEEN] = 1
    elif s[_KNOWN]:
        if 5 * step < 3 * period:
            return _FAULT  # too early
        if 2 * step > 3 * period:
            n = (step + (period >> 1)) // period
    s[_MISSED] = n - 1 if n <= _MAX_MISSED else _MAX_MISSED
    s[_NEWS] = s[_MARKED]
    s[_MARKED] = 0
    if n > 1:
        s[_MARKED] = s[_NEWS] = 1
    # the period is the mean of the latest 16 steps in a row that agree
    wrong = step - s[_LIKE_US]
    if wrong < 0:
        wrong = 0 - wrong
    if wrong > s[_LIKE_US] >> _AGREE:
        s[_LIKE_US] = step
        s[_AGREED] = 0
        s[_AGREED_US] = 0
    s[_AGREED] += 1
    s[_AGREED_US] += step
    if s[_AGREED] == _RHYTHM:
        period = (s[_AGREED_US] + _RHYTHM // 2) // _RHYTHM
        s[_PERIOD] = period
        s[_NEWS] = 1
        s[_KNOWN] = 1
        s[_LIKE_US] = period
        s[_AGREED] = 0
        s[_AGREED_US] = 0
    value = bits >> 1
    if value == _SIGN or value == _SIGN - 1:
        s[_MARKED] = s[_NEWS] = 1
    s[_COUNTS] = value - (_SIGN << 1) if value & _SIGN else value
    s[_T_OUT] = t
    return _VALUE


_block = None


def _memory():
    """Room for two rings, each at a multiple of its size: one block that begins at such a place.

    What is missing to it is filled for the moment. When that fails every time, because the filling
    went into another gap, a longer block has such a place in it.
    """
    global _block
    fillings = []
    tries = 0
    while _block is None:
        gc.collect()
        over = _next_begins() & (4 * _WORDS - 1)
        gc.collect()
        if over:
            fillings.append(bytearray(4 * _WORDS - over))
        tries += 1
        block = bytearray((8 if tries < _TRIES else 12) * _WORDS)
        if tries == _TRIES or not uctypes.addressof(block) & (4 * _WORDS - 1):
            _block = block
    return _block


def _next_begins():
    """Where the next block for two rings would begin, if no gap before it is found."""
    return uctypes.addressof(bytearray(8 * _WORDS))


class Hx711Pio:
    """One converter. Times are ticks_us (they wrap at 2^30) of the moment DOUT fell.

    Of two, one has an even number of its state machine and one an odd: they share memory.
    """

    def __init__(self, machine_id, sck, dout):
        self.counts = 0
        self.t_us = 0
        self.flags = 0
        self.missed = 0  # conversions lost just before this one
        self.restarts = 0  # cumulative since creation
        self.overruns = 0  # the same: times that the ring was overwritten unread
        self.unproven = 0  # the same: readings that cannot be true
        self.low_reads = 0  # of these, without a single 1
        self.power_downs = 0  # state machines do not stretch the clock
        self.period_us = _UNKNOWN_US  # measured over 16 conversions
        s = self._s = array.array("i", bytes(4 * _WORDS_OF_STATE))
        s[_PERIOD] = _UNKNOWN_US
        if machine.freq() % program.FREQ_HZ:
            raise ValueError("the system clock is no whole number of MHz")
        self._sck = sck
        self._dout = dout
        self._block = _memory()
        at = uctypes.addressof(self._block)
        self._ring_at = (at + 4 * _WORDS - 1) & ~(4 * _WORDS - 1)
        if machine_id & 1:
            self._ring_at += 4 * _WORDS
        s[_FIRST] = (self._ring_at - at) >> 2
        s[_T] = s[_EMPTY_AT] = self._down_at = time.ticks_us()
        self._down = True
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
        return _EMPTY_US

    @micropython.native
    def poll(self):
        """True when a conversion was read; then counts, t_us, flags and missed describe it."""
        if self._down:
            if not 0 <= time.ticks_diff(time.ticks_us(), self._down_at) < _DOWN_US:
                self._start()
            return False
        s = self._s
        if (((self._dma.write - self._ring_at) >> 2) - s[_READER]) & _MASK < 2:
            now = time.ticks_us()
            s[_EMPTY_AT] = now
            if time.ticks_diff(now, s[_T]) > _SILENT_US:
                self._silent(now)
            return False
        found = _take(s, self._block, time.ticks_us())
        if found == _VALUE:
            self.counts = s[_COUNTS]
            self.t_us = s[_T_OUT]
            if s[_NEWS]:  # seldom, and looking up five names takes as long as all else
                self._tell()
            return True
        if found == _NOTHING:
            return False
        if found == _OVERRUN:
            self.overruns += 1
        else:
            self.unproven += 1
            if found == _LOW:
                self.low_reads += 1
        return self._fault(time.ticks_us())

    def _tell(self):
        """Flags and period of the conversion that is handed out."""
        s = self._s
        missed = s[_MISSED]
        self.missed = missed
        self.period_us = s[_PERIOD]
        self.flags = f.MISSED if missed else 0
        if self.counts == _SIGN - 1 or self.counts == -_SIGN:
            self.flags |= f.SATURATED

    def stop(self):
        """Leave state machine and DMA stopped, SCK low; the driver cannot be used again.

        May be called again, after an interrupt or to be sure.
        """
        self._sm.active(0)
        try:
            self._dma.active(0)
            self._dma.close()
        except ValueError:
            pass  # closed already
        self._sck.init(self._sck.OUT, value=0)

    def _fault(self, now):
        """Something cannot be true: hand out a void conversion and start again in step."""
        self._lose(now, 1)
        self.counts = 0
        self.t_us = now
        self.missed = 0
        self.flags = f.DESYNC
        self._s[_MARKED] = 1
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
        s = self._s
        if s[_SEEN]:
            n = time.ticks_diff(now, s[_T_OUT]) // self.period_us - handed_out
            if n > 0:
                s[_LOST] = min(s[_LOST] + n, _MAX_MISSED)
            s[_T_OUT] = now

    def _power_down(self):
        """Stop everything and take SCK high; `poll` goes on from here."""
        self._sm.active(0)
        self._dma.active(0)
        self._sck.init(self._sck.OUT, value=1)  # taken from the state machine
        self._s[_KNOWN] = 0
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
        s = self._s
        s[_READER] = 0
        s[_DISCARD] = _SETTLING
        s[_RESUMED] = 1
        s[_AGREED] = s[_AGREED_US] = s[_LIKE_US] = 0
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
        s[_T] = time.ticks_add(started, -_READ_US)
        s[_EMPTY_AT] = started
        self._down = False
