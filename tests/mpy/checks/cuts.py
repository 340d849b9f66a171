"""Power cuts for the journal: a life of a board traced once, then cut at any block operation.

A cut falls between two operations, or into one: a page half programmed, a block half erased.
"""

import binascii
import io
import os
import random

import ramdisk

from evenstance_board import records
from evenstance_board.journal import FOLDER, Journal
from evenstance_wire import messages

SUMMARY = messages.SUMMARY
_PATTERN_BYTES = 65521
_buffer = bytearray(4096)
_PAGE = ramdisk.PROGRAM_BYTES
_HALF = ramdisk.BLOCK_BYTES // 2


class Recorded(ramdisk.Ram):
    """Keeps every operation that changes it: (block, offset, bytes), or (block, -1, None)."""

    def __init__(self, blocks):
        super().__init__(blocks)
        self.operations = []

    def writeblocks(self, block, buffer, offset=0):
        self.operations.append((block, offset, bytes(buffer)))
        super().writeblocks(block, buffer, offset)

    def ioctl(self, op, argument):
        if op == 6:
            self.operations.append((argument, -1, None))
        return super().ioctl(op, argument)


def apply(image, operation):
    """Do all of one operation."""
    block, offset, data = operation
    at = block * ramdisk.BLOCK_BYTES
    if data is None:
        image[at : at + ramdisk.BLOCK_BYTES] = ramdisk.ERASED
    else:
        ramdisk.program(image, at + offset, data)


