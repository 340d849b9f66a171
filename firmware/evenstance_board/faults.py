"""What is wrong with the converters and plates: now, since power-up, and in a span of time.

Each channel is looked at twice a second, in turns; between, nothing is done. What a look finds is
told to a trial that runs (it does not count), to who listens (events), to whoever measures
(`begin` and `found`), and stays in `seen`.
"""

import time

from micropython import const

from evenstance_board.fault_signs import Watch, alike
from evenstance_wire import flags as f

_TURN_US = const(250000)
_KEPT_US = const(10000000)
_SAME_N = const(64)  # 0.7 s
_COMPARED = const(80)
_LIKELY_N = const(16)  # chance alone does not make so many; what the forces say is in doubt
_BY_FORCE = f.AT_RAIL | f.REVERSED | f.OVERLOADED
# Over in a moment; shown for ten seconds, so that somebody notices.
_MOMENTS = f.POWERED_DOWN | f.SPIKES | f.OUT_OF_STEP


class Faults:
    """`now` and `seen` are bits of flags.FAULTS of left and right; one of `UNFIT` means that no
    trial can count. `teller.event(event, value)` is told what appears and what goes."""

    def __init__(self, sampler, teller):
        self._sampler = sampler
        self._teller = teller
        self._silent_us = sampler.rules.fault_ms * 1000
        self._due = time.ticks_us()
        self._watches = tuple([Watch(channel, self._due) for channel in sampler.channels])
        self._turn = 0
        self._judged = False  # the trial that is ready
        self._before = [0, 0]  # found by the look before
        self._kept = [0, 0]
        self._kept_from = [self._due, self._due]
        self._found = [0, 0]
        self.now = [0, 0]
        self.seen = [0, 0]
        self.requests = {}

    def step(self, now):
        """Look at one channel when it is its turn, and at both before a trial is stored."""
        ready = self._sampler.recorder.ready
        if ready and not self._judged:
            self._look(0, now)
            self._look(1, now)
        self._judged = ready
        if time.ticks_diff(now, self._due) >= 0:
            self._due = time.ticks_add(now, _TURN_US)
            self._turn = 1 - self._turn
            self._look(self._turn, now)

    def begin(self, now):
        """A measurement begins: what was before says nothing of it."""
        self.found(now)
        self._found[0] = 0
        self._found[1] = 0

    def found(self, now):
        """Bits of each channel since `begin`, also what nobody has confirmed yet."""
        self._look(0, now)
        self._look(1, now)
        for k in (0, 1):
            self._found[k] |= self._before[k] | self._watches[k].held()
        return self._found

    @property
    def fit(self):
        """False while no trial could count."""
        return not (self.now[0] | self.now[1]) & f.UNFIT

    def _look(self, k, now):
        watch = self._watches[k]
        found = watch.look(now, self._silent_us)
        alike_n = self._alike() if watch.fresh else 0
        if alike_n >= _LIKELY_N:
            found &= ~_BY_FORCE
            if alike_n >= _SAME_N:
                found |= f.SAME_CHIP
        if found & f.VOIDING:
            self._sampler.recorder.spoil(found & f.VOIDING, watch.since)
        self._found[k] |= found
        if found & _MOMENTS:
            self._kept[k] |= found & _MOMENTS
            self._kept_from[k] = now
        elif not 0 <= time.ticks_diff(now, self._kept_from[k]) < _KEPT_US:
            self._kept[k] = 0
        present = found | self._before[k] | self._kept[k]
        self._before[k] = found & ~_MOMENTS
        was = self.now[k]
        self.now[k] = present
        self.seen[k] |= present
        if present != was:
            self._tell(k, f.EV_FAULT, present & ~was)
            self._tell(k, f.EV_FAULT_GONE, was & ~present)

    def _tell(self, k, event, bits):
        bit = 1
        while bits:
            if bits & 1:
                self._teller.event(event, k << f.CHANNEL_SHIFT | bit)
            bits >>= 1
            bit <<= 1

    def _alike(self):
        one, other = self._sampler.channels
        left = one.ring
        right = other.ring
        if min(left.held, right.held) < _COMPARED:
            return 0
        near_us = one.driver.period_us >> 3
        place = left.place(1)
        return alike(left.t, left.counts, place, right.t, right.counts, right.place(1), near_us)
