"""A board that answers on a pseudo-terminal with whatever it was told to, whole or damaged."""

from __future__ import annotations

import os
import select
import threading
import tty
from collections.abc import Callable
from types import TracebackType

from evenstance_wire import frames
from fuzzing.reference import Frame

Answer = Callable[[Frame], bytes]
_READ_BYTES = 4096


class HostileBoard:
    """`answer(request)` gives the bytes that follow each request; `port` is the host's end.

    A `failure` is what went wrong in `answer`, which must not go unnoticed.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.port = os.ttyname(self._slave)
        self.failure: BaseException | None = None
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="hostile board", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        parser = frames.Parser()
        out = bytearray()
        try:
            while True:
                writing = [self._master] if out else []
                ready, writable, _ = select.select([self._wake_read, self._master], writing, [])
                if self._wake_read in ready:
                    return
                if self._master in ready:
                    for request in parser.feed(os.read(self._master, _READ_BYTES)):
                        out += self._answer(request)
                if writable:
                    del out[: os.write(self._master, out[:_READ_BYTES])]
        except BaseException as error:
            self.failure = error

    def __enter__(self) -> HostileBoard:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.write(self._wake_write, b"w")
        self._thread.join(30)
        for fd in (self._master, self._slave, self._wake_read, self._wake_write):
            os.close(fd)
        if self.failure is not None:
            raise AssertionError("the hostile board failed") from self.failure
