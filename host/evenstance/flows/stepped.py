"""A port that lets virtual time run in fixed steps, so that requests arrive at the same moments
of the board's time in every run, however fast this computer is."""

from __future__ import annotations

from evenstance.device.transport import Port
from evenstance.virtual.broker import Broker

STEP_US = 3_000_000


class SteppedPort:
    """Wraps a port of a virtual board whose time stands still between requests."""

    def __init__(self, port: Port, broker: Broker) -> None:
        self.name = port.name
        self._port = port
        self._broker = broker
        self._sent = 0
        self.now_us = 0

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
