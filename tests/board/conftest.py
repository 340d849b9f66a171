"""One board for all tests of this folder: the one at --port, or a virtual board."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evenstance.device.client import BoardClient
from evenstance.device.transport import SerialPort
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.loads import Masses
from evenstance_wire import messages

START_S = 60.0  # an emulated board is slower than a real one


@pytest.fixture(scope="session")
def board_port(request: pytest.FixtureRequest) -> Iterator[str]:
    """The port of a running, calibrated board with empty plates, just zeroed."""
    given: str | None = request.config.getoption("--port")
    if given:
        _zero(given)
        yield given
        return
    wiring = Wiring()
    with VirtualBoard(Masses(), wiring) as board:
        _zero(board.port, wiring.counts_per_n)
        yield board.port


def _zero(port: str, counts_per_n: tuple[float, float] | None = None) -> None:
    """Zero a board; a new one is given its sensitivities."""
    client = BoardClient(SerialPort(port))
    try:
        client.hello(patience_s=START_S)
        if counts_per_n is not None:
            left, right = (round(1000 * gain) for gain in counts_per_n)
            client.request(
                messages.SET_CALIBRATION,
                left_counts_per_kn=left,
                right_counts_per_kn=right,
                rating_left_mn=None,
                rating_right_mn=None,
                made_unix_ms=None,
            )
        client.request(messages.ZERO, wait_s=START_S, accept_load=1)
    finally:
        client.close()


@pytest.fixture
def client(board_port: str) -> Iterator[BoardClient]:
    """A client that has shaken hands."""
    client = BoardClient(SerialPort(board_port))
    try:
        client.hello(patience_s=START_S)
        yield client
    finally:
        client.close()
