"""A board without a laptop: its cues for a person, its LED, and its button."""

import lockstep
from player import Player
from wire import ask, sent

from board import ZEROS, near
from evenstance_board.alone import Alone
from evenstance_board.ask_plates import AskPlates
from evenstance_board.button import Button
from evenstance_board.cues import Cues
from evenstance_board.keeper import Keeper
from evenstance_board.live import Live
from evenstance_wire import flags, messages

NAMES = {
    "1": "short",
    "6": "long",
    "16": "lift",
    "0": "touched",
    "111": "down",
    "66": "done",
    "61": "stored",
    "611": "not counted",
    "666": "fault",
}


class Journal:
    """Takes every trial, or fails as it is told."""

    def __init__(self):
        self.next_seq = 1
        self.error = None
        self.keeps_traces = True

    def append(self, _summary, _trace):
        if self.error is not None:
            raise self.error
        self.next_seq += 1
        return self.keeps_traces


class Faults:
    def __init__(self):
        self.now = [0, 0]

    def begin(self, _now):
        """A measurement begins."""

    def found(self, _now):
        return self.now


class Board:
    """The firmware's parts around a player of forces; time passes in steps of 10 ms."""

    def __init__(self, level=1):
        self.player = Player()
        self.sampler = self.player.sampler
        self.clock = self.player.clock
        self.calibration = self.player.calibration
        self.level = level  # of the button; it is up
        self.led = []
        self.buzzer = []
        self.sent = 0
        self.told = []
        self.faults = Faults()
        self.journal = Journal()
        self.cues = Cues(lambda level: self.edge(self.led, level), self.sound)
        self.plates = AskPlates(self, self.sampler, self.calibration, self.clock, self.faults)
        button = Button(lambda: self.level)
        self.alone = Alone(
            self.sampler,
            self.calibration,
            self.plates,
            self.cues,
            button,
            self.faults,
        )
        self.live = Live(self, self.sampler, self.calibration, self.clock, self.alone)
        self.keeper = Keeper(self.journal, self.sampler, self.live, self, 1)
        self.at_s = 0.0
        self.play(0.1, 0, 0)

    def sound(self, level):
        self.edge(self.buzzer, level)

    def edge(self, row, level):
        if level != (row[-1][1] if row else 0):
            row.append((lockstep.now_us // 1000, level))

    def send(self, kind, form, _tag, row, _droppable=False):
        self.told.append(sent(kind, form, row))

    def refuse(self, kind, _tag, code, _detail=""):
        self.told.append((kind, code))

    def lease(self, lease_ms):
        ask(self.live, messages.LIVE, {"interval_ms": 0, "lease_ms": lease_ms})

    def play(self, seconds, left_n, right_n):
        end_s = self.at_s + seconds
        while self.at_s < end_s - 0.001:
            self.at_s += 0.01
            self.player.play(self.at_s, left_n, right_n)
            lockstep.now_us = int(self.at_s * 1000000)
            now = self.clock.tick()
            self.cues.step()
            self.plates.step(now)
            self.live.step(now)
            if self.sampler.recorder.ready:
                self.keeper.store()

    def press(self, seconds, left_n=0, right_n=0):
        self.level = 0
        self.play(seconds, left_n, right_n)
        self.level = 1

    def heard(self):
        """Names of the rows of beeps so far (0.35 s apart), which are forgotten then."""
        rows = []
        for n in range(1, len(self.buzzer), 2):
            began, ended = self.buzzer[n - 1][0], self.buzzer[n][0]
            beep = str(round((ended - began) / 100 - 0.3))
            if n > 1 and began - self.buzzer[n - 2][0] <= 350:
                rows[-1] += beep
            else:
                rows.append(beep)
        del self.buzzer[:]
        return [NAMES[row] for row in rows]

    def flashes(self, seconds, left_n=0, right_n=0):
        """Starts of the LED's flashes (ms from now) while these forces stand on it."""
        del self.led[:]
        began_ms = lockstep.now_us // 1000
        self.play(seconds, left_n, right_n)
        return [at - began_ms for at, level in self.led if level]

    def zeros(self):
        return [plate.zero for plate in self.calibration.plates]


def check_a_hold_from_stepping_on_to_the_rest():
    board = Board()
    board.play(2, 0, 0)
    board.play(4.8, 350, 350)
    assert board.heard() == []  # the body weight is not known yet
    board.play(2, 350, 350)
    assert board.heard() == ["lift"]
    board.play(20, 350, 350)
    assert board.heard() == []  # said once
    board.play(24.9, 700, 0)
    assert board.heard() == []
    board.play(1, 700, 0)
    assert board.heard() == ["down"]
    board.play(3, 350, 350)
    assert board.heard() == ["stored"]
    assert board.journal.next_seq == 2
    board.play(26, 350, 350)
    assert board.heard() == []  # a rest as in a guided session
    board.play(3, 350, 350)
    assert board.heard() == ["lift"]


def check_the_next_person_need_not_rest():
    board = Board()
    board.play(7, 350, 350)
    board.play(26, 0, 700)
    board.play(3, 350, 350)
    board.heard()
    board.play(1, 0, 0)
    board.play(7, 350, 350)
    assert board.heard() == ["lift"]


def check_a_touch_is_heard_and_nothing_else_in_a_hold():
    board = Board()
    board.play(7, 350, 350)
    assert board.heard() == ["lift"]
    board.play(5, 700, 0)
    del board.led[:]
    board.play(0.3, 660, 40)
    board.play(5, 700, 0)
    assert board.heard() == ["touched"]
    board.play(0.04, 660, 40)  # too short to be one
    board.faults.now[0] = flags.SPIKES
    board.press(0.2, 700, 0)
    board.play(7, 700, 0)
    assert board.heard() == []
    assert [level for _, level in board.led] == [1, 0]  # the touch
    board.play(8.3, 700, 0)
    assert board.heard() == ["down"]
    assert board.zeros() == list(ZEROS)


def check_a_hold_that_does_not_count_sounds_different():
    board = Board()
    board.play(7, 350, 350)
    board.play(10, 700, 0)
    board.play(4, 350, 350)
    assert board.heard() == ["lift", "not counted"]
    assert board.sampler.recorder.reasons == flags.TOO_SHORT


def check_walking_makes_no_sound():
    board = Board()
    board.play(7, 350, 350)
    board.heard()
    board.play(1.5, 700, 0)
    board.play(3, 350, 350)
    assert board.heard() == []


def check_a_hold_that_is_lost_is_a_fault():
    for error in (OSError(28), MemoryError()):
        board = Board()
        board.journal.error = error
        board.play(7, 350, 350)
        board.play(26, 700, 0)
        board.play(4, 350, 350)
        assert board.heard() == ["lift", "down", "fault"]
        assert board.keeper.holds_lost == 1


def check_a_trace_that_was_given_up_is_a_fault_once():
    board = Board()
    board.journal.keeps_traces = False
    board.play(7, 350, 350)
    board.play(26, 700, 0)
    board.play(4, 350, 350)
    assert board.heard() == ["lift", "down", "fault"]
    board.journal.keeps_traces = True
    board.play(36, 350, 350)
    board.play(26, 0, 700)
    board.play(4, 350, 350)
    assert board.heard() == ["lift", "down", "stored"]


def check_the_led_tells_that_it_lives():
    board = Board()
    found = board.flashes(9.5)
    assert len(found) in (3, 4)
    for n in range(1, len(found)):
        near(found[n] - found[n - 1], 3000, 30)
    assert board.heard() == []
    board.calibration.pause(True)  # as without a calibration
    assert len(board.flashes(6)) == 4


def check_a_fault_sounds_once_and_flashes_on():
    for side in (0, 1):
        board = Board()
        board.play(1, 0, 0)
        board.faults.now[side] = flags.NO_DATA
        board.play(20, 0, 0)
        assert board.heard() == ["fault"]
        assert len(board.flashes(6)) == 6
        board.play(9, 350, 350)
        assert board.heard() == ["fault"]  # instead of "lift"
        board.faults.now[side] = 0
        board.play(2, 350, 350)
        assert len(board.flashes(3)) == 1


def check_a_host_that_guides_gives_the_cues():
    board = Board()
    board.lease(60000)
    board.faults.now[0] = flags.NO_DATA
    board.play(7, 350, 350)
    board.play(5, 700, 0)
    board.play(0.3, 660, 40)
    board.play(21, 700, 0)
    board.press(0.2, 350, 350)
    board.play(4, 350, 350)
    assert board.heard() == []
    assert board.led == []
    assert board.zeros() == list(ZEROS)
    events = [values["event"] for table, values in board.told if table is messages.EVENT]
    assert flags.EV_STORED in events


def check_a_host_that_goes_away_in_a_hold_leaves_the_cues_to_the_board():
    board = Board()
    board.lease(15000)
    board.play(7, 350, 350)
    board.play(26, 700, 0)
    board.play(4, 350, 350)
    assert board.heard() == ["down", "stored"]


def check_the_button_takes_a_zero():
    board = Board()
    board.play(1, 1.5, 0)
    board.press(0.3, 1.5)
    board.play(0.4, 1.5, 0)
    assert not board.sampler.measuring  # the finger has shaken it
    board.play(4, 1.5, 0)
    assert board.heard() == ["done"]
    near(board.zeros()[0], ZEROS[0] + 3281, 3)
    assert board.plates.zero_device_us is not None
    assert board.told == []  # nobody asked
    ask(board.plates, messages.ZERO, {"accept_load": 0}, 7)
    board.play(3, 1.5, 0)
    assert [table for table, _ in board.told] == [messages.ZERO_REPLY]


def check_the_button_is_refused_as_a_host_is():
    loaded, moving, unknown = Board(), Board(), Board()
    loaded.press(0.3, 60)
    loaded.play(6, 60, 0)
    moving.press(0.3)
    for _ in range(30):
        moving.play(0.1, 3, 0)
        moving.play(0.1, -3, 0)
    unknown.calibration.pause(True)
    unknown.press(0.3)
    unknown.play(4, 0, 0)
    for board in (loaded, moving, unknown):
        assert board.heard() == ["fault"]
        assert board.zeros() == list(ZEROS)
        assert board.told == []


def check_a_standing_person_is_never_the_zero():
    board = Board()
    board.press(0.3, 350, 350)
    board.play(4.9, 350, 350)
    assert board.heard() == ["fault"]
    assert board.zeros() == list(ZEROS)


def check_a_hold_that_begins_after_the_press_is_not_disturbed():
    board = Board()
    board.play(7, 350, 350)
    board.heard()
    board.press(0.2, 350, 350)
    board.play(26, 700, 0)
    board.play(3, 350, 350)
    assert board.heard() == ["down", "stored"]
    assert board.zeros() == list(ZEROS)


def check_what_is_no_short_press():
    board = Board()
    for _ in range(5):  # bounces
        board.press(0.01)
        board.play(0.01, 0, 0)
    board.play(4, 0, 0)
    board.press(2.5)
    board.play(4, 0, 0)
    board.press(700)  # ticks wrap and compare over 537 s
    board.play(4, 0, 0)
    assert board.heard() == []
    assert not board.sampler.measuring


def check_a_press_that_bounces_is_one():
    board = Board()
    for _ in range(2):
        board.press(0.01)
        board.play(0.01, 0, 0)
    board.press(0.2)
    for _ in range(2):
        board.play(0.01, 0, 0)
        board.press(0.01)
    board.play(8, 0, 0)
    assert board.heard() == ["done"]


def check_a_button_that_is_stuck_from_power_up_is_ignored():
    for seconds in (0.3, 5):
        board = Board(0)
        board.press(seconds)
        board.play(4, 0, 0)
        assert board.heard() == []
        board.press(0.3)
        board.play(4, 0, 0)
        assert board.heard() == ["done"]
    stuck = Board(0)
    stuck.press(7, 350, 350)
    stuck.level = 0
    stuck.play(26, 700, 0)
    stuck.play(3, 350, 350)
    assert stuck.heard() == ["lift", "down", "stored"]


def check_a_press_while_the_host_measures_is_ignored():
    board = Board()
    ask(board.plates, messages.MEASURE, {"duration_ms": 3000}, 7)
    board.press(0.3)
    board.play(6, 0, 0)
    assert board.heard() == []
    assert [table for table, _ in board.told] == [messages.MEASURE_REPLY]
