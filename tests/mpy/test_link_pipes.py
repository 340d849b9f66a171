"""The board's link on real pipes: a host that does not read, and a host that sends badly."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from mpy_runner import CHECKS, LONGEST_S, environment

from evenstance_wire import frames, messages

TURNS = 6000
PIPE_BYTES = 65536
STOP = frames.encode(messages.GET_HOLD.kind, 1, messages.GET_HOLD.pack({"seq": 1}))


@contextmanager
def peer(micropython: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [micropython, str(CHECKS / "link_peer.py"), *arguments],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def numbers(line: bytes) -> list[int]:
    return [int(word) for word in line.split()]


def test_a_host_that_does_not_read_stalls_nothing(micropython: str) -> None:
    with peer(micropython, "stuck", str(TURNS)) as process:
        assert process.stderr is not None
        # It gets through all its turns although its output is full and nobody takes it.
        sent, dropped = numbers(process.stderr.readline())
        assert sent + dropped == TURNS
        assert dropped > TURNS // 2
        line_bytes = len(frames.encode(0x40, 0, bytes(messages.LIVE_FRAME.size)))
        assert sent * line_bytes > PIPE_BYTES // 2
        output, _ = process.communicate(STOP, timeout=LONGEST_S)
    parser = frames.Parser()
    received = parser.feed(output)
    assert (parser.damaged, parser.noise_bytes) == (0, 0)
    assert len(received) == sent
    counts = [messages.LIVE_FRAME.unpack(body)["device_us"] for _, _, body in received]
    assert counts == sorted(set(counts)), "in order, each once"


def test_requests_among_garbage(micropython: str) -> None:
    rng = random.Random(5)
    sent = [(2, tag, rng.randbytes(rng.choice((0, 3, 200)))) for tag in range(1, 13)]
    garbage = [b">>> ", b"\r\n", b"~broken\n", b"import os\r\n"]
    stream = b"".join(rng.choice(garbage) + frames.encode(*frame) for frame in sent)
    broken = stream.count(b"~broken")
    noise = len(stream) - sum(len(frames.encode(*f)) for f in sent) - broken * len(b"~broken\n")
    with peer(micropython, "echo") as process:
        output, report = process.communicate(stream + STOP, timeout=LONGEST_S)
    calls, damaged, noise_bytes = numbers(report)
    assert (damaged, noise_bytes) == (broken, noise)
    assert calls >= len(stream) // 64, "a bounded part at a time"
    parser = frames.Parser()
    replies = [(tag, messages.ERROR.unpack(body)) for _, tag, body in parser.feed(output)]
    assert [(r["request"], tag, r["detail"]) for tag, r in replies[:-1]] == sent
    assert (parser.damaged, parser.noise_bytes) == (0, 0)
