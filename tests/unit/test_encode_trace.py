"""The laptop's trace encoder writes the very bytes that the board's would, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_wire_trace import PERIODS, Sample, sample_rows
from test_wire_trace import encode as by_the_board

from evenstance.signal.encode_trace import MOST_SAMPLES, encode
from evenstance_wire import trace


def in_time(rows: list[Sample]) -> list[Sample]:
    return sorted(rows, key=lambda row: (row[1], row[0]))


def of(rows: list[Sample], channel: int) -> list[tuple[int, int]]:
    return [(t_us, counts) for k, t_us, counts in rows if k == channel]


@given(sample_rows())
@settings(deadline=None)
def test_the_bytes_are_those_of_the_board(rows: list[Sample]) -> None:
    rows = [row for row in in_time(rows) if row[2] > -0x800000]
    whole, _ = by_the_board(rows)
    assert encode(of(rows, 0), of(rows, 1), PERIODS) == whole[trace.HEADER.size : -4]


@given(st.lists(st.tuples(st.integers(500, 20_000), st.integers(-8_000_000, 8_000_000))))
@settings(deadline=None)
def test_what_is_written_is_read(steps: list[tuple[int, int]]) -> None:
    at_us = -5_000_000
    left: list[tuple[int, int]] = []
    for step_us, counts in steps:
        at_us += step_us
        left.append((at_us, counts))
    stream = encode(left, [], (4000, 4000))
    header = dict.fromkeys((name for name, _ in trace.HEADER.fields), 0)
    header |= {
        "version": trace.VERSION,
        "left_period_us": 4000,
        "right_period_us": 4000,
        "left_first_us": left[0][0] if left else 0,
        "samples_left": len(left),
        "stream_bytes": len(stream),
    }
    _, (times, counts), (none, _) = trace.unpack(trace.pack(dict(header), stream))
    assert counts == [value for _, value in left]
    assert none == []
    assert all(abs(t - wanted) <= 16 for t, (wanted, _) in zip(times, left, strict=True))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="8388608 counts"):
        encode([(0, 1 << 23)], [], PERIODS)
    many = [(1000 * n, (n * 7919) % 5_000_000) for n in range(MOST_SAMPLES + 1)]
    with pytest.raises(ValueError, match="bytes are more"):
        encode(many, [], (1000, 1000))
