"""The parser against damaged streams, judged by a second parser written differently."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from evenstance_wire import frames
from fuzzing.reference import Frame, reference
from fuzzing.streams import GARBAGE, damaged_stream, in_parts

STREAMS = 6000
FRAMES = 4  # in each


def test_damaged_streams() -> None:
    accepted = damaged = 0
    for seed in range(STREAMS):
        rng = random.Random(seed)
        stream = damaged_stream(rng, FRAMES, harmed=0.7)
        parser = frames.Parser()
        found: list[Frame] = []
        for part in in_parts(rng, stream.data):
            found += parser.feed(part)
        assert stream.sealed >= set(found), f"seed {seed}: a frame nobody sent"
        assert (found, parser.damaged, parser.noise_bytes) == reference(stream.data), (
            f"seed {seed}"
        )
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
