"""Zero and measure at their edges: steadiness, load, rails, holds, and what must not interfere."""

from player import Player
from wire import ask, sent

from board import ZEROS, near
from evenstance_board.ask_calibration import AskCalibration
from evenstance_board.ask_plates import AskPlates
from evenstance_board.refused import Refused
from evenstance_wire import flags, messages

GAINS = {"left_counts_per_kn": 2000000, "right_counts_per_kn": -2000000}
UNCHANGED = {"rating_left_mn": None, "rating_right_mn": None, "made_unix_ms": None}


class Host:
    """A board that is asked; `answers` are (table, values) or (request kind, error code)."""

    def __init__(self):
        self.player = Player()
        self.calibration = self.player.calibration
        player = self.player
        self.plates = AskPlates(
            self, player.sampler, self.calibration, player.clock, player.faults
        )
        self.history = AskCalibration(self.player.sampler, self.calibration, self.plates)
        self.answers = []
        self.details = []
        self.at_s = 0

    def send(self, kind, form, _tag, row):
        self.answers.append(sent(kind, form, row))

    def refuse(self, kind, _tag, code, detail=""):
        self.answers.append((kind, code))
        self.details.append(detail)

    def play(self, seconds, left_n, right_n, swing_n=0):
        """Forces, with `swing_n` added to the left one and taken off again, 0.1 s each."""
        for n in range(round(10 * seconds)):
            self.at_s += 0.1
            sign = 1 if n % 2 else -1
            self.player.play(self.at_s, left_n + sign * swing_n, right_n)
            self.plates.step(self.player.clock.tick())

    def ask(self, part, table, **values):
        """The reply, None when it follows later, or the code of the refusal."""
        try:
            return ask(part, table, values)
        except Refused as error:
            return error.code

    def zero(self, left_n=0, right_n=0, swing_n=0, accept_load=0):
        """Zero with these forces on the plates: the reply, or the code of the refusal."""
        assert self.ask(self.plates, messages.ZERO, accept_load=accept_load) is None
        assert not self.answers
        self.play(2.4, left_n, right_n, swing_n)
        assert len(self.answers) == 1
        table, found = self.answers.pop()
        assert table in (messages.ZERO_REPLY, messages.ZERO.kind)
        return found

    def zeros(self):
        return [plate.zero for plate in self.calibration.plates]


def check_a_small_shift_is_taken_and_told():
    host = Host()
    found = host.zero(1.5, -2.5)
    near(found["shift_left_mn"], 1500, 3)
    near(found["shift_right_mn"], -2500, 3)
    near(found["zero_left_counts"], ZEROS[0] + 3281, 3)
    assert host.zeros() == [found["zero_left_counts"], found["zero_right_counts"]]
    near(host.zero(1.5, -2.5)["shift_left_mn"], 0, 3)


def check_motion_is_refused_above_the_limit_only():
    assert Host().zero(swing_n=1.3)["saturated"] == 0
    host = Host()
    assert host.zero(swing_n=1.7) == flags.ERR_UNSTEADY
    assert host.zero(swing_n=1.7, accept_load=1) == flags.ERR_UNSTEADY
    assert host.zeros() == list(ZEROS)


def check_a_load_is_refused_above_the_limit_only():
    for left_n, right_n, taken in (
        (49.8, 0, True),
        (50.2, 0, False),
        (-50.2, 0, False),
        (0, 49.8, True),
        (0, 50.2, False),
        (0, -50.2, False),
    ):
        host = Host()
        found = host.zero(left_n, right_n)
        assert (found != flags.ERR_LOADED) == taken, (left_n, right_n, found)
        assert (host.zeros() != list(ZEROS)) == taken
        assert (host.plates.zero_device_us is not None) == taken


def check_a_load_is_refused_at_the_first_zero_after_power_up_too():
    host = Host()
    assert host.plates.zero_device_us is None
    assert host.zero(90, 90) == flags.ERR_LOADED
    found = host.zero(90, 90, accept_load=1)
    near(found["shift_left_mn"], 90000, 5)


def check_without_a_calibration_there_is_no_load_to_see():
    host = Host()
    assert host.ask(host.history, messages.RESTORE_CALIBRATION, calibration_id=0)
    found = host.zero(90, 90)
    assert (found["shift_left_mn"], found["shift_right_mn"]) == (None, None)
    assert host.zero(swing_n=2.0)["samples_left"] > 100  # 4374 counts
    assert host.zero(swing_n=2.6) == flags.ERR_UNSTEADY  # 5686 counts


RAILS = (("high", 0), (0, "high"), ("low", 0), (0, "low"))


