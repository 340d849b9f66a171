"""Streams of frames as bad cables and bad programs make them; all of it follows from a seed.

A frame is harmed in its line (flipped, cut, doubled, lengthened, spliced with another one), among
the others (lost, repeated, out of order), or before it is sealed: what such a body says is a lie,
but its checksum holds, so a parser must take it, and what reads the body must not believe it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from evenstance_wire import frames, messages
from evenstance_wire.messages import Table
from fuzzing.reference import Frame

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
LIMITS = {  # what fits into a field, smallest and largest
    "B": (0, 0xFF),
    "H": (0, 0xFFFF),
    "I": (0, 0xFFFF_FFFF),
    "i": (-0x8000_0000, 0x7FFF_FFFF),
    "q": (-0x8000_0000_0000_0000, 0x7FFF_FFFF_FFFF_FFFF),
}
HARMS = ("flip", "drop", "double", "garbage", "noise", "truncate", "lengthen", "splice", "lie")
Source = Callable[[random.Random], Frame]


@dataclass
class Stream:
    """The bytes, every frame that an encoder sealed for them, how many frames were harmed, and
    how often in each way."""

    data: bytes = b""
    mutated: int = 0
    sealed: set[Frame] = field(default_factory=set[Frame])
    harms: Counter[str] = field(default_factory=Counter[str])


def random_frame(rng: random.Random) -> Frame:
    """Any kind and tag, any body."""
    size = rng.choice((0, 1, 2, 13, 40, 200)) if rng.random() < 0.98 else frames.MAX_BODY
    return rng.randrange(256), rng.randrange(256), rng.randbytes(size)


def random_values(rng: random.Random, table: Table) -> dict[str, object]:
    """A value for each field of a table, often at a limit."""
    found: dict[str, object] = {}
    for name, code in table.fields:
        if code == "*":
            found[name] = rng.randbytes(rng.choice((0, 1, 12, 60)))
        elif code.endswith("s"):
            found[name] = rng.randbytes(int(code[:-1]))
        else:
            low, high = LIMITS[code[0]]
            found[name] = rng.choice((low, high, 0, 1, rng.randint(low, high)))
    return found


def table_frame(rng: random.Random, table: Table, tag: int) -> Frame:
    """A well-formed message with any values."""
    return table.kind, tag, table.pack(random_values(rng, table))


def random_request(rng: random.Random) -> Frame:
    """What a host could ask."""
    table, _ = rng.choice(messages.REQUESTS)
    return table_frame(rng, table, rng.randrange(256))


def lie(rng: random.Random, frame: Frame) -> Frame:
    """The frame with a body that is shorter, longer or another one than its kind asks for."""
    kind, tag, body = frame
    text = bytearray(body)
    what = rng.randrange(4)
    if what == 0:
        del text[rng.randrange(len(text) + 1) :]
    elif what == 1:
        text += rng.randbytes(rng.randint(1, 40))
    elif what == 2:
        at = rng.randrange(len(text) + 1)
        text[at : at + 4] = rng.choice((b"\xff" * 4, b"\0" * 4, b"\0\0\0\x80"))
    else:
        kind = rng.randrange(256)
    return kind, tag, bytes(text[: frames.MAX_BODY])


def harm(rng: random.Random, line: bytes, other: bytes, what: str) -> bytes:
    """The line with one harm done to it; `other` is what a splice goes on with."""
    text = bytearray(line)
    at = rng.randrange(len(text)) if text else 0
    some = rng.randint(1, 6)
    if what == "flip" and text:
        text[at] ^= 1 << rng.randrange(8)
    elif what == "drop":
        del text[at : at + some]
    elif what == "double":
        text[at:at] = text[at : at + some]
    elif what == "garbage":
        text[at:at] = rng.choice(GARBAGE)
    elif what == "noise":
        text[at:at] = rng.randbytes(some)
    elif what == "truncate":
        del text[at:]
    elif what == "lengthen":
        text[at:at] = rng.choice((b"A", b"=", b"AAAA")) * rng.choice((some, some, 400))
    elif what == "splice":
        text[at:] = other[rng.randrange(len(other)) :]
    return bytes(text)


def damaged_stream(
    rng: random.Random, count: int, frame: Source = random_frame, *, harmed: float = 1.0
) -> Stream:
    """A stream made of `count` frames, a share of them `harmed` in one to three ways."""
    stream = Stream()
    lines: list[bytes] = []
    stream.sealed.add((0, 0, b""))
    before = frames.encode(0, 0)
    for _ in range(count):
        sealed = frame(rng)
        whole = rng.random() >= harmed
        wanted = () if whole else rng.choices(HARMS, k=rng.randint(1, 3))
        stream.mutated += not whole
        stream.harms.update(wanted)
        if "lie" in wanted:
            sealed = lie(rng, sealed)
        stream.sealed.add(sealed)
        line = written = frames.encode(*sealed)
        for what in wanted:
            line = harm(rng, line, before, what)
        copies = 1 if whole else rng.choice((0, 1, 1, 1, 1, 1, 1, 2))
        if copies != 1:
            stream.harms["repeat" if copies else "lose"] += 1
        lines += [line] * copies
        before = written
    for n in range(len(lines) - 1):
        if rng.random() < 0.05 * (harmed > 0):
            lines[n], lines[n + 1] = lines[n + 1], lines[n]
            stream.harms["reorder"] += 1
    stream.data = b"".join(lines)
    return stream


def in_parts(rng: random.Random, data: bytes) -> list[bytes]:
    """The data as it might arrive, a few bytes or many at a time."""
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        size = rng.choice((1, 2, 7, 64, 4096))
        parts.append(data[at : at + size])
        at += size
    return parts
