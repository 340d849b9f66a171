"""A button to ground: short presses, and nothing else.

A press is short from 30 ms to 2 s. A longer one means nothing, so that a button which something
leans on does nothing; one that is down when the power comes counts only once it was up.
"""

import time

from micropython import const

_STEADY_US = const(30000)  # a contact bounces for a few milliseconds
_LONG_US = const(2000000)


class Button:
    """Ask `pressed` often: every turn of the main loop."""

    def __init__(self, pin):
        self._pin = pin
        self._level = 1  # as it was last seen; 0 is down
        self._since = time.ticks_us()
        self._steady = 0  # as it is without the bouncing: down, until it was seen up
        self._down_at = self._since
        self._counts = False  # the press that goes on may become a short one

    def pressed(self, now):
        """True once, when a short press is over."""
        level = self._pin()
        if level != self._level:
            self._level = level
            self._since = now
        elif level != self._steady and time.ticks_diff(now, self._since) >= _STEADY_US:
            self._steady = level
            if level:
                short = self._counts
                self._counts = False
                return short
            self._down_at = now
            self._counts = True
        if self._counts and time.ticks_diff(now, self._down_at) >= _LONG_US:
            self._counts = False
        return False
