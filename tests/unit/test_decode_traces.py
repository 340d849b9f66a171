"""Traces read in step are those read one by one: whole ones, damaged ones, and mixtures."""

from __future__ import annotations

import binascii
import random
import struct

import numpy as np
import pytest
from made_holds import packed, standing, times

from evenstance.signal import decode_traces as module
from evenstance.signal.decode_traces import decode_traces
from evenstance.signal.trace_force import hold_signal, hold_signals
from evenstance_wire import trace


@pytest.fixture(autouse=True)
def in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few they are."""
    monkeypatch.setattr(module, "FEW", 0)


def held(seconds: float, *, rates: tuple[float, float] = (93.1, 88.7), loud: float = 1.0) -> bytes:
    """A trace of both plates that begins 1 s before lift-off."""
    at = (times(rates[0], -1.0, seconds), times(rates[1], -1.0, seconds))
    stance, _ = standing(at[0])
    _, swing = standing(at[1])
    periods = (round(1e6 / rates[0]), round(1e6 / rates[1]))
    return packed((700.0 + loud * (stance - 700.0), swing), at, periods)


def sealed(body: bytes) -> bytes:
    """With a checksum that fits, whatever is in it."""
    return body + struct.pack("<I", binascii.crc32(body) & 0xFFFFFFFF)


def require_same(traces: list[bytes]) -> list[str]:
    """Every trace against the plain reader; the reasons of those that cannot be read."""
    reasons: list[str] = []
    for data, found in zip(traces, decode_traces(traces), strict=True):
        try:
            header, left, right = trace.unpack(data)
        except ValueError as error:
            assert isinstance(found, str), error
            reasons.append(found)
            continue
        assert not isinstance(found, str), found
        assert found[0] == header
        for one, other in ((left, found[1]), (right, found[2])):
            assert (one[0], one[1]) == (other[0].tolist(), other[1].tolist())
    return reasons


def test_traces_of_several_lengths_rates_and_loads() -> None:
    traces = [held(1.0), held(3.0, loud=30.0), held(0.2), held(2.0, rates=(80.0, 20.0), loud=0.0)]
    assert require_same(traces) == []
    assert decode_traces([]) == []


def test_jumps_that_escape_the_short_code() -> None:
    t = times(90.0, -1.0, 1.0)
    jumps = np.where(np.arange(t.size) % 50 == 25, 3000.0, 0.0)
    data = packed((700.0 + jumps, jumps), (t, t), (11_111, 11_111))
    stream = trace.opened(data)[1]
    assert "1" * trace.ESCAPE in "".join(f"{byte:08b}" for byte in stream)
    assert require_same([data]) == []


def test_a_plate_without_samples() -> None:
    t = times(90.0, 0.0, 0.3)
    none = np.array([])
    assert require_same([packed((t * 0 + 700.0, none), (t, none), (11_111, 11_111))]) == []


@pytest.mark.parametrize("seed", range(4))
def test_bits_that_flipped_behind_a_fitting_checksum(seed: int) -> None:
    draw = random.Random(seed)
    damaged: list[bytes] = []
    for data in (held(0.5), held(1.0, loud=20.0)) * 12:
        body = bytearray(data[:-4])
        for _ in range(draw.randint(1, 4)):
            body[draw.randrange(trace.HEADER.size, len(body))] ^= 1 << draw.randrange(8)
        damaged.append(sealed(bytes(body)))
    assert require_same(damaged), "some cannot be read at all"


def test_what_is_wrong_is_said_for_that_trace_alone() -> None:
    good = held(0.5)
    body = bytearray(good[:-4])
    header = trace.HEADER.unpack(bytes(body[: trace.HEADER.size]))
    header["samples_left"] = 60_000  # more than the stream can hold, so nothing is made for them
    many = sealed(trace.HEADER.pack(header) + bytes(body[trace.HEADER.size :]))
    found = hold_signals([good, good[:-9], b"short", many, good])
    assert [one if isinstance(one, str) else one.seq for one in found] == [
        1,
        "trace fails its checksum",
        "trace of 5 bytes",
        "trace ends in the middle of a sample",
        1,
    ]


def test_few_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW", 4)
    assert require_same([held(0.5), held(1.0), held(0.5)[:-9]]) == ["trace fails its checksum"]


def test_the_forces_are_those_of_one_trace() -> None:
    data = held(2.0)
    one, (other,) = hold_signal(data), hold_signals([data])
    assert not isinstance(other, str)
    for a, b in ((one.left, other.left), (one.right, other.right)):
        assert np.array_equal(a.times_s, b.times_s)
        assert np.array_equal(a.force_n, b.force_n)
    assert (one.period_s, one.delay_s, one.end_s) == (other.period_s, other.delay_s, other.end_s)
