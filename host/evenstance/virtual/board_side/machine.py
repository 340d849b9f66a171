"""Stands in for the built-in machine module: pins, resets, watchdog of the virtual board."""

import chip
import lockstep

_LEFT = chip.Chip()
_RIGHT = chip.Chip()
lockstep.chips.extend((_LEFT, _RIGHT))
_SCK = {14: _LEFT, 16: _RIGHT}
_DOUT = {15: _LEFT, 17: _RIGHT}
_ACCESS_US = 1
_STRETCH_US = 100  # something that no interrupt lock keeps off holds the processor up
_CTRL, _CLEAR_CTRL, _REASON, _SCRATCH = 0x40058000, 0x4005B000, 0x40058008, 0x4005800C
_ENABLE = 1 << 30
irqs_on = True  # nothing here interrupts, but what simulates an interrupt must ask


class Pin:
    """A pin; the four of the converters behave as what hangs on them."""

    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2

    def __new__(cls, number, mode=-1, pull=-1, value=None):
        if number in _SCK:
            pin = object.__new__(_Sck)
            pin.chip = _SCK[number]
            pin.side = 0 if pin.chip is _LEFT else 1
        elif number in _DOUT:
            pin = object.__new__(_Dout)
            pin.chip = _DOUT[number]
            pin.side = 0 if pin.chip is _LEFT else 1
        else:
            pin = object.__new__(_Other)
            pin.number = 25 if number == "LED" else number
            pin.level = 1 if mode == cls.IN and pull == cls.PULL_UP else 0
        if value is not None:
            pin(value)
        return pin


class _Driven:
    def value(self, level=None):
        return self(level)

    def on(self):
        self(1)

    def off(self):
        self(0)


class _Sck(_Driven):
    def __call__(self, level=None):
        now = lockstep.now_us + _ACCESS_US
        if now >= lockstep.horizon_us:
            lockstep.spend(_ACCESS_US)
        else:
            lockstep.now_us = now
        if level is None:
            return self.chip.sck
        self.chip.clock(level, now)
        if level and lockstep.broken & lockstep.STRETCHED << self.side:
            lockstep.broken &= ~(lockstep.STRETCHED << self.side)
            lockstep.spend(_STRETCH_US)
        return None


class _Dout(_Driven):
    def __call__(self, level=None):
        now = lockstep.now_us + _ACCESS_US
        if now >= lockstep.horizon_us:
            lockstep.spend(_ACCESS_US)
        else:
            lockstep.now_us = now
        level = self.chip.dout(now)
        if lockstep.broken:
            if lockstep.broken & lockstep.STUCK_LOW << self.side:
                return 0
            if lockstep.broken & lockstep.SAME_CHIP << self.side:
                return (_LEFT if self.side else _RIGHT).dout(now)
        return level


class _Other(_Driven):
    def __call__(self, level=None):
        lockstep.spend(_ACCESS_US)
        if level is None:
            return 0 if lockstep.pulled_low >> self.number & 1 else self.level
        level = 1 if level else 0
        if level != self.level:
            lockstep.note_edge(self.number, level)
            self.level = level
        return None


def unique_id():
    return lockstep.unique_id


def freq():
    return 125000000


class WDT:
    """Resets the board when nobody feeds it; the limit of the RP2040 for the time."""

    def __init__(self, id=0, timeout=5000):
        if not 1 <= timeout <= 8388:
            raise ValueError("timeout")
        self._us = 1000 * timeout
        self.feed()

    def feed(self):
        lockstep.watched_until_us = lockstep.now_us + self._us


class _Registers:
    """Those of the RP2040's watchdog; there is no other memory here."""

    def __getitem__(self, address):
        if address == _CTRL:
            return _ENABLE if lockstep.watched_until_us != lockstep.NEVER else 0
        value = lockstep.kept[self._place(address)]
        return value - (1 << 32) if value >> 31 else value  # as v1.24 does on a Pico

    def __setitem__(self, address, value):
        if address != _CLEAR_CTRL:
            lockstep.keep(self._place(address), value & 0xFFFFFFFF)
        elif value & _ENABLE:
            lockstep.watched_until_us = lockstep.NEVER

    def _place(self, address):
        place, rest = divmod(address - _SCRATCH, 4)
        if address == _REASON:
            return 0
        if rest or not 0 <= place < 8:
            raise ValueError("nothing is simulated at 0x%x" % address)
        return 1 + place


mem32 = _Registers()


def reset():
    lockstep.reset(2)


def soft_reset():
    raise SystemExit


def disable_irq():
    global irqs_on
    was = irqs_on
    irqs_on = False
    return was


def enable_irq(state=True):
    global irqs_on
    irqs_on = state
