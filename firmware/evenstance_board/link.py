"""Frames over the USB serial port, beside the REPL, never waiting for the host.

Replies and events queue up to a limit; the live stream is dropped first, and what is dropped is
counted. The port says only whether it has room for one byte, and a longer write waits up to half
a second for a host that does not read. So what nobody asked for goes out byte by byte; a reply
goes out in larger parts, since its host waits for it.
"""

import select
import sys

from micropython import const

from evenstance_wire import frames, messages

_CHUNK = const(64)
_CHUNKS = const(4)  # written in one turn
_BYTES = const(8)
_QUEUE = const(16)
_LIVE_LIMIT = const(2)
_ROOM = const(8)  # for conversions, so that replies and events always find a place
_READ = const(16)


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
        self._one = bytearray(1)
        self.parser = frames.Parser()
        self.frames_dropped = 0
        self.sent = 0

    @property
    def has_room(self):
        """Whether what can wait may be sent now."""
        return len(self._queue) < _ROOM

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
        return None if data is None else self.parser.feed(data)

    def send(self, table, tag, values, droppable=False):
        """Queue one message; tag 0 is for those that nobody asked for."""
        if len(self._queue) >= (_LIVE_LIMIT if droppable else _QUEUE):
            self.frames_dropped += 1
            return
        self._queue.append((frames.encode(table.kind, tag, table.pack(values)), tag != 0))
        self.sent += 1

    def refuse(self, kind, tag, code, detail):
        """Answer a request of this kind with an error code."""
        self.send(messages.ERROR, tag, {"error": code, "request": kind, "detail": detail.encode()})

    def pump(self):
        """Write a bounded part of what is queued, while the port takes it."""
        if not self._queue:
            return
        line, awaited = self._queue[0]
        at = self._at
        for _ in range(_CHUNKS if awaited else _BYTES):
            if not self._ready(self._writable):
                break
            if awaited:
                part = line[at : at + _CHUNK]
                done = self._out.write(part)
                at += len(part) if done is None else done
            else:
                self._one[0] = line[at]
                self._out.write(self._one)
                at += 1
            if at >= len(line):
                self._queue.pop(0)
                at = 0
                break
        self._at = at

    def _ready(self, poller):
        for _ in poller.ipoll(0):
            return True
        return False