def check_a_rail_that_no_load_led_to_is_refused_as_an_open_bridge():
    for forces in RAILS:
        for table, values in (
            (messages.ZERO, {"accept_load": 1}),
            (messages.MEASURE, {"duration_ms": 2000}),
        ):
            host = Host()
            assert host.ask(host.plates, table, **values) is None
            measured(host, *forces)
            assert host.answers == [(table.kind, flags.ERR_FAULT)], forces
            side = "left" if forces[0] else "right"
            assert host.details == [side + " open_bridge"]
            assert host.zeros() == list(ZEROS)


def check_a_rail_under_a_load_is_refused_as_saturated():
    for side in (0, 1):
        host = pressed_to_the_rail(side)
        assert host.ask(host.plates, messages.ZERO, accept_load=1) is None
        measured(host, *RAILS[side])
        assert host.answers == [(messages.ZERO.kind, flags.ERR_SATURATED)]
        assert host.zeros() == list(ZEROS)
        host = pressed_to_the_rail(side)
        assert host.ask(host.plates, messages.MEASURE, duration_ms=2000) is None
        measured(host, *RAILS[side])
        table, found = host.answers.pop()
        assert (table, found["saturated"]) == (messages.MEASURE_REPLY, 1)


def check_a_moment_at_the_rail_spoils_a_zero():
    host = Host()
    host.play(1, 0, 0)
    assert host.ask(host.plates, messages.ZERO, accept_load=1) is None
    host.play(1, 0, 0)
    host.player.play(2.03, "high", 0)
    host.at_s = 2.0
    host.play(1.4, 0, 0)
    assert host.answers == [(messages.ZERO.kind, flags.ERR_SATURATED)]


def pressed_to_the_rail(side):
    """A board on one plate of which more and more is put, in half a second."""
    host = Host()
    host.ask(host.history, messages.PAUSE_HOLDS, lease_ms=60000)
    host.player.play(1, 0, 0)
    for n in range(50):
        load_n = 80 * n
        host.player.play(1.01 + 0.01 * n, load_n * (1 - side), load_n * side)
    host.at_s = 3.0
    host.player.play(host.at_s, *RAILS[side])
    return host


def measured(host, left, right):
    """Two seconds and what comes behind them, in two steps of the plates."""
    for more_s in (2.2, 0.2):
        host.at_s += more_s
        host.player.play(host.at_s, left, right)
        host.plates.step(host.player.clock.tick())


def check_a_silent_chip_is_refused_by_its_fault():
    host = Host()
    assert host.ask(host.plates, messages.ZERO, accept_load=0) is None
    host.player.play(2.2, 0, 0, lambda k, n: k == 1)
    host.plates.step(host.player.clock.tick())
    host.player.play(2.4, 0, 0, lambda k, n: k == 1)
    host.plates.step(host.player.clock.tick())
    assert host.answers == [(messages.ZERO.kind, flags.ERR_FAULT)]
    assert host.details == ["right no_data"]


def check_too_few_samples_are_refused():
    host = Host()
    host.play(1, 0, 0)
    assert host.ask(host.plates, messages.MEASURE, duration_ms=100) is None
    host.player.play(1.3, 0, 0, lambda k, n: k == 1)
    host.plates.step(host.player.clock.tick())
    host.player.play(1.5, 0, 0)
    host.plates.step(host.player.clock.tick())
    assert host.answers == [(messages.MEASURE.kind, flags.ERR_NO_SAMPLES)]


def check_a_spike_anywhere_in_a_measurement_refuses_it():
    """Also one that came last: it is known by what comes behind it."""
    for at_s in (1.005, 2.0, 2.97, 2.985, 2.996):
        host = Host()
        host.play(1, 0, 0)
        assert host.ask(host.plates, messages.MEASURE, duration_ms=2000) is None
        host.player.play(at_s, 0, 0)
        host.player.spike(0, 0x3FFFF)
        host.at_s = at_s
        host.play(3.3 - at_s, 0, 0)
        assert host.answers == [(messages.MEASURE.kind, flags.ERR_FAULT)], at_s
        assert host.details == ["left spikes"]
    host.play(1.5, 0, 0)
    assert host.player.faults.now[0] == flags.SPIKES  # shown for ten seconds, and over
    assert host.ask(host.plates, messages.MEASURE, duration_ms=1000) is None
    host.play(1.3, 0, 0)
    assert host.answers[-1][0] is messages.MEASURE_REPLY


def check_nothing_changes_while_counts_are_measured():
    host = Host()
    assert host.ask(host.plates, messages.MEASURE, duration_ms=1000) is None
    for part, table, values in (
        (host.plates, messages.ZERO, {"accept_load": 0}),
        (host.plates, messages.MEASURE, {"duration_ms": 1000}),
        (host.history, messages.SET_CALIBRATION, dict(GAINS, **UNCHANGED)),
        (host.history, messages.RESTORE_CALIBRATION, {"calibration_id": 1}),
    ):
        assert host.ask(part, table, **values) == flags.ERR_BUSY, table.name
    host.play(1.3, 0, 0)
    assert [table for table, _ in host.answers] == [messages.MEASURE_REPLY]
    assert host.calibration.ids == [1]


