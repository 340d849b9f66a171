"""The golden vectors of the wire: unchanged bytes, and bytes that mean what the protocol says."""

from __future__ import annotations

import base64
import importlib
import struct
import zlib
from pathlib import Path

import pytest
from small_ints import board_modules

from evenstance_wire import frames, trace

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.fixture
def golden(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(GOLDEN)
    with board_modules():
        return importlib.import_module("golden_wire")


def test_golden_vectors(golden) -> None:
    vectors = golden.load(str(GOLDEN / "wire.json"))
    assert {part: len(cases) > 6 for part, cases in vectors.items()} == {
        "frames": True,
        "tables": True,
        "streams": True,
    }
    assert golden.mismatches(vectors) == []


def test_a_changed_vector_is_noticed(golden) -> None:
    vectors = golden.load(str(GOLDEN / "wire.json"))
    vectors["frames"][1]["body"] = "0200"
    vectors["streams"][3]["samples"][5][2] += 1
    assert [row[:2] for row in golden.mismatches(vectors)] == [("frames", 1), ("streams", 3)]


def test_golden_frames_by_hand(golden) -> None:
    for case in golden.load(str(GOLDEN / "wire.json"))["frames"]:
        raw = bytes((case["kind"], case["tag"])) + bytes.fromhex(case["body"])
        text = base64.b64encode(raw + struct.pack("<I", zlib.crc32(raw)))
        assert case["gives"].encode() == b"~" + text + b"\n"
        assert frames.decode_line(text) == (raw[0], raw[1], raw[2:])


def test_golden_tables_are_read_back(golden) -> None:
    for case in golden.load(str(GOLDEN / "wire.json"))["tables"]:
        table = golden.table_named(case["table"])
        assert table.unpack(bytes.fromhex(case["gives"])) == golden.values(case, table)


def test_golden_streams_are_read_back(golden) -> None:
    for case in golden.load(str(GOLDEN / "wire.json"))["streams"]:
        if "samples" not in case:
            continue
        text, size, left, right, full = case["gives"]
        kept = case["samples"][: left + right]
        assert full == (len(kept) < len(case["samples"]))
        first = [next((t for k, t, _ in kept if k == side), 0) for side in (0, 1)]
        header = dict.fromkeys((name for name, _ in trace.HEADER.fields), 0) | {
            "version": trace.VERSION,
            "left_period_us": case["periods_us"][0],
            "right_period_us": case["periods_us"][1],
            "left_first_us": first[0],
            "right_first_us": first[1],
            "samples_left": left,
            "samples_right": right,
            "stream_bytes": size,
        }
        _, *channels = trace.unpack(trace.pack(header, bytes.fromhex(text)))
        for side, (times, counts) in enumerate(channels):
            assert counts == [c for k, _, c in kept if k == side]
            sent = [t for k, t, _ in kept if k == side]
            assert all(abs(a - b) <= 16 for a, b in zip(times, sent, strict=True))
