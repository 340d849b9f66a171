"""A hostile host in somebody's hold, and in the middle of a trace: neither is disturbed."""

from __future__ import annotations

import time

from boards import SHORT_TRIALS, Images, SwitchOn, begin, client_on, wait_for
from hostile import Answers, requests
from people import Scripted

from evenstance.metrics.hold import trial_from_summary
from evenstance_wire import flags, messages

STAND = ((0.5, "both"), (7.5, "left"), (34.0, "both"))  # until the record is full
REPLY_S = 10.0
WHOLE = 65535


def test_every_request_at_its_extremes_leaves_a_hold_as_it_is(
    switch_on_copy: SwitchOn, images: Images
) -> None:
    person = Scripted()
    board = switch_on_copy(images.calibrated, person)
    with client_on(board.port) as client:
        before = client.hello(), client.status()["calibration_id"]
        begin(board, person, STAND, seconds=8.5, speed=0.5)
        assert client.status()["state"] == flags.SETTLING
    answers = Answers(board.port)
    for n, (table, body) in enumerate(requests()):
        answers.heard.clear()
        answers.send(table, 3 + n % 250, body)
        assert answers.of(3 + n % 250, REPLY_S), f"{table.name} {body.hex()}: no answer"
    answers.port.close()
    board.broker.set_speed(0.0)
    with client_on(board.port) as client:
        assert client.status()["state"] in (flags.SETTLING, flags.HOLD), "over too early"
        wait_for(client, lambda status: status["next_seq"] == 2)
        assert (client.hello(), client.status()["calibration_id"]) == before
        summary = client.summary(1)
    assert summary is not None
    hold = trial_from_summary(summary)
    assert (hold.valid, hold.end_reason, hold.stance_leg) == (True, "time_limit", "left")
    assert hold.dropped == hold.desynced == 0


def test_requests_between_the_parts_of_a_trace_leave_it_whole(
    switch_on_copy: SwitchOn, images: Images
) -> None:
    board = switch_on_copy(images.with_trials)
    with client_on(board.port) as client:
        wanted = {seq: client.trace(seq) for seq in range(1, SHORT_TRIALS + 1, 6)}
    answers = Answers(board.port)
    others = [each for each in requests() if each[0] is not messages.GET_TRACE]
    at = 0
    for seq, trace in wanted.items():
        answers.heard.clear()
        answers.send(
            messages.GET_TRACE,
            255,
            messages.GET_TRACE.pack({"seq": seq, "offset": 0, "length": WHOLE}),
        )
        data = b""
        end = time.monotonic() + 3 * REPLY_S
        while trace is not None and len(data) < len(trace):
            assert time.monotonic() < end
            for table, body in others[at : at + 3]:
                answers.send(table, 3, body)
            at = (at + 3) % len(others)
            answers.of(255, REPLY_S)
            parts = [frame for frame in answers.heard if frame[1] == 255]
            data = b"".join(bytes(_part(body)) for _, _, body in parts)
        assert data == trace
    answers.port.close()


def _part(body: bytes) -> bytes:
    found = messages.GET_TRACE_REPLY.unpack(body)["data"]
    assert isinstance(found, bytes)
    return found