def check_nothing_changes_while_a_hold_runs():
    host = Host()
    host.player.lift()
    assert host.player.sampler.recorder.busy
    for part, table, values in (
        (host.plates, messages.ZERO, {"accept_load": 1}),
        (host.plates, messages.MEASURE, {"duration_ms": 1000}),
        (host.history, messages.SET_CALIBRATION, dict(GAINS, **UNCHANGED)),
        (host.history, messages.RESTORE_CALIBRATION, {"calibration_id": 0}),
    ):
        assert host.ask(part, table, **values) == flags.ERR_BUSY, table.name
    assert (host.zeros(), host.calibration.ids) == (list(ZEROS), [1])


def check_a_hold_that_begins_meanwhile_ends_the_zero():
    host = Host()
    host.player.play(7.0, 350, 350)
    assert host.ask(host.plates, messages.ZERO, accept_load=1) is None
    host.player.stand(9.5)
    assert host.player.sampler.recorder.busy
    host.plates.step(host.player.clock.tick())
    host.player.stand(9.7)
    host.plates.step(host.player.clock.tick())
    assert host.answers == [(messages.ZERO.kind, flags.ERR_BUSY)]
    assert host.zeros() == list(ZEROS)


def check_calibrations_over_the_wire():
    host = Host()
    set_values = dict(GAINS, rating_left_mn=None, rating_right_mn=2942000, made_unix_ms=5)
    made = host.ask(host.history, messages.SET_CALIBRATION, **set_values)
    assert made == {"calibration_id": 2}
    now = host.ask(host.history, messages.GET_CALIBRATION, calibration_id=0)
    assert now == host.ask(host.history, messages.GET_CALIBRATION, calibration_id=2)
    assert (now["rating_left_mn"], now["rating_right_mn"]) == (1961000, 2942000)
    assert messages.GET_CALIBRATION_REPLY.pack(now)
    host.zero(1.5, 0)
    latest = host.ask(host.history, messages.GET_CALIBRATION, calibration_id=0)
    near(latest["zero_left_counts"], ZEROS[0] + 3281, 3)
    kept = host.ask(host.history, messages.LIST_CALIBRATIONS)
    assert kept == {"calibration_id": 2, "kept": b"\x01\x00\x00\x00\x02\x00\x00\x00"}
    missing = {"calibration_id": 9}
    assert host.ask(host.history, messages.GET_CALIBRATION, **missing) == flags.ERR_NOT_FOUND
    assert host.ask(host.history, messages.RESTORE_CALIBRATION, **missing) == flags.ERR_NOT_FOUND
    assert host.plates.zero_device_us is not None
    restored = host.ask(host.history, messages.RESTORE_CALIBRATION, calibration_id=2)
    assert restored == {"calibration_id": 3}
    assert host.plates.zero_device_us is None
    assert host.zeros() == list(ZEROS)


def check_masses_are_no_holds_while_holds_are_paused():
    host = Host()
    recorder = host.player.sampler.recorder
    assert host.ask(host.history, messages.PAUSE_HOLDS, lease_ms=10000) == {}
    assert not host.calibration.ready
    host.play(4, 400, 0)
    assert not recorder.busy
    assert host.zero(0, 0)["shift_left_mn"] < 5  # what it measures is as before
    assert not host.calibration.ready
    host.play(4, 400, 0)
    assert not recorder.busy
    lease(host, 9.9 - host.at_s)
    assert not host.calibration.ready
    lease(host, 0.2)  # it has run out
    assert host.calibration.ready
    host.play(4, 400, 0)
    assert recorder.busy
    assert host.ask(host.history, messages.PAUSE_HOLDS, lease_ms=1000) == flags.ERR_BUSY
    assert host.calibration.ready


def check_a_pause_is_prolonged_and_ended():
    host = Host()
    for _ in range(3):
        host.ask(host.history, messages.PAUSE_HOLDS, lease_ms=1000)
        lease(host, 0.9)
        assert not host.calibration.ready
    host.ask(host.history, messages.PAUSE_HOLDS, lease_ms=0)
    assert host.calibration.ready
    try:
        ask(host.history, messages.PAUSE_HOLDS, {"lease_ms": 500001})
        raise AssertionError
    except ValueError:
        pass
    assert host.calibration.ready


def lease(host, seconds):
    """Let time pass over empty plates."""
    for _ in range(round(10 * seconds)):
        host.play(0.1, 0, 0)
        host.history.step(host.player.clock.tick())
