"""A trace comes as a row of replies; what gets lost on the way is asked for again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from evenstance.device.client import REPLY_S, TRIES, BoardClient
from evenstance.errors import BoardRefusedError, EvenstanceError, LinkLostError
from evenstance_wire import flags, frames, messages

WHOLE = bytes(range(256)) * 20
PART_BYTES = 1008
SEQ = 7
Change = Callable[[int, bytes], bytes]


class BoardPort:
    """A board that answers get_trace; `change(n, line)` gives what arrives of its n-th line.

    A read that finds nothing lasts a second of the test's clock.
    """

    name = "a board"

    def __init__(self, change: Change = lambda _, line: line, whole: bytes = WHOLE) -> None:
        self.now_s = 0.0
        self.asked: list[tuple[int, int]] = []
        self._change = change
        self._whole = whole
        self._lines = 0
        self._arriving: list[bytes] = []

    def clock(self) -> float:
        return self.now_s

    def write(self, data: bytes) -> None:
        found = frames.decode_line(data[1:-1])
        assert found is not None
        kind, tag, body = found
        assert kind == messages.GET_TRACE.kind
        values = messages.GET_TRACE.unpack(body)
        seq, at = values["seq"], values["offset"]
        assert isinstance(seq, int)
        assert isinstance(at, int)
        self.asked.append((seq, at))
        self._arriving.clear()
        while True:
            part = self._whole[at : at + PART_BYTES]
            reply = {"seq": seq, "offset": at, "total": len(self._whole), "data": part}
            table = messages.GET_TRACE_REPLY
            self._arrives(frames.encode(table.kind, tag, table.pack(reply)))
            at += len(part)
            if not part or at >= len(self._whole):
                return

    def _arrives(self, line: bytes) -> None:
        self._lines += 1
        self._arriving.append(self._change(self._lines, line))

    def read(self) -> bytes:
        if self._arriving:
            return self._arriving.pop(0)
        self.now_s += 1.0
        return b""

    def close(self) -> None:
        """Nothing to let go of."""


def client_of(port: BoardPort) -> BoardClient:
    return BoardClient(port, clock=port.clock)


def test_one_request_brings_a_whole_trace() -> None:
    port = BoardPort()
    assert client_of(port).trace(SEQ) == WHOLE
    assert port.asked == [(SEQ, 0)]
    assert port.now_s == 0.0


def test_no_trace() -> None:
    port = BoardPort(whole=b"")
    assert client_of(port).trace(SEQ) is None
    assert port.asked == [(SEQ, 0)]


@pytest.mark.parametrize("lost", [1, 2, 5, 6])
@pytest.mark.parametrize("how", [b"", b"~damaged\n"], ids=["missing", "damaged"])
def test_a_lost_part_is_asked_for_again(lost: int, how: bytes) -> None:
    port = BoardPort(lambda n, line: how if n == lost else line)
    assert client_of(port).trace(SEQ) == WHOLE
    assert port.asked == [(SEQ, 0), (SEQ, (lost - 1) * PART_BYTES)]
    # Only the loss of the last one shows as silence.
    assert (port.now_s > 0.0) == (lost == 6)


def test_the_second_part_of_each_row_is_lost() -> None:
    """What arrives begins the count of tries anew."""
    rows: Counter[int] = Counter()

    def lose_second(_: int, line: bytes) -> bytes:
        found = frames.decode_line(line[1:-1])
        assert found is not None
        rows[found[1]] += 1
        return b"" if rows[found[1]] == 2 else line

    port = BoardPort(lose_second)
    assert client_of(port).trace(SEQ) == WHOLE
    assert [at for _, at in port.asked] == [n * PART_BYTES for n in range(6)]
    assert len(port.asked) > TRIES


def test_a_board_that_falls_silent() -> None:
    port = BoardPort(lambda n, line: line if n <= 2 else b"")
    with pytest.raises(LinkLostError, match="stopped answering"):
        client_of(port).trace(SEQ)
    assert port.asked[0] == (SEQ, 0)
    assert set(port.asked[1:]) == {(SEQ, 2 * PART_BYTES)}
    assert port.now_s <= (TRIES + 2) * (REPLY_S + 1.0)


def test_replies_of_another_trace_are_not_taken() -> None:
    other = {"seq": SEQ + 1, "offset": 0, "total": 5, "data": b"wrong"}
    table = messages.GET_TRACE_REPLY
    wrong = frames.encode(table.kind, 1, table.pack(other))
    port = BoardPort(lambda n, line: wrong if n == 1 else line)
    assert client_of(port).trace(SEQ) == WHOLE


def test_a_refusal_is_told() -> None:
    values = {"error": flags.ERR_STORAGE, "request": messages.GET_TRACE.kind, "detail": b"errno 5"}
    error = frames.encode(messages.ERROR.kind, 1, messages.ERROR.pack(values))
    port = BoardPort(lambda n, line: error if n == 1 else b"")
    with pytest.raises(EvenstanceError, match="storage"):
        client_of(port).trace(SEQ)


def test_a_trace_shorter_than_the_board_says() -> None:
    class Short(BoardPort):
        def _arrives(self, line: bytes) -> None:
            found = frames.decode_line(line[1:-1])
            assert found is not None
            values = messages.GET_TRACE_REPLY.unpack(found[2])
            values["total"] = len(WHOLE) + 1
            body = messages.GET_TRACE_REPLY.pack(values)
            super()._arrives(frames.encode(found[0], found[1], body))

    with pytest.raises(BoardRefusedError, match="shorter than the board says"):
        client_of(Short()).trace(SEQ)
