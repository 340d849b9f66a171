"""Virtual time and pins without a broker: time passes only in sleeps and pin accesses.

Stands in for the module of this name beneath the virtual board's `time`, `machine` and `chip`.
Nothing here allocates after the conversions are filled in, so that the heap can be locked.
"""

import array

MOST_CONVERSIONS = 6000
TURN_US = 0  # how slow a loop is, each check says itself

now_us = 0
horizon_us = 1 << 60
ticks_offset_us = 0
unique_id = b"CHECKED1"
chips = []
edges = []
pulled_low = 0
kept = [0] * 9
NEVER = 1 << 62
watched_until_us = NEVER


class Queue:
    """Every conversion a chip will make: end times (us) and counts."""

    def __init__(self):
        # "l": 64 bits here, and read as small ints ("q" would allocate)
        self.t_us = array.array("l", [0] * MOST_CONVERSIONS)
        self.counts = array.array("i", [0] * MOST_CONVERSIONS)
        self.used = 0
        self.next = 0


def power_up(offset_us=0):
    """Time begins; ticks_us begins at `offset_us`."""
    global now_us, ticks_offset_us
    now_us = 0
    ticks_offset_us = offset_us
    edges.clear()
    kept[:] = [0] * 9
    reset_chip()


def reset_chip():
    """What no reset of the chip leaves as it was."""
    global pulled_low, watched_until_us
    pulled_low = 0
    watched_until_us = NEVER


def spend(us):
    """Let time pass."""
    global now_us
    now_us += us


class Reset(BaseException):
    """The chip is reset; nothing that runs on it can catch that."""


def keep(place, value):
    """Something changes that outlives a reset."""
    kept[place] = value


def reset(reason):
    """The board ends here."""
    kept[0] = reason
    raise Reset


def note_edge(pin, level):
    """An output pin changed."""
    edges.append((now_us, pin, level))
