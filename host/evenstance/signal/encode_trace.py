"""Writes the trace of a hold that no board recorded, in the format of the board's own traces.

Imported holds are then kept, recomputed and exported exactly as measured ones. What the numbers
mean stands in `evenstance_wire.trace`, which reads them. One count is a millinewton.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenstance_wire import trace

COUNTS_PER_KN = 1_000_000  # one count is a millinewton
MOST_SAMPLES = 65_535
MOST_BYTES = 65_535
_LARGEST_COUNTS = (1 << 23) - 1
_COUNTS_BIAS = 1 << 24
Samples = Sequence[tuple[int, int]]  # time (us), counts


class _Writer:
    def __init__(self) -> None:
        self._out = bytearray()
        self._word = 0
        self._bits = 0

    def put(self, value: int, bits: int) -> None:
        self._word = (self._word << bits) | value
        self._bits += bits
        while self._bits >= 8:
            self._bits -= 8
            self._out.append((self._word >> self._bits) & 0xFF)
        self._word &= (1 << self._bits) - 1

    def finish(self) -> bytes:
        if self._bits:
            self._out.append((self._word << (8 - self._bits)) & 0xFF)
        return bytes(self._out)


class _Context:
    """Adaptive Golomb-Rice numbers whose parameter follows their running mean."""

    def __init__(self, first_sum: int) -> None:
        self._sum = first_sum
        self._n = 1

    def put(self, out: _Writer, value: int) -> None:
        z = value << 1 if value >= 0 else (-value << 1) - 1
        bits = 0
        while (self._n << bits) < self._sum:
            bits += 1
        self._sum += min(z, trace.MOST_ADDED)
        self._n += 1
        if self._n >= trace.WINDOW:
            self._n >>= 1
            self._sum = (self._sum + 1) >> 1
        high = z >> bits
        if high >= trace.ESCAPE:
            out.put((1 << trace.ESCAPE) - 1, trace.ESCAPE)
            out.put(z, trace.RAW_BITS)
        else:
            out.put((1 << (high + 1)) - 2, high + 1)
            out.put(z & ((1 << bits) - 1), bits)


def encode(rows: Samples, other: Samples, periods_us: tuple[int, int]) -> bytes:
    """The stream of left and right samples, each in order of time; times to within 16 us.

    Raises ValueError for counts beyond 24 bits and for more than the format can hold.
    """
    out = _Writer()
    contexts = [[_Context(first) for first in trace.FIRST_SUMS] for _ in (0, 1)]
    last: list[tuple[int, int, int] | None] = [None, None]  # time, counts, counts before
    for channel, t_us, counts in _merged(rows, other):
        if abs(counts) > _LARGEST_COUNTS:
            raise ValueError(f"{counts} counts are more than a trace can hold")
        out.put(channel, 1)
        before = last[channel]
        if before is None:
            out.put(counts + _COUNTS_BIAS, trace.RAW_BITS)
            last[channel] = (t_us, counts, counts)
            continue
        t0, c1, c2 = before
        units = (t_us - t0 - periods_us[channel] + trace.TIME_UNIT_US // 2) // trace.TIME_UNIT_US
        contexts[channel][0].put(out, units)
        contexts[channel][1].put(out, counts - 2 * c1 + c2)
        # as the reader will see it, so that rounding never adds up
        last[channel] = (t0 + periods_us[channel] + units * trace.TIME_UNIT_US, counts, c1)
    stream = out.finish()
    if len(stream) > MOST_BYTES or max(len(rows), len(other)) > MOST_SAMPLES:
        raise ValueError(f"{len(stream)} bytes are more than a trace can hold")
    return stream


def _merged(left: Samples, right: Samples) -> Iterator[tuple[int, int, int]]:
    both = [(t_us, 0, counts) for t_us, counts in left]
    both += [(t_us, 1, counts) for t_us, counts in right]
    for t_us, channel, counts in sorted(both, key=lambda row: row[:2]):
        yield channel, t_us, counts
