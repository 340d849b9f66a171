"""Cues for the person on the board: patterns on the LED and the optional buzzer.

What each pattern asks of the person: docs/first-session.md.
"""

import time

from evenstance_wire import flags as f

_CLICK_MS = 40
_SHORT_MS = 100
_LONG_MS = 600
_GAP_MS = 100
_PATTERNS = {
    f.CUE_QUIET: (),
    f.CUE_BOTH_FEET: (_LONG_MS,),
    f.CUE_LEFT: (_SHORT_MS,),
    f.CUE_RIGHT: (_SHORT_MS, _SHORT_MS),
    f.CUE_DOWN: (_SHORT_MS, _SHORT_MS, _SHORT_MS),
    f.CUE_DONE: (_LONG_MS, _LONG_MS),
    f.CUE_LIFT: (_SHORT_MS, _LONG_MS),
    f.CUE_TOUCHED: (_CLICK_MS,),
    f.CUE_STORED: (_LONG_MS, _SHORT_MS),
    f.CUE_NOT_COUNTED: (_LONG_MS, _SHORT_MS, _SHORT_MS),
    f.CUE_FAULT: (_LONG_MS, _LONG_MS, _LONG_MS),
}
_FLASH_MS = 50
_DARK_MS = 200  # between flashes, long enough to count them
_FLASHES = tuple([(_FLASH_MS,) * n for n in range(4)])


class Cues:
    """`play` and `flash` start a pattern, `step` moves it on; nothing waits."""

    def __init__(self, led=None, buzzer=None):
        self._led = led
        self._buzzer = buzzer
        self._loud = False
        self._gap_ms = _GAP_MS
        self._pattern = ()
        self._next = 0
        self._on = False
        self._until = time.ticks_ms()

    def play(self, cue):
        """Start the pattern of a cue; one that is playing is cut off. KeyError if unknown."""
        self._begin(_PATTERNS[cue], _GAP_MS, True)

    def flash(self, times):
        """Up to three short flashes of the LED alone; nothing while a cue plays."""
        if not self._on and self._next >= len(self._pattern):
            self._begin(_FLASHES[times], _DARK_MS, False)

    def _begin(self, pattern, gap_ms, loud):
        self._set(False)
        self._pattern = pattern
        self._gap_ms = gap_ms
        self._loud = loud
        self._next = 0
        self._until = time.ticks_ms()

    def step(self):
        """Switch the pins when their time has come."""
        if not self._on and self._next >= len(self._pattern):
            return
        now = time.ticks_ms()
        if time.ticks_diff(now, self._until) < 0:
            return
        if self._on:
            self._set(False)
            self._until = time.ticks_add(now, self._gap_ms)
        else:
            self._until = time.ticks_add(now, self._pattern[self._next])
            self._next += 1
            self._set(True)

    def _set(self, on):
        self._on = on
        level = 1 if on else 0
        if self._led is not None:
            self._led(level)
        if self._buzzer is not None and self._loud:
            self._buzzer(level)
