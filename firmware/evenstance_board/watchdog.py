"""Restarts a firmware that hangs, and tells a restart from a start.

The chip's watchdog resets the board when nobody feeds it for 8 s. `machine` cannot stop it again,
so its ENABLE bit is cleared in its register: an armed one would reset the board behind the REPL,
in the middle of mpremote. Two of its scratch registers outlive every reset but the power:

    scratch 0   a word while the watchdog is armed; found at a start, the firmware hung
    scratch 1   a mark, restarts in a row, restarts since power-up

A firmware that fails again and again soon after its start must not lock anybody out: after three
restarts in a row it is not started, and the REPL is there for mpremote. A minute without a failure
ends the row, and so does whoever comes to look.
"""

import sys
import time

import machine
from micropython import const

TIMEOUT_MS = const(8000)  # a store into worn flash may take five seconds; the chip ends at 8.3
SOUND_US = const(60000000)
MOST_IN_ROW = const(3)
_PLACES = (("RP2350", 0x400D8000), ("RP2040", 0x40058000))
_SIMULATED = ("linux", "darwin")  # the virtual board has the registers of an RP2040
_CLEAR = const(0x3000)  # what is written here clears bits of CTRL, which is the first register
_ENABLE = const(1 << 30)
_REASON = const(0x08)
_TIMED_OUT = const(1)
_SCRATCH_0 = const(0x0C)
_SCRATCH_1 = const(0x10)
_ARMED = const(0x45564E53)
_MARK = const(0xE57A)
_MOST = const(0xFF)


def registers_of(platform, chip):
    """Where the watchdog's registers begin; None on a processor that nobody has looked at."""
    if platform in _SIMULATED:
        return _PLACES[1][1]
    if platform == "rp2":
        for name, place in _PLACES:
            if name in chip:
                return place
    return None


class Watchdog:
    """`restarts` counts since power-up: the firmware hung, or ended by an error of its own."""

    def __init__(self):
        self.restarts = 0
        self._in_row = 0
        at = registers_of(sys.platform, sys.implementation._machine)
        self._known = at is not None
        self._wdt = None
        self._since = time.ticks_us()
        self._sound = False
        if at is None:
            return
        self._clear_at = at + _CLEAR  # made here: memory may be short when it is needed
        self._armed_at = at + _SCRATCH_0
        self._counts_at = at + _SCRATCH_1
        word = _read(self._counts_at)
        if word >> 16 == _MARK:
            self._in_row = word >> 8 & _MOST
            self.restarts = word & _MOST
        if _read(self._armed_at) == _ARMED and _read(at + _REASON) & _TIMED_OUT:
            self._count()
        self.disarm()

    def gave_up(self):
        """True once it failed too often in a row; it may be started again after that."""
        if self._in_row < MOST_IN_ROW:
            return False
        self.forgive()
        return True

    def arm(self):
        """From now on `step` must be called. Never during the start: it may take long."""
        self._since = time.ticks_us()
        self._sound = False
        if self._known:
            machine.mem32[self._armed_at] = _ARMED
            self._wdt = machine.WDT(timeout=TIMEOUT_MS)

    def step(self, now, idle):
        """The main loop turns; `idle` when there is time to note that all is well."""
        if self._wdt is not None:
            self._wdt.feed()
        if not self._sound and idle and time.ticks_diff(now, self._since) >= SOUND_US:
            self._sound = True
            self.forgive()

    def disarm(self):
        """Nothing resets the board any more. May be called at any time, and twice."""
        if not self._known:
            return
        machine.mem32[self._clear_at] = _ENABLE
        machine.mem32[self._armed_at] = 0
        self._wdt = None

    def failed(self):
        """The firmware ended by an error; True when it is to be started again."""
        if not self._known:
            return False
        self._count()
        return not self.gave_up()

    def forgive(self):
        """The row of failures is over: it runs well, or somebody has come to look after it."""
        if self._in_row:
            self._in_row = 0
            self._write()

    def _count(self):
        self.restarts = min(self.restarts + 1, _MOST)
        self._in_row = min(self._in_row + 1, _MOST)
        self._write()

    def _write(self):
        machine.mem32[self._counts_at] = _MARK << 16 | self._in_row << 8 | self.restarts


def _read(place):
    return machine.mem32[place] & 0xFFFFFFFF  # given as a signed number
