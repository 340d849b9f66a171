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

    def _hello(self, _row, _tag):
        return (
            PROTOCOL,
            pins.board_uid(),
            self._journal.journal_id,
            self._keeper.boot_id,
            FIRMWARE.encode(),
        )

    def _status(self, _row, _tag):
        sampler = self._sampler
        left, right = self._calibration.plates
        journal = self._journal
        weight = sampler.body_weight.value_mn
        now = self._clock.tick()
        row = [
            self._clock.device_us(now),
            sampler.detector.state,
            1 if self._armed() else 0,
            0 if self._clock.unix_ms(now) is None else 1,  # clock_set
            self._calibration.calibration_id,
            left.counts_per_kn if left.ready else None,
            right.counts_per_kn if right.ready else None,
            left.zero if left.ready else None,
            right.zero if right.ready else None,
            self._plates.zero_device_us,
            weight * 1000 if weight else None,  # body_weight_un
            journal.first_seq,
            journal.next_seq,
            self._trials.acked_through,
            sampler.rate_mhz(0),
            sampler.rate_mhz(1),
        ]
        row.extend(sampler.counters())
        row.extend(
            (
                self._link.frames_dropped,
                self._link.parser.damaged,
                self._keeper.holds_lost,
                journal.traces_given_up,
                journal.quarantined + self._calibration.quarantined,
            )
        )
        row.extend(self._faults.now)
        row.extend(self._faults.seen)
        row.extend((self._watchdog.restarts, self._keeper.memory_free_b, journal.free_b))
        return row

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

    def _set_clock(self, row, _tag):
        self._clock.set_unix_ms(row[0])
        return ()

    def _cue(self, row, _tag):
        if row[0] > flags.LAST_CUE:
            raise ValueError("cue")
        self._cues.play(row[0])
        return ()

    def _set_protocol(self, row, _tag):
        self._sampler.not_during_a_hold()
        if row[0] > 1:
            raise ValueError("end_at_touch_down")
        self._sampler.rules.end_at_touch_down = row[0]
        return ()

    def _stop_hold(self, _row, _tag):
        running = self._sampler.detector.stop()
        return (self._journal.next_seq if running else None,)
