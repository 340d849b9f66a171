"""Records of summaries in one file: [length u16][summary][CRC-32], found again behind damage."""

import binascii
import struct

from micropython import const

from evenstance_board import storage
from evenstance_wire import messages

OVERHEAD = const(6)
LONGEST = const(256)  # bytes of a summary
WINDOW = const(512)  # bytes through which a file is read; a record is shorter
_SEQ_BYTES = const(4)  # a summary begins with its number


def pack(summary):
    """The record of a summary. ValueError when it is too long: a length never wraps."""
    size = len(summary)
    if not messages.SUMMARY.size <= size <= LONGEST:
        raise ValueError("summary of %d bytes" % size)
    record = bytes((size & 0xFF, size >> 8)) + summary
    return record + struct.pack("<I", binascii.crc32(record) & 0xFFFFFFFF)


def blank(seq, size):
    """A record of the same size that has the number and nothing else: its trial is forgotten."""
    return pack(struct.pack("<I", seq) + bytes(size - OVERHEAD - _SEQ_BYTES))


def is_blank(summary):
    """Whether nothing but the number is left."""
    return not any(memoryview(summary)[_SEQ_BYTES:])


def sound(file, window):
    """Yield (seq, summary, end) of each undamaged record in the first flash block of `file`, read
    through `window`, in which the summary is good until the next one.

    Behind damage, whatever it hit, the next place where length and CRC-32 fit is a record.
    """
    view = memoryview(window)
    room = storage.BLOCK_BYTES  # that may still be read
    before = 0  # bytes of the file that have left the window
    at = 0
    size = 0  # of what is in the window
    while True:
        if size - at < LONGEST + OVERHEAD and room:
            view[: size - at] = bytes(view[at:size])
            before += at
            size -= at
            at = 0
            came = file.readinto(view[size : min(len(window), size + room)])
            size += came
            room = room - came if came else 0
            continue
        if at + OVERHEAD + _SEQ_BYTES > size:
            return
        length = view[at] | view[at + 1] << 8
        end = at + 2 + length
        if (
            _SEQ_BYTES <= length <= LONGEST
            and end + 4 <= size
            and struct.unpack_from("<I", view, end)[0] == binascii.crc32(view[at:end]) & 0xFFFFFFFF
        ):
            seq = struct.unpack_from("<I", view, at + 2)[0]
            yield seq, view[at + 2 : end], before + end + 4
            at = end + 4
        else:
            at += 1


def most_in(size):
    """How many records `size` damaged bytes may have been."""
    least = messages.SUMMARY.size + OVERHEAD
    return (size + least - 1) // least
