"""Runs on the board: both converters read by one driver in one loop, for some seconds.

Prints BEGIN and END around the reading, with a pause on either side of each, and then what was
read. The pins are those of the reference board.
"""

import array
import sys
import time

from machine import Pin, Timer

PINS = ((14, 15), (16, 17))
MOST = 3000  # conversions of one converter
PAUSE_MS = 1000  # asleep: whoever watches the clock may be as late
WARM_MS = 1500  # until the rhythm is known, or whatever else a driver needs
LOOK_US = 20
EARLY_US = 850  # the driver by pins asks for 450; it is read some time late, as by whoever sleeps
INTERRUPT_US = 90  # longer than an HX711 stands a high clock
INTERRUPT_HZ = 1700

counts = tuple([array.array("i", bytes(4 * MOST)) for _ in PINS])
kept = [0, 0]
errors = [0, 0]


class Clock:
    """Stands in for `time` where nobody else can tell how long the processor slept."""

    def __init__(self):
        for name in ("sleep", "sleep_us", "ticks_ms", "ticks_us", "ticks_diff", "ticks_add"):
            setattr(self, name, getattr(time, name))
        self.slept_us = 0

    def sleep_ms(self, ms):
        began = time.ticks_us()
        time.sleep_ms(ms)
        self.slept_us += time.ticks_diff(time.ticks_us(), began)


def keep(k, value):
    n = kept[k]
    if n < MOST:
        counts[k][n] = value
        kept[k] = n + 1


def pins(k):
    return Pin(PINS[k][0], Pin.OUT, value=0), Pin(PINS[k][1], Pin.IN, Pin.PULL_UP)


class Ours:
    """Polls as the board's main loop does, and takes all that a driver has.

    Both sleep whole milliseconds: less would be waited for with the processor running. The one by
    pins wakes at most half a millisecond early or late, which costs no value; how well it then
    knows the moments is not asked here, and the others do not tell them.
    """

    def __init__(self, drivers, early_us):
        self.drivers = drivers
        self.early_us = early_us  # how long before a conversion the driver wants to look

    def read(self, end_ms, clock):
        from evenstance_wire import flags

        left, right = self.drivers
        void = flags.DESYNC
        while time.ticks_diff(end_ms, time.ticks_ms()) > 0:
            for k, driver in ((0, left), (1, right)):
                while driver.poll():
                    if driver.flags & void:
                        errors[k] += 1
                    else:
                        keep(k, driver.counts)
            wait = min(left.wait_us(), right.wait_us()) + self.early_us
            if wait >= 1000:
                clock.sleep_ms(wait // 1000)
            else:
                clock.sleep_us(LOOK_US)

    def stop(self):
        for driver in self.drivers:
            driver.stop()


class Theirs:
    """`read()` waits for a conversion; two of them take turns."""

    def __init__(self, drivers):
        self.drivers = drivers

    def read(self, end_ms, _clock):
        while time.ticks_diff(end_ms, time.ticks_ms()) > 0:
            for k in (0, 1):
                try:
                    keep(k, self.drivers[k].read())
                except OSError:
                    errors[k] += 1

    def stop(self):
        pass


class Plain:
    """Bytecode that looks at both pins all the time and clocks out whichever is low."""

    def __init__(self):
        self.pins = (pins(0), pins(1))

    def read(self, end_ms, _clock):
        while time.ticks_diff(end_ms, time.ticks_ms()) > 0:
            for k in (0, 1):
                sck, dout = self.pins[k]
                if dout():
                    continue
                value = 0
                for _ in range(24):
                    sck(1)
                    value = (value << 1) | dout()
                    sck(0)
                sck(1)
                sck(0)
                keep(k, value - (1 << 24) if value & 0x800000 else value)

    def stop(self):
        pass


class Nothing:
    """Sleeps: what the board's own work costs."""

    def read(self, end_ms, clock):
        while time.ticks_diff(end_ms, time.ticks_ms()) > 0:
            clock.sleep_ms(10)

    def stop(self):
        pass


def make(name):
    """The reader of that name."""
    if name == "our_pio":
        from evenstance_board.hx711_pio import Hx711Pio

        return Ours([Hx711Pio(k, *pins(k)) for k in (0, 1)], 0)
    if name == "our_gpio":
        from evenstance_board import hx711_gpio

        return Ours(hx711_gpio.pair(pins(0), pins(1)), EARLY_US)
    if name == "their_pio":
        import their_pio

        return Theirs([their_pio.HX711(*pins(k), state_machine=k) for k in (0, 1)])
    if name == "their_gpio":
        import their_gpio

        return Theirs([their_gpio.HX711(*pins(k)) for k in (0, 1)])
    return Plain() if name == "plain" else Nothing()


def interrupt(_timer):
    """Somebody else's work, which a driver must stand."""
    began = time.ticks_us()
    while time.ticks_diff(time.ticks_us(), began) < INTERRUPT_US:
        pass


def run(name, seconds, count_sleep, interrupts):
    """Read for so long, with or without interrupts; print what came."""
    clock = time
    if count_sleep:
        clock = sys.modules["time"] = Clock()
    reader = make(name)
    timer = Timer()
    try:
        reader.read(time.ticks_add(time.ticks_ms(), WARM_MS), clock)
        if interrupts:
            timer.init(freq=INTERRUPT_HZ, callback=interrupt, hard=True)
        kept[0] = kept[1] = errors[0] = errors[1] = 0
        if count_sleep:
            clock.slept_us = 0
        print("BEGIN")
        time.sleep_ms(PAUSE_MS)
        began = time.ticks_us()
        reader.read(time.ticks_add(time.ticks_ms(), 1000 * seconds), clock)
        took_us = time.ticks_diff(time.ticks_us(), began)
        time.sleep_ms(PAUSE_MS)
        print("END")
        time.sleep_ms(PAUSE_MS)
    finally:
        timer.deinit()
        reader.stop()
    print("TOOK", took_us, clock.slept_us if count_sleep else -1)
    for k in (0, 1):
        print("KEPT", k, errors[k], *counts[k][: kept[k]])
