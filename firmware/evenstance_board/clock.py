"""Device time: microseconds since power-up, beyond the 17.9 minutes at which ticks wrap."""

import time

from micropython import const

_LATEST_UNIX_MS = const(1 << 47)  # the year 6429: no calendar ends before


def plausible(unix_ms):
    """ValueError for a wall time (ms since 1970) that no calendar has."""
    if not 0 <= unix_ms < _LATEST_UNIX_MS:
        raise ValueError("time")


class Clock:
    """`tick` must be called at least once in 17 minutes; the main loop does so always."""

    def __init__(self):
        self._last = time.ticks_us()
        self._wraps = 0
        self._unix_offset_ms = None

    def tick(self):
        """Note the present; returns its ticks_us."""
        now = time.ticks_us()
        if now < self._last:
            self._wraps += 1
        self._last = now
        return now

    def device_us(self, ticks):
        """Device time of a moment less than 8.9 minutes before or after the last `tick`."""
        now = self._wraps * (1 << 30) + self._last
        return now + time.ticks_diff(ticks, self._last)

    def set_unix_ms(self, unix_ms):
        """The host's wall clock, good until the power goes. ValueError for a time that no clock
        shows."""
        plausible(unix_ms)
        now = self.tick()
        self._unix_offset_ms = unix_ms - self.device_us(now) // 1000

    def unix_ms(self, ticks):
        """Wall time of a moment, None while nobody has told the time."""
        if self._unix_offset_ms is None:
            return None
        return self._unix_offset_ms + self.device_us(ticks) // 1000
