"""What fuzzing begins with: one or more inputs for each target that are read without complaint."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import datetime, timezone
from functools import cache
from pathlib import Path

from evenstance.flows.backup import make_backup
from evenstance.flows.import_force import ImportedHold, holds_of
from evenstance.formats import tidy
from evenstance.store.database import open_store
from evenstance_wire import messages, trace
from fuzzing.plausible import plausible
from fuzzing.targets import TABLES

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "wire.json"
RATE_HZ = 50
_WEIGHT_N = 700.0
_KG = _WEIGHT_N / 9.80665


def _lines() -> list[bytes]:
    cases = json.loads(GOLDEN.read_text(encoding="utf-8"))["frames"]
    return [case["gives"].encode() for case in cases]


def _bodies() -> list[bytes]:
    return [
        bytes((n,)) + table.pack(plausible(table))
        for n, table in enumerate(TABLES)
        if table.name != "trace_header"
    ]


def _recording() -> list[tuple[float, float, float]]:
    """Both feet, 2.4 s on the left one, both feet: time (s) and forces (N)."""
    rows: list[tuple[float, float, float]] = []
    for n in range(round(4.4 * RATE_HZ)):
        on_left = 1.5 * RATE_HZ <= n < 3.9 * RATE_HZ
        right_n = 0.0 if on_left else _WEIGHT_N / 2
        rows.append((n / RATE_HZ, _WEIGHT_N - right_n + n % 7 - 3, right_n + n % 3 - 1))
    return rows


def csv_tidy() -> bytes:
    """The plain form."""
    rows = [f"{t:.4f},{left:.1f},{right:.1f}" for t, left, right in _recording()]
    return "\n".join(["t_s,left_n,right_n", *rows, ""]).encode()


def csv_kinvent() -> bytes:
    """Two blocks of a second."""
    text = ["KINVENT Physio 2.17.3,Devices: ,A,B,,,,", "Eyes Condition: ,Open,,,,,,"]
    for side in ("Left", "Right"):
        text += [f"Side: ,{side},,,,,,", "Repetition:,1,,,,,,", ",,,,,,,"]
        text.append("Time (sec),CHANNEL_1,CHANNEL_2,CHANNEL_3,CHANNEL_4,,AP,ML")
        for n in range(round(1.2 * RATE_HZ)):
            text.append(f"{n / RATE_HZ:.4f},{_KG / 4 + n % 5:.2f},17.9,17.8,17.7,,0.5,0.5")
    return "\n".join([*text, ""]).encode()


def _wii(plate: int) -> bytes:
    rows = [
        f"{row[0] + 0.004 * (n % 2):.4f},{row[plate] / 39.2:.2f},1.0,2.0,3.0"
        for n, row in enumerate(_recording())
    ]
    return "\n".join(["Time (s),Top Left,Top Right,Bottom Left,Bottom Right", *rows, ""]).encode()


def csv_wii() -> bytes:
    """Two boards."""
    return _wii(1) + b"----\n" + _wii(2)


def csv_columns() -> bytes:
    """Milliseconds and kilograms in columns of other names."""
    rows = [f"{t * 1e3:.2f};{a / 9.8:.3f};{b / 9.8:.3f}" for t, a, b in _recording()]
    return "\n".join(["time=1,left=Fz1,right=3", "t;Fz1;Fz2", *rows, ""]).encode()


@cache
def _hold() -> ImportedHold:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed.csv"
        path.write_bytes(csv_tidy())
        return holds_of([tidy.read(path)])[0]


def _summaries() -> list[bytes]:
    return [_hold().summary, _hold().summary + bytes(messages.TOUCH_DOWN.size)]


@cache
def _backup() -> bytes:
    """A sealed history with one person in it."""
    with tempfile.TemporaryDirectory() as folder:
        history, to = Path(folder) / "history.sqlite3", Path(folder) / "backup.sqlite3"
        with open_store(history) as store:
            store.athlete("Kim")
        make_backup(history, to, datetime(2026, 3, 1, tzinfo=timezone.utc))
        return to.read_bytes()


def _sealed_traces() -> list[bytes]:
    hold = _hold()
    return [hold.summary[: messages.SUMMARY.size] + hold.trace[:-4]]


def seeds() -> dict[str, Sequence[bytes]]:
    """Inputs by the name of the target."""
    assert trace.is_sound(_hold().trace)
    lines = _lines()
    return {
        "stream": [b"".join(lines), b">>> ~\n" + lines[1]],
        "line": [line[1:-1] for line in lines],
        "sealed": [b"\x01\x07\x01\x00", b"\xff\xff"],
        "body": _bodies(),
        "summary": _summaries(),
        "trace_file": [_hold().trace],
        "sealed_trace": _sealed_traces(),
        "csv_tidy": [csv_tidy()],
        "csv_kinvent": [csv_kinvent()],
        "csv_wii": [csv_wii()],
        "csv_columns": [csv_columns()],
        "backup": [_backup()],
    }
