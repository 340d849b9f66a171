"""Takes conversions from the two free-running drivers and hands each to everything that needs it.

One conversion goes: counters, ring and trace (raw), zero and measure (counts), then as a force
at the moment it acted (the delay of the chip's filter taken off) to accumulator, pairs and
detector. Nothing here allocates.
"""

import array
import time

from micropython import const

from evenstance_board.detector import Detector
from evenstance_board.moments import Moments
from evenstance_board.recorder import Recorder
from evenstance_board.refused import Refused
from evenstance_board.stance import BodyWeight, Pairs
from evenstance_wire import flags as f

_CONVERSIONS = const(0)
_DROPPED = const(1)
_LATE = const(2)
_DESYNCED = const(3)
_SATURATED = const(4)
_RATE_N = const(512)
_COUNTERS = ("conversions", "dropped", "late", "desynced", "saturated")


class Channel:
    """Counters and rate of one converter; counters are cumulative since boot."""

    def __init__(self, driver):
        self.driver = driver
        self.counters = array.array("i", [0] * 5)
        self.t = time.ticks_us()
        self.force_mn = 0
        self.seen = False
        self._from = self.t
        self._n = 0
        self._span_us = 0
        self._span_n = 0

    def count_rate(self, t, n, late):
        """Measure the rate over blocks of `n` more conversions, lost ones included.

        A block neither begins nor ends with a late one, whose time is a guess.
        """
        if self._n == 0:
            if late:
                return
            self._from = t
        self._n += n
        if self._n > _RATE_N and not late:
            span = time.ticks_diff(t, self._from)
            if span > 0:
                self._span_us = span
                self._span_n = self._n - 1
            self._from = t
            self._n = 1

    def restart_rate(self):
        """The count was interrupted."""
        self._n = 0

    def rate_mhz(self):
        """Measured conversions per 1000 s, None before the first block."""
        if not self._span_us:
            return None
        return (self._span_n * 1000000000 + self._span_us // 2) // self._span_us


class Sampler:
    """Owns the channels and the chain behind them."""

    def __init__(self, drivers, calibration, rules, clock):
        self.rules = rules
        self._calibration = calibration
        self._left, self._right = drivers
        self.channels = tuple([Channel(driver) for driver in drivers])
        self.body_weight = BodyWeight(rules)
        self.recorder = Recorder(rules, calibration, self.body_weight, clock, self)
        self.detector = Detector(rules, self.body_weight, self.recorder)
        self._pairs = Pairs(self._pair)
        self.measured = (Moments(), Moments())
        self.measuring = False
        self.measured_bad = 0

    # -- what others ask of a channel

    def period_us(self, channel):
        """Length of one conversion (us)."""
        return self.channels[channel].driver.period_us

    def delay_us(self, channel):
        """Delay of the chip's filter (us), assumed from the rules and the measured period."""
        return self.period_us(channel) * self.rules.filter_delay_half_periods // 2

    def rate_mhz(self, channel):
        """Measured rate in thousandths of a conversion per second, None while unknown."""
        return self.channels[channel].rate_mhz()

    def counters(self):
        """All counters as a dict of the status message."""
        found = {}
        for side, channel in zip(("left", "right"), self.channels):
            for name, value in zip(_COUNTERS, channel.counters):
                found[name + "_" + side] = value
            found["restarts_" + side] = channel.driver.restarts
            found["overruns_" + side] = channel.driver.overruns
        return found

    def wait_us(self):
        """How long nothing can arrive (us)."""
        a = self._left.wait_us()
        b = self._right.wait_us()
        return a if a < b else b

    # -- the chain

    def poll(self):
        """Take what the drivers have."""
        if self._left.poll():
            self._conversion(0, self._left)
        if self._right.poll():
            self._conversion(1, self._right)

    def _conversion(self, k, driver):
        channel = self.channels[k]
        channel.counters[_CONVERSIONS] += 1
        recorder = self.recorder
        flags = driver.flags
        if flags and self._flagged(channel, flags, driver.missed):
            return
        t = driver.t_us
        channel.count_rate(t, 1 + driver.missed, flags & f.LATE)
        if recorder.running and channel.seen:
            recorder.accumulator.gap(time.ticks_diff(t, channel.t))
        channel.t = t
        channel.seen = True
        recorder.conversion(k, t, driver.counts)
        if self.measuring:
            self.measured[k].add(driver.counts)
        if self._calibration.ready:
            self._force(k, channel, t, driver.counts)

    def _flagged(self, channel, flags, missed):
        """Count what is special about a conversion; True when it is void."""
        counters = channel.counters
        counters[_DROPPED] += missed
        late = 1 if flags & f.LATE else 0
        desynced = 1 if flags & f.DESYNC else 0
        saturated = 1 if flags & f.SATURATED else 0
        counters[_LATE] += late
        counters[_DESYNCED] += desynced
        counters[_SATURATED] += saturated
        if self.recorder.running:
            self.recorder.accumulator.faults(desynced, saturated, missed, late)
        if self.measuring and flags & ~f.LATE:
            self.measured_bad += 1
        if desynced:
            channel.restart_rate()
        return desynced

    def _force(self, k, channel, t, counts):
        force = self._calibration.plates[k].force_mn(counts)
        t = time.ticks_add(t, -self.delay_us(k))
        channel.force_mn = force
        recorder = self.recorder
        if recorder.running:
            recorder.accumulator.sample(k, t, force)
        if k == 0:
            self._pairs.left(t, force)
        else:
            self._pairs.right(t, force)
        self.detector.sample(k, t, force)

    def _pair(self, t, left_mn, right_mn):
        if self.recorder.running:
            self.recorder.accumulator.pair(t, left_mn, right_mn)
        else:
            self.body_weight.pair(t, left_mn, right_mn)

    def stop(self):
        """End a running hold, leave both converters quiet: nothing may go on behind the REPL."""
        for channel in self.channels:
            channel.driver.stop()
        self.detector.stop()
        self.recorder.cut_tail()

    # -- zero and measure

    def not_during_a_hold(self):
        """Refuse what would spoil a hold that runs or is not stored yet."""
        if self.recorder.busy:
            raise Refused(f.ERR_BUSY, "a hold is running")

    def start_measuring(self):
        """Begin to collect counts of both channels."""
        for moments in self.measured:
            moments.clear()
        self.measured_bad = 0
        self.measuring = True

    def reference_changed(self):
        """Zero or sensitivity changed: forces from before mean nothing now."""
        self.body_weight.forget()
        self.detector.forget()
