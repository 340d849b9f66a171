"""The main loop: take conversions, answer the host, store trials, wait in one place."""

import time

from micropython import const

_ROOM_US = const(1500)  # the work of a turn without messages fits into this
_ENCODE_US = const(250)  # one conversion goes into the trace in this
_PLENTY = const(100)  # with time for so many, rather all in one turn than some in each
_EVERY = const(3)  # one turn of four
_WHOLE_US = const(16000)  # a longer wait than for a conversion may be a little shorter
_LOOK_US = const(20)
_PATIENCE = const(20)  # turns for which the work may be put off


class Loop:
    """Runs until something stops it; leaves the board safe whatever that is."""

    def __init__(self, sampler, service, keeper, clock, cues, watchdog):
        self._sampler = sampler
        self._service = service
        self._keeper = keeper
        self._clock = clock
        self._cues = cues
        self._watchdog = watchdog
        self._put_off = 0
        self._turns = 0

    def run(self):
        """Forever. Ctrl-C ends it: a running hold is stored as stopped, then the REPL opens."""
        try:
            self._watchdog.arm()
            while True:
                self._turn()
        finally:
            self._quiet()
            try:
                if self._sampler.recorder.ready:
                    self._keeper.store()
            finally:
                self._cues.play(0)

    def _quiet(self):
        """Nothing may go on behind the REPL, however often somebody presses Ctrl-C meanwhile."""
        while True:
            try:
                self._watchdog.disarm()
                self._sampler.stop()
                return
            except KeyboardInterrupt:
                pass

    def _turn(self):
        """Everything else waits while a conversion is about to end."""
        sampler = self._sampler
        sampler.poll()
        wait = sampler.wait_us()
        if wait >= _ROOM_US or self._put_off >= _PATIENCE:
            self._put_off = 0
            self._work()
            wait = sampler.wait_us()
        else:
            self._put_off += 1
        if sampler.recorder.busy:
            sampler.recorder.step(self._clock.tick())
        rest = self._service.rest_us()
        if wait > rest:
            wait = rest
        if wait >= _ENCODE_US:
            most = wait // _ENCODE_US
            self._turns = (self._turns + 1) & _EVERY
            if most < _PLENTY or self._turns == 0:
                wait -= sampler.recorder.encode(most) * _ENCODE_US
        if wait > _WHOLE_US:
            wait -= wait % 1000  # less would be waited for with the processor running
        time.sleep_us(wait if wait > _LOOK_US else _LOOK_US)

    def _work(self):
        sampler = self._sampler
        now = self._clock.tick()
        sampler.detector.silent(now)
        recorder = sampler.recorder
        self._watchdog.step(now, not recorder.busy)
        self._cues.step()
        self._service.step(now)
        if recorder.ready:
            self._keeper.store()
        elif not recorder.busy:
            self._service.idle()
