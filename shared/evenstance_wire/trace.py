"""The trace of a hold: raw counts and conversion times of both channels, packed in bits.

Counts are coded as their second difference, times as the difference from the expected period in
units of 32 us, both as adaptive Golomb-Rice numbers (the parameter follows the running mean, as
in JPEG-LS). One bit before each sample names its channel. The board writes it, here it is read.
"""

import binascii
import struct

from evenstance_wire.messages import Table

TIME_UNIT_US = 32
ESCAPE = 20
RAW_BITS = 28
WINDOW = 32
FIRST_SUMS: tuple[int, int] = (4, 1024)  # of times, of counts
MOST_ADDED = 0xFFFFF

HEADER = Table(
    0,
    "trace_header",
    (
        "version:B "
        "complete:B "
        "seq:I "
        "stance_leg:B "
        "filter_delay_half_periods:B "
        "left_counts_per_kn:i "
        "right_counts_per_kn:i "
        "zero_left_counts:i "
        "zero_right_counts:i "
        "left_period_us:H "
        "right_period_us:H "
        "end_us:I "  # from lift-off
        "left_first_us:i "  # time of the first conversion from lift-off
        "right_first_us:i "
        "samples_left:H "
        "samples_right:H "
        "stream_bytes:H "
    ),
)
VERSION = 1


def parts(
    header: dict[str, object], stream: bytes | bytearray | memoryview
) -> tuple[bytes, bytes | bytearray | memoryview, bytes]:
    """The trace file as what to write one after another: header, stream (not copied), CRC-32."""
    head = HEADER.pack(header)
    crc = binascii.crc32(stream, binascii.crc32(head)) & 0xFFFFFFFF
    return head, stream, struct.pack("<I", crc)


def pack(header: dict[str, object], stream: bytes | bytearray | memoryview) -> bytes:
    """The whole trace file as bytes."""
    return b"".join(parts(header, stream))


def _rice(
    text: bytes, at: int, sums: "list[int]", counts: "list[int]", widths: "list[int]", k: int
) -> "tuple[int, int]":
    """One number from a text of 0 and 1 (bytes: on a board each place in a str is counted to),
    and where the next one begins.

    Its width is the least with count << width at least the sum; it is near the last one's.
    """
    count = counts[k]
    total = sums[k]
    bits = widths[k]
    while bits and (count << (bits - 1)) >= total:
        bits -= 1
    while (count << bits) < total:
        bits += 1
    widths[k] = bits
    end = text.find(b"0", at, at + ESCAPE)  # one search, however long the run of ones
    if end < 0:
        high = 0
        bits = RAW_BITS
        end = at + ESCAPE - 1
    else:
        high = end - at
    at = end + 1
    end = at + bits
    if end > len(text):
        raise ValueError("trace ends in the middle of a sample")
    z = (high << bits) | int(text[at:end], 2) if bits else high
    sums[k] = total + min(z, MOST_ADDED)
    counts[k] = count + 1
    if count + 1 >= WINDOW:
        counts[k] >>= 1
        sums[k] = (sums[k] + 1) >> 1
    return (z >> 1) if not z & 1 else -((z + 1) >> 1), end


def _number(header: dict[str, object], name: str) -> int:
    value = header[name]
    if not isinstance(value, int):
        raise ValueError("trace header without %s" % name)
    return value


def is_sound(data: bytes) -> bool:
    """Whether `data` is a whole, undamaged trace by its size and checksum."""
    return (
        len(data) >= HEADER.size + 4
        and struct.unpack("<I", data[-4:])[0] == binascii.crc32(data[:-4]) & 0xFFFFFFFF
    )


def opened(data: bytes) -> tuple[dict[str, object], bytes]:
    """Header and stream of a trace file; ValueError when it is not a whole, undamaged one."""
    if len(data) < HEADER.size + 4:
        raise ValueError("trace of %d bytes" % len(data))
    if not is_sound(data):
        raise ValueError("trace fails its checksum")
    header = HEADER.unpack(data[: HEADER.size])
    if header["version"] != VERSION:
        raise ValueError("trace version %d" % header["version"])
    stream = data[HEADER.size : -4]
    if len(stream) != header["stream_bytes"]:
        raise ValueError("trace stream of %d bytes" % len(stream))
    return header, stream


def unpack(
    data: bytes,
) -> tuple[dict[str, object], tuple[list[int], list[int]], tuple[list[int], list[int]]]:
    """Return (header, (left times, left counts), (right times, right counts)).

    Times are microseconds from lift-off as the driver gave them (the filter's delay is not taken
    off). Raises ValueError when the data is not a whole, undamaged trace.
    """
    header, stream = opened(data)
    period = (_number(header, "left_period_us"), _number(header, "right_period_us"))
    first = (_number(header, "left_first_us"), _number(header, "right_first_us"))
    wanted = (_number(header, "samples_left"), _number(header, "samples_right"))
    sums = list(FIRST_SUMS + FIRST_SUMS)
    counts = [1] * 4
    widths = [0] * 4
    times: tuple[list[int], list[int]] = ([], [])
    values: tuple[list[int], list[int]] = ([], [])
    total = wanted[0] + wanted[1]
    text = "".join(["{:08b}".format(byte) for byte in stream]).encode()
    at = 0
    for _ in range(total):
        channel = 1 if text.startswith(b"1", at) else 0
        at += 1
        t, c = times[channel], values[channel]
        if not t:
            if at + RAW_BITS > len(text):
                raise ValueError("trace ends in the middle of a sample")
            t.append(first[channel])
            c.append(int(text[at : at + RAW_BITS], 2) - (1 << 24))
            at += RAW_BITS
            continue
        units, at = _rice(text, at, sums, counts, widths, 2 * channel)
        t.append(t[-1] + period[channel] + units * TIME_UNIT_US)
        before = c[-2] if len(c) > 1 else c[-1]
        bend, at = _rice(text, at, sums, counts, widths, 2 * channel + 1)
        c.append(bend + 2 * c[-1] - before)
    if (len(times[0]), len(times[1])) != wanted:
        raise ValueError("trace holds %d and %d samples" % (len(times[0]), len(times[1])))
    return header, (times[0], values[0]), (times[1], values[1])
