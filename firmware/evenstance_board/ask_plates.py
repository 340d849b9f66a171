"""What the host asks of the plates: zero, and measure the mean counts."""

import time

from micropython import const

from evenstance_board.refused import Refused
from evenstance_wire import flags, messages

_US = const(1000)
_MAX_MEASURE_MS = const(20000)
_JUDGE_US = const(100000)  # a spike is known by what comes behind it
_RAIL_COUNTS = const(0x7F0000)  # a mean beyond this is at the rail most of the time


class AskPlates:
    """One measurement at a time, never during a hold; its reply follows when it is over."""

    def __init__(self, link, sampler, calibration, clock, faults):
        self._link = link
        self._sampler = sampler
        self._calibration = calibration
        self._clock = clock
        self._faults = faults
        self._judging = False  # all is measured; what came last is still to be judged
        self._kind = messages.MEASURE.kind
        self._tag = 0
        self._until = 0
        self._accept_load = 0
        self._tell = None  # who is told of a zero that no host asked for
        self.zero_device_us = None  # of the zero in use, if it was taken since power-up
        self.requests = {
            messages.ZERO.kind: self._zero,
            messages.MEASURE.kind: self._measure,
        }

    def step(self, now):
        """Finish a measurement whose time is over."""
        if self._sampler.measuring:
            if time.ticks_diff(now, self._until) >= 0:
                self._sampler.measuring = False
                self._judging = True
                self._until = time.ticks_add(now, _JUDGE_US)
        elif self._judging and time.ticks_diff(now, self._until) >= 0:
            self._judging = False
            self._finish(self._faults.found(now))

    def begin_zero(self, tell):
        """A zero that no host asked for; `tell` is given the code of a refusal, or None."""
        self._begin(messages.ZERO.kind, 0, self._sampler.rules.zero_ms)
        self._accept_load = 0
        self._tell = tell

    def _zero(self, row, tag):
        if row[0] > 1:
            raise ValueError("accept_load")
        self._begin(messages.ZERO.kind, tag, self._sampler.rules.zero_ms)
        self._accept_load = row[0]

    def _measure(self, row, tag):
        self._begin(messages.MEASURE.kind, tag, row[0])

    def _begin(self, kind, tag, duration_ms):
        sampler = self._sampler
        sampler.not_during_a_hold()
        if sampler.measuring or self._judging:
            raise Refused(flags.ERR_BUSY, "a measurement is running")
        if not 100 <= duration_ms <= _MAX_MEASURE_MS:
            raise ValueError("duration")
        self._kind = kind
        self._tag = tag
        self._tell = None
        now = self._clock.tick()
        self._until = time.ticks_add(now, duration_ms * _US)
        self._faults.begin(now)
        sampler.start_measuring()

    def _finish(self, found):
        left, right = self._sampler.measured
        try:
            for side, bits in zip(("left", "right"), found):
                if bits & flags.SPOILING:
                    names = [name for bit, name in flags.SPOILING_NAMES if bits & bit]
                    raise Refused(flags.ERR_FAULT, side + " " + " ".join(names))
            if left.n < 5 or right.n < 5:
                raise Refused(flags.ERR_NO_SAMPLES, "left %d right %d" % (left.n, right.n))
            rails = self._rails(left, right, found)
            row = self._measured(left, right, rails)
            if self._kind == messages.ZERO.kind:
                row = self._take_zero(left, right, rails) + row
                self._reply(messages.ZERO_REPLY.form, row)
            else:
                self._reply(messages.MEASURE_REPLY.form, row)
        except Refused as error:
            self._refuse(error.code, error.detail)
        except OSError as error:
            self._refuse(flags.ERR_STORAGE, "errno %d" % error.errno)

    def _reply(self, form, row):
        if self._tell is not None:
            self._tell(None)
        else:
            self._link.send(messages.REPLY | self._kind, form, self._tag, row)

    def _refuse(self, code, detail):
        if self._tell is not None:
            self._tell(code)
        else:
            self._link.refuse(self._kind, self._tag, code, detail)

    def _rails(self, left, right, found):
        """How many of both were at the converter's rail."""
        rails = 0
        for moments, bits in zip((left, right), found):
            if bits & flags.AT_RAIL or abs(moments.mean_scaled(1)) > _RAIL_COUNTS:
                rails += 1
        return rails

    def _measured(self, left, right, rails):
        """The row of a measurement."""
        return (
            left.n,
            right.n,
            left.mean_scaled(1000),
            right.mean_scaled(1000),
            min(left.sd_scaled(1000), 0xFFFFFFFF),
            min(right.sd_scaled(1000), 0xFFFFFFFF),
            rails,
            min(self._sampler.measured_bad, 65535),  # missed
        )

    def _take_zero(self, left, right, rails):
        """What a zero tells before what was measured: zeros and shifts."""
        rules = self._sampler.rules
        if rails:
            raise Refused(flags.ERR_SATURATED, "at the converter's rail")
        self._sampler.not_during_a_hold()  # one may have begun meanwhile
        shifts = []
        plates = self._calibration.plates
        for plate, moments, side in zip(plates, (left, right), ("left", "right")):
            limit = rules.zero_sd_counts
            if plate.ready:
                limit = max(abs(plate.counts_per_kn) * rules.zero_sd_mn // 1000000, 1)
            if moments.sd_scaled(1) > limit:
                raise Refused(flags.ERR_UNSTEADY, side)
            shift = plate.force_mn(moments.mean_scaled(1)) if plate.ready else None
            loaded = shift is not None and abs(shift) > rules.zero_shift_mn
            if loaded and not self._accept_load:
                raise Refused(flags.ERR_LOADED, "%s %d" % (side, shift))
            shifts.append(shift)
        self._calibration.set_zero(left.mean_scaled(1), right.mean_scaled(1))
        self._sampler.reference_changed()
        self.zero_device_us = self._clock.device_us(self._clock.tick())
        return (plates[0].zero, plates[1].zero, shifts[0], shifts[1])
