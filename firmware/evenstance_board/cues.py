"""Cues for the person on the board: patterns on the LED and the optional buzzer.

Both feet: one long. Left: one short. Right: two short. Down: three short. Done: two long.
"""

import time

from evenstance_wire import flags as f

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
}


class Cues:
    """`play` starts a pattern, `step` moves it on; nothing waits."""

    def __init__(self, *pins):
        self._pins = pins
        self._pattern = ()
        self._next = 0
        self._on = False
        self._until = time.ticks_ms()

    def play(self, cue):
        """Start the pattern of a cue; one that is playing is cut off. KeyError if unknown."""
        self._pattern = _PATTERNS[cue]
        self._next = 0
        self._set(False)
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
            self._until = time.ticks_add(now, _GAP_MS)
        else:
            self._until = time.ticks_add(now, self._pattern[self._next])
            self._next += 1
            self._set(True)

    def _set(self, on):
        self._on = on
        for pin in self._pins:
            pin(1 if on else 0)
