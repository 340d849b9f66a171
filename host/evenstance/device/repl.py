"""A question to MicroPython itself through its raw REPL, with a deadline for every step.

The library of mpremote reads a pseudo-terminal without a time limit, so that a port where nobody
answers would hold it for ever. Here nothing is reset and nothing is written to the board's flash;
a program that runs there is stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from evenstance.device.transport import Port

INTERRUPT, RAW, FRIENDLY, RUN = b"\x03", b"\x01", b"\x02", b"\x04"
BANNER = b"raw REPL; CTRL-B to exit\r\n>"
MOST_BYTES = 65536


class Repl:
    """MicroPython's prompt on an open port."""

    def __init__(self, port: Port, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._port = port
        self._clock = clock
        self.heard = b""  # everything since the last question began

    def ask(self, script: str, *, wait_s: float = 3.0) -> str | None:
        """What `script` prints; None when there is no raw REPL, or no end of the answer in time.

        Stops what runs and leaves the friendly prompt.
        """
        self.heard = b""
        self._port.write(b"\r" + INTERRUPT + INTERRUPT)
        self._port.write(b"\r" + RAW)
        if not self._until(lambda heard: BANNER in heard, wait_s):
            return None
        begun = len(self.heard)
        self._port.write(script.encode() + RUN)
        # the answer is OK, what it prints, 0x04, what went wrong, 0x04 and the next prompt
        ended = self._until(lambda heard: heard.count(RUN, begun) >= 2, wait_s)
        self._port.write(b"\r" + FRIENDLY)
        if not ended:
            return None
        answer = self.heard[begun:].partition(b"OK")[2]
        return answer.split(RUN)[0].decode("utf-8", "replace")

    def soft_reset(self) -> None:
        """Start the board's program again, from the friendly prompt."""
        self._port.write(RUN)

    def _until(self, reached: Callable[[bytes], bool], wait_s: float) -> bool:
        deadline = self._clock() + wait_s
        while not reached(self.heard):
            if self._clock() >= deadline or len(self.heard) > MOST_BYTES:
                return False
            self.heard += self._port.read()
        return True
