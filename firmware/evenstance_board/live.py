"""What the board tells unasked while a host holds a lease: state, events, every conversion.

Nothing here waits for the host: a frame that finds no room is left out and counted, and the lease
of a host that goes away runs out. Without a lease the board itself is told, and cues the person.
"""

import time

import micropython
from micropython import const

from evenstance_wire import messages

_US = const(1000)
_SHORTEST_MS = const(10)
_LONGEST_LEASE_MS = const(60000)
_PER_FRAME = const(16)  # conversions of one channel
_FRAMES = const(4)  # sent of one channel in one step
_TICKS = const((1 << 30) - 1)
_HELD = const(600)  # conversions that the ring still has for certain


@micropython.viper
def _pack(out: ptr32, t: ptr32, counts: ptr32, place: int, size: int):
    """Put _PER_FRAME conversions from `place` of a ring on into `out`: counts, time (us)."""
    first = t[place]
    for n in range(_PER_FRAME):
        out[2 * n] = counts[place]
        out[2 * n + 1] = (t[place] - first) & 0x3FFFFFFF
        place += 1
        if place == size:
            place = 0


class Live:
    """The lease, and what is sent while it lasts."""

    def __init__(self, link, sampler, calibration, clock, alone):
        self._link = link
        self._sampler = sampler
        self._calibration = calibration
        self._clock = clock
        self._alone = alone
        self._every_us = 0
        self._next = 0
        self._until = 0
        self._leased = False
        self._samples_until = 0
        self._samples = False
        self._sent = [0, 0]  # conversions of each channel
        self._buffer = bytearray(8 * _PER_FRAME)
        self.requests = {
            messages.LIVE.kind: self._live,
            messages.SAMPLES.kind: self._start_samples,
        }

    def step(self, now):
        """Send what is due."""
        if self._leased:
            if time.ticks_diff(now, self._until) >= 0:
                self._leased = False
            elif self._every_us and time.ticks_diff(now, self._next) >= 0:
                self._send_state(now)
        if self._sampler.recorder.event_count:
            self._send_events(now)
        self._alone.step(now, self._leased)
        if self._samples:
            if time.ticks_diff(now, self._samples_until) >= 0:
                self._samples = False
            else:
                self._send_samples(0)
                self._send_samples(1)

    def event(self, event, value, now=None):
        """Tell the host that guides; without one the board cues the person itself."""
        if not self._leased:
            self._alone.event(event, value)
        else:
            now = self._clock.tick() if now is None else now
            row = (self._clock.device_us(now), event, value)
            self._link.send(messages.EVENT.kind, messages.EVENT.form, 0, row)

    def _live(self, row, _tag):
        interval_ms, lease_ms = row
        now = self._clock.tick()
        self._every_us = max(interval_ms, _SHORTEST_MS) * _US if interval_ms else 0
        self._next = now
        self._until = _lease(now, lease_ms)
        self._leased = True
        return ()

    def _start_samples(self, row, _tag):
        lease_ms = row[0]
        now = self._clock.tick()
        if not self._samples:
            for k in (0, 1):
                self._sent[k] = self._sampler.recorder.rings[k].pushed
        self._samples_until = _lease(now, lease_ms)
        self._samples = lease_ms > 0
        return ()

    def _send_events(self, now):
        recorder = self._sampler.recorder
        for n in range(recorder.event_count):
            self.event(recorder.events[2 * n], recorder.events[2 * n + 1], now)
        recorder.event_count = 0

    def _send_state(self, now):
        self._next = time.ticks_add(now, self._every_us)
        sampler = self._sampler
        ready = self._calibration.ready
        weight = sampler.body_weight.value_mn
        row = (
            self._clock.device_us(now),
            sampler.detector.state,
            sampler.channels[0].force_mn if ready else None,
            sampler.channels[1].force_mn if ready else None,
            weight * 1000 if weight else None,
        )
        self._link.send(messages.LIVE_FRAME.kind, messages.LIVE_FRAME.form, 0, row, True)

    def _send_samples(self, k):
        ring = self._sampler.recorder.rings[k]
        for _ in range(_FRAMES):
            waiting = ring.waiting(self._sent[k])
            if waiting < _PER_FRAME:
                return
            if waiting > _HELD:
                self._sent[k] = (ring.pushed - _HELD) & _TICKS
                self._link.frames_dropped += (waiting - _HELD) // _PER_FRAME + 1
                waiting = _HELD
            if not self._link.has_room:
                return
            place = ring.place(waiting)
            _pack(self._buffer, ring.t, ring.counts, place, ring.size)
            first_device_us = self._clock.device_us(ring.t[place])
            row = (k, self._sent[k], first_device_us, self._buffer)
            self._link.send(messages.SAMPLES_FRAME.kind, messages.SAMPLES_FRAME.form, 0, row)
            self._sent[k] = (self._sent[k] + _PER_FRAME) & _TICKS


def _lease(now, lease_ms):
    return time.ticks_add(now, min(lease_ms, _LONGEST_LEASE_MS) * _US)
