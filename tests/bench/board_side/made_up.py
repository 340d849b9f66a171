"""Trials that nobody did, the same on board and laptop; runs on both.

A board has no message tables: there it runs with their constants put in place.
"""

import binascii
import struct

from evenstance_wire import forms, messages, trace
from evenstance_wire.hold_rules import RULES_ID

BOOT_ID = 0xBE7C  # marks them
PERIODS_US = (10741, 10893)
CONVERSIONS = 2880  # of each channel: 31 s


def encode(encoder):
    """Put both channels, about as noisy as a person, into a board's encoder; bytes used."""
    encoder.start(PERIODS_US[0], PERIODS_US[1])
    noise = 12345
    for n in range(2 * CONVERSIONS):
        k = n & 1
        t_us = (n >> 1) * PERIODS_US[k]
        counts = 900000
        for _ in range(3):
            noise = (noise * 75 + 74) % 65537
            counts += noise >> 6
        encoder.put(k, t_us + (noise & 63), counts)
    return encoder.finish()


def parts(seq, data, left_first_us, right_first_us):
    """The trace of a trial with this stream, in the parts that the journal takes."""
    values = {
        "version": trace.VERSION,
        "complete": 1,
        "seq": seq,
        "stance_leg": seq & 1,
        "filter_delay_half_periods": 4,
        "left_counts_per_kn": 2187000,
        "right_counts_per_kn": -2190000,
        "zero_left_counts": 50000,
        "zero_right_counts": -30000,
        "left_period_us": PERIODS_US[0],
        "right_period_us": PERIODS_US[1],
        "end_us": 25000000,
        "left_first_us": left_first_us,
        "right_first_us": right_first_us,
        "samples_left": CONVERSIONS,
        "samples_right": CONVERSIONS,
        "stream_bytes": len(data),
    }
    header = forms.pack(trace.HEADER.form, [values[name] for name, _ in trace.HEADER.fields])
    crc = binascii.crc32(data, binascii.crc32(header)) & 0xFFFFFFFF
    return header, data, struct.pack("<I", crc)


def summary(seq, trace_bytes):
    """Of that trial."""
    values = {
        "seq": seq,
        "boot_id": BOOT_ID,
        "rules_id": RULES_ID,
        "stance_leg": seq & 1,
        "end_us": 25000000,
        "trace_bytes": trace_bytes,
        "trace_complete": 1,
        "touch_downs": b"",
    }
    row = [values.get(name, 0) for name, _ in messages.SUMMARY.fields]
    return forms.pack(messages.SUMMARY.form, row)
