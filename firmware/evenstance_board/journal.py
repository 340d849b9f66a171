"""Summaries and traces in flash, kept until the host has them and, if there is room, longer.

Summaries are records in files of one flash block each, named r and the first number in it; each
trace is a file named t and its number. A trial is there as soon as its record is, which is
written last. What gives way for a new trial, and what never does: docs/journal.md.
"""

import binascii
import os
import struct

from micropython import const

from evenstance_board import records, storage
from evenstance_wire import forms, messages

FOLDER = "/evenstance/trials"
KEEP_SUMMARIES = const(2000)  # no trace gives way for more
_RESERVE = const(8)  # blocks kept free of traces: summaries, acknowledgements, calibration
_LAST = const(4)  # blocks kept free of summaries too: littlefs needs some to write anything
_STATE = "<8sI"  # journal id, acknowledged through; then its CRC-32
_STATE_BYTES = const(16)
# places in the row of a summary, from its end
_TRACE_BYTES = const(-4)
_TRACE_COMPLETE = const(-3)
_MISSING = const(2)  # errno
_NO_SPACE = const(28)


class Journal:
    """The trials of this board, by sequence number from 1; numbers are never used twice."""

    def __init__(self):
        self.traces_given_up = 0  # since power-up: the trial is stored, its trace is not
        self._bad = []  # names of damaged files found since power-up
        self._open = None  # the trace that a host reads
        self._open_seq = 0
        self._open_bytes = 0
        self._open_at = 0
        self._window = bytearray(records.WINDOW)  # into a file of records
        self._whole_first = -1  # the file that was read to its end since it was written
        self._firsts = []  # the files of records, by their first number
        self._traces = []
        self._list()
        self._read_state()
        self._sealed = False  # nothing more is written to the last file of records
        self._last_bytes = 0  # its size
        self.next_seq = self._find_next()
        self.free_b = 0
        self._drop_orphans()
        self.free_b = self._count_free()  # as of the last trial: asking takes long

    @property
    def first_seq(self):
        """The oldest trial still here; equals next_seq when there is none."""
        return self._firsts[0] if self._firsts else self.next_seq

    @property
    def quarantined(self):
        """Damaged files found since power-up; nothing more is written to them."""
        return len(self._bad)

    # -- writing

    def append(self, summary, trace):
        """Store one trial, its trace in parts; True when the trace was stored too.

        OSError when not even the summary fits.
        """
        seq = self.next_seq
        self._close()
        size = sum([len(part) for part in trace])
        wanted = storage.blocks_of(size) if size else 0
        kept = self._make_room(wanted + 1) and self._write_trace(seq, trace, size)
        if not kept:
            row = forms.unpack(messages.SUMMARY.form, summary)
            row[_TRACE_BYTES] = 0
            row[_TRACE_COMPLETE] = 0
            summary = forms.pack(messages.SUMMARY.form, row)
        try:
            self._write_record(seq, records.pack(summary))
        except (OSError, ValueError):
            if self._traces and self._traces[-1] == seq:
                self._remove_trace(len(self._traces) - 1)
            raise
        if not kept:
            self.traces_given_up += 1
        self.next_seq = seq + 1
        self.free_b = self._count_free()
        return kept

    def acknowledge(self, through_seq):
        """The host has committed everything up to `through_seq`."""
        if not 0 <= through_seq < self.next_seq:
            raise ValueError("not stored yet")
        if through_seq > self.acked_through:
            self._write_state("acked", through_seq)
            self.acked_through = through_seq

    def forget(self, seq):
        """Remove the trace of an acknowledged trial, and all of its record but the number.

        The file keeps its size, so that numbers and damage are found as before. littlefs changes
        a file when it is closed, so a power cut leaves the old record or the blank one.
        """
        self._close()
        if seq in self._traces:
            self._remove_trace(self._traces.index(seq))
        first = self._file_of(seq)
        if first is None:
            return
        with open(_records_path(first), "rb+") as file:
            for found, view, end in records.sound(file, self._window):
                size = len(view) + records.OVERHEAD
                if found == seq and not records.is_blank(view):
                    file.seek(end - size)
                    file.write(records.blank(seq, size))
                    return

    # -- reading

    def summary(self, seq):
        """The stored summary, None when it is not here: it never was, gave way, is forgotten or
        damaged."""
        first = self._file_of(seq)
        found = None if first is None else self._read(first, seq)[0]
        return None if found is None or records.is_blank(found) else found

    def read_trace(self, seq, offset, buffer):
        """Fill `buffer` from `offset` of a trace on; (size of the whole, bytes that were read).

        The size is 0 when there is no trace. Its file stays open until its last part is read.
        """
        try:
            file = self._open
            if file is None or self._open_seq != seq:
                self._close()
                file = open(_trace_path(seq), "rb")
                self._open = file
                self._open_seq = seq
                self._open_bytes = file.seek(0, 2)
                self._open_at = self._open_bytes
            total = self._open_bytes
            if self._open_at != offset:
                file.seek(min(offset, total))
            size = file.readinto(buffer)
        except OSError:
            self._close()
            return 0, 0
        self._open_at = offset + size
        if self._open_at >= total:
            self._close()
        return total, size

    def _close(self):
        """Let go of the trace that was read."""
        file = self._open
        self._open = None
        self._open_seq = 0
        if file is not None:
            file.close()

    # -- files of records

    def _file_of(self, seq):
        """The first number of the file that `seq` is in if it is anywhere."""
        found = None
        for first in self._firsts:
            if first > seq:
                break
            found = first
        return found

    def _read(self, first, wanted=None):
        """(the `wanted` summary or None, the last number, bytes up to its end, bytes of the whole)
        of a file of records. One that was found to be whole is read no further than needed.
        """
        path = _records_path(first)
        summary = None
        last = first - 1
        good = 0
        end = 0
        size = storage.BLOCK_BYTES
        try:
            with open(path, "rb") as file:
                size = min(file.seek(0, 2), size)
                file.seek(0)
                for seq, view, end in records.sound(file, self._window):
                    good += len(view) + records.OVERHEAD
                    last = max(last, seq)
                    if seq == wanted and summary is None:
                        summary = bytes(view)
                        if self._whole_first == first:
                            return summary, last, end, size
        except OSError:
            self._found_bad(path)
            return None, last, end, size
        self._whole_first = first
        if good != size:
            self._found_bad(path)
        return summary, last, end, size

    def _write_record(self, seq, record):
        if self.free_b < _LAST * storage.BLOCK_BYTES:
            raise OSError(_NO_SPACE)
        fits = self._last_bytes + len(record) <= storage.BLOCK_BYTES
        new = self._sealed or not fits or not self._firsts
        first = seq if new else self._firsts[-1]
        with open(_records_path(first), "ab") as file:
            file.write(record)
        self._whole_first = -1
        if new:
            self._firsts.append(first)
            self._last_bytes = 0
            self._sealed = False
        self._last_bytes += len(record)

    def _find_next(self):
        """The number of the next trial: beyond all that may ever have been used."""
        if not self._firsts:
            return self.acked_through + 1
        first = self._firsts[-1]
        _, last, end, size = self._read(first)
        if _records_path(first) in self._bad:
            self._sealed = True
            last += records.most_in(size - end)
        self._last_bytes = size
        return max(last, self.acked_through) + 1

    # -- traces

    def _write_trace(self, seq, trace, size):
        """False when it does not fit after all; nothing of it is left then."""
        if size == 0:
            return True
        self._traces.append(seq)
        try:
            with open(_trace_path(seq), "wb") as file:
                for part in trace:
                    file.write(part)
        except OSError:
            self._remove_trace(len(self._traces) - 1)
            return False
        return True

    def _remove_trace(self, place):
        self._remove(_trace_path(self._traces.pop(place)))

    def _drop_orphans(self):
        """Traces whose record was never written: the power went between the two."""
        while self._traces and self._traces[-1] >= self.next_seq:
            self._remove_trace(len(self._traces) - 1)

    # -- room

    def _make_room(self, blocks):
        """Free so many blocks by the oldest acknowledged trials; False when that is not enough."""
        while self.free_b < (blocks + _RESERVE) * storage.BLOCK_BYTES:
            records_may = self._records_give_way()
            if records_may and self.next_seq - self._firsts[1] >= KEEP_SUMMARIES:
                self._remove_records()
            elif self._traces and self._traces[0] <= self.acked_through:
                self._remove_trace(0)
            elif records_may:
                self._remove_records()
            else:
                return False
        return True

    def _records_give_way(self):
        """Whether all of the oldest file of records is acknowledged. The last one stays: it tells
        the next number."""
        return len(self._firsts) > 1 and self._firsts[1] - 1 <= self.acked_through

    def _remove_records(self):
        self._remove(_records_path(self._firsts.pop(0)))

    def _remove(self, path):
        """Remove a file; one that cannot be removed must not cost the trial it gives way for."""
        try:
            size = os.stat(path)[6]
            os.remove(path)
            self.free_b += storage.blocks_of(size) * storage.BLOCK_BYTES
        except OSError as error:
            if error.errno != _MISSING:
                self._found_bad(path)

    def _count_free(self):
        try:
            return storage.free_bytes()
        except OSError:
            return 0

    # -- at power-up

    def _list(self):
        try:
            storage.make_folders(FOLDER)
            names = os.listdir(FOLDER)
        except OSError:
            self._set_aside()
            names = ()
        for name in names:
            if len(name) == 9 and name[1:].isdigit():
                if name[0] == "r":
                    self._firsts.append(int(name[1:]))
                elif name[0] == "t":
                    self._traces.append(int(name[1:]))
        self._firsts.sort()
        self._traces.sort()

    def _set_aside(self):
        """What is in the journal's place is none: begin another, and keep that for a look."""
        n = 1
        while True:
            try:
                os.stat("%s-%d" % (FOLDER, n))
                n += 1
            except OSError:
                break
        os.rename(FOLDER, "%s-%d" % (FOLDER, n))
        self._found_bad("%s-%d" % (FOLDER, n))
        storage.make_folders(FOLDER)

    def _read_state(self):
        """Identity and acknowledgement. The identity is in two files: another one would make
        every trial a second one for the host."""
        acked = self._state_of("acked")
        made = self._state_of("id")
        self.acked_through = acked[1] if acked else 0
        known = acked or made
        self.journal_id = known[0] if known else os.urandom(8)
        if made is None:
            self._write_state("id", 0)
        if acked is None:
            self._write_state("acked", 0)

    def _state_of(self, name):
        """(journal id, number) of a small file, None when it is missing or damaged."""
        path = FOLDER + "/" + name
        try:
            with open(path, "rb") as file:
                data = file.read(_STATE_BYTES + 1)
        except OSError as error:
            if error.errno != _MISSING:
                self._found_bad(path)
            return None
        crc = binascii.crc32(data[:-4]) & 0xFFFFFFFF
        if len(data) != _STATE_BYTES or struct.unpack("<I", data[-4:])[0] != crc:
            self._found_bad(path)
            return None
        return struct.unpack(_STATE, data[:-4])

    def _write_state(self, name, through_seq):
        data = struct.pack(_STATE, self.journal_id, through_seq)
        data += struct.pack("<I", binascii.crc32(data) & 0xFFFFFFFF)
        storage.write_whole(FOLDER + "/" + name, data)

    def _found_bad(self, path):
        if path not in self._bad:
            self._bad.append(path)


def _records_path(first):
    return "%s/r%08d" % (FOLDER, first)


def _trace_path(seq):
    return "%s/t%08d" % (FOLDER, seq)
