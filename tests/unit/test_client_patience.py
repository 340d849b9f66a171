"""A computer that has too much to do asks a board no more often than another one."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from evenstance.device.client import REPLY_S, TRIES, BoardClient
from evenstance.errors import LinkLostError
from evenstance.flows.stepped import STEP_US, SteppedPort
from evenstance_wire import frames, messages

NEVER = 1_000_000


@dataclass
class BoardPort:
    """A board that answers stop_hold with the number 7; it can be read after `reads` of a second
    in vain. The computer stands still for `still_s` when its clock is first looked at."""

    reads: int = 0
    still_s: float = 0.0
    name: str = "a board"
    now_s: float = 0.0
    asked: int = 0
    _arriving: list[bytes] = field(default_factory=list[bytes])

    def clock(self) -> float:
        now_s, self.now_s = self.now_s, self.now_s + self.still_s
        self.still_s = 0.0
        return now_s

    def write(self, data: bytes) -> None:
        found = frames.decode_line(data[1:-1])
        assert found is not None
        self.asked += 1
        table = messages.STOP_HOLD_REPLY
        self._arriving.append(frames.encode(table.kind, found[1], table.pack({"seq": 7})))

    def read(self) -> bytes:
        if self.reads or not self._arriving:
            self.reads = max(0, self.reads - 1)
            self.now_s += 1.0
            return b""
        return self._arriving.pop(0)

    def close(self) -> None:
        """Nothing to let go of."""


class Stepping:
    """A broker that does as it is told, and notes how far time was to go."""

    forwarded = 0
    limit_us = 0

    def advance_to(self, limit_us: int, *, wait: bool = True) -> None:
        self.limit_us = limit_us

    def wait_forwarded(self, count: int) -> None:
        """All is there at once."""


def stop_hold(client: BoardClient) -> object:
    return client.request(messages.STOP_HOLD)["seq"]


def test_an_answer_that_is_there_counts_however_late_it_is_looked_at() -> None:
    port = BoardPort(still_s=10 * REPLY_S)
    assert stop_hold(BoardClient(port, clock=port.clock)) == 7
    assert port.asked == 1


def test_a_silent_board_is_asked_some_times() -> None:
    port = BoardPort(reads=NEVER)
    with pytest.raises(LinkLostError, match="stopped answering"):
        stop_hold(BoardClient(port, clock=port.clock))
    assert port.asked == TRIES


@pytest.mark.parametrize("reads", [1, round(5 * REPLY_S)])
def test_a_stepped_board_is_asked_once_however_long_its_step_takes_here(reads: int) -> None:
    port, broker = BoardPort(reads=reads), Stepping()
    stepped = SteppedPort(port, broker, clock=port.clock)  # type: ignore[arg-type]
    assert stop_hold(BoardClient(stepped, clock=stepped.clock)) == 7
    assert port.asked == 1
    assert stepped.now_us == broker.limit_us == STEP_US
