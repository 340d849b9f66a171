"""What the host asks of the board as a whole: who it is, how it is, what it shall do."""

from evenstance_board import FIRMWARE, pins
from evenstance_wire import PROTOCOL, flags, messages


class AskBoard:
    """Hello, status, clock, cues and the rules of the next hold."""

    def __init__(
        self, link, sampler, calibration, clock, cues, keeper, journal, plates, trials, health
    ):
        self._link = link
        self._sampler = sampler
        self._calibration = calibration
        self._clock = clock
        self._cues = cues
        self._keeper = keeper
        self._journal = journal
        self._plates = plates
        self._trials = trials
        self._faults, self._watchdog = health
        self.requests = {
            messages.HELLO.kind: self._hello,
            messages.STATUS.kind: self._status,
            messages.SET_CLOCK.kind: self._set_clock,
            messages.CUE.kind: self._cue,
            messages.SET_PROTOCOL.kind: self._set_protocol,
            messages.STOP_HOLD.kind: self._stop_hold,
        }

    def _hello(self, _values, _tag):
        return {
            "protocol": PROTOCOL,
            "board_uid": pins.board_uid(),
            "journal_id": self._journal.journal_id,
            "boot_id": self._keeper.boot_id,
            "firmware": FIRMWARE.encode(),
        }

    def _status(self, _values, _tag):
        sampler = self._sampler
        left, right = self._calibration.plates
        journal = self._journal
        weight = sampler.body_weight.value_mn
        now = self._clock.tick()
        values = {
            "device_us": self._clock.device_us(now),
            "state": sampler.detector.state,
            "armed": 1 if self._armed() else 0,
            "clock_set": 0 if self._clock.unix_ms(now) is None else 1,
            "calibration_id": self._calibration.calibration_id,
            "left_counts_per_kn": left.counts_per_kn if left.ready else None,
            "right_counts_per_kn": right.counts_per_kn if right.ready else None,
            "zero_left_counts": left.zero if left.ready else None,
            "zero_right_counts": right.zero if right.ready else None,
            "zero_device_us": self._plates.zero_device_us,
            "body_weight_un": weight * 1000 if weight else None,
            "first_seq": journal.first_seq,
            "next_seq": journal.next_seq,
            "acked_through": self._trials.acked_through,
            "rate_left_mhz": sampler.rate_mhz(0),
            "rate_right_mhz": sampler.rate_mhz(1),
            "frames_dropped": self._link.frames_dropped,
            "frames_damaged": self._link.parser.damaged,
            "holds_lost": self._keeper.holds_lost,
            "traces_given_up": journal.traces_given_up,
            "quarantined": journal.quarantined + self._calibration.quarantined,
            "left_faults": self._faults.now[0],
            "right_faults": self._faults.now[1],
            "left_faults_seen": self._faults.seen[0],
            "right_faults_seen": self._faults.seen[1],
            "hung_restarts": self._watchdog.restarts,
            "memory_free_b": self._keeper.memory_free_b,
            "flash_free_b": journal.free_b,
        }
        values.update(sampler.counters())
        return values

    def _armed(self):
        sampler = self._sampler
        seen = sampler.channels[0].ring.pushed and sampler.channels[1].ring.pushed
        return (
            seen > 0
            and self._calibration.ready
            and sampler.detector.armed
            and not sampler.recorder.busy
            and not sampler.measuring
            and self._faults.fit
        )

    def _set_clock(self, values, _tag):
        self._clock.set_unix_ms(values["unix_ms"])
        return {}

    def _cue(self, values, _tag):
        if values["cue"] >= len(flags.CUES):
            raise ValueError("cue")
        self._cues.play(values["cue"])
        return {}

    def _set_protocol(self, values, _tag):
        self._sampler.not_during_a_hold()
        if values["end_at_touch_down"] > 1:
            raise ValueError("end_at_touch_down")
        self._sampler.rules.end_at_touch_down = values["end_at_touch_down"]
        return {}

    def _stop_hold(self, _values, _tag):
        running = self._sampler.detector.stop()
        return {"seq": self._journal.next_seq if running else None}
