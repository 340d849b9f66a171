"""Cues for the person on the board: patterns on the LED and the optional buzzer.

What each pattern asks of the person: docs/first-session.md.
"""

import time

from evenstance_wire import flags as f

_CLICK_MS = 40
_SHORT_MS = 100
_LONG_MS = 600
_GAP_MS = 100
_SILENCE_MS = 500  # between two cues: clearly longer than within one
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
    """`play` and `flash` start a pattern, `step` moves it on; nothing waits.

    One cue at a time: a part of a code, or two without a silence between, is another code.
    """

    def __init__(self, led=None, buzzer=None):
        self._led = led
        self._buzzer = buzzer
        self._loud = False
        self._gap_ms = _GAP_MS
        self._pattern = ()
        self._next = 0
        self._on = False
        self._until = time.ticks_ms()
        self._later = ()  # the cue that follows the present one
        self._resting = False  # a cue is over, and the silence behind it is not

    def play(self, cue):
        """Start the pattern of a cue, when another is playing after that and a silence; of those
        that wait the latest is played, and a click waits for none. CUE_QUIET ends all at once.
        KeyError if unknown."""
        pattern = _PATTERNS[cue]
        if not pattern:
            self._later = ()
            self._resting = self._sounding()
            self._begin((), _GAP_MS, True)
            if self._resting:
                self._until = time.ticks_add(self._until, _SILENCE_MS)
        elif not self._sounding():
            self._begin(pattern, _GAP_MS, True)
        elif cue != f.CUE_TOUCHED or not self._later:
            self._later = pattern

    def flash(self, times):
        """Up to three short flashes of the LED alone; nothing while a cue plays."""
        if not (self._resting or self._playing()):
            self._begin(_FLASHES[times], _DARK_MS, False)

    def _sounding(self):
        return self._resting or (self._loud and self._playing())

    def _playing(self):
        return self._on or self._next < len(self._pattern)

    def _begin(self, pattern, gap_ms, loud):
        self._set(False)
        self._pattern = pattern
        self._gap_ms = gap_ms
        self._loud = loud
        self._next = 0
        self._until = time.ticks_ms()

    def step(self):
        """Switch the pins when their time has come."""
        if not (self._resting or self._playing()):
            return
        now = time.ticks_ms()
        if time.ticks_diff(now, self._until) < 0:
            return
        if self._on:
            self._set(False)
            self._resting = self._loud and not self._playing()
            self._until = time.ticks_add(now, _SILENCE_MS if self._resting else self._gap_ms)
        elif self._resting:
            self._resting = False
            self._begin(self._later, _GAP_MS, True)
            self._later = ()
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
