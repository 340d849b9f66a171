"""Random changes of any bytes, for where no engine watches which parts of the code they reach."""

from __future__ import annotations

import random

TELLING = (
    b"\x00",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x80",
    b"\xff\xff\xff\x7f",
    b"nan",
    b"inf",
    b"-1e308",
    b"1e-320",
    b",,",
    b'"',
    b"\n\n",
    b"\r",
    b"\xef\xbb\xbf",
    b"=cmd()",
    b"9" * 400,
)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """One to five changes: of a bit, a byte, a piece; or something telling put in."""
    text = bytearray(data)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(text) + 1)
        size = rng.choice((1, 2, 4, 16, 200))
        what = rng.randrange(7)
        if what == 0 and at < len(text):
            text[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            text[at : at + 1] = rng.randbytes(1)
        elif what == 2:
            del text[at : at + size]
        elif what == 3:
            text[at:at] = text[at : at + size]
        elif what == 4:
            piece = text[at : at + size]
            del text[at : at + size]
            to = rng.randrange(len(text) + 1)
            text[to:to] = piece
        elif what == 5:
            piece = rng.choice(TELLING)
            text[at : at + len(piece)] = piece
        else:
            text[at:at] = rng.choice(TELLING)
    return bytes(text)
