"""A hostile host can neither crash nor fill a board; its plates must be empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hostile import Answers, requests

from evenstance.device.client import BoardClient
from evenstance.device.transport import SerialPort
from evenstance_wire import flags, frames, messages

REPLY_S = 60.0
ROOM_B = 16384  # a full queue, when garbage is collected; nothing that grows


@pytest.fixture
def answers(client: BoardClient, board_port: str) -> Iterator[Answers]:
    """The port without a client; afterwards the board is the same, and as it was."""
    info, before = client.hello(), client.status()
    client.close()
    port = Answers(board_port)
    try:
        yield port
        for table in (messages.LIVE, messages.SAMPLES, messages.PAUSE_HOLDS):
            port.send(table, 1, bytes(table.size))
        port.send(messages.SET_PROTOCOL, 2, b"\x00")
        assert port.of(2, REPLY_S)
    finally:
        port.port.close()
    again = BoardClient(SerialPort(board_port))
    try:
        assert again.hello(patience_s=60.0) == info, "it was restarted"
        after = again.status()
    finally:
        again.close()
    for name in ("calibration_id", "next_seq", "acked_through", "quarantined", "holds_lost"):
        assert after[name] == before[name], name
    assert after["hung_restarts"] == before["hung_restarts"]
    assert after["memory_free_b"] > before["memory_free_b"] - ROOM_B


def test_every_request_at_its_extremes_is_answered(answers: Answers) -> None:
    count = 0
    refused = 0
    for n, (table, body) in enumerate(requests()):
        tag = 3 + n % 250
        answers.heard.clear()
        answers.send(table, tag, body)
        found = answers.of(tag, REPLY_S)
        assert found, f"{table.name} {body.hex()}: no answer"
        assert found[0][0] in (messages.REPLY | table.kind, messages.ERROR.kind)
        count += 1
        refused += found[0][0] == messages.ERROR.kind
    assert count > 150
    assert refused > count // 2


@pytest.mark.parametrize("kind", [messages.SET_CLOCK, messages.SET_CALIBRATION])
@pytest.mark.parametrize("unix_ms", [-1, 1 << 47, 1 << 62])
def test_times_that_no_calendar_has_are_refused(
    answers: Answers, kind: messages.Table, unix_ms: int
) -> None:
    values: dict[str, object] = {name: 2_000_000 for name, _ in kind.fields}
    values[kind.fields[-1][0]] = unix_ms
    answers.send(kind, 9, kind.pack(values))
    found = answers.of(9, REPLY_S)
    assert found[0][0] == messages.ERROR.kind
    assert messages.ERROR.unpack(found[0][2])["error"] == flags.ERR_BAD_VALUE


def test_a_flood_that_is_not_read_costs_only_answers(answers: Answers) -> None:
    """Faster than it can answer; what finds no room is left out, and it is there afterwards."""
    flood = b"".join(frames.encode(messages.STATUS.kind, 3 + n % 200, b"") for n in range(300))
    for start in range(0, len(flood), 512):
        answers.port.write(flood[start : start + 512])
    asked = 203
    while not answers.of(asked, 1.0):
        asked += 1  # as a client does, which has no answer
        assert asked < 255
        answers.send(messages.HELLO, asked, messages.HELLO.pack({"protocol": 0}))
    assert 20 < len(answers.heard) < 350


def test_a_frame_that_never_ends_is_given_up(answers: Answers) -> None:
    for _ in range(20):
        answers.port.write(b"~" + b"A" * 1000)
    answers.send(messages.STATUS, 7, b"")
    found = answers.of(7, REPLY_S)
    assert found
    assert messages.STATUS_REPLY.unpack(found[0][2])["state"] == flags.EMPTY


def test_requests_while_a_measurement_runs_do_not_disturb_it(answers: Answers) -> None:
    answers.send(messages.MEASURE, 255, messages.MEASURE.pack({"duration_ms": 1000}))
    for n, (table, body) in enumerate(requests()):
        answers.send(table, 3 + n % 200, body)
        if n % 16 == 0:
            assert answers.of(3 + n % 200, REPLY_S)
            answers.heard[:] = [frame for frame in answers.heard if frame[1] == 255]
    found = answers.of(255, REPLY_S)
    assert found[0][0] == messages.MEASURE_REPLY.kind
    assert 60 < messages.MEASURE_REPLY.unpack(found[0][2])["samples_left"] < 130  # type: ignore[operator]
