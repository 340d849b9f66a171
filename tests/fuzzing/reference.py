"""A second parser of frames, written differently: it splits a whole stream at its marks."""

from __future__ import annotations

import base64
import binascii
import re
import struct
import zlib

from evenstance_wire import frames

BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
Frame = tuple[int, int, bytes]


def read_line(line: bytes) -> Frame | None:
    """The frame of a line without its marks, None when it is not exactly one."""
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
    """Frames, damaged lines and noise bytes of a whole stream."""
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
