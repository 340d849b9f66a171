"""Virtual time and pins of a board whose whole life is driven over a pipe.

Stands in for the module of this name beneath the virtual board's `time`, `machine` and `chip`.
Time passes in sleeps, pin accesses and flash stalls, and stands still while nobody asks anything
and nothing was ordered, so that a history is the same however fast the computer is. Orders come
on one pipe, a line each:

    play MS LEFT_MN RIGHT_MN ...    these loads on the plates, one after the other; said "played"
    cut N HALF                      the power goes in the N-th change of the flash from now on
                                    (HALF 0: before it, else in the middle of it); said "armed"
                                    now, "cut" then
"""

import array
import os
import select
import sys

NEVER = 1 << 62
STUCK_LOW, SAME_CHIP, STRETCHED = 1, 4, 16
SLICE_US = 50000
TURN_US = 60  # as on the virtual board
GRACE = int(os.getenv("EVENSTANCE_GRACE"))  # slices that a board goes on for, asked nothing
PERIODS_US = (10741, 10893)
FIRST_US = (50000, 53700)
COUNTS_PER_KN = (2187000, -2190000)
ZEROS = (50000, -30000)
_MOST = 16

now_us = 0
horizon_us = 0
broken = 0
ticks_offset_us = 0
unique_id = b"ONCEONLY"
chips = []
pulled_low = 0
kept = [0] * 9
watched_until_us = NEVER

flash = None  # who counts and cuts
_down = open(os.getenv("EVENSTANCE_ORDERS"), "rb")
_up = open(os.getenv("EVENSTANCE_SAID"), "wb")
_asked = select.poll()
_asked.register(sys.stdin, select.POLLIN)
_any = select.poll()
_any.register(sys.stdin, select.POLLIN)
_any.register(_down, select.POLLIN)
_taken = select.poll()
_taken.register(sys.stdout, select.POLLOUT)
_loads = []  # (until us, left mN, right mN)
_load = (0, 0)
_playing = False
_grace = GRACE
_next_us = list(FIRST_US)
_noise = 1


class Queue:
    """Conversions granted to one chip: end times and counts, in order."""

    def __init__(self):
        self.t_us = array.array("q", [0] * _MOST)
        self.counts = array.array("i", [0] * _MOST)
        self.used = 0
        self.next = 0


def say(line):
    """Tell whoever drives this board."""
    _up.write(line + b"\n")


def keep(place, value):
    """Something changes that outlives a reset."""
    kept[place] = value


def reset(reason):
    """The firmware hung, which no history may bring about."""
    say(b"reset %d" % reason)
    stop()


def stop():
    """The power is gone; the process waits for its end and does nothing more."""
    while _down.read(1):
        pass
    raise SystemExit


def note_edge(_pin, _level):
    """Nobody listens to the buzzer."""


def spend(us):
    """Let `us` microseconds of virtual time pass."""
    global now_us
    target = now_us + us
    while target >= horizon_us:
        if now_us < horizon_us:
            now_us = horizon_us
        _exchange()
    now_us = target


def _exchange():
    """The next slice of time, once somebody asks for it."""
    global horizon_us, _load
    if now_us >= watched_until_us:
        reset(1)
    for chip in chips:
        chip.advance(now_us)
    _wait()
    while _loads and _loads[0][0] <= now_us:
        _loads.pop(0)
    if _loads:
        _load = _loads[0][1:]
    end_us = now_us + SLICE_US
    if _loads and _loads[0][0] < end_us:
        end_us = _loads[0][0]
    for k in range(len(chips)):
        _convert(k, end_us)
    horizon_us = end_us


def _wait():
    """Return when time may go on: loads are played, or the host asks, or has just done so."""
    global _playing, _grace
    while not _taken.poll(0):  # the host is slow: that must not pass for a host that is gone
        _taken.poll(-1)
    asked = _asked.poll(0)
    if asked and not asked[0][1] & select.POLLIN:
        raise SystemExit  # who drove this board is gone
    if _loads or asked:
        _grace = GRACE
        return
    if _grace:
        _grace -= 1
        return
    if _playing:
        _playing = False
        say(b"played")
    while True:
        for stream, _ in _any.poll(-1):
            if stream is not _down:
                _grace = GRACE
                return
            if _obey(_down.readline().split()):
                return


def _obey(words):
    """Do what was ordered; True when time goes on for it."""
    global _playing, _grace
    if not words:
        raise SystemExit  # the same
    numbers = [int(word) for word in words[1:]]
    if words[0] == b"play":
        at_us = now_us
        while numbers:
            at_us += 1000 * numbers.pop(0)
            _loads.append((at_us, numbers.pop(0), numbers.pop(0)))
        _playing = True
        _grace = GRACE
        return True
    flash.cut(*numbers)
    say(b"armed")
    return False


def _convert(k, end_us):
    """What the chip will have measured by `end_us`."""
    global _noise
    queue = chips[k].queue
    used = 0
    at_us = _next_us[k]
    base = _load[k] * COUNTS_PER_KN[k] // 1000000 + ZEROS[k]
    while at_us < end_us:
        _noise = (_noise * 1103515245 + 12345) & 0x3FFFFFFF
        queue.t_us[used] = at_us
        queue.counts[used] = base + (_noise >> 12) % 2001 - 1000
        used += 1
        at_us += PERIODS_US[k]
    _next_us[k] = at_us
    queue.used = used
    queue.next = 0
    chips[k].plan()
