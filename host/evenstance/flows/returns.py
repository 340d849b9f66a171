"""A board that went away comes back, perhaps under another port name; no other is taken for it."""

from __future__ import annotations

import time
from collections.abc import Callable

from evenstance.device.client import BoardClient, BoardInfo
from evenstance.device.ports import list_ports
from evenstance.device.transport import Port, SerialPort
from evenstance.errors import EvenstanceError, LinkLostError
from evenstance.flows.connect import Now, wall_clock
from evenstance_wire import messages

RETURN_S = 60.0
LOOK_S = 0.5  # between two looks at the ports
HELLO_S = 1.0


def attached_boards() -> list[str]:
    """The ports of everything that may be a board."""
    return [port.port for port in list_ports() if port.is_board]


class Returns:
    """What a client does when its board went away: look for it for `wait_s` of this computer's
    time, on the port where it was and on every port of a board.

    A board is known by its uid and the id of its journal, which it says itself.
    """

    def __init__(
        self,
        info: BoardInfo,
        say: Callable[[str], None],
        *,
        wait_s: float = RETURN_S,
        now: Now = wall_clock,
        ports: Callable[[], list[str]] = attached_boards,
        opened: Callable[[str], Port] = SerialPort,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._wanted = (info.board_uid, info.journal_id)
        self._say = say
        self._wait_s = wait_s
        self._now = now
        self._ports = ports
        self._open = opened
        self._clock = clock
        self._sleep = sleep

    def __call__(self, client: BoardClient, lost: LinkLostError) -> None:
        """Return when the client talks to the same board again; else raise `lost`."""
        end_s = self._clock() + self._wait_s
        if self._wait_s:
            self._say(
                f"{lost.what} Waiting {self._wait_s:.0f} s for it to come back; Ctrl-C ends."
            )
        before = client.port.name
        client.close()
        while self._clock() < end_s:
            for name in dict.fromkeys((before, *self._ports())):
                if self._is_back(client, name):
                    self._say(f"The board is back on {name}; going on.")
                    return
            self._sleep(LOOK_S)
        raise lost

    def _is_back(self, client: BoardClient, name: str) -> bool:
        """Whether the board answers there; the port is closed again when it does not."""
        try:
            client.use(self._open(name))
        except EvenstanceError:
            return False
        try:
            info = client.hello(patience_s=HELLO_S)
            if (info.board_uid, info.journal_id) == self._wanted:
                unix_ms = int(self._now().timestamp() * 1000)
                client.ask_once(messages.SET_CLOCK, unix_ms=unix_ms)
                return True
        except EvenstanceError:
            pass
        client.close()
        return False
