"""Without a laptop: the board cues the person itself, and its button takes the zero.

While a host holds a lease it gives the cues, and this gives none. In a hold there is one sound: a
touch of the free foot was heard.
"""

import time

from micropython import const

from evenstance_board.refused import Refused
from evenstance_wire import flags as f

_REST_US = const(30000000)  # between holds, as in a guided session
_STANDS_US = const(1000000)  # only then the body weight knows that a foot was up
_HEARTBEAT_US = const(3000000)
_QUIET_US = const(500000)  # from the button's release to the zero: the finger has shaken it
_READY = const(1)  # flashes of the LED
_BLIND = const(2)
_FAULTY = const(3)


class Alone:
    """`faults.now` has the bits of both plates."""

    def __init__(self, sampler, calibration, plates, cues, button, faults):
        self._sampler = sampler
        self._calibration = calibration
        self._plates = plates
        self._cues = cues
        self._button = button
        self._faults = faults
        self._flash_at = time.ticks_us()
        self._stands_from = self._flash_at
        self._told = False  # that a foot may be lifted, since both came down
        self._rests = False
        self._rest_until = 0
        self._was_faulty = False
        self._given_up = False  # the trace of the trial that is stored next
        self._zero_wanted = False
        self._zero_at = 0

    def step(self, now, guided):
        """A turn of the main loop; `guided` while a host holds a lease."""
        pressed = self._button.pressed(now)
        sampler = self._sampler
        if guided or sampler.recorder.busy:
            self._told = False
            self._stands_from = now
            self._zero_wanted = False
            return
        if pressed and not sampler.measuring:
            self._zero_wanted = True
            self._zero_at = time.ticks_add(now, _QUIET_US)
        elif self._zero_wanted and time.ticks_diff(now, self._zero_at) >= 0:
            self._zero_wanted = False
            self._zero()
        self._look(now)

    def _look(self, now):
        """Kept apart: a function of more variables would take its memory from the heap."""
        faulty = self._faulty()
        if faulty and not self._was_faulty:
            self._cues.play(f.CUE_FAULT)
        self._was_faulty = faulty
        self._invite(now, faulty)
        if not 0 <= time.ticks_diff(now, self._flash_at) < _HEARTBEAT_US:
            self._flash_at = now
            ready = _READY if self._calibration.ready else _BLIND
            self._cues.flash(_FAULTY if faulty else ready)

    def event(self, event, value):
        """Something that no host was told. No cue is cut off: a part of one is another one."""
        if event == f.EV_TOUCH_DOWN:
            self._cues.play(f.CUE_TOUCHED)
        elif event == f.EV_HOLD_END and value == f.TIME_LIMIT:
            self._cues.play(f.CUE_DOWN)
        elif event == f.EV_HOLD_LOST:
            self._stored(f.CUE_FAULT)
        elif event == f.EV_TRACE_GIVEN_UP:
            self._given_up = True
        elif event == f.EV_STORED:
            if self._given_up:
                self._stored(f.CUE_FAULT)
            else:
                counts = self._sampler.recorder.reasons == 0
                self._stored(f.CUE_STORED if counts else f.CUE_NOT_COUNTED)

    def _stored(self, cue):
        self._given_up = False
        self._rests = True
        self._rest_until = time.ticks_add(time.ticks_us(), _REST_US)
        self._cues.play(cue)

    def _invite(self, now, faulty):
        """Say once that a foot may be lifted: both feet stand quiet, the body weight is known."""
        sampler = self._sampler
        state = sampler.detector.state
        if self._rests and (state == f.EMPTY or time.ticks_diff(now, self._rest_until) >= 0):
            self._rests = False
        if state != f.BOTH_FEET:
            self._told = False
            self._stands_from = now
        elif self._told or self._rests or sampler.measuring or not sampler.body_weight.quiet:
            return
        elif not 0 <= time.ticks_diff(now, self._stands_from) < _STANDS_US:
            self._told = True
            self._cues.play(f.CUE_FAULT if faulty else f.CUE_LIFT)

    def _faulty(self):
        left, right = self._faults.now
        return left != 0 or right != 0

    def _zero(self):
        """The same gates as for a host, and an uncalibrated board cannot see a load."""
        try:
            if not self._calibration.ready:
                raise Refused(f.ERR_BUSY, "not calibrated")
            self._plates.begin_zero(self._zeroed)
        except Refused:
            self._cues.play(f.CUE_FAULT)

    def _zeroed(self, refused):
        """The zero was taken, or refused with this code; a hold that began is not disturbed."""
        if not self._sampler.recorder.busy:
            self._cues.play(f.CUE_DONE if refused is None else f.CUE_FAULT)
