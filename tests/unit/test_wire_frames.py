"""Frames: printable lines, exact, and never with the byte that interrupts the board."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenstance_wire import frames

BYTE = st.integers(0, 255)
BODY = st.binary(max_size=frames.MAX_BODY)
PRINTABLE = bytes(range(0x20, 0x7F))


def line_of(raw: bytes) -> bytes:
    """The line of `raw` with its CRC, made without the module under test."""
    return b"~" + base64.b64encode(raw + struct.pack("<I", zlib.crc32(raw))) + b"\n"


@given(BYTE, BYTE, BODY)
def test_roundtrip_and_form(kind: int, tag: int, body: bytes) -> None:
    line = frames.encode(kind, tag, body)
    assert line == line_of(bytes((kind, tag)) + body)
    assert frames.decode_line(line[1:-1]) == (kind, tag, body)
    assert frames.Parser().feed(line) == [(kind, tag, body)]
    assert len(line) <= frames.MAX_LINE + 1
    assert line[-1:] == b"\n"
    assert not set(line[:-1]) - set(PRINTABLE)
    assert line.count(b"~") == 1


def test_every_byte_value_travels_without_an_interrupt() -> None:
    body = bytes(range(256)) * 4
    for kind in range(256):
        line = frames.encode(kind, 3, body)
        assert b"\x03" not in line
        assert frames.decode_line(line[1:-1]) == (kind, 3, body)


def test_body_limit_holds_both_ways() -> None:
    full = b"\xa5" * frames.MAX_BODY
    assert frames.decode_line(frames.encode(1, 2, full)[1:-1]) == (1, 2, full)
    with pytest.raises(ValueError, match="1025"):
        frames.encode(1, 2, full + b"\0")
    # A longer one with a right CRC is not what an encoder writes.
    for extra in (1, 2, 3, 4):
        text = line_of(b"\x01\x02" + full + b"\0" * extra)[1:-1]
        assert frames.decode_line(text) is None
    for wrong in ((256, 0), (0, 256), (-1, 0)):
        with pytest.raises(ValueError, match="byte"):
            frames.encode(*wrong)


@given(BYTE, BYTE, st.binary(max_size=40), st.integers(1, 0xFFFF_FFFF))
def test_wrong_crc(kind: int, tag: int, body: bytes, difference: int) -> None:
    raw = bytes((kind, tag)) + body
    crc = zlib.crc32(raw) ^ difference
    text = base64.b64encode(raw + struct.pack("<I", crc))
    assert frames.decode_line(text) is None


@given(BYTE, BYTE, st.binary(max_size=40), st.data())
def test_one_changed_character(kind: int, tag: int, body: bytes, data: st.DataObject) -> None:
    text = bytearray(frames.encode(kind, tag, body)[1:-1])
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] = data.draw(BYTE.filter(lambda value: value != text[at]))
    assert frames.decode_line(bytes(text)) is None


@pytest.mark.parametrize("size", [0, 1, 2])
def test_non_canonical_base64(size: int) -> None:
    """Spare bits under the padding, inner blanks, and a missing or doubled padding."""
    text = frames.encode(7, 9, b"z" * size)[1:-1]
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    padding = text.count(b"=")
    assert padding == (0, 2, 1)[size]
    variants = [
        text + b"====",
        text + b"\n",
        b" " + text,
        text[:4] + b"    " + text[4:],
        text[:4] + b"\r\n\t " + text[4:],
        text.replace(b"=", b""),
        text.replace(b"+", b"-").replace(b"/", b"_") + b"AAAA",
        text[:-4],
        text * 2,
    ]
    if padding:
        last = text.rstrip(b"=")
        for spare in range(1, 4 if padding == 1 else 16):
            changed = alphabet[alphabet.index(last[-1]) ^ spare]
            variants.append(last[:-1] + bytes((changed,)) + b"=" * padding)
    for variant in variants:
        assert variant == text or frames.decode_line(variant) is None, variant


def test_too_short_or_too_long() -> None:
    for raw in (b"", b"a", b"abcde"):
        assert frames.decode_line(base64.b64encode(raw)) is None
    assert frames.decode_line(line_of(b"")[1:-1]) is None
    assert frames.decode_line(line_of(b"\x01")[1:-1]) is None
    assert frames.decode_line(b"A" * (frames.MAX_LINE + 4)) is None


@given(st.binary(max_size=64))
def test_decoding_any_text_never_raises(text: bytes) -> None:
    found = frames.decode_line(text)
    assert found is None or frames.encode(*found)[1:-1] == text
