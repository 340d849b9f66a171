"""The watchdog: armed, fed, stopped on every way out, and no firmware that restarts for ever."""

import sys
import time

import lockstep
import machine

from evenstance_board.loop import Loop
from evenstance_board.watchdog import MOST_IN_ROW, SOUND_US, TIMEOUT_MS, Watchdog, registers_of

CTRL = 0x40058000
ENABLE = 1 << 30


def armed():
    return machine.mem32[CTRL] & ENABLE != 0


def spend(us):
    """Time in slices of the virtual board, where the chip's watchdog looks."""
    while us > 0:
        step = min(us, 100000)
        lockstep.spend(step)
        us -= step
        if lockstep.now_us >= lockstep.watched_until_us:
            lockstep.reset(1)


def power_up():
    lockstep.power_up(0)
    return Watchdog()


def boot():
    """The chip starts again without a loss of power."""
    lockstep.now_us = 0
    lockstep.reset_chip()
    return Watchdog()


def hang(watchdog, after_us=1000000):
    """A run that hangs so long after its start; the firmware that starts next."""
    watchdog.arm()
    for _ in range(after_us // 100000):
        spend(100000)
        watchdog.step(time.ticks_us(), True)
    began = lockstep.now_us
    try:
        spend(10 * TIMEOUT_MS * 1000)
        raise AssertionError("not reset")
    except lockstep.Reset:
        assert 0 <= lockstep.now_us - began - TIMEOUT_MS * 1000 <= 100000
    return boot()


class Parts:
    """All that the loop calls; `end` is raised at turn 10."""

    ready = False
    busy = False

    def __init__(self, end):
        self.end = end
        self.turns = 0
        self.calls = []
        self.recorder = self.detector = self
        self.stop_interrupted = 0

    def poll(self):
        self.turns += 1
        if self.turns == 10:
            self.armed = armed()
            raise self.end

    def wait_us(self):
        return 5000

    def tick(self):
        return time.ticks_us()

    def silent(self, _now):
        pass

    def encode(self, _most):
        return 0

    def rest_us(self):
        return 1000

    def idle(self):
        pass

    def play(self, cue):
        self.calls.append(("cue", cue, armed()))

    def step(self, *_):
        pass

    def store(self):
        self.calls.append(("store", armed()))

    def stop(self):
        self.calls.append(("stop", armed()))
        if self.stop_interrupted:
            self.stop_interrupted -= 1
            raise KeyboardInterrupt


def leave(end, interrupts=0, ready=False):
    watchdog = power_up()
    parts = Parts(end)
    parts.stop_interrupted = interrupts
    parts.ready = ready
    try:
        Loop(parts, parts, parts, parts, parts, watchdog).run()
        raise AssertionError("it went on")
    except BaseException as error:
        assert error is end, error
    assert parts.armed
    assert not armed()
    assert lockstep.kept[1] == 0  # nobody takes it for a hang
    return parts.calls


def check_every_way_out_of_the_loop_stops_everything():
    for end in (KeyboardInterrupt(), SystemExit(), ValueError("a bug"), MemoryError(), OSError(5)):
        assert leave(end) == [("stop", False), ("cue", 0, False)]


def check_a_hold_is_stored_on_the_way_out():
    assert leave(KeyboardInterrupt(), ready=True)[-2] == ("store", False)


def check_ctrl_c_once_more_does_not_leave_anything_running():
    calls = leave(KeyboardInterrupt(), interrupts=3)
    assert calls == 4 * [("stop", False)] + [("cue", 0, False)]


def check_a_hang_is_reset_and_counted():
    watchdog = power_up()
    assert watchdog.restarts == 0
    for n in range(1, 20):
        watchdog = hang(watchdog, SOUND_US + 1000000)
        assert watchdog.restarts == n
        assert not watchdog.gave_up()
        assert not armed()


def check_a_loop_that_turns_is_not_reset():
    watchdog = power_up()
    watchdog.arm()
    for n in range(40):
        spend((TIMEOUT_MS - 200) * 1000)
        watchdog.step(time.ticks_us(), n % 2 == 0)


def check_a_restart_that_was_wanted_is_not_a_hang():
    watchdog = power_up()
    watchdog.arm()
    watchdog.disarm()
    assert boot().restarts == 0  # a soft reset
    for reason in (0, 2):  # the pin, `machine.reset` or BOOTSEL while it was armed
        watchdog = power_up()
        watchdog.arm()
        lockstep.kept[0] = reason
        assert boot().restarts == 0
    watchdog = hang(power_up())
    watchdog.disarm()
    assert boot().restarts == 1  # the reason stays, the mark does not


def check_the_power_forgets():
    hang(power_up())
    assert power_up().restarts == 0


def check_three_in_a_row_and_it_is_not_started():
    watchdog = power_up()
    for n in range(MOST_IN_ROW):
        assert not watchdog.gave_up()
        watchdog = hang(watchdog)
        assert watchdog.restarts == n + 1
    assert watchdog.gave_up()
    assert not armed()
    watchdog = boot()  # somebody came and started it again
    assert not watchdog.gave_up()
    assert watchdog.restarts == MOST_IN_ROW


def check_a_minute_without_a_failure_ends_the_row():
    watchdog = power_up()
    for _ in range(MOST_IN_ROW - 1):
        watchdog = hang(watchdog, SOUND_US - 1000000)
    watchdog = hang(watchdog, SOUND_US + 200000)
    assert not watchdog.gave_up()
    assert watchdog.restarts == MOST_IN_ROW


def check_the_row_is_not_ended_in_a_hold():
    watchdog = power_up()
    for _ in range(MOST_IN_ROW - 1):
        watchdog = hang(watchdog)
    watchdog.arm()
    for _ in range(SOUND_US // 100000 + 10):
        spend(100000)
        watchdog.step(time.ticks_us(), False)
    watchdog = hang(watchdog)
    assert watchdog.gave_up()


def check_failures_and_hangs_are_one_row():
    watchdog = power_up()
    watchdog.arm()
    watchdog.disarm()
    assert watchdog.failed()
    watchdog = hang(boot())
    assert not watchdog.failed()
    watchdog = boot()
    assert watchdog.restarts == MOST_IN_ROW
    assert not watchdog.gave_up()
    for _ in range(MOST_IN_ROW - 1):
        assert watchdog.failed()
    watchdog.forgive()  # somebody pressed Ctrl-C
    assert boot().failed()
    assert boot().restarts == 2 * MOST_IN_ROW


def check_counts_end_and_do_not_wrap():
    watchdog = power_up()
    for _ in range(300):
        assert watchdog.failed()
        watchdog.forgive()
    assert boot().restarts == 255
    assert not boot().gave_up()


def check_garbage_in_the_registers_is_no_count():
    for word in (0xFFFFFFFF, 0x0000FFFF, 0x12345678):
        lockstep.power_up(0)
        lockstep.kept[1] = lockstep.kept[2] = word
        lockstep.kept[0] = 1
        watchdog = boot()
        assert (watchdog.restarts, watchdog.gave_up()) == (0, False)


def check_where_the_registers_are():
    assert registers_of("rp2", "Raspberry Pi Pico with RP2040") == 0x40058000
    assert registers_of("rp2", "Raspberry Pi Pico2 with RP2350") == 0x400D8000
    assert registers_of("rp2", "something newer") is None
    assert registers_of("esp32", "Generic ESP32 module with ESP32") is None


def check_a_processor_that_nobody_knows_is_not_watched():
    watchdog = power_up()
    assert registers_of(sys.platform, "") is not None  # of the virtual board
    watchdog._known = False
    watchdog.arm()
    watchdog.step(time.ticks_us(), True)
    watchdog.disarm()
    assert not armed()
    assert not watchdog.failed()
