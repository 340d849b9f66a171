"""One HX711 at its two pins: DOUT, SCK, the 25-pulse read, power-down by a stretched clock.

Datasheet V2.0 of the chip; two behaviours are assumptions: a conversion that ends in the middle
of a read replaces the data, and a result nobody read is announced anew after 75 us.
"""

import lockstep
import micropython

_UPDATE_US = 75
_POWER_DOWN_US = 60
_SETTLING_CONVERSIONS = 4
_NEVER = 1 << 62


class Chip:
    def __init__(self):
        self.queue = lockstep.Queue()
        self.next_us = _NEVER
        self.ready = False
        self.ready_us = 0
        self.value = 0
        self.pulses = 0
        self.level = 1
        self.sck = 0
        self.rise_us = 0
        self.skip = 0

    def plan(self):
        queue = self.queue
        self.next_us = queue.t_us[queue.next] if queue.next < queue.used else _NEVER

    def advance(self, now_us):
        """Finish every conversion that ends by now."""
        while self.next_us <= now_us:
            queue = self.queue
            counts = queue.counts[queue.next]
            at_us = self.next_us
            queue.next += 1
            self.plan()
            if self.sck and at_us - self.rise_us > _POWER_DOWN_US:
                continue  # powered down: nothing converts
            if self.skip:
                self.skip -= 1
                continue
            self.ready_us = at_us + _UPDATE_US if self.ready and not self.pulses else at_us
            self.value = counts & 0xFFFFFF
            self.ready = True
            self.pulses = 0
            self.level = 0

    @micropython.native
    def rise(self, now_us):
        self.sck = 1
        self.rise_us = now_us
        if not self.ready:
            return
        pulses = self.pulses + 1
        self.pulses = pulses
        if pulses <= 24:
            self.level = (self.value >> (24 - pulses)) & 1
        else:
            self.level = 1
            self.ready = False

    @micropython.native
    def fall(self, now_us):
        self.sck = 0
        if now_us - self.rise_us > _POWER_DOWN_US:
            self.ready = False
            self.skip = _SETTLING_CONVERSIONS
        if not self.ready:
            self.pulses = 0

    @micropython.native
    def dout(self, now_us):
        """Level of DOUT (1 while nothing is ready)."""
        if self.next_us <= now_us:
            self.advance(now_us)
        if self.pulses:
            return self.level
        return 0 if self.ready and now_us >= self.ready_us else 1

    @micropython.native
    def clock(self, level, now_us):
        """SCK is set to `level`."""
        if self.next_us <= now_us:
            self.advance(now_us)
        if level:
            if not self.sck:
                self.rise(now_us)
        elif self.sck:
            self.fall(now_us)
