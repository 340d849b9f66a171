"""Takes conversions from the two free-running drivers and hands each to everything that needs it.

One conversion goes: counters, ring and trace (raw), zero and measure (counts), then as a force
at the moment it acted (the delay of the chip's filter taken off) to accumulator, pairs and
detector. Nothing here allocates.
"""

import array
import time

import micropython
from micropython import const

from evenstance_board.detector import Detector
from evenstance_board.moments import Moments
from evenstance_board.recorder import Recorder
from evenstance_board.refused import Refused
from evenstance_board.ring import Ring, push
from evenstance_board.stance import BodyWeight, Pairs
from evenstance_wire import flags as f

# places of the counters, in the order of the status message
_CONVERSIONS = const(0)
_DROPPED = const(1)
_LATE = const(2)
_DESYNCED = const(3)
_SATURATED = const(4)
_RATE_N = const(64)
_RATE_US = const(5500000)
_TICKS = const((1 << 30) - 1)


@micropython.viper
def _acted(t: int, period_us: int, half_periods: int) -> int:
    """Ticks at which a force acted whose conversion ended at `t`."""
    return (t - ((period_us * half_periods) >> 1)) & _TICKS


class Channel:
    """Counters and rate of one converter; counters are cumulative since boot."""

    def __init__(self, driver, plate):
        self.driver = driver
        self.plate = plate
        self.ring = Ring()
        self.counters = array.array("i", [0] * 5)
        self.force_mn = 0
        self.mark_n = 1  # conversion at which the rate is looked at again
        self._from = 0
        self._from_n = -1
        self._span_us = 0
        self._span_n = 0

    def mark(self, t):
        """Measure the rate over the conversions of at least 5.5 s, lost ones included.

        Neither mark is a late conversion, whose time is a guess.
        """
        counters = self.counters
        n = counters[_CONVERSIONS] + counters[_DROPPED]
        if self._from_n >= 0:
            span_us = time.ticks_diff(t, self._from)
            if 0 <= span_us < _RATE_US:
                self.mark_n = counters[_CONVERSIONS] + _RATE_N
                return
            if span_us > 0:
                self._span_us = span_us
                self._span_n = n - self._from_n
        self._from = t
        self._from_n = n
        self.mark_n = counters[_CONVERSIONS] + _RATE_N

    def restart_rate(self):
        """The count was interrupted."""
        self._from_n = -1
        self.mark_n = 0

    def rate_mhz(self):
        """Measured conversions per 1000 s, None before the first block."""
        if not self._span_us:
            return None
        return (self._span_n * 1000000000 + self._span_us // 2) // self._span_us


class Sampler:
    """Owns the channels and the chain behind them."""

    def __init__(self, drivers, calibration, rules, clock):
        self.rules = rules
        self._half_periods = rules.filter_delay_half_periods
        self._calibration = calibration
        self._left, self._right = drivers
        pairs = zip(drivers, calibration.plates)
        self.channels = tuple([Channel(driver, plate) for driver, plate in pairs])
        self.body_weight = BodyWeight(rules)
        rings = tuple([channel.ring for channel in self.channels])
        self.recorder = Recorder(rules, calibration, self.body_weight, clock, self, rings)
        self.detector = Detector(rules, self.body_weight, self.recorder)
        self._detect = self.detector.sample
        pairs = Pairs(self._pair)
        # What every conversion needs, so that it is not looked up by name each time.
        self._chains = tuple(
            [
                (
                    channel.counters,
                    channel.ring.state,
                    channel.ring.t,
                    channel.ring.counts,
                    channel.plate.force_mn,
                    pair,
                )
                for channel, pair in zip(self.channels, (pairs.left, pairs.right))
            ]
        )
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
        """All counters in the order of the status message, each of left and right."""
        left, right = self.channels
        found = []
        for k in range(len(left.counters)):
            found.append(left.counters[k])
            found.append(right.counters[k])
        for driver in (left.driver, right.driver):
            found.append(driver.restarts)
        for driver in (left.driver, right.driver):
            found.append(driver.overruns)
        return found

    @micropython.native
    def wait_us(self):
        """How long nothing can arrive (us)."""
        a = self._left.wait_us()
        b = self._right.wait_us()
        return a if a < b else b

    # -- the chain

    @micropython.native
    def poll(self):
        """Take what the drivers have, in turns: the channels stay near each other in time."""
        left = self._left
        right = self._right
        more = True
        while more:
            more = left.poll()
            if more:
                self._conversion(0, left)
            if right.poll():
                self._conversion(1, right)
                more = True

    @micropython.native
    def _conversion(self, k, driver):
        channel = self.channels[k]
        counters, state, ticks, values, force_mn, pair = self._chains[k]
        n = counters[_CONVERSIONS] + 1
        counters[_CONVERSIONS] = n
        flags = driver.flags
        if flags and self._flagged(channel, flags, driver.missed):
            return
        t = driver.t_us
        counts = driver.counts
        if n >= channel.mark_n and not flags & f.LATE:
            channel.mark(t)
        recorder = self.recorder
        gap = push(state, ticks, values, t, counts)
        running = recorder.running
        if running and gap > recorder.accumulator.max_gap_us:
            recorder.accumulator.gap(gap)
        if self.measuring:
            self.measured[k].add(counts)
        if self._calibration.ready:
            force = force_mn(counts)
            channel.force_mn = force
            t = _acted(t, driver.period_us, self._half_periods)
            if running:
                recorder.accumulator.sample(k, t, force)
            pair(t, force)
            self._detect(k, t, force)

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

    @micropython.native
    def _pair(self, t, left_mn, right_mn):
        if self.recorder.running:
            self.recorder.accumulator.pair(t, left_mn, right_mn)
        elif self.body_weight.pair(t, left_mn, right_mn):
            self.detector.heed()

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
