"""A board without flash or host: the real drivers and sampler on two pin-level chips."""

import math

import chip
import lockstep
import machine
import micropython
import ramdisk

from evenstance_board import storage
from evenstance_board.calibration import Calibration
from evenstance_board.clock import Clock
from evenstance_board.cues import Cues
from evenstance_board.hx711_gpio import Hx711Gpio
from evenstance_board.loop import Loop
from evenstance_board.sampler import Sampler
from evenstance_wire.rules import Rules

PERIODS_US = (10741, 10893)  # 93.1 and 91.8 SPS
FIRST_US = (50000, 53700)
COUNTS_PER_KN = (2187000, -2190000)
ZEROS = (50000, -30000)
BOOT_ID = 99


class TimeUp(Exception):
    """The loop has run for as long as a check wants."""


TIME_UP = TimeUp()  # made beforehand: the heap may be locked when it is raised


class Interrupts:
    """Take the processor for `length_us` at each of the `at_us`, or once it may be taken."""

    def __init__(self, at_us, length_us):
        self.at_us = at_us
        self.length_us = length_us
        self.taken = 0

    def look(self):
        """Called wherever time passes."""
        while machine.irqs_on and self.taken < len(self.at_us):
            if lockstep.now_us < self.at_us[self.taken]:
                break
            self.taken += 1
            lockstep.spend(self.length_us)


class Wire:
    """SCK and DOUT of one chip; each access takes a microsecond, one chosen access longer."""

    def __init__(self, one, interrupts=None):
        self.chip = one
        self.interrupts = interrupts or Interrupts((), 0)
        self.clocks = 0  # SCK changes so far
        self.slow_at = -1
        self.slow_us = 0
        self.level = 0
        self.rise_us = 0
        self.longest_high_us = 0

    def sck(self, level):
        self.clocks += 1
        self.interrupts.look()
        lockstep.spend(1)
        self.chip.clock(level, lockstep.now_us)
        if level and not self.level:
            self.rise_us = lockstep.now_us
        elif self.level and not level:
            self.longest_high_us = max(self.longest_high_us, lockstep.now_us - self.rise_us)
        self.level = level
        if self.clocks == self.slow_at:
            lockstep.spend(self.slow_us)
        self.interrupts.look()

    def dout(self):
        self.interrupts.look()
        lockstep.spend(1)
        return self.chip.dout(lockstep.now_us)


def calibrated():
    """A calibration on an empty flash."""
    ramdisk.fresh(16)
    storage.make_folders("/evenstance")
    made = Calibration()
    made.set_zero(ZEROS[0], ZEROS[1])
    made.set_sensitivity(COUNTS_PER_KN[0], COUNTS_PER_KN[1])
    return made


def sway(n, k):
    """Made-up small movement of sample `n` of channel `k` (mN)."""
    return (
        4200.0 * math.sin(0.0151 * n + k)
        + 3100.0 * math.sin(0.0937 * n + 2 * k)
        + ((n * 1103515245 + 12345 + k) >> 8) % 601
        - 300.0
    )


def fill(one, k, seconds, forces_mn):
    """Give a chip its conversions: `forces_mn(t_s)` is a pair, delayed as the filter does it."""
    queue = one.queue
    n = 0
    t_us = FIRST_US[k]
    while t_us < seconds * 1000000:
        at_s = (t_us - 2 * PERIODS_US[k]) / 1000000
        force = forces_mn(at_s)[k]
        if force > 100000:
            force += sway(n, k)
        counts = round(force * COUNTS_PER_KN[k] / 1000000) + ZEROS[k]
        queue.t_us[n] = t_us
        queue.counts[n] = max(-0x800000, min(0x7FFFFF, counts))
        n += 1
        t_us += PERIODS_US[k]
    queue.used = n
    queue.next = 0
    one.plan()


class Unwatched:
    """In place of the watchdog: nothing is restarted."""

    def arm(self):
        pass

    def step(self, _now, _idle):
        pass

    def disarm(self):
        pass


class Board:
    """Powers up at ticks `offset_us`; `run_to` takes conversions as the main loop does."""

    def __init__(self, seconds, forces_mn, offset_us=0):
        lockstep.power_up(offset_us)
        self.chips = (chip.Chip(), chip.Chip())
        self.wires = tuple([Wire(one) for one in self.chips])
        for k in (0, 1):
            fill(self.chips[k], k, seconds, forces_mn)
        self.calibration = calibrated()
        self.clock = Clock()
        self.cues = Cues()
        drivers = tuple([Hx711Gpio(wire.sck, wire.dout) for wire in self.wires])
        self.rules = Rules()
        self.end_us = 0
        self.sampler = Sampler(drivers, self.calibration, self.rules, self.clock)
        self.loop = Loop(self.sampler, self, self, self.clock, self.cues, Unwatched())

    def run_to(self, seconds):
        """Run the main loop; the heap is locked, so whatever allocates raises MemoryError.

        This service only says when it is time to stop.
        """
        self.end_us = int(seconds * 1000000)
        micropython.heap_lock()
        try:
            self.loop.run()
        except TimeUp:
            pass
        finally:
            micropython.heap_unlock()

    def step(self, _now):
        if lockstep.now_us >= self.end_us:
            raise TIME_UP

    def rest_us(self):
        return 20000

    def store(self):
        """Trials wait until the check takes them."""

    def idle(self):
        """No flash, no work."""

    def conversions(self):
        """How many conversions both drivers have given."""
        return sum([channel.counters[0] for channel in self.sampler.channels])

    def scored_sd_mn(self, k, lift_off_us):
        """Mean of the SDs of the four windows, straight from the forces that went in."""
        queue = self.chips[k].queue
        delay_us = 2 * PERIODS_US[k]
        sds = []
        for window in range(4):
            start_us = lift_off_us + (5 + 5 * window) * 1000000
            forces = [
                (queue.counts[n] - ZEROS[k]) * 1000000 / COUNTS_PER_KN[k]
                for n in range(queue.used)
                if start_us <= queue.t_us[n] - delay_us < start_us + 5000000
            ]
            mean = sum(forces) / len(forces)
            sds.append(math.sqrt(sum([(f - mean) ** 2 for f in forces]) / (len(forces) - 1)))
        return sum(sds) / 4


def between(t_s, knots):
    """Value at `t_s` of the line through (time, value) pairs; flat before and behind."""
    before = knots[0]
    for knot in knots:
        if t_s < knot[0]:
            if knot is before:
                break
            share = (t_s - before[0]) / (knot[0] - before[0])
            return before[1] + share * (knot[1] - before[1])
        before = knot
    return before[1]


def near(found, wanted, tolerance):
    """Assert with numbers."""
    assert abs(found - wanted) <= tolerance, (found, wanted, tolerance)
