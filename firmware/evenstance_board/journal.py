"""Summaries and traces in flash, kept until the host has them and, if there is room, longer.

Summaries are appended to segment files of 16 records ([length u16][summary][CRC-32]); each trace
is a file. Unacknowledged trials are never removed; the oldest acknowledged ones go first. When
nothing acknowledged is left, a new trial gives up its trace before its summary.
"""

import binascii
import os
import struct

from evenstance_board import storage
from evenstance_wire.messages import SUMMARY

FOLDER = "/evenstance/journal"
_PER_SEGMENT = 16
_OVERHEAD = 6  # of a record: length and CRC-32
_RESERVE = 32768  # bytes kept free for the files that must always be written


class Journal:
    """The trials of this board, by sequence number from 1; numbers are never used twice."""

    def __init__(self):
        storage.make_folders(FOLDER)
        self.quarantined = 0
        self.journal_id = self._identity()
        self.acked_through = self._read_acked()
        self._segments = []
        self._traces = []
        self._list()
        self.next_seq = self._find_next()
        self.free_b = storage.free_bytes()  # as of the last trial: asking takes too long

    @property
    def first_seq(self):
        """The oldest trial still here; equals next_seq when there is none."""
        if not self._segments:
            return self.next_seq
        return max(self._segments[0] * _PER_SEGMENT, 1)

    # -- writing

    def append(self, summary, trace):
        """Store one trial, its trace in parts; True when the trace was stored too.

        OSError when not even the summary fits.
        """
        seq = self.next_seq
        kept = self._make_room(sum([len(part) for part in trace]) + 2 * 4096)
        if kept:
            try:
                with open(self._trace_path(seq), "wb") as file:
                    for part in trace:
                        file.write(part)
                self._traces.append(seq)
            except OSError:
                kept = False
                _remove(self._trace_path(seq))
        if not kept:
            values = SUMMARY.unpack(summary)
            values["trace_bytes"] = 0
            values["trace_complete"] = 0
            summary = SUMMARY.pack(values)
        record = struct.pack("<H", len(summary)) + summary
        record += struct.pack("<I", binascii.crc32(record) & 0xFFFFFFFF)
        segment = seq // _PER_SEGMENT
        with open(self._segment_path(segment), "ab") as file:
            file.write(record)
        if segment not in self._segments:
            self._segments.append(segment)
        self.next_seq = seq + 1
        self.free_b = storage.free_bytes()
        return kept

    def acknowledge(self, through_seq):
        """The host has committed everything up to `through_seq`."""
        if through_seq >= self.next_seq:
            raise ValueError("not stored yet")
        if through_seq <= self.acked_through:
            return
        data = struct.pack("<I", through_seq)
        data += struct.pack("<I", binascii.crc32(data) & 0xFFFFFFFF)
        storage.write_whole(FOLDER + "/acked", data)
        self.acked_through = through_seq

    # -- reading

    def summary(self, seq):
        """The stored summary, None when it is not here (never was, gave way, or is damaged)."""
        for found, body in self._records(seq // _PER_SEGMENT):
            if found == seq:
                return body
        return None

    def trace_part(self, seq, offset, length):
        """(total, bytes) of a trace; total 0 when there is none."""
        try:
            with open(self._trace_path(seq), "rb") as file:
                total = file.seek(0, 2)
                file.seek(min(offset, total))
                return total, file.read(length)
        except OSError:
            return 0, b""

    # -- inside

    def _segment_path(self, segment):
        return "%s/s%07d" % (FOLDER, segment)

    def _trace_path(self, seq):
        return "%s/t%08d" % (FOLDER, seq)

    def _identity(self):
        path = FOLDER + "/id"
        try:
            with open(path, "rb") as file:
                found = file.read()
            if len(found) == 8:
                return found
            self.quarantined += 1
        except OSError:
            pass  # a new journal
        made = os.urandom(8)
        storage.write_whole(path, made)
        return made

    def _read_acked(self):
        try:
            with open(FOLDER + "/acked", "rb") as file:
                data = file.read()
        except OSError:
            return 0
        if len(data) != 8 or struct.unpack("<I", data[4:])[0] != (
            binascii.crc32(data[:4]) & 0xFFFFFFFF
        ):
            self.quarantined += 1
            return 0
        return struct.unpack("<I", data[:4])[0]

    def _list(self):
        for name in os.listdir(FOLDER):
            if len(name) == 8 and name[0] == "s":
                self._segments.append(int(name[1:]))
            elif len(name) == 9 and name[0] == "t":
                self._traces.append(int(name[1:]))
        self._segments.sort()
        self._traces.sort()

    def _find_next(self):
        last = self.acked_through
        for segment in self._segments[-1:]:
            last = max(last, segment * _PER_SEGMENT - 1)  # it may be empty, after a power cut
            sound = 0
            for seq, body in self._records(segment):
                last = max(last, seq)
                sound += len(body) + _OVERHEAD
            if sound != os.stat(self._segment_path(segment))[6]:
                # damaged: leave it, so that no number comes twice and no record goes unread
                last = max(last, segment * _PER_SEGMENT + _PER_SEGMENT - 1)
        return last + 1

    def _records(self, segment):
        """(seq, summary) of every sound record of a segment."""
        try:
            with open(self._segment_path(segment), "rb") as file:
                data = file.read()
        except OSError:
            return []
        found = []
        at = 0
        while at + 6 <= len(data):
            size = struct.unpack_from("<H", data, at)[0]
            end = at + 2 + size
            if end + 4 > len(data):
                break
            crc = binascii.crc32(data[at:end]) & 0xFFFFFFFF
            if struct.unpack_from("<I", data, end)[0] == crc:
                body = data[at + 2 : end]
                found.append((SUMMARY.unpack(body)["seq"], body))
            at = end + 4
        return found

    def _make_room(self, wanted):
        """Free space by the oldest acknowledged trials; False when it is not enough."""
        while storage.free_bytes() < wanted + _RESERVE:
            if self._traces and self._traces[0] <= self.acked_through:
                _remove(self._trace_path(self._traces.pop(0)))
            elif len(self._segments) > 1 and (
                (self._segments[0] + 1) * _PER_SEGMENT - 1 <= self.acked_through
            ):
                _remove(self._segment_path(self._segments.pop(0)))
            else:
                return False
        return True


def _remove(path):
    try:
        os.remove(path)
    except OSError as error:
        if error.errno != 2:  # not there
            raise
