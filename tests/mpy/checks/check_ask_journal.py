"""A trace goes out as a row of messages, each made when the one before has left."""

import lockstep
import ramdisk
from check_journal import summary, trace_parts
from wire import ask

from evenstance_board.ask_journal import AskJournal
from evenstance_board.journal import Journal
from evenstance_board.refused import Refused
from evenstance_wire import flags, frames, messages

SIZE = 5000


class Port:
    """Takes one line at a time, as the link does."""

    def __init__(self):
        self.line = None

    @property
    def is_empty(self):
        return self.line is None

    def send_line(self, line, awaited):
        assert self.line is None
        assert awaited
        self.line = line

    def take(self):
        """(tag, values) of the reply that leaves, None for none."""
        line = self.line
        self.line = None
        if line is None:
            return None
        kind, tag, body = frames.decode_line(line[1:-1])
        assert kind == messages.GET_TRACE_REPLY.kind
        return tag, messages.GET_TRACE_REPLY.unpack(body)


class Asked:
    """A board with two trials, asked for traces."""

    def __init__(self, journal=None):
        lockstep.power_up(1000)
        ramdisk.fresh(64)
        self.holding = False
        self.whole = {}
        given = journal
        journal = given or Journal()
        for seq in () if given else (1, 2):
            parts = trace_parts(seq, SIZE)
            journal.append(summary(seq, SIZE), parts)
            self.whole[seq] = b"".join([bytes(part) for part in parts])
        self.port = Port()
        self.journal = journal
        self.part = AskJournal(self.port, journal, self)

    def not_during_a_hold(self):
        """As the sampler says it."""
        if self.holding:
            raise Refused(flags.ERR_BUSY, "a hold is running")

    def ask(self, seq, offset, length, tag):
        values = {"seq": seq, "offset": offset, "length": length}
        assert ask(self.part, messages.GET_TRACE, values, tag) is None

    def step(self):
        self.part.step(lockstep.now_us)
        return self.port.take()

    def row(self):
        """All replies until none follows."""
        found = []
        while True:
            reply = self.step()
            if reply is None:
                return found
            found.append(reply)


def check_a_whole_trace():
    asked = Asked()
    for seq in (1, 2, 1):
        asked.ask(seq, 0, 65535, seq + 5)
        data = b""
        for tag, values in asked.row():
            assert (tag, values["seq"]) == (seq + 5, seq)
            assert (values["offset"], values["total"]) == (len(data), SIZE)
            assert len(values["data"]) == min(1008, SIZE - len(data))
            data += values["data"]
        assert data == asked.whole[seq]


def check_a_part_of_a_trace():
    asked = Asked()
    for offset, length in ((0, 1), (1000, 2500), (4990, 100), (SIZE, 10), (9000, 10), (0, 0)):
        asked.ask(2, offset, length, 1)
        row = asked.row()
        data = b"".join([values["data"] for _, values in row])
        assert data == asked.whole[2][offset : offset + length], offset
        assert row[-1][1]["total"] == SIZE


def check_a_trace_that_is_not_there():
    asked = Asked()
    asked.ask(3, 0, 65535, 9)
    assert asked.row() == [(9, {"seq": 3, "offset": 0, "total": 0, "data": b""})]


def check_the_latest_request_counts():
    asked = Asked()
    asked.ask(1, 0, 65535, 1)
    assert asked.step()[0] == 1
    asked.ask(2, 0, 65535, 2)
    assert [tag for tag, _ in asked.row()] == [2] * 5


def check_nothing_is_made_before_the_last_part_has_left():
    asked = Asked()
    asked.ask(1, 0, 65535, 1)
    asked.part.step(lockstep.now_us)
    first = asked.port.line
    lockstep.spend(1900000)
    asked.part.step(lockstep.now_us)
    assert asked.port.line is first
    assert asked.port.take()[1]["offset"] == 0
    assert asked.step()[1]["offset"] == 1008


def check_a_row_that_nobody_takes_is_given_up():
    asked = Asked()
    asked.ask(1, 0, 65535, 1)
    asked.part.step(lockstep.now_us)
    lockstep.spend(2100000)
    asked.part.step(lockstep.now_us)
    assert asked.port.take()[1]["offset"] == 0
    assert asked.row() == []
    asked.ask(1, 0, 65535, 2)  # and the next request is served
    assert len(asked.row()) == 5


def check_an_acknowledgement_that_cannot_be_written_is_asked_for_again():
    asked = Asked()
    trials = asked.part
    journal = asked.journal
    request = {"journal_id": journal.journal_id, "through_seq": 2}
    acknowledge = journal.acknowledge

    def fails(_through_seq):
        raise OSError(28)

    journal.acknowledge = fails
    assert ask(trials, messages.ACK, request) == {"acked_through": 2}
    trials.idle()
    assert trials.acked_through == 0
    journal.acknowledge = acknowledge
    assert ask(trials, messages.ACK, request) == {"acked_through": 2}
    trials.idle()
    assert journal.acked_through == trials.acked_through == 2
