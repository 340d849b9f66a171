"""The flow of the test on a board made of messages: its clock, restarts, silence, no channel."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from health_cases import STATUS

from evenstance.device.client import Notice
from evenstance.errors import LinkLostError
from evenstance.flows.diagnose import DEAD_S, RENEW_S, START_UP_US, diagnose
from evenstance_wire import messages

CALIBRATION: dict[str, Any] = {name: None for name, _ in messages.GET_CALIBRATION_REPLY.fields} | {
    "calibration_id": 0,
    "rating_left_mn": 1_961_000,
    "rating_right_mn": 1_961_000,
}


class Board:
    """Half a second of either clock passes with each look; `channels` of it give conversions."""

    def __init__(
        self,
        channels: tuple[int, ...] = (0, 1),
        *,
        restart_at: int = -1,
        stands: bool = False,
        device_us: int = 60_000_000,
    ) -> None:
        self.channels = channels
        self.restart_at = restart_at
        self.stands = stands
        self.looks = 0
        self.device_us = device_us
        self.leases: list[int] = []
        self._n = [0, 0]

    def clock(self) -> float:
        return 0.5 * self.looks

    def status(self) -> dict[str, Any]:
        return {**STATUS, "device_us": self.device_us}

    def request(self, table: messages.Table, **values: Any) -> dict[str, Any]:
        if table is messages.SAMPLES:
            self.leases.append(values["lease_ms"])
            return {}
        assert table is messages.GET_CALIBRATION
        return CALIBRATION

    def notices(self) -> list[Notice]:
        self.looks += 1
        if self.stands:
            return []
        began_us = self.device_us
        self.device_us += 500_000
        if self.looks == self.restart_at:
            self.device_us = 1_000_000
            self.channels = ()
        return [self._frame(k, began_us) for k in self.channels]

    def _frame(self, channel: int, began_us: int) -> Notice:
        first_n = self._n[channel]
        self._n[channel] += 40
        rows = [struct.pack("<iI", 7 * n % 97, 12_500 * n) for n in range(40)]
        values = {
            "channel": channel,
            "first_n": first_n,
            "first_device_us": began_us,
            "samples": b"".join(rows),
        }
        return Notice(messages.SAMPLES_FRAME, values)


def run(board: Board, seconds: float = 10.0) -> Any:
    return diagnose(board, seconds, clock=board.clock)  # type: ignore[arg-type]


def test_the_time_is_that_of_the_conversions() -> None:
    board = Board()
    found = run(board)
    assert board.looks == 22  # half a second each; one more to take what is left
    for channel in found.channels.values():
        assert channel.conversions == 800
        assert channel.figures.rate_sps == pytest.approx(80.0)
    assert board.leases[-1] == 0, "the stream is ended"


@pytest.mark.parametrize("channels", [(0, 1), (1,), ()])
def test_a_board_that_has_just_started_is_tested_when_it_has_found_its_rhythm(
    channels: tuple[int, ...],
) -> None:
    board = Board(channels, device_us=300_000)
    found = run(board)
    assert START_UP_US <= found.before["device_us"] <= START_UP_US + 1_000_000
    assert board.device_us >= found.before["device_us"] + 10_000_000
    for n, side in enumerate(("left", "right")):
        assert found.channels[side].conversions == (800 if n in channels else 0)


@pytest.mark.parametrize("channels", [(0,), (1,), ()])
def test_a_channel_or_both_that_give_nothing_do_not_make_it_wait(
    channels: tuple[int, ...],
) -> None:
    board = Board(channels)
    found = run(board)
    assert board.looks <= 23
    for n, side in enumerate(("left", "right")):
        assert (found.channels[side].figures is not None) == (n in channels)


def test_the_lease_is_renewed() -> None:
    board = Board()
    run(board, 60.0)
    assert len([ms for ms in board.leases if ms]) >= 60 / RENEW_S


def test_a_board_that_restarts_is_told() -> None:
    with pytest.raises(LinkLostError, match="restarted during the test"):
        run(Board(restart_at=8))


def test_a_board_whose_time_stands_still_is_told_in_time() -> None:
    board = Board(stands=True)
    with pytest.raises(LinkLostError, match="time stands still"):
        run(board)
    assert board.clock() <= DEAD_S + 1.0
    assert board.leases[-1] == 0
