"""Answers the host: one method per request, each bounded in time and memory."""

import gc
import time

from evenstance_board import FIRMWARE, pins
from evenstance_wire import PROTOCOL, flags, messages

_US = 1000
_MAX_MEASURE_MS = 20000
_MAX_TRACE_PART = 768
_COLLECT_AFTER = 100  # messages


class Refused(Exception):
    """The request was understood and cannot be done; carries the error code."""

    def __init__(self, code, detail=""):
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Service:
    """Everything the host may ask; `step` is called from the main loop."""

    def __init__(self, link, sampler, calibration, journal, clock, cues, boot_id):
        self._link = link
        self._sampler = sampler
        self._calibration = calibration
        self._journal = journal
        self._clock = clock
        self._cues = cues
        self._boot_id = boot_id
        self._live_every_us = 0
        self._live_next = 0
        self._lease_until = 0
        self._lease = False
        self._measure = None  # (request table, tag, deadline ticks, accept load)
        self._ack_wanted = 0
        self._zero_at = None
        self.holds_lost = 0
        self._collected = 0  # messages sent when garbage was last collected
        self._memory_free = 0
        self._collect()
        self._do = {
            messages.HELLO.kind: self._hello,
            messages.STATUS.kind: self._status,
            messages.SET_CLOCK.kind: self._set_clock,
            messages.ZERO.kind: self._zero,
            messages.MEASURE.kind: self._start_measure,
            messages.SET_CALIBRATION.kind: self._set_calibration,
            messages.LIVE.kind: self._live,
            messages.CUE.kind: self._cue,
            messages.GET_HOLD.kind: self._get_hold,
            messages.GET_TRACE.kind: self._get_trace,
            messages.ACK.kind: self._ack,
            messages.SET_PROTOCOL.kind: self._set_protocol,
            messages.STOP_HOLD.kind: self._stop_hold,
        }
        self._tables = dict([(pair[0].kind, pair) for pair in messages.REQUESTS])

    # -- from the main loop

    def step(self, now):
        """Take requests, finish a measurement, send what is due."""
        received = self._link.receive()
        if received:
            for kind, tag, body in received:
                self._answer(kind, tag, body)
        if self._measure is not None and time.ticks_diff(now, self._measure[2]) >= 0:
            self._finish_measure()
        if self._lease:
            if time.ticks_diff(now, self._lease_until) >= 0:
                self._lease = False
                self._live_every_us = 0
            elif self._live_every_us and time.ticks_diff(now, self._live_next) >= 0:
                self._send_live(now)
        self._send_events(now)
        self._link.pump()

    def store(self):
        """Put a finished trial into the journal and tell the host."""
        journal = self._journal
        seq = journal.next_seq
        try:
            summary, trace = self._sampler.recorder.take(seq, self._boot_id)
            journal.append(summary, trace)
        except (OSError, MemoryError):
            self.holds_lost += 1
            self._event(flags.EV_HOLD_LOST, seq)
            return
        finally:
            self._collect()
        self._event(flags.EV_STORED, seq)

    def idle(self):
        """What stops sampling for long and waits for a moment without a hold."""
        if self._ack_wanted > self._journal.acked_through:
            self._journal.acknowledge(self._ack_wanted)
        if self._link.sent - self._collected > _COLLECT_AFTER and self._measure is None:
            self._collect()

    def _collect(self):
        """Collect garbage now (20 ms on a Pico), so that it does not happen in a hold."""
        gc.collect()
        self._memory_free = gc.mem_free()
        self._collected = self._link.sent

    # -- requests

    def _answer(self, kind, tag, body):
        if kind not in self._do:
            self._refuse(kind, tag, flags.ERR_BAD_REQUEST, "unknown request")
            return
        request, reply = self._tables[kind]
        try:
            values = self._do[kind](request.unpack(body), tag)
            if values is not None:
                self._link.send(reply, tag, values)
        except Refused as error:
            self._refuse(kind, tag, error.code, error.detail)
        except ValueError as error:
            self._refuse(kind, tag, flags.ERR_BAD_VALUE, str(error))
        except MemoryError:
            gc.collect()
            self._refuse(kind, tag, flags.ERR_BUSY, "memory")
        except OSError as error:
            self._refuse(kind, tag, flags.ERR_STORAGE, "errno %d" % error.errno)

    def _refuse(self, kind, tag, code, detail):
        self._link.send(
            messages.ERROR, tag, {"error": code, "request": kind, "detail": detail.encode()}
        )

    def _hello(self, _values, _tag):
        return {
            "protocol": PROTOCOL,
            "board_uid": pins.board_uid(),
            "journal_id": self._journal.journal_id,
            "boot_id": self._boot_id,
            "firmware": FIRMWARE.encode(),
        }

    def _status(self, _values, _tag):
        sampler = self._sampler
        left, right = self._calibration.plates
        journal = self._journal
        weight = sampler.body_weight.value_mn
        values = {
            "device_us": self._clock.device_us(self._clock.tick()),
            "state": sampler.detector.state,
            "armed": 1 if self._armed() else 0,
            "clock_set": 0 if self._clock.unix_ms(self._clock.tick()) is None else 1,
            "calibration_id": self._calibration.calibration_id,
            "left_counts_per_kn": left.counts_per_kn if left.ready else None,
            "right_counts_per_kn": right.counts_per_kn if right.ready else None,
            "zero_left_counts": left.zero if left.ready else None,
            "zero_right_counts": right.zero if right.ready else None,
            "zero_device_us": self._zero_at,
            "body_weight_un": weight * 1000 if weight else None,
            "first_seq": journal.first_seq,
            "next_seq": journal.next_seq,
            "acked_through": max(journal.acked_through, self._ack_wanted),
            "rate_left_mhz": sampler.rate_mhz(0),
            "rate_right_mhz": sampler.rate_mhz(1),
            "frames_dropped": self._link.frames_dropped,
            "frames_damaged": self._link.parser.damaged,
            "holds_lost": self.holds_lost,
            "quarantined": journal.quarantined + self._calibration.quarantined,
            "memory_free_b": self._memory_free,
            "flash_free_b": journal.free_b,
        }
        values.update(sampler.counters())
        return values

    def _armed(self):
        sampler = self._sampler
        seen = sampler.channels[0].seen and sampler.channels[1].seen
        return (
            seen
            and self._calibration.ready
            and sampler.detector.armed
            and not sampler.recorder.busy
            and self._measure is None
        )

    def _set_clock(self, values, _tag):
        self._clock.set_unix_ms(values["unix_ms"])
        return {}

    def _live(self, values, _tag):
        now = self._clock.tick()
        interval = values["interval_ms"]
        self._live_every_us = max(interval, 10) * _US if interval else 0
        self._live_next = now
        self._lease_until = time.ticks_add(now, min(values["lease_ms"], 60000) * _US)
        self._lease = True
        return {}

    def _cue(self, values, _tag):
        if values["cue"] >= len(flags.CUES):
            raise ValueError("cue")
        self._cues.play(values["cue"])
        return {}

    def _set_calibration(self, values, _tag):
        self._not_during_a_hold()
        self._calibration.set_sensitivity(
            values["left_counts_per_kn"], values["right_counts_per_kn"]
        )
        self._sampler.reference_changed()
        return {"calibration_id": self._calibration.calibration_id}

    def _set_protocol(self, values, _tag):
        self._not_during_a_hold()
        if values["end_at_touch_down"] > 1:
            raise ValueError("end_at_touch_down")
        self._sampler.detector.rules.end_at_touch_down = values["end_at_touch_down"]
        return {}

    def _stop_hold(self, _values, _tag):
        running = self._sampler.detector.stop()
        return {"seq": self._journal.next_seq if running else None}

    def _get_hold(self, values, _tag):
        summary = self._journal.summary(values["seq"])
        if summary is None:
            raise Refused(flags.ERR_NOT_FOUND, "seq %d" % values["seq"])
        return {"summary": summary}

    def _get_trace(self, values, _tag):
        length = min(values["length"], _MAX_TRACE_PART)
        total, data = self._journal.trace_part(values["seq"], values["offset"], length)
        return {"seq": values["seq"], "offset": values["offset"], "total": total, "data": data}

    def _ack(self, values, _tag):
        if values["journal_id"] != self._journal.journal_id:
            raise Refused(flags.ERR_BAD_VALUE, "another journal")
        if values["through_seq"] >= self._journal.next_seq:
            raise Refused(flags.ERR_BAD_VALUE, "not stored yet")
        self._ack_wanted = max(self._ack_wanted, values["through_seq"])
        return {"acked_through": max(self._ack_wanted, self._journal.acked_through)}

    def _not_during_a_hold(self):
        if self._sampler.recorder.busy:
            raise Refused(flags.ERR_BUSY, "a hold is running")

    # -- zero and measure

    def _zero(self, values, tag):
        self._begin_measure(messages.ZERO, tag, self._sampler.detector.rules.zero_ms, values)

    def _start_measure(self, values, tag):
        self._begin_measure(messages.MEASURE, tag, values["duration_ms"], values)

    def _begin_measure(self, table, tag, duration_ms, values):
        self._not_during_a_hold()
        if self._measure is not None:
            raise Refused(flags.ERR_BUSY, "a measurement is running")
        if not 100 <= duration_ms <= _MAX_MEASURE_MS:
            raise ValueError("duration")
        self._sampler.start_measuring()
        deadline = time.ticks_add(self._clock.tick(), duration_ms * _US)
        self._measure = (table, tag, deadline, values.get("accept_load", 0))

    def _finish_measure(self):
        table, tag, _, accept_load = self._measure  # pyright: ignore[reportGeneralTypeIssues]
        self._measure = None
        sampler = self._sampler
        sampler.measuring = False
        left, right = sampler.measured
        try:
            if left.n < 5 or right.n < 5:
                raise Refused(flags.ERR_NO_SAMPLES, "left %d right %d" % (left.n, right.n))
            values = self._measured(left, right)
            if table is messages.ZERO:
                values.update(self._take_zero(left, right, values, accept_load))
                self._link.send(messages.ZERO_REPLY, tag, values)
            else:
                self._link.send(messages.MEASURE_REPLY, tag, values)
        except Refused as error:
            self._refuse(table.kind, tag, error.code, error.detail)
        except OSError as error:
            self._refuse(table.kind, tag, flags.ERR_STORAGE, "errno %d" % error.errno)

    def _measured(self, left, right):
        counters = self._sampler.measured_bad
        rails = 0
        for moments in (left, right):
            mean = abs(moments.mean_scaled(1))
            if mean > 0x7F0000:
                rails += 1
        return {
            "samples_left": left.n,
            "samples_right": right.n,
            "mean_left_mcounts": left.mean_scaled(1000),
            "mean_right_mcounts": right.mean_scaled(1000),
            "sd_left_mcounts": min(left.sd_scaled(1000), 0xFFFFFFFF),
            "sd_right_mcounts": min(right.sd_scaled(1000), 0xFFFFFFFF),
            "saturated": rails,
            "missed": min(counters, 65535),
        }

    def _take_zero(self, left, right, values, accept_load):
        rules = self._sampler.detector.rules
        if values["saturated"]:
            raise Refused(flags.ERR_SATURATED, "at the converter's rail")
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
            if loaded and self._zero_at is not None and not accept_load:
                raise Refused(flags.ERR_LOADED, "%s %d" % (side, shift))
            shifts.append(shift)
        self._calibration.set_zero(left.mean_scaled(1), right.mean_scaled(1))
        self._sampler.reference_changed()
        self._zero_at = self._clock.device_us(self._clock.tick())
        return {
            "zero_left_counts": plates[0].zero,
            "zero_right_counts": plates[1].zero,
            "shift_left_mn": shifts[0],
            "shift_right_mn": shifts[1],
        }

    # -- unasked

    def _send_live(self, now):
        self._live_next = time.ticks_add(now, self._live_every_us)
        sampler = self._sampler
        ready = self._calibration.ready
        weight = sampler.body_weight.value_mn
        values = {
            "device_us": self._clock.device_us(now),
            "state": sampler.detector.state,
            "left_mn": sampler.channels[0].force_mn if ready else None,
            "right_mn": sampler.channels[1].force_mn if ready else None,
            "body_weight_un": weight * 1000 if weight else None,
        }
        self._link.send(messages.LIVE_FRAME, 0, values, True)

    def _send_events(self, now):
        recorder = self._sampler.recorder
        for n in range(recorder.event_count):
            self._event(recorder.events[2 * n], recorder.events[2 * n + 1], now)
        recorder.event_count = 0

    def _event(self, event, value, now=None):
        if self._lease:
            now = self._clock.tick() if now is None else now
            values = {"device_us": self._clock.device_us(now), "event": event, "value": value}
            self._link.send(messages.EVENT, 0, values)
