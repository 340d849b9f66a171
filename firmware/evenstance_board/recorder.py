"""From lift-off to a stored trial: runs the accumulator and the trace, makes the summary."""

import array
import binascii
import struct
import time

import micropython
from micropython import const

from evenstance_board.accumulator import Accumulator
from evenstance_board.trace_encoder import Encoder
from evenstance_wire import flags as f
from evenstance_wire import forms, messages, trace
from evenstance_wire.hold_rules import RULES_ID

_MOST_WAITING = const(600)  # for the trace, of one channel
_TRACE_BYTES = const(12200)
_US = const(1000)
_MARGIN_US = const(50000)  # both channels have passed the end of the trace
_SILENT_US = const(1000000)  # nothing comes any more
_AFTER_US = const(100000)  # a fault that begins later after the end did not touch the hold
_TICKS = const((1 << 30) - 1)
_TOO_MUCH = const(0xFFFFFFFF)  # for its place in the summary: missing, not wrong
# places in the row of the accumulator's numbers
_BODY_WEIGHT = const(2)
_STRAY_LOAD = const(6)
_FORCE_MEAN = const(8)
_FORCE_SD = const(9)
_IDLE = const(0)
_RUNNING = const(1)
_TAIL = const(2)
_READY = const(3)


class Recorder:
    """The detector's watcher. `ready` once a trial can be taken with `take`."""

    def __init__(self, rules, calibration, body_weight, clock, sampler_info, rings):
        self.rules = rules
        self.accumulator = Accumulator(rules)
        self._calibration = calibration
        self._body_weight = body_weight
        self._clock = clock
        self._info = sampler_info
        self.rings = rings
        self._encoder = Encoder(bytearray(_TRACE_BYTES))
        self._done = [0, 0]  # conversions of each ring that are in the trace, or before it
        self._lost = False  # conversions that the ring no longer had
        self._phase = _IDLE
        self.running = False  # a hold runs
        self.busy = False  # a hold runs or waits to be stored: flash must be left alone
        self.ready = False  # a trial can be taken
        self._touches = array.array("i", [0] * (3 * messages.MAX_TOUCH_DOWNS))
        self._touch_count = 0
        self._spoilt = 0  # bits of flags.FAULTS
        self._unsure = False
        self._leg = 0
        self._lift_off = 0
        self._weight_fresh = False
        self._end_reason = 0
        self._end_at = 0
        self.events = array.array("i", [0] * 64)  # (event, value) pairs for whoever listens
        self.event_count = 0
        self.reasons = 0  # of the trial taken last

    # -- told by the detector

    def lift_off(self, leg, at, weight_mn, unsure):
        """A trial begins at ticks `at` on `leg`, of a person of about `weight_mn`; `unsure` when
        that is not from two-legged stance."""
        self._unsure = unsure
        self._leg = leg
        self._lift_off = at
        self._weight_fresh = self._body_weight.fresh  # stepping off the board ends it
        self._touch_count = 0
        self._spoilt = 0
        info = self._info
        self.accumulator.begin(leg, at, weight_mn)
        self._encoder.start(info.period_us(0), info.period_us(1), at)
        self._lost = False
        for k in (0, 1):
            self._open_trace(k, at)
        self._enter(_RUNNING)
        self.event(f.EV_LIFT_OFF, leg)

    def touch_down(self, at, duration, peak):
        """The swing foot touched at ticks `at` for `duration` us with at most `peak` mN."""
        n = self._touch_count
        if n < messages.MAX_TOUCH_DOWNS:
            self._touches[3 * n] = time.ticks_diff(at, self._lift_off)
            self._touches[3 * n + 1] = duration
            self._touches[3 * n + 2] = peak
        self._touch_count = n + 1
        self.event(f.EV_TOUCH_DOWN, self._touch_count)

    def walked(self):
        """Too short to be a trial."""
        self._enter(_IDLE)
        self.event(f.EV_STATE, f.ENDED)

    def ended(self, reason, at):
        """The trial ended at ticks `at`; its trace goes on for a second."""
        self._end_reason = reason
        self._end_at = at
        self._enter(_TAIL)
        self.event(f.EV_HOLD_END, reason)

    def spoil(self, faults, since):
        """Faults (bits) were there, first seen at ticks `since` or later."""
        if self.running or (self.busy and time.ticks_diff(since, self._end_at) < _AFTER_US):
            self._spoilt |= faults

    def event(self, event, value):
        """Keep it for the next turn, when a host, or without one the person, is told."""
        n = self.event_count
        if 2 * n < len(self.events):
            self.events[2 * n] = event
            self.events[2 * n + 1] = value
            self.event_count = n + 1

    # -- samples

    def _enter(self, phase):
        self._phase = phase
        self.running = phase == _RUNNING
        self.busy = phase != _IDLE
        self.ready = phase == _READY

    def _open_trace(self, k, at):
        """Find the first conversion of the pre-roll in the ring."""
        ring = self.rings[k]
        at = time.ticks_add(at, self._info.delay_us(k))
        n = ring.since(time.ticks_add(at, -self.rules.pre_roll_ms * _US))
        self._done[k] = (ring.pushed - min(n, _MOST_WAITING)) & _TICKS
        self.accumulator.samples[k] = ring.since(at)

    def step(self, now):
        """To be called every turn while `busy`: a trace that waits too long loses its start."""
        if self._phase == _TAIL:
            self._step_tail(now)
        elif self._phase == _RUNNING:
            self._catch_up(0)
            self._catch_up(1)

    def _step_tail(self, now):
        until = self.rules.post_roll_ms * _US + _MARGIN_US
        for ring in self.rings:
            if time.ticks_diff(ring.latest, self._end_at) > until:
                self._enter(_READY)
                return
        if time.ticks_diff(now, self._end_at) > until + _SILENT_US:
            self._enter(_READY)

    def _catch_up(self, k):
        """There was no time: late is better than never."""
        late = self.rings[k].waiting(self._done[k]) - _MOST_WAITING
        if late > 0:
            self._encode(k, late)

    def encode(self, most):
        """Put up to `most` waiting conversions into the trace, 0.15 ms each; returns how many."""
        if self._phase == _IDLE:
            return 0
        n = self._encode(0, most)
        return n + self._encode(1, most - n)

    @micropython.native
    def _encode(self, k, most):
        ring = self.rings[k]
        waiting = ring.waiting(self._done[k])
        if waiting > ring.size:
            self._lost = True
            waiting = ring.size
        n = waiting if waiting < most else most
        self._encoder.put_row(k, ring.t, ring.counts, ring.place(waiting), n)
        self._done[k] = (ring.pushed - waiting + n) & _TICKS
        return n

    def cut_tail(self):
        """The trace cannot go on (power-down, Ctrl-C): what is there is stored."""
        if self._phase == _TAIL:
            self._enter(_READY)

    # -- the result

    def take(self, seq, boot_id):
        """Return (summary bytes, parts of the trace) and be idle again.

        The parts are good until the next lift-off; together they would not always find a free
        block of memory.
        """
        while self.encode(_MOST_WAITING):
            pass
        end_us = time.ticks_diff(self._end_at, self._lift_off)
        stream_bytes = self._encoder.finish()
        complete = not (self._encoder.full or self._lost)
        header = self._trace_header(seq, end_us, stream_bytes, complete)
        stream = memoryview(self._encoder.buffer)[:stream_bytes]
        crc = binascii.crc32(stream, binascii.crc32(header)) & 0xFFFFFFFF
        parts = (header, stream, struct.pack("<I", crc))
        trace_bytes = sum([len(part) for part in parts])
        summary = self._summary(seq, boot_id, end_us, trace_bytes, complete)
        self._enter(_IDLE)  # at last: after Ctrl-C in here it can be taken again
        return summary, parts

    def _trace_header(self, seq, end_us, stream_bytes, complete):
        left, right = self._calibration.plates
        encoder = self._encoder
        row = (
            trace.VERSION,
            1 if complete else 0,
            seq,
            self._leg,
            self.rules.filter_delay_half_periods,
            left.counts_per_kn,
            right.counts_per_kn,
            left.zero,
            right.zero,
            encoder.period_us(0),
            encoder.period_us(1),
            end_us,
            encoder.first_us(0),
            encoder.first_us(1),
            encoder.samples(0),
            encoder.samples(1),
            stream_bytes,
        )
        return forms.pack(trace.HEADER.form, row)

    def _summary(self, seq, boot_id, end_us, trace_bytes, complete):
        numbers, swing_un = self.accumulator.numbers(end_us)
        weight_un, source = self._weight(numbers[_FORCE_MEAN], swing_un)
        numbers[_BODY_WEIGHT] = weight_un
        if swing_un is not None and weight_un:
            numbers[_STRAY_LOAD] = swing_un * 1000000 // weight_un
        acc = self.accumulator
        stored = min(self._touch_count, messages.MAX_TOUCH_DOWNS)
        touches = b""
        for n in range(stored):
            touch = self._touches[3 * n : 3 * n + 3]
            touches += forms.pack(messages.TOUCH_DOWN.form, list(touch))
        self.reasons = self._reasons(numbers, end_us)
        row = [
            seq,
            boot_id,
            RULES_ID,
            self._calibration.calibration_id,
            self._leg,
            self.reasons,
            self._end_reason,
            source,  # of the body weight
            self._clock.device_us(self._lift_off),
            self._clock.unix_ms(self._lift_off),
            end_us,
        ]
        row.extend([n if n is None or n < _TOO_MUCH else None for n in numbers])
        row.extend(acc.samples)
        row.extend(
            (
                min(acc.missed + acc.desynced, 65535),  # dropped
                min(acc.desynced, 65535),
                min(acc.saturated, 65535),
                min(acc.late, 65535),
                acc.max_gap_us,
                self._info.rate_mhz(0),
                self._info.rate_mhz(1),
                trace_bytes,
                1 if complete else 0,
                self._touch_count,
                touches,
            )
        )
        return forms.pack(messages.SUMMARY.form, row)

    def _weight(self, mean, swing):
        """Body weight (uN) and where it is from, of a hold with these mean forces (uN)."""
        known = self._body_weight.value_mn * 1000
        own = None  # a plate at its rail says nothing about the person
        if mean is not None and not self.accumulator.saturated:
            own = mean + swing
        other_person = (
            own is not None
            and known
            and abs(own - known) * 100 > known * self.rules.same_person_pct
        )
        if self._unsure or other_person:
            return own, f.BW_HOLD
        return known, f.BW_TWO_LEGGED if self._weight_fresh else f.BW_EARLIER

    def _reasons(self, numbers, end_us):
        rules = self.rules
        acc = self.accumulator
        bits = self._spoilt << f.REASON_SHIFT
        if end_us < rules.record_ms * _US or numbers[_FORCE_SD] is None:
            bits |= f.TOO_SHORT
        stray = numbers[_STRAY_LOAD]
        if stray is not None and stray > rules.stray_load_pct_bw * 10000:
            bits |= f.STRAY_LOAD
        dropped = acc.missed + acc.desynced
        expected = acc.samples[0] + acc.samples[1] + dropped
        if dropped * 100 > expected * rules.dropped_pct:
            bits |= f.DROPPED
        if acc.max_gap_us > rules.gap_ms * _US:
            bits |= f.GAP
        if acc.saturated:
            bits |= f.SATURATION
        for plate, peak_mn in zip(self._calibration.plates, acc.peaks_mn):
            if peak_mn > plate.rating_mn:
                bits |= f.OVERLOAD
        if self._end_reason == f.END_SENSOR_FAULT:
            bits |= f.SENSOR_FAULT
        if self._end_reason == f.END_STOPPED:
            bits |= f.STOPPED
        return bits
