"""Frames over the USB serial port, beside the REPL, never waiting for the host.

Replies and events queue up to a limit; the live stream is dropped first, and what is dropped is
counted. The port says only whether it has room for one byte, and a longer write waits up to half
a second for a host that does not read. So what nobody asked for goes out byte by byte until a
whole line has left without waiting, then in packets, until one has to wait. A reply goes out in
larger parts, since its host waits for it.
"""

import select
import sys
import time

from micropython import const

from evenstance_wire import forms, frames, messages

_CHUNK = const(512)
_CHUNKS = const(3)  # written in one turn: the longest line
_PACKET = const(64)
_PACKETS = const(8)  # or bytes, in one turn
_STALL_MS = const(20)  # a host that reads takes a packet every millisecond
_QUEUE = const(16)
_LIVE_LIMIT = const(2)
_ROOM = const(8)  # for conversions, so that replies and events always find a place
_READ = const(32)  # in one turn: a request that has no text
_AWAKE = const(12)  # turns without a byte until nothing more is expected
_SHORT_US = const(1000)
_LONG_US = const(50000)


class Link:
    """`frames_dropped` is cumulative since boot; so is `parser.damaged`."""

    def __init__(self):
        self._in = sys.stdin.buffer
        self._out = sys.stdout.buffer
        self._readable = select.poll()
        self._readable.register(sys.stdin, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(sys.stdout, select.POLLOUT)
        self._queue = []  # (line, whether a host waits for it)
        self._at = 0
        self._awake = 0
        self._flows = False  # the host reads what it did not ask for
        self.parser = frames.Parser()
        self.frames_dropped = 0
        self.sent = 0

    @property
    def has_room(self):
        """Whether what can wait may be sent now."""
        return len(self._queue) < _ROOM

    @property
    def is_empty(self):
        """Whether all has left."""
        return not self._queue

    def rest_us(self):
        """How long the board may rest now (us): not while replies leave, little while a host
        is likely to ask again."""
        if self._awake == _AWAKE:
            return 0
        return _SHORT_US if self._awake or (self._flows and self._queue) else _LONG_US

    def receive(self):
        """Frames that have arrived, a bounded number of bytes at a time; None for none."""
        data = None
        for _ in range(_READ):
            if not self._ready(self._readable):
                break
            byte = self._in.read(1)
            if not byte:
                break
            if data is None:
                data = bytearray()
            data += byte
        if data is None:
            if self._awake:
                self._awake -= 1
            return None
        self._awake = _AWAKE
        return self.parser.feed(data)

    def send(self, kind, form, tag, row, droppable=False):
        """Queue one message; tag 0 is for those that nobody asked for."""
        if len(self._queue) >= (_LIVE_LIMIT if droppable else _QUEUE):
            self.frames_dropped += 1
            return
        self.send_line(frames.encode(kind, tag, forms.pack(form, row)), tag != 0)

    def send_line(self, line, awaited):
        """Queue a message that is a line already."""
        self._queue.append((line, awaited))
        self.sent += 1

    def refuse(self, kind, tag, code, detail):
        """Answer a request of this kind with an error code."""
        row = (code, kind, detail.encode())
        self.send(messages.ERROR.kind, messages.ERROR.form, tag, row)

    def pump(self):
        """Write a bounded part of what is queued, while the port takes it."""
        if self._queue:
            self._write()

    def _write(self):
        line, awaited = self._queue[0]
        at = self._at
        size = _CHUNK if awaited else _PACKET if self._flows else 1
        waited = False
        for _ in range(_CHUNKS if awaited else _PACKETS):
            if not self._ready(self._writable):
                waited = True
                break
            if awaited:
                self._awake = _AWAKE
            began = time.ticks_ms()
            part = memoryview(line)[at : at + size]
            done = self._out.write(part)
            at += len(part) if done is None else done
            if time.ticks_diff(time.ticks_ms(), began) > _STALL_MS:
                waited = True
                break
            if at >= len(line):
                self._queue.pop(0)
                at = 0
                self._flows = self._flows or size == 1
                break
        if waited:
            self._flows = False
        self._at = at

    def _ready(self, poller):
        for _ in poller.ipoll(0):
            return True
        return False
