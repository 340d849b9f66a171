"""The real sampler and everything behind it, fed with conversions instead of pins."""

import time

import lockstep

from board import BOOT_ID, COUNTS_PER_KN, FIRST_US, PERIODS_US, ZEROS, calibrated, sway
from evenstance_board.clock import Clock
from evenstance_board.faults import Faults
from evenstance_board.sampler import Sampler
from evenstance_wire import flags as f
from evenstance_wire import messages, trace
from evenstance_wire.rules import Rules

START = 5000000
RAILS = (-0x800000, 0x7FFFFF)


class Driver:
    """What the sampler expects of a driver; holds one conversion."""

    def __init__(self, period_us):
        self.period_us = period_us
        self.counts = 0
        self.t_us = 0
        self.flags = 0
        self.missed = 0
        self.unproven = 0
        self.low_reads = 0
        self.power_downs = 0
        self.ready = False

    def poll(self):
        ready = self.ready
        self.ready = False
        return ready

    def wait_us(self):
        return 0


class Player:
    """Plays forces (N) until a time (s); the filter's delay is put on as the chip does it."""

    def __init__(self, start=START, **changed):
        lockstep.power_up(start)
        self.start = start
        self.rules = Rules()
        for name, value in changed.items():
            assert hasattr(self.rules, name)
            setattr(self.rules, name, value)
        self.calibration = calibrated()
        self.clock = Clock()
        self.drivers = (Driver(PERIODS_US[0]), Driver(PERIODS_US[1]))
        self.sampler = Sampler(self.drivers, self.calibration, self.rules, self.clock)
        self.events = []
        self.faults = Faults(self.sampler, self)
        self.next_us = list(FIRST_US)
        self.missed = [0, 0]
        self.n = [0, 0]
        self.spikes = [None, None]

    def play(self, until_s, left_n, right_n, drop=None, flags=0):
        """Steady forces; a force of "low" or "high" is that rail.

        `drop(k, n)` true loses conversion n of channel k; `flags` come with every conversion.
        """
        wanted = (left_n, right_n)
        until_us = int(until_s * 1000000)
        while True:
            k = 0 if self.next_us[0] <= self.next_us[1] else 1
            t_us = self.next_us[k]
            if t_us >= until_us:
                return
            self.next_us[k] += PERIODS_US[k]
            self.n[k] += 1
            lockstep.now_us = t_us + 200
            self.clock.tick()
            if drop is not None and drop(k, self.n[k]):
                self.missed[k] += 1
                continue
            driver = self.drivers[k]
            driver.t_us = (self.start + t_us) & ((1 << 30) - 1)
            driver.counts = self.counts_of(k, wanted[k])
            if self.spikes[k] is not None:
                driver.counts = self.spikes[k]
                self.spikes[k] = None
            driver.flags = flags | (f.MISSED if self.missed[k] else 0)
            if driver.counts in RAILS:
                driver.flags |= f.SATURATED
            driver.missed = self.missed[k]
            self.missed[k] = 0
            driver.ready = True
            self.sampler.poll()
            self.sampler.detector.silent(time.ticks_us())
            if self.sampler.recorder.busy:
                self.sampler.recorder.step(time.ticks_us())
            self.faults.step(time.ticks_us())

    def spike(self, k, counts):
        """The next conversion of this channel is read as that."""
        self.spikes[k] = counts

    def event(self, event, value):
        """What a host that listens is told."""
        self.events.append((event, value))

    def counts_of(self, k, force_n):
        if force_n == "low" or force_n == "high":
            return RAILS[(force_n == "high") == (COUNTS_PER_KN[k] > 0)]
        force_mn = 1000 * force_n
        if force_mn > 100000:
            force_mn += sway(self.n[k], k)
        counts = round(force_mn * COUNTS_PER_KN[k] / 1000000) + ZEROS[k]
        return max(RAILS[0], min(RAILS[1], counts))

    def lift(self, leg=0, at_s=7.0):
        """Both feet until `at_s`, which gives the body weight, then one leg for a second."""
        self.play(at_s, 350, 350)
        self.stand(at_s + 1, leg)

    def stand(self, until_s, leg=0, stance_n=700, swing_n=0, **more):
        """On one leg until then."""
        if leg == 0:
            self.play(until_s, stance_n, swing_n, **more)
        else:
            self.play(until_s, swing_n, stance_n, **more)

    def trial(self, seq=1):
        """(summary values, trace as `trace.unpack` gives it) of the trial that is ready."""
        recorder = self.sampler.recorder
        assert recorder.ready
        summary, parts = recorder.take(seq, BOOT_ID)
        values = messages.SUMMARY.unpack(summary)
        packed = b"".join([bytes(part) for part in parts])
        assert values["trace_bytes"] == len(packed)
        return values, trace.unpack(packed)
