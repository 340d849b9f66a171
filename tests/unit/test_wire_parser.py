"""The parser against damaged streams, judged by a second parser written differently."""

from __future__ import annotations

import base64
import binascii
import random
import re
import struct
import tracemalloc
import zlib
from collections import Counter

import pytest

from evenstance_wire import frames

STREAMS = 10_000
TRACEBACK = (
    b"Traceback (most recent call last):\r\n"
    b'  File "main.py", line 33, in <module>\r\n'
    b"MemoryError: memory allocation failed, allocating 1024 bytes\r\n"
)
GARBAGE = (
    TRACEBACK,
    b">>> ",
    b"\r\n>>> ",
    b"raw REPL; CTRL-B to exit\r\n>",
    b"MPY: soft reboot\r\n",
    b"\x04\x04>OK",
    b"~",
    b"~\n",
    b"~~~~",
    b"~AAAAAAAA\n",
    b"\n\n",
    b"\x03\x03",
    b"",
)
BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
Frame = tuple[int, int, bytes]


def read_line(line: bytes) -> Frame | None:
    if not BASE64.match(line):
        return None
    try:
        raw = base64.b64decode(line, validate=True)
    except binascii.Error:
        return None
    if base64.b64encode(raw) != line or not 6 <= len(raw) <= frames.MAX_BODY + 6:
        return None
    if zlib.crc32(raw[:-4]) != struct.unpack("<I", raw[-4:])[0]:
        return None
    return raw[0], raw[1], raw[2:-4]


def reference(stream: bytes) -> tuple[list[Frame], int, int]:
    """Frames, damaged lines and noise bytes of a whole stream, by splitting it."""
    head, *parts = stream.split(b"~")
    found: list[Frame] = []
    damaged = 0
    noise = len(head)
    for n, part in enumerate(parts):
        line, newline, rest = part.partition(b"\n")
        if len(line) > frames.MAX_LINE:
            damaged += 1
            noise += len(part) - frames.MAX_LINE - 1
        elif newline:
            noise += len(rest)
            frame = read_line(line)
            if frame is None:
                damaged += 1
            else:
                found.append(frame)
        elif n < len(parts) - 1:
            damaged += 1
    return found, damaged, noise


def random_frame(rng: random.Random) -> Frame:
    size = rng.choice((0, 1, 2, 13, 40, 200)) if rng.random() < 0.98 else frames.MAX_BODY
    return rng.randrange(256), rng.randrange(256), rng.randbytes(size)


def mutate(rng: random.Random, line: bytes) -> bytes:
    """The line with bytes flipped, dropped, doubled or put in."""
    text = bytearray(line)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text)) if text else 0
        what = rng.randrange(5)
        if what == 0 and text:
            text[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            del text[at : at + rng.randint(1, 6)]
        elif what == 2:
            text[at:at] = text[at : at + rng.randint(1, 6)]
        elif what == 3:
            text[at:at] = rng.choice(GARBAGE)
        else:
            text[at:at] = rng.randbytes(rng.randint(1, 8))
    return bytes(text)


def damaged_stream(rng: random.Random) -> tuple[bytes, Counter[Frame]]:
    """A stream and the frames that were sent in it, each as often as it was sent."""
    stream = b""
    sent: Counter[Frame] = Counter()
    for _ in range(rng.randint(1, 6)):
        frame = random_frame(rng)
        line = frames.encode(*frame)
        copies = rng.choice((0, 1, 1, 1, 1, 2))
        sent[frame] += copies
        for _ in range(copies):
            stream += line if rng.random() < 0.5 else mutate(rng, line)
        if rng.random() < 0.3:
            stream += rng.choice(GARBAGE)
        if rng.random() < 0.1:
            stream += rng.randbytes(rng.randint(1, 60))
    return stream, sent


def feed_in_parts(rng: random.Random, parser: frames.Parser, stream: bytes) -> list[Frame]:
    found: list[Frame] = []
    at = 0
    while at < len(stream):
        size = rng.choice((1, 2, 7, 64, 4096))
        found += parser.feed(stream[at : at + size])
        at += size
    return found


def test_damaged_streams() -> None:
    accepted = damaged = 0
    for seed in range(STREAMS):
        rng = random.Random(seed)
        stream, sent = damaged_stream(rng)
        parser = frames.Parser()
        found = feed_in_parts(rng, parser, stream)
        assert not Counter(found) - sent, f"seed {seed}: a frame nobody sent"
        assert (found, parser.damaged, parser.noise_bytes) == reference(stream), f"seed {seed}"
        accepted += len(found)
        damaged += parser.damaged
    # the streams were hard enough, and not hopeless
    assert accepted > STREAMS
    assert damaged > STREAMS


def test_random_bytes_are_no_frames() -> None:
    rng = random.Random(1)
    parser = frames.Parser()
    stream = rng.randbytes(300_000)
    assert parser.feed(stream) == []
    assert (parser.damaged, parser.noise_bytes) == reference(stream)[1:]


@pytest.mark.parametrize("garbage", [g for g in GARBAGE if b"~" not in g])
def test_garbage_between_frames_costs_no_frame(garbage: bytes) -> None:
    sent = [(1, n, bytes((n,)) * n) for n in range(20)]
    parser = frames.Parser()
    found: list[Frame] = []
    for frame in sent:
        found += parser.feed(garbage + frames.encode(*frame))
    assert found == sent
    assert parser.damaged == 0
    assert parser.noise_bytes == 20 * len(garbage)


def test_a_torn_frame_costs_only_itself() -> None:
    parser = frames.Parser()
    line = frames.encode(5, 6, b"seven")
    for cut in range(1, len(line)):
        before = parser.damaged
        assert parser.feed(line[:cut]) == []
        assert parser.feed(line) == [(5, 6, b"seven")]
        assert parser.damaged == before + 1
    assert parser.noise_bytes == 0


def test_an_endless_line_takes_bounded_memory() -> None:
    parser = frames.Parser()
    chunk = b"A" * 4096
    parser.feed(b"~" + chunk)
    of_frames = tracemalloc.Filter(True, frames.__file__)  # other threads allocate meanwhile
    tracemalloc.start()
    try:
        for n in range(100):
            assert parser.feed(b"~" + chunk if n % 2 else chunk) == []
            if n % 10 == 9:
                kept = tracemalloc.take_snapshot().filter_traces([of_frames])
                assert sum(trace.size for trace in kept.traces) < 2 * frames.MAX_LINE + 512
    finally:
        tracemalloc.stop()
    assert parser.damaged == 51
    assert parser.feed(frames.encode(1, 1)) == [(1, 1, b"")]


def test_the_longest_line_is_read_and_one_more_is_not() -> None:
    parser = frames.Parser()
    frame = (1, 2, b"x" * frames.MAX_BODY)
    line = frames.encode(*frame)
    assert parser.feed(line) == [frame]
    assert parser.feed(b"~" + b"A" * frames.MAX_LINE + b"\n") == []
    assert (parser.damaged, parser.noise_bytes) == (1, 0)
    assert parser.feed(b"~" + b"A" * (frames.MAX_LINE + 1) + b"B\n") == []
    assert (parser.damaged, parser.noise_bytes) == (2, 2)
