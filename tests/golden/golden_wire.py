"""Encodes the inputs of wire.json under CPython and MicroPython, which must agree exactly.

No typing and no pathlib here: MicroPython has neither.
"""

import binascii
import json

from evenstance_board.trace_encoder import Encoder
from evenstance_wire import frames, messages, trace

SCRATCH_BYTES = 16384


def load(path):
    """The vectors: inputs with the bytes they must give."""
    with open(path) as file:
        return json.load(file)


def frame(case):
    """The line of one message, as text."""
    return frames.encode(case["kind"], case["tag"], binascii.unhexlify(case["body"])).decode()


def table(case):
    """The body of one message table, in hexadecimal."""
    made = table_named(case["table"])
    return _hex(made.pack(values(case, made)))


def table_named(name):
    """The table of this name in `messages`, or the header of a trace."""
    return trace.HEADER if name == "TRACE_HEADER" else getattr(messages, name)


def values(case, made):
    """The values of a case, its hexadecimal fields as bytes."""
    found = {}
    for name, code in made.fields:
        value = case["values"][name]
        found[name] = binascii.unhexlify(value) if code == "*" or code[-1] == "s" else value
    return found


def stream(case):
    """(stream in hexadecimal or its CRC-32, bytes, samples left, right, full) of a trace."""
    encoder = Encoder(bytearray(case.get("buffer_bytes", SCRATCH_BYTES)))
    encoder.start(case["periods_us"][0], case["periods_us"][1])
    samples = case["samples"] if "samples" in case else wandering(case["seed"], case["n"])
    for channel, t_us, counts in samples:
        encoder.put(channel, t_us, counts)
    size = encoder.finish()
    data = bytes(encoder.buffer[:size])
    text = _hex(data) if "samples" in case else "%08x" % (binascii.crc32(data) & 0xFFFFFFFF)
    return [text, size, encoder.samples(0), encoder.samples(1), encoder.full]


def wandering(seed, n):
    """`n` made-up samples of two channels: drift, jitter, lost conversions, rails."""
    state = seed
    t_us = [-5000000, -4996300]
    counts = [1500000, -20000]
    for _ in range(n):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        k = (state >> 16) & 1
        lost = 1 if (state >> 17) % 97 == 0 else 0
        t_us[k] += (10741 + 157 * k) * (1 + lost) + (state >> 8) % 61 - 30
        counts[k] += (state >> 9) % 8001 - 4000
        rail = (state >> 20) % 211
        if rail == 0:
            yield k, t_us[k], 0x7FFFFF
        elif rail == 1:
            yield k, t_us[k], -0x800000
        else:
            yield k, t_us[k], counts[k]


def mismatches(vectors):
    """Every case that did not give its bytes: (part, number, made, wanted)."""
    found = []
    for part, make in (("frames", frame), ("tables", table), ("streams", stream)):
        for n, case in enumerate(vectors[part]):
            made = make(case)
            if made != case["gives"]:
                found.append((part, n, made, case["gives"]))
    return found


def _hex(data):
    return binascii.hexlify(data).decode()
