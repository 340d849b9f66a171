"""Device time over many wraps of ticks, and the patterns of light and sound."""

import time

import lockstep

from board import near
from evenstance_board.clock import Clock
from evenstance_board.cues import Cues
from evenstance_wire import flags as f

WRAP_US = 1 << 30
START_US = WRAP_US - 5000000


def check_device_time_over_wraps():
    for start in (0, START_US):
        lockstep.power_up(start)
        clock = Clock()
        for minutes in range(0, 200, 4):  # ten wraps
            lockstep.now_us = minutes * 60000000
            now = clock.tick()
            assert clock.device_us(now) == start + lockstep.now_us
            # moments around now, on both sides of a wrap
            for away_us in (-500000000, -6000000, -1, 1, 6000000, 500000000):
                moment = time.ticks_add(now, away_us)
                assert clock.device_us(moment) == start + lockstep.now_us + away_us


def check_the_longest_pause_between_ticks():
    lockstep.power_up(START_US)
    clock = Clock()
    for n in range(1, 30):
        lockstep.now_us = n * 17 * 60000000
        assert clock.device_us(clock.tick()) == START_US + lockstep.now_us


def check_wall_time():
    lockstep.power_up(START_US)
    clock = Clock()
    assert clock.unix_ms(clock.tick()) is None
    lockstep.now_us = 3000000
    clock.set_unix_ms(1700000000123)
    assert clock.unix_ms(clock.tick()) == 1700000000123
    lockstep.now_us = 10000000  # wrapped
    assert clock.unix_ms(clock.tick()) == 1700000007123
    assert clock.unix_ms(time.ticks_add(time.ticks_us(), -8000000)) == 1699999999123
    clock.set_unix_ms(1600000000000)
    assert clock.unix_ms(clock.tick()) == 1600000000000


def check_times_that_no_calendar_has_are_refused():
    lockstep.power_up(START_US)
    clock = Clock()
    for unix_ms in (-1, -(1 << 63), 1 << 47, 1 << 62):
        try:
            clock.set_unix_ms(unix_ms)
            raise AssertionError(unix_ms)
        except ValueError:
            pass
    assert clock.unix_ms(clock.tick()) is None
    for unix_ms in (0, (1 << 47) - 1):
        clock.set_unix_ms(unix_ms)
        assert clock.unix_ms(clock.tick()) == unix_ms


def played(cue, step_us=1000):
    """(at ms, level) of every change of the pin in two and a half seconds after `play`."""
    changes = []
    lockstep.power_up(START_US)
    lockstep.now_us = 3700000
    begun_us = lockstep.now_us
    levels = [0]

    def pin(level):
        if level != levels[-1]:
            levels.append(level)
            changes.append(((lockstep.now_us - begun_us) // 1000, level))

    cues = Cues(pin)
    cues.play(cue)
    for _ in range(2500000 // step_us):
        cues.step()
        lockstep.now_us += step_us
    return changes


def lengths(changes):
    assert [level for _, level in changes] == [1, 0] * (len(changes) // 2)
    return [changes[n + 1][0] - changes[n][0] for n in range(len(changes) - 1)]


def check_patterns():
    for cue, expected in (
        (f.CUE_QUIET, []),
        (f.CUE_BOTH_FEET, [600]),
        (f.CUE_LEFT, [100]),
        (f.CUE_RIGHT, [100, 100, 100]),
        (f.CUE_DOWN, [100, 100, 100, 100, 100]),
        (f.CUE_DONE, [600, 100, 600]),
    ):
        found = lengths(played(cue))
        assert len(found) == len(expected), cue
        for a, b in zip(found, expected):
            near(a, b, 2)


def check_every_cue_sounds_different():
    assert len(set([str(lengths(played(cue))) for cue in range(len(f.CUES))])) == len(f.CUES)


def check_a_slow_loop_stretches_and_loses_nothing():
    found = lengths(played(f.CUE_DOWN, 23000))
    assert len(found) == 5
    for length in found:
        near(length, 110, 25)


def sounds(*orders):
    """The beeps (ms), "." for a silence that ends a code, of cues given at (ms, cue)."""
    lockstep.power_up(0)
    edges = []

    def pin(level):
        if level != (edges[-1][1] if edges else 0):
            edges.append((lockstep.now_us // 1000, level))

    cues = Cues(None, pin)
    for ms in range(6000):
        for at, cue in orders:
            if at == ms:
                cues.play(cue)
        if ms % 700 == 0:
            cues.flash(1)
        cues.step()
        lockstep.now_us += 1000
    said = []
    for n in range(0, len(edges), 2):
        if n and edges[n][0] - edges[n - 1][0] > 350:
            said.append(".")
        said.append(round((edges[n + 1][0] - edges[n][0]) / 10) * 10)
    return said


def check_quiet_ends_all_at_once():
    assert sounds((0, f.CUE_BOTH_FEET), (200, f.CUE_QUIET)) == [200]
    orders = ((0, f.CUE_BOTH_FEET), (100, f.CUE_LEFT), (200, f.CUE_QUIET))
    assert sounds(*orders) == [200]
    assert sounds((0, f.CUE_DONE), (650, f.CUE_QUIET), (700, f.CUE_LEFT)) == [600, ".", 100]
    # and the silence behind it stays
    assert sounds((0, f.CUE_BOTH_FEET), (200, f.CUE_QUIET), (210, f.CUE_LEFT)) == [200, ".", 100]


def check_two_cues_are_never_a_third():
    """Were the first cut off, or the second close behind it, a short and a short would say right
    in place of left."""
    for at_ms in (0, 1, 150, 599, 601, 640, 900, 1090):
        said = sounds((0, f.CUE_BOTH_FEET), (at_ms, f.CUE_LEFT))
        assert said == [600, ".", 100], (at_ms, said)
    assert sounds((0, f.CUE_LEFT), (120, f.CUE_LEFT)) == [100, ".", 100]


def check_of_cues_that_wait_the_latest_is_played():
    orders = ((0, f.CUE_DONE), (100, f.CUE_RIGHT), (200, f.CUE_LEFT))
    assert sounds(*orders) == [600, 600, ".", 100]


def check_a_click_takes_no_other_cues_place():
    orders = ((0, f.CUE_TOUCHED), (60, f.CUE_DOWN), (90, f.CUE_TOUCHED))
    assert sounds(*orders) == [40, ".", 100, 100, 100]
    assert sounds((0, f.CUE_TOUCHED), (60, f.CUE_TOUCHED)) == [40, ".", 40]


def check_unknown_cues_and_no_pins():
    lockstep.power_up(0)
    try:
        Cues().play(99)
        raise AssertionError("played")
    except KeyError:
        pass
    silent = Cues()
    silent.play(f.CUE_LEFT)
    silent.step()
