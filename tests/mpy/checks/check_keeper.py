"""Storing a trial when there is no room for it, and when Ctrl-C comes meanwhile."""

import os

import ramdisk
from check_journal import summary, trace_parts

from evenstance_board import journal as journal_module
from evenstance_board import records, storage
from evenstance_board.journal import FOLDER, Journal
from evenstance_board.keeper import Keeper
from evenstance_wire import flags


class Recorder:
    def take(self, seq, boot_id):
        return summary(seq, 6000), trace_parts(seq, 6000)


class Board:
    """Around the keeper: a recorder with a trial, and who listens to events."""

    def __init__(self):
        ramdisk.fresh(32)
        self.recorder = Recorder()
        self.sent = 0
        self.heard = []
        self.journal = Journal()
        self.keeper = Keeper(self.journal, self, self, self, 1)

    def event(self, event, value):
        self.heard.append((event, value))


def check_a_full_flash_is_told():
    board = Board()
    while not board.keeper.holds_lost:
        board.keeper.store()
    last = board.journal.next_seq
    told = dict([(event, []) for event in range(len(flags.EVENTS))])
    for event, seq in board.heard:
        told[event].append(seq)
    assert told[flags.EV_STORED] == list(range(1, last))
    given_up = told[flags.EV_TRACE_GIVEN_UP]
    assert given_up == list(range(given_up[0], last))  # the traces first
    assert 3 < given_up[0] < last - 50
    assert board.journal.traces_given_up == len(given_up)
    assert told[flags.EV_HOLD_LOST] == [last]
    assert board.keeper.holds_lost == 1
    board.journal.acknowledge(last - 1)
    del board.heard[:]
    board.keeper.store()  # the next one finds room
    assert board.heard == [(flags.EV_STORED, last)]


class Interrupting:
    """Between the journal and the files: Ctrl-C comes in the `at`-th call, and the interpreter
    raises it as soon as that call is over."""

    def __init__(self, at):
        self._at = at
        self.calls = 0
        for module in (journal_module, storage):
            module.open = self._open
            module.os = self

    def call(self, result):
        self.calls += 1
        if self.calls in self._at:
            raise KeyboardInterrupt
        return result

    def _open(self, *arguments):
        file = open(*arguments)
        if self.calls + 1 in self._at:
            file.close()  # nobody has it any more: collecting garbage closes it
        return self.call(File(self, file))

    def rename(self, *arguments):
        return self.call(os.rename(*arguments))

    def remove(self, *arguments):
        return self.call(os.remove(*arguments))

    def stat(self, *arguments):
        return self.call(os.stat(*arguments))

    def statvfs(self, *arguments):
        return self.call(os.statvfs(*arguments))

    def gone(self):
        for module in (journal_module, storage):
            module.open = open
            module.os = os


class File:
    def __init__(self, between, file):
        self._between = between
        self._file = file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self._between.call(None)

    def seek(self, *arguments):
        return self._between.call(self._file.seek(*arguments))

    def write(self, data):
        return self._between.call(self._file.write(data))


def check_ctrl_c_at_any_moment_of_storing_costs_nothing():
    """Once, and twice in a row as mpremote sends it; also into a new file of records."""
    for before in (3, 4096 // len(records.pack(summary(1)))):
        moments = 0
        for n in range(1, 100):
            for at in ((n,), (n, n + 1)):
                board = Board()
                for seq in range(1, before + 1):
                    board.journal.append(summary(seq), ())
                assert board.journal.next_seq == before + 1
                between = Interrupting(at)
                interrupted = False
                try:
                    board.keeper.store()
                except KeyboardInterrupt:
                    interrupted = True
                finally:
                    between.gone()
                if not interrupted:
                    assert between.calls < n
                    break
                moments += 1
                ramdisk.remount()
                again = Journal()
                assert (again.next_seq, again.quarantined) == (before + 2, 0), (before, at)
                assert again.read_trace(before + 1, 0, bytearray(1))[0] == 6000, (before, at)
                assert seqs() == list(range(1, before + 2)), (before, at)
            else:
                continue
            break
        assert moments > 10, moments


def seqs():
    """The number of every record in flash."""
    found = []
    for name in sorted(os.listdir(FOLDER)):
        if name[0] == "r":
            with open(FOLDER + "/" + name, "rb") as file:
                found += [seq for seq, _, _ in records.sound(file, bytearray(records.WINDOW))]
    return found
