"""A client for boards that may be slow: an emulated one on a busy computer is."""

from __future__ import annotations

import time

from evenstance.device.client import BoardClient
from evenstance.device.transport import SerialPort
from evenstance.errors import EvenstanceError

SLOWER = 8.0  # than a real board, at worst
PATIENCE_S = 90.0


def patient(port: str) -> BoardClient:
    """A client whose deadlines last longer; it has not shaken hands."""
    return BoardClient(SerialPort(port), clock=lambda: time.monotonic() / SLOWER)


def greeted(port: str) -> BoardClient:
    """A client that has shaken hands, of a board that may still be starting."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            client = patient(port)
            try:
                client.hello(patience_s=0.0)
            except EvenstanceError:
                client.close()
                raise
            return client
        except EvenstanceError:
            if time.monotonic() > deadline:
                raise
