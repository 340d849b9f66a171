"""What is fuzzed: each target takes bytes and reads them as the program would.

A target returns when the bytes were read or refused in a documented way. Anything else, and what a
target asserts about what was read, is a finding. Time and memory are judged by who calls it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import cache
from pathlib import Path

from evenstance.device.nonsense import check
from evenstance.device.samples import Samples
from evenstance.errors import EvenstanceError
from evenstance.flows.import_force import holds_of
from evenstance.flows.trial_results import results_of
from evenstance.formats import columns, kinvent, tidy, wii
from evenstance.formats.block import ForceBlock
from evenstance.formats.detect import detect
from evenstance.metrics.agreement import compare
from evenstance.metrics.evaluate import Facts, raw_hold
from evenstance.metrics.hold import trial_from_summary
from evenstance.signal.trace_force import hold_signal
from evenstance.store.backup_file import verify_backup
from evenstance_wire import frames, messages, trace
from evenstance_wire.messages import Table
from fuzzing.reference import read_line, reference

Target = Callable[[bytes], None]
_STARTED = datetime(2026, 3, 1, 10, tzinfo=timezone.utc)
LONGEST_FILE = 300_000  # bytes; a longer input says nothing new
TABLES: tuple[Table, ...] = tuple(one for one in vars(messages).values() if isinstance(one, Table))


# -- the wire


def stream(data: bytes) -> None:
    """Bytes of a port: the parser never raises, and finds what the reference finds."""
    parser = frames.Parser()
    found = parser.feed(data[: len(data) // 2]) + parser.feed(data[len(data) // 2 :])
    assert (found, parser.damaged, parser.noise_bytes) == reference(data)
    for kind, tag, body in found:
        assert frames.encode(kind, tag, body) in data


def line(data: bytes) -> None:
    """The text of one frame, never raises."""
    assert frames.decode_line(data) == (read_line(data) if len(data) >= 8 else None)


def sealed(data: bytes) -> None:
    """A frame whose checksum holds: what an encoder writes is read, whatever it says."""
    if 2 <= len(data) <= 2 + frames.MAX_BODY:
        written = frames.encode(data[0], data[1], data[2:])
        assert frames.Parser().feed(written) == [(data[0], data[1], data[2:])]


def body(data: bytes) -> None:
    """The body of any table, named by the first byte; what is read packs to the same bytes."""
    if not data:
        return
    table = TABLES[data[0] % len(TABLES)]
    try:
        values = table.unpack(data[1:])
    except ValueError:
        return
    assert table.pack(values) == data[1:]
    try:
        check(values)
        if table is messages.SAMPLES_FRAME:
            Samples().add(values)
    except (ValueError, EvenstanceError):
        return


def summary(data: bytes) -> None:
    """A trial's summary as the board packed it."""
    try:
        trial_from_summary(data)
    except ValueError:
        return


def trace_file(data: bytes) -> None:
    """A trace as it is, most likely damaged."""
    try:
        trace.unpack(data)
    except ValueError:
        return


def sealed_trace(data: bytes) -> None:
    """A summary and a trace whose checksum and size hold: to forces, and to every metric."""
    at = messages.SUMMARY.size
    head, rest = data[at : at + trace.HEADER.size], data[at + trace.HEADER.size :][:0xFFFF]
    if len(head) < trace.HEADER.size:
        return
    header = {**trace.HEADER.unpack(head), "version": trace.VERSION, "stream_bytes": len(rest)}
    try:
        trial = trial_from_summary(data[:at])
        signal = hold_signal(trace.pack(header, rest))
        raw_hold(signal, Facts.of(trial))
        compare(trial, signal)
    except ValueError:
        return


# -- files of other plates


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="fuzz-")


def _file(name: str, data: bytes) -> Path:
    path = Path(_folder().name) / name
    path.write_bytes(data[:LONGEST_FILE])
    return path


def _holds(read: Callable[[], list[ForceBlock]]) -> None:
    try:
        blocks = read()
        for hold in holds_of(blocks, from_s=0.5, started_at=_STARTED):
            results_of(hold.trial, hold.trace)
            assert trial_from_summary(hold.summary) == hold.trial
    except EvenstanceError:
        return


def csv_tidy(data: bytes) -> None:
    """`t_s,left_n,right_n`, to the holds in it."""
    path = _file("tidy.csv", data)
    detect(path)
    _holds(lambda: [tidy.read(path)])


def csv_kinvent(data: bytes) -> None:
    """An export of KINVENT, to the holds in it."""
    path = _file("kinvent.csv", data)
    detect(path)
    _holds(lambda: kinvent.read(path))


def csv_wii(data: bytes) -> None:
    """Two files of Wii boards with a line of four dashes between them."""
    left, _, right = data.partition(b"----\n")
    one, two = _file("left.csv", left), _file("right.csv", right or left)
    detect(one)
    _holds(lambda: [wii.read(one, two)])


def csv_columns(data: bytes) -> None:
    """The first line names the columns, as `--columns` does; the rest is the file."""
    names, _, rest = data.partition(b"\n")
    path = _file("columns.csv", rest)

    def read() -> list[ForceBlock]:
        mapping = columns.parse_mapping(names.decode("utf-8", "replace"))
        return [columns.read(path, mapping, force_unit="kg", time_unit="ms")]

    _holds(read)


# -- files of ours that come back from elsewhere


def backup(data: bytes) -> None:
    """A backup, before anything of it is used: described, or refused by name."""
    path = _file("backup.sqlite3", data)
    try:
        found = verify_backup(path)
    except EvenstanceError:
        return
    assert found.size_bytes == len(data)


GROUPS: Mapping[str, tuple[Target, ...]] = {
    "frames": (stream, line, sealed),
    "messages": (body, summary),
    "traces": (trace_file, sealed_trace),
    "csv": (csv_tidy, csv_kinvent, csv_wii, csv_columns),
    "backup": (backup,),
}
"""Every target by its group; a file format that is added gets a group of its own here."""
