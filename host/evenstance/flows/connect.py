"""Opening a board: port, handshake, wall clock."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timezone

from evenstance.device.client import BoardClient, BoardInfo
from evenstance.device.ports import choose_port
from evenstance.device.transport import SerialPort
from evenstance_wire import messages

Now = Callable[[], datetime]


def wall_clock() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(timezone.utc)


@contextmanager
def connected(
    port: str | None, *, now: Now = wall_clock, patience_s: float = 4.0
) -> Generator[tuple[BoardClient, BoardInfo], None, None]:
    """An open, greeted board that knows the time; closes the port whatever happens."""
    client = BoardClient(SerialPort(choose_port(port)))
    try:
        info = client.hello(patience_s=patience_s)
        client.request(messages.SET_CLOCK, unix_ms=int(now().timestamp() * 1000))
        yield client, info
    finally:
        client.close()