def apply_half(image, operation, n):
    """Do half of one operation; `n` chooses which half."""
    block, offset, data = operation
    at = block * ramdisk.BLOCK_BYTES
    if data is not None:
        pages = (len(data) + _PAGE - 1) // _PAGE
        ramdisk.program(image, at + offset, data[: n % pages * _PAGE + _PAGE // 2])
    elif n % 3 == 2:  # some bits of all bytes
        old = int.from_bytes(image[at : at + ramdisk.BLOCK_BYTES], "little")
        some = int.from_bytes(bytes((0x5A ^ n & 0xFF, 0xC3)) * _HALF, "little")
        image[at : at + ramdisk.BLOCK_BYTES] = (old | some).to_bytes(2 * _HALF, "little")
    else:
        at += n % 3 * _HALF
        image[at : at + _HALF] = ramdisk.ERASED[:_HALF]


class Trials:
    """What each trial is, told from its number and the seed."""

    def __init__(self, seed, largest):
        random.seed(seed)
        self._pattern = bytes([random.getrandbits(8) for _ in range(251)]) * (
            _PATTERN_BYTES // 251 + 1
        )
        self._seed = seed
        self._largest = largest

    def summary(self, seq, kept):
        """As the recorder makes it; `kept`: with its trace."""
        values = dict([(name, 0) for name, _ in SUMMARY.fields])
        touches = (seq * 7 + self._seed) % (messages.MAX_TOUCH_DOWNS + 1) if seq % 3 == 0 else 0
        values.update({"seq": seq, "boot_id": self._seed, "end_us": 9 * seq})
        values["trace_bytes"] = len(self.trace(seq)) if kept else 0
        values["trace_complete"] = 1 if kept else 0
        values["touch_down_count"] = touches
        values["touch_downs"] = bytes((seq & 0xFF,)) * 12 * touches
        return SUMMARY.pack(values)

    def trace(self, seq):
        """Bytes that no other trial has in the same places."""
        size = self._largest - (seq * 389 + self._seed) % (self._largest // 4)
        at = seq * 97 % 30000
        return b"head%8d" % seq + self._pattern[at : at + size - 12]

    def checksums(self, seq, kept):
        """Of the summary, then size and checksum of the trace."""
        data = self.trace(seq) if kept else b""
        return binascii.crc32(self.summary(seq, kept)), len(data), binascii.crc32(data)


class Life:
    """A board's journal through `holds` trials; nobody pulls the first `alone` of them, then
    they are acknowledged now and then, as drawn by `seed`."""

    def __init__(self, seed, holds, alone, blocks, other_blocks, largest):
        self.trials = Trials(seed, largest)
        self.device = Recorded(blocks)
        ramdisk.use_fresh(self.device)
        with open("/other", "wb") as file:  # the firmware and what else is there
            file.write(bytes(other_blocks * (ramdisk.BLOCK_BYTES - 16)))
        self.start = bytes(self.device.data)
        self.operations = self.device.operations
        self.operations.clear()
        self.stored = {}  # str(seq) -> checksum of its summary, bytes and checksum of its trace
        self.journal = Journal()
        self.steps = []  # (operations until then, state)
        self._note()
        random.seed(seed)
        for n in range(holds):
            self._append()
            if n >= alone and random.random() < 0.3:
                waiting = self.journal.next_seq - 1 - self.journal.acked_through
                self._acknowledge(self.journal.next_seq - 1 - random.randrange(max(waiting, 1)))

    def _append(self):
        seq = self.journal.next_seq
        data = memoryview(self.trials.trace(seq))
        parts = (data[:51], data[51:-4], data[-4:])
        kept = self.journal.append(self.trials.summary(seq, True), parts)
        self.stored[str(seq)] = self.trials.checksums(seq, kept)
        self._note()

    def _acknowledge(self, through_seq):
        self.journal.acknowledge(through_seq)
        self._note()

    def _note(self):
        """What is true once the latest step is over."""
        journal = self.journal
        names = os.listdir(FOLDER)
        state = {
            "next_seq": journal.next_seq,
            "first_seq": journal.first_seq,
            "acked_through": journal.acked_through,
            "traces": sorted([int(name[1:]) for name in names if name[0] == "t"]),
            "journal_id": list(journal.journal_id),
        }
        for seq in range(state["acked_through"] + 1, state["next_seq"]):
            assert seq >= state["first_seq"], "%d gave way unacknowledged" % seq
            has_trace = self.stored[str(seq)][1] > 0
            assert has_trace == (seq in state["traces"]), "trace %d gave way" % seq
        self.steps.append((len(self.operations), state))

    def states_at(self, n):
        """The states before and after the step that operation `n` belongs to."""
        before = None
        for end, state in self.steps:
            if n < end:
                return before, state
            before = state
        return before, before


def check(image, before, after, stored, trials):
    """Boot on these bytes: nothing lost that was complete, nothing twice, and life goes on.

    `stored` are the checksums of all trials. `before` is None while the journal is being made.
    """
    ramdisk.mount(image)
    journal = Journal()
    assert journal.quarantined == 0, journal.quarantined
    if before is None:
        before = dict(after)
    else:
        assert list(journal.journal_id) == before["journal_id"]
    assert journal.acked_through in (before["acked_through"], after["acked_through"])
    assert before["next_seq"] <= journal.next_seq <= after["next_seq"], journal.next_seq
    seen = _all_records()
    first = max(before["first_seq"], after["first_seq"])
    wanted = list(range(first, journal.next_seq))
    older = [seq for seq in seen if seq < first]  # may have been about to give way
    assert seen[len(older) :] == wanted, "lost or twice: %r" % (seen,)
    assert not older or older[0] >= before["first_seq"]
    traces = [seq for seq in before["traces"] if seq in after["traces"]]
    if journal.next_seq == after["next_seq"] > before["next_seq"]:
        traces += [seq for seq in after["traces"] if seq >= before["next_seq"]]
    for seq in wanted:
        _check_trial(journal, seq, stored[str(seq)], seq in traces)
    assert len(traces) == len([seq for seq in wanted if seq in traces])
    _goes_on(journal, trials)


def _check_trial(journal, seq, checksums, with_trace):
    """Every byte of it."""
    summary_crc, trace_bytes, trace_crc = checksums
    assert binascii.crc32(journal.summary(seq)) == summary_crc, "summary %d" % seq
    if not with_trace:
        return
    at = 0
    crc = 0
    while at < trace_bytes:
        total, size = journal.read_trace(seq, at, _buffer)
        assert total == trace_bytes, "trace %d: %d bytes" % (seq, total)
        crc = binascii.crc32(memoryview(_buffer)[:size], crc)
        at += size
    assert crc == trace_crc, "trace %d" % seq


def _all_records():
    """Numbers of all records of all files, in the order of the files."""
    found = []
    for name in sorted(os.listdir(FOLDER)):
        if name[0] == "r":
            with open(FOLDER + "/" + name, "rb") as file:
                data = file.read()
            found += [
                seq for seq, _, _ in records.sound(io.BytesIO(data), bytearray(records.WINDOW))
            ]
    return found


def _goes_on(journal, trials):
    """The next trial gets the next number and is there after another restart."""
    seq = journal.next_seq
    assert journal.read_trace(seq, 0, _buffer) == (0, 0), "a trace before its trial"
    kept = journal.append(trials.summary(seq, True), (trials.trace(seq),))
    ramdisk.remount()
    again = Journal()
    assert (again.next_seq, again.quarantined) == (seq + 1, 0)
    _check_trial(again, seq, trials.checksums(seq, kept), kept)


def erases(operations):
    """How many blocks were erased."""
    return len([1 for operation in operations if operation[2] is None])
