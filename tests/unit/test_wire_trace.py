"""The trace codec: exact counts, times within half a unit, damage noticed, a full buffer told."""

from __future__ import annotations

import importlib
import random
import struct
import zlib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_ints import board_modules

from evenstance_wire import trace

with board_modules():
    Encoder = importlib.import_module("evenstance_board.trace_encoder").Encoder

RAILS = (-0x800000, 0x7FFFFF)
HALF_UNIT_US = 16
FAR_US = 1 << 28  # a trace lasts less than this
Sample = tuple[int, int, int]  # channel, time (us), counts
PERIODS = (10741, 10893)

COUNTS = (
    st.integers(*RAILS) | st.sampled_from((*RAILS, 0, -1, 1)) | st.integers(1_499_000, 1_501_000)
)
STEPS = (
    st.integers(10_600, 11_000)  # the next conversion
    | st.integers(1, 80).map(lambda n: 10_741 * (n + 1))  # some were missed
    | st.sampled_from((1, 16, 17, 1 << 20))
)
FIRST = st.integers(-5_100_000, 100_000) | st.sampled_from((-FAR_US, FAR_US, 0, -1))


@st.composite
def sample_rows(draw: st.DrawFn) -> list[Sample]:
    """Samples of both channels in some order; time grows within a channel."""
    t_us = [draw(FIRST), draw(FIRST)]
    rows: list[Sample] = []
    for channel in draw(st.lists(st.integers(0, 1), max_size=60)):
        rows.append((channel, t_us[channel], draw(COUNTS)))
        t_us[channel] += draw(STEPS)
    return rows


def encode(
    rows: Iterable[Sample], periods: tuple[int, int] = PERIODS, buffer_bytes: int = 65535
) -> tuple[bytes, Any]:
    encoder = Encoder(bytearray(buffer_bytes))
    encoder.start(*periods)
    for row in rows:
        encoder.put(*row)
    size = encoder.finish()
    header = {
        "version": trace.VERSION,
        "complete": 0 if encoder.full else 1,
        "seq": 12,
        "stance_leg": 1,
        "filter_delay_half_periods": 4,
        "left_counts_per_kn": -2_187_000,
        "right_counts_per_kn": 2_190_000,
        "zero_left_counts": 50_000,
        "zero_right_counts": -30_000,
        "left_period_us": periods[0],
        "right_period_us": periods[1],
        "end_us": 25_000_000,
        "left_first_us": encoder.first_us(0) if encoder.samples(0) else 0,
        "right_first_us": encoder.first_us(1) if encoder.samples(1) else 0,
        "samples_left": encoder.samples(0),
        "samples_right": encoder.samples(1),
        "stream_bytes": size,
    }
    return trace.pack(header, memoryview(encoder.buffer)[:size]), encoder


def assert_same(packed: bytes, rows: list[Sample]) -> None:
    _, *channels = trace.unpack(packed)
    for side, (times, counts) in enumerate(channels):
        assert counts == [c for k, _, c in rows if k == side]
        sent = [t for k, t, _ in rows if k == side]
        assert len(times) == len(sent)
        assert all(abs(a - b) <= HALF_UNIT_US for a, b in zip(times, sent, strict=True))
        assert times[:1] == sent[:1], "the first time is exact"


def sealed(body: bytes) -> bytes:
    return body + struct.pack("<I", zlib.crc32(body))


@settings(max_examples=300)
@given(sample_rows(), st.sampled_from((PERIODS, (10_309, 12_500), (65_535, 1))))
@example(rows=[], periods=PERIODS)
@example(rows=[(0, n * 10_741, RAILS[n & 1]) for n in range(50)], periods=PERIODS)
def test_roundtrip(rows: list[Sample], periods: tuple[int, int]) -> None:
    packed, encoder = encode(rows, periods)
    assert not encoder.full
    assert_same(packed, rows)


def quiet_stance(n: int) -> list[Sample]:
    """Both channels of somebody standing: noise of 100 counts, slow sway, jitter of 20 us."""
    rng = random.Random(3)
    rows: list[Sample] = []
    sway = [1_500_000.0, 40_000.0]
    for k in range(n):
        for channel, period in enumerate(PERIODS):
            sway[channel] += rng.gauss(0, 600)
            counts = round(sway[channel] + rng.gauss(0, 100))
            rows.append((channel, -5_000_000 + k * period + rng.randint(-20, 20), counts))
    return rows


def test_rounding_never_adds_up_and_a_trace_fits_its_file() -> None:
    rows = quiet_stance(2900)  # 31 s
    packed, encoder = encode(rows)
    assert not encoder.full
    assert_same(packed, rows)
    assert len(packed) <= 12 * 1024


