"""What the board says when there is no room for a trace, or for a whole trial."""

import ramdisk
from check_journal import summary, trace_parts

from evenstance_board.journal import Journal
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
