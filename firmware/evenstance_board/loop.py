"""The main loop: take conversions, answer the host, store trials, wait in one place."""

import time

from micropython import const

_LONGEST_WAIT_US = const(4000)  # a request is answered at least this soon


class Loop:
    """Runs until something stops it; leaves the board safe whatever that is."""

    def __init__(self, sampler, service, clock, cues):
        self._sampler = sampler
        self._service = service
        self._clock = clock
        self._cues = cues

    def run(self):
        """Forever. Ctrl-C ends it: a running hold is stored as stopped, then the REPL opens."""
        try:
            while True:
                self._turn()
        finally:
            self._sampler.detector.stop()
            self._sampler.recorder.cut_tail()
            if self._sampler.recorder.ready:
                self._service.store()
            self._cues.play(0)

    def _turn(self):
        sampler = self._sampler
        sampler.poll()
        now = self._clock.tick()
        sampler.detector.silent(now)
        self._cues.step()
        self._service.step(now)
        recorder = sampler.recorder
        if recorder.ready:
            self._service.store()
        elif not recorder.busy:
            self._service.idle()
        wait = sampler.wait_us()
        time.sleep_us(wait if wait < _LONGEST_WAIT_US else _LONGEST_WAIT_US)
