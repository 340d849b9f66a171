"""Stands in for the built-in machine module: pins, reset and identity of the virtual board."""

import chip
import lockstep

_LEFT = chip.Chip()
_RIGHT = chip.Chip()
lockstep.chips.extend((_LEFT, _RIGHT))
_SCK = {14: _LEFT, 16: _RIGHT}
_DOUT = {15: _LEFT, 17: _RIGHT}
_ACCESS_US = 1


class Pin:
    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2

    def __init__(self, number, mode=-1, pull=-1, value=None):
        self._number = 25 if number == "LED" else number
        self._sck = _SCK.get(self._number)
        self._dout = _DOUT.get(self._number)
        self._level = 0
        if value is not None:
            self(value)

    def __call__(self, level=None):
        now = lockstep.now_us + _ACCESS_US
        if now >= lockstep.horizon_us:
            lockstep.spend(_ACCESS_US)
        else:
            lockstep.now_us = now
        if level is None:
            if self._dout is not None:
                return self._dout.dout(now)
            return self._level
        if self._sck is not None:
            self._sck.clock(1 if level else 0, now)
        elif level != self._level:
            lockstep.note_edge(self._number, 1 if level else 0)
        self._level = 1 if level else 0
        return None

    def value(self, level=None):
        return self(level)

    def on(self):
        self(1)

    def off(self):
        self(0)


def unique_id():
    return lockstep.unique_id


def freq():
    return 125000000


def reset():
    lockstep.reset()


def soft_reset():
    raise SystemExit


def disable_irq():
    return 0


def enable_irq(_state):
    return None
