"""Since when a channel is above or below a force, the crossing interpolated between samples."""

import time

from micropython import const

_FAR_US = const(1 << 28)
_FINE_US = const(16383)  # beyond, to 4 us
_LONGEST_US = const(65535)  # a gap of some lost conversions


def crossing(t0, f0, t1, f1, level):
    """Ticks at which the line from (t0, f0) to (t1, f1) meets `level` (30-bit arithmetic)."""
    dt = time.ticks_diff(t1, t0)
    if dt <= 0 or dt > _LONGEST_US:
        return t1  # over a longer gap there is nothing to interpolate
    df = f1 - f0
    part = level - f0
    if df < 0:
        df = -df
        part = -part
    while df > 32767:
        df >>= 1
        part >>= 1
    if df <= 0:
        return t1
    if part < 0:
        part = 0
    elif part > df:
        part = df
    if dt > _FINE_US:
        return time.ticks_add(t0, ((dt >> 2) * part // df) << 2)
    return time.ticks_add(t0, dt * part // df)


class Level:
    """One threshold on one channel."""

    def __init__(self):
        self.level = 0
        self.above = False
        self.since = time.ticks_us()

    def set(self, level, now, force):
        """Move the threshold; a state that changes by this counts from now."""
        self.level = level
        if (force >= level) != self.above:
            self.above = not self.above
            self.since = now

    def cross(self, t0, f0, t1, f1):
        """The step from one sample of the channel to the next went through the threshold."""
        self.above = not self.above
        self.since = crossing(t0, f0, t1, f1, self.level)

    def age(self, now):
        """To be called every few minutes: keeps `since` comparable across the wrap of ticks."""
        age = time.ticks_diff(now, self.since)
        if age > _FAR_US or age < -1000000:
            self.since = time.ticks_add(now, -_FAR_US)
