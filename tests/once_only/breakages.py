"""Firmware that is broken on purpose: would the checks find it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Breakage:
    """A text of one file of the firmware, there once, and what stands in its place."""

    file: str
    text: str
    instead: str


_JOURNAL = "evenstance_board/journal.py"
BREAKAGES = {
    "unacknowledged-gives-way": Breakage(
        _JOURNAL,
        "elif self._traces and self._traces[0] <= self.acked_through:",
        "elif self._traces:",
    ),
    "nothing-gives-way": Breakage(
        _JOURNAL, "elif self._traces and self._traces[0] <= self.acked_through:", "elif False:"
    ),
    "record-before-trace": Breakage(
        _JOURNAL,
        """\
        kept = self._make_room(wanted + 1) and self._write_trace(seq, trace, size)
        if not kept:
            row = forms.unpack(messages.SUMMARY.form, summary)
            row[_TRACE_BYTES] = 0
            row[_TRACE_COMPLETE] = 0
            summary = forms.pack(messages.SUMMARY.form, row)
        try:
            self._write_record(seq, records.pack(summary))
""",
        """\
        kept = self._make_room(wanted + 1)
        if not kept:
            row = forms.unpack(messages.SUMMARY.form, summary)
            row[_TRACE_BYTES] = 0
            row[_TRACE_COMPLETE] = 0
            summary = forms.pack(messages.SUMMARY.form, row)
        try:
            self._write_record(seq, records.pack(summary))
            kept = kept and self._write_trace(seq, trace, size)
""",
    ),
    "number-used-twice": Breakage(
        _JOURNAL,
        "return max(last, self.acked_through) + 1",
        "return self.acked_through + 1",
    ),
    "acknowledged-from-memory": Breakage(
        _JOURNAL, '            self._write_state("acked", through_seq)\n', ""
    ),
}


def broken(files: Mapping[str, Path], name: str, folder: Path) -> dict[str, Path]:
    """The same files, one of them broken so; it is written to `folder`."""
    breakage = BREAKAGES[name]
    source = files[breakage.file].read_text(encoding="utf-8")
    assert source.count(breakage.text) == 1, f"{breakage.file} has changed"
    spoilt = folder / "broken.py"
    spoilt.write_text(source.replace(breakage.text, breakage.instead), encoding="utf-8")
    return {**files, breakage.file: spoilt}
