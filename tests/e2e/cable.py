"""A serial cable with somebody's hand on it: counts frames, spoils them, is pulled out."""

from __future__ import annotations

import os
import select
import tempfile
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

Direction = Literal["to_board", "to_host"]
Hand = Callable[[Direction, bytes], "bytes | Cut | Late"]
_BUFFER_BYTES = 4096


@dataclass(frozen=True)
class Cut:
    """Pull the plug now, after the first `after` bytes of this frame have passed."""

    after: int = 0


@dataclass(frozen=True)
class Late:
    """Pass this, and all that is behind it, only after so many seconds."""

    line: bytes
    seconds: float


class _Way:
    """One direction: what came in and is no whole frame yet, and what is to go out, not before
    `from_s`."""

    def __init__(self, direction: Direction, source: int, target: int) -> None:
        self.direction: Direction = direction
        self.source = source
        self.target = target
        self.held = bytearray()
        self.out = bytearray()
        self.from_s = 0.0


class Cable:
    """Between a client and the port of a board; `port` is the client's end.

    The name of the port goes with the cable, as USB has it: the system gives the number of a
    pseudo-terminal that was closed to the next one, which is another test's.

    `hand(direction, line)` gets every frame, as its whole line, and gives what to pass on, or
    `Cut`, or `Late`. A cut closes both ends, as unplugging USB does, and sets `cut`. Without a
    hand bytes pass as they come, and frames are not counted. At most `piece_bytes` pass at once.
    """

    def __init__(
        self, board_port: str, hand: Hand | None = None, *, piece_bytes: int = _BUFFER_BYTES
    ) -> None:
        self._hand = hand
        self._piece_bytes = piece_bytes
        self.frames: dict[Direction, int] = {"to_board": 0, "to_host": 0}
        self.cut = threading.Event()
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._place = tempfile.TemporaryDirectory(prefix="cable-")
        self.port = str(Path(self._place.name) / "port")
        os.symlink(os.ttyname(self._slave), self.port)
        self._board = os.open(board_port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        os.set_blocking(self._master, False)
        self._wake_read, self._wake_write = os.pipe()
        self._ways = (
            _Way("to_board", self._master, self._board),
            _Way("to_host", self._board, self._master),
        )
        self._thread = threading.Thread(target=self._carry, name="cable", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Unplug it, if it is not, and put it away; safe to call twice."""
        if self._wake_write < 0:
            return
        os.write(self._wake_write, b"w")
        self._thread.join(30)
        for fd in (self._wake_read, self._wake_write):
            os.close(fd)
        self._wake_write = -1

    def _carry(self) -> None:
        try:
            while self._turn():
                pass
        finally:
            self._place.cleanup()
            for fd in (self._master, self._slave, self._board):
                os.close(fd)

    def _turn(self) -> bool:
        reading = [way.source for way in self._ways if len(way.out) < _BUFFER_BYTES]
        now_s = time.monotonic()
        waiting = [way for way in self._ways if way.out]
        writing = [way.target for way in waiting if way.from_s <= now_s]
        late_s = [way.from_s - now_s for way in waiting if way.from_s > now_s]
        readable, writable, _ = select.select(
            [self._wake_read, *reading], writing, [], min(late_s, default=None)
        )
        if self._wake_read in readable:
            return False
        for way in self._ways:
            if way.source in readable and not self._take(way):
                for other in self._ways:
                    self._send(other)
                self.cut.set()
                return False
            if way.target in writable:
                self._send(way)
        return True

    def _take(self, way: _Way) -> bool:
        """Read; False when the hand pulled the plug."""
        try:
            data = os.read(way.source, _BUFFER_BYTES)
        except BlockingIOError:
            return True
        except OSError:  # the board was switched off
            return False
        if not data:
            return False
        if self._hand is None:
            way.out += data
            return True
        way.held += data
        while way.held:
            if way.held[:1] != b"~":
                start = way.held.find(b"~")
                size = len(way.held) if start < 0 else start
                way.out += way.held[:size]
            else:
                size = way.held.find(b"\n") + 1
                if size == 0:
                    return True
                line = bytes(way.held[:size])
                self.frames[way.direction] += 1
                passed = self._hand(way.direction, line)
                if isinstance(passed, Cut):
                    way.out += line[: passed.after]
                    return False
                if isinstance(passed, Late):
                    way.from_s = time.monotonic() + passed.seconds
                    passed = passed.line
                way.out += passed
            del way.held[:size]
        return True

    def _send(self, way: _Way) -> None:
        try:
            del way.out[: os.write(way.target, way.out[: self._piece_bytes])]
        except BlockingIOError:
            return

    def __enter__(self) -> Cable:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
