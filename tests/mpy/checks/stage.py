"""The real detector between made-up forces and a watcher that writes down what it is told."""

import time

import lockstep

from board import between
from evenstance_board.detector import Detector
from evenstance_board.stance import BodyWeight
from evenstance_wire.rules import Rules

PERIODS_US = (10741, 10893)
WEIGHT_MN = 700000
# Ticks at which a check begins: an ordinary moment, and just before ticks wrap.
STARTS = (1000000, (1 << 30) - 2500000)


class Stage:
    """Plays forces to a detector; times in ms from the start, forces in N."""

    def __init__(self, start=STARTS[0], weight_mn=WEIGHT_MN, phase_us=0, **changed):
        lockstep.power_up(start)
        self.start = start
        self.rules = Rules()
        for name, value in changed.items():
            assert hasattr(self.rules, name)
            setattr(self.rules, name, value)
        self.body_weight = BodyWeight(self.rules)
        self.body_weight.value_mn = weight_mn
        self.body_weight.fresh = weight_mn > 0
        self.told = []
        self.busy = False  # as a watcher
        self.detector = Detector(self.rules, self.body_weight, self)
        self.next_us = [phase_us, phase_us + 3700]
        self.states = []

    # -- the watcher

    def lift_off(self, leg, at, weight_mn, unsure):
        self.told.append(("lift_off", leg, self.ms(at), weight_mn, unsure))

    def touch_down(self, at, duration, peak):
        self.told.append(("touch_down", self.ms(at), duration / 1000, peak / 1000))

    def ended(self, reason, at):
        self.told.append(("ended", reason, self.ms(at)))

    def walked(self):
        self.told.append(("walked",))

    def ms(self, ticks):
        """Milliseconds from the start to a moment in ticks (good for 8.9 minutes)."""
        return time.ticks_diff(ticks, self.start) / 1000

    # -- the player

    def play(self, until_ms, left_n, right_n, channels=(0, 1)):
        """Samples until then. A force is a number or (ms, N) knots; only `channels` give any."""
        forces = [left_n, right_n]
        for k in (0, 1):
            if isinstance(forces[k], (int, float)):
                forces[k] = ((0, forces[k]),)
        while True:
            k = 0 if self.next_us[0] <= self.next_us[1] else 1
            at_us = self.next_us[k]
            if at_us >= until_ms * 1000:
                return
            self.next_us[k] += PERIODS_US[k]
            lockstep.now_us = at_us
            if k in channels:
                force_mn = int(1000 * between(at_us / 1000, forces[k]))
                self.detector.sample(k, time.ticks_us(), force_mn)
                if not self.states or self.states[-1] != self.detector.state:
                    self.states.append(self.detector.state)

    def lift(self, leg=0, at_ms=1000):
        """Both feet until `at_ms`, then on one leg until a little later; returns the time.

        The swing foot leaves in 100 ms: it passes 20 N at 330 / 350 of them.
        """
        stance = ((at_ms, 350), (at_ms + 100, 700))
        swing = ((at_ms, 350), (at_ms + 100, 0))
        if leg == 0:
            self.play(at_ms + 400, stance, swing)
        else:
            self.play(at_ms + 400, swing, stance)
        return at_ms + 94.3

    def names(self):
        """What was told, without the numbers."""
        return [row[0] for row in self.told]

    def take(self):
        """What was told since the last `take`."""
        told = self.told
        self.told = []
        return told


def touch(at_ms, long_ms, peak_n=60):
    """Knots of a swing foot that is above 20 N for `long_ms`, from `at_ms` on."""
    rise = 12.0  # ms from nothing to the peak
    before = rise * 20 / peak_n
    after = rise - before
    return (
        (at_ms - before, 0),
        (at_ms + after, peak_n),
        (at_ms + long_ms - after, peak_n),
        (at_ms + long_ms + before, 0),
    )
