"""Rows of values to bodies and back, by the form of a body: its struct codes without its names.

In a form, ``Ns`` stands for N bytes, ``*`` at the end for the bytes that remain, ``?`` behind a
code for a value that may be missing (sent as the largest number of its size, read as None, so
that zero and missing never look alike). What the values are called stands in
`evenstance_wire.messages`, which a board does not need.
"""

import struct


def _missing(code: str) -> int:
    if code == "B":
        return 0xFF
    if code == "H":
        return 0xFFFF
    if code == "I":
        return 0xFFFFFFFF
    return -0x80000000 if code == "i" else -0x8000000000000000


def _plain(form: str) -> str:
    return "<" + form.replace("?", "").replace("*", "")


def size_of(form: str) -> int:
    """Bytes of a body, without those that remain."""
    return struct.calcsize(_plain(form))


def pack(form: str, row: "list[object] | tuple[object, ...]") -> bytes:
    """The body for a row of values in the order of the form; ValueError when it has others."""
    values = list(row)
    rest = b""
    if form.endswith("*"):
        last = values.pop() if values else None
        if not isinstance(last, (bytes, bytearray, memoryview)):
            raise ValueError("what remains is not bytes")
        rest = bytes(last)  # pyright: ignore[reportUnknownArgumentType]
    n = 0
    code = ""
    for mark in form:
        if mark == "?":
            if values[n - 1] is None:
                values[n - 1] = _missing(code)
        elif mark.isalpha():
            code = mark
            n += 1
    if n != len(values):
        raise ValueError("%d values, expected %d" % (len(values), n))
    return struct.pack(_plain(form), *values) + rest


def unpack(form: str, body: bytes | bytearray | memoryview) -> "list[object]":
    """The row of values in a body, or ValueError when its size is wrong."""
    plain = _plain(form)
    least = struct.calcsize(plain)
    size = len(body)
    remains = form.endswith("*")
    if size < least or (size > least and not remains):
        raise ValueError("%d bytes, expected %d" % (size, least))
    values: list[object] = list(struct.unpack(plain, body[:least]))
    n = 0
    code = ""
    for mark in form:
        if mark == "?":
            if values[n - 1] == _missing(code):
                values[n - 1] = None
        elif mark.isalpha():
            code = mark
            n += 1
    if remains:
        values.append(bytes(body[least:]))
    return values
