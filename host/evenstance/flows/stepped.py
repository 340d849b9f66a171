"""A port that lets virtual time run in fixed steps, so that requests arrive at the same moments
of the board's time in every run, however fast this computer is."""

from __future__ import annotations

import time
from collections.abc import Callable

from evenstance.device.transport import Port
from evenstance.virtual.broker import Broker

STEP_US = 3_000_000
SLOWER = 10  # than a board of its own this one may answer: the computer has other things to do


class SteppedPort:
    """Wraps a port of a virtual board whose time stands still between requests.

    Its client waits by `clock`: a request that is asked again for want of patience is a step more.
    """

    def __init__(
        self, port: Port, broker: Broker, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = port.name
        self._port = port
        self._broker = broker
        self._clock = clock
        self.now_us = 0

    def clock(self) -> float:
        """Seconds for the patience of a client, longer than those of this computer."""
        return self._clock() / SLOWER

    def read(self) -> bytes:
        return self._port.read()

    def write(self, data: bytes) -> None:
        self._broker.advance_to(self.now_us)
        start = self._broker.forwarded
        self._port.write(data)
        self._broker.wait_forwarded(start + len(data))
        self.now_us += STEP_US
        self._broker.advance_to(self.now_us, wait=False)

    def advance_to(self, t_us: int) -> None:
        """Let the board run up to `t_us` of its time and wait for it."""
        self.now_us = max(self.now_us, t_us)
        self._broker.advance_to(self.now_us)

    def close(self) -> None:
        self._port.close()
