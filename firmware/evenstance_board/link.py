"""Frames over the USB serial port, beside the REPL, never waiting for the host.

Replies and events queue up to a limit; the live stream is dropped first, and what is dropped is
counted. Bytes go out only while the port takes them.
"""

import select
import sys

from evenstance_wire import frames
from micropython import const

_CHUNK = const(128)
_QUEUE = const(16)
_LIVE_LIMIT = const(2)
_READ = const(64)


class Link:
    """`frames_dropped` is cumulative since boot; so is `parser.damaged`."""

    def __init__(self):
        self._in = sys.stdin.buffer
        self._out = sys.stdout.buffer
        self._readable = select.poll()
        self._readable.register(sys.stdin, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(sys.stdout, select.POLLOUT)
        self._queue = []
        self._at = 0
        self.parser = frames.Parser()
        self.frames_dropped = 0

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
        """Queue one message."""
        if len(self._queue) >= (_LIVE_LIMIT if droppable else _QUEUE):
            self.frames_dropped += 1
            return
        self._queue.append(frames.encode(table.kind, tag, table.pack(values)))

    def pump(self):
        """Write while the port takes it; True when something is left."""
        while self._queue:
            if not self._ready(self._writable):
                return True
            line = self._queue[0]
            part = line[self._at : self._at + _CHUNK]
            done = self._out.write(part)
            self._at += len(part) if done is None else done
            if self._at >= len(line):
                self._queue.pop(0)
                self._at = 0
        return False

    def _ready(self, poller):
        for _ in poller.ipoll(0):
            return True
        return False