def test_the_header_travels() -> None:
    packed, _ = encode([(0, -7, 1), (1, 9, 2)])
    header, left, right = trace.unpack(packed)
    assert (header["seq"], header["stance_leg"], header["complete"]) == (12, 1, 1)
    assert (header["left_counts_per_kn"], header["zero_right_counts"]) == (-2_187_000, -30_000)
    assert (left, right) == (([-7], [1]), ([9], [2]))


@pytest.mark.parametrize("buffer_bytes", [0, 15, 16, 17, 40, 64, 1000])
def test_a_full_buffer_is_told_and_what_fits_is_read(buffer_bytes: int) -> None:
    rows = [(k & 1, (k >> 1) * 10_741, (k * 7_919_119) % 8_000_000) for k in range(600)]
    packed, encoder = encode(rows, buffer_bytes=buffer_bytes)
    assert encoder.full
    kept = encoder.samples(0) + encoder.samples(1)
    assert kept < len(rows)
    assert (kept > 0) == (buffer_bytes >= 16)
    assert_same(packed, rows[:kept])
    assert trace.unpack(packed)[0]["complete"] == 0
    encoder.put(0, 0, 0)
    assert encoder.samples(0) + encoder.samples(1) == kept, "once full it takes nothing more"


@given(sample_rows(), st.integers(16, 120))
def test_any_full_buffer_is_still_read(rows: list[Sample], buffer_bytes: int) -> None:
    packed, encoder = encode(rows, buffer_bytes=buffer_bytes)
    kept = encoder.samples(0) + encoder.samples(1)
    assert encoder.full == (kept < len(rows))
    assert_same(packed, rows[:kept])


def test_more_samples_than_the_header_can_count() -> None:
    encoder = Encoder(bytearray(200_000))
    encoder.start(*PERIODS)
    for k in range(65_535):
        encoder.put(1, k * PERIODS[1], 5)
    assert (encoder.samples(1), encoder.full) == (65_535, False)
    encoder.put(1, 65_535 * PERIODS[1], 5)
    assert (encoder.samples(1), encoder.full) == (65_535, True)


def test_an_encoder_starts_afresh() -> None:
    rows = quiet_stance(40)
    once, _ = encode(rows)
    encoder = Encoder(bytearray(65535))
    encoder.start(9_000, 9_000)
    for row in quiet_stance(90):
        encoder.put(row[0], row[1] + 77, -row[2])
    encoder.start(*PERIODS)
    for row in rows:
        encoder.put(*row)
    size = encoder.finish()
    assert bytes(encoder.buffer[:size]) == once[trace.HEADER.size : -4]
    assert encoder.finish() == size, "finishing twice changes nothing"


def test_every_damaged_byte_is_noticed() -> None:
    packed, _ = encode(quiet_stance(30))
    for at in range(len(packed)):
        damaged = bytearray(packed)
        damaged[at] ^= 1 << (at % 8)
        with pytest.raises(ValueError, match="checksum"):
            trace.unpack(bytes(damaged))
    for size in range(len(packed)):
        with pytest.raises(ValueError, match=r"checksum|trace of"):
            trace.unpack(packed[:size])


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=4), st.data())
def test_nonsense_behind_a_right_checksum(noise: bytes, data: st.DataObject) -> None:
    """Whatever was written there, reading ends: with values or with ValueError."""
    body = bytearray(encode(quiet_stance(20))[0][:-4])
    at = data.draw(st.integers(0, len(body) - len(noise)))
    body[at : at + len(noise)] = noise
    try:
        header, (left_t, left_c), (right_t, right_c) = trace.unpack(sealed(bytes(body)))
    except ValueError:
        return
    assert len(left_t) == len(left_c) == header["samples_left"]
    assert len(right_t) == len(right_c) == header["samples_right"]


@pytest.mark.parametrize(
    ("lies", "message"),
    [
        ({"version": 2}, "version 2"),
        ({"stream_bytes": 3}, "stream of"),
        ({"samples_left": 21, "samples_right": 19}, "holds"),
        ({"samples_right": 60_000}, "middle of a sample"),
    ],
)
def test_a_header_that_lies(lies: dict[str, int], message: str) -> None:
    body = encode(quiet_stance(20))[0][:-4]
    header = trace.HEADER.unpack(body[: trace.HEADER.size]) | lies
    lying = trace.HEADER.pack(header) + body[trace.HEADER.size :]
    with pytest.raises(ValueError, match=message):
        trace.unpack(sealed(lying))
