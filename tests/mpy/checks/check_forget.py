"""An acknowledged trial is forgotten: its trace is gone, of its record the number stays."""

import os

import ramdisk
from check_ask_journal import Asked
from check_journal import append, damage, fresh, stored, summary, trace_part
from wire import ask

from evenstance_board.journal import FOLDER, Journal
from evenstance_board.no_journal import NoJournal
from evenstance_board.refused import Refused
from evenstance_wire import flags, messages


def content():
    """All bytes of all files of the journal."""
    found = b""
    for name in sorted(os.listdir(FOLDER)):
        with open(FOLDER + "/" + name, "rb") as file:
            found += file.read()
    return found


def inside(seq):
    """The bytes of a summary behind its number: nobody else has them."""
    return summary(seq, 100)[4:]


def journal_of(holds):
    journal = fresh()
    for _ in range(holds):
        append(journal)
    journal.acknowledge(holds)
    return journal


def check_only_the_number_is_left():
    journal = journal_of(45)  # two files of records
    free_b = journal.free_b
    for seq in (1, 20, 45):
        assert inside(seq) in content()
        journal.forget(seq)
        assert inside(seq) not in content()
        assert b"head%4d" % seq not in content()
        assert journal.summary(seq) is None
        assert trace_part(journal, seq, 0, 10) == (0, b"")
    assert journal.free_b == free_b + 3 * 4096  # so much the traces took
    ramdisk.remount()
    again = Journal()
    rest = [(seq, True) for seq in range(1, 46) if seq not in (1, 20, 45)]
    assert stored(again) == stored(journal) == rest
    assert (again.next_seq, again.quarantined, again.acked_through) == (46, 0, 45)


def check_its_number_is_never_used_again():
    """Even when it is the last one, and nobody knows any more how far was acknowledged."""
    journal = journal_of(3)
    for seq in (1, 2, 3):
        journal.forget(seq)
    os.remove(FOLDER + "/acked")
    again = Journal()
    assert (again.acked_through, again.next_seq) == (0, 4)
    append(again)
    assert stored(Journal()) == [(4, True)]


def check_twice_and_what_is_not_here():
    journal = journal_of(3)
    before = content()
    for seq in (0, 4, 1000):
        journal.forget(seq)
    assert content() == before
    journal.forget(2)
    once = content()
    journal.forget(2)
    assert content() == once


def check_a_trace_that_is_being_read():
    journal = journal_of(2)
    assert trace_part(journal, 1, 0, 10)[0] == 100
    journal.forget(1)
    assert trace_part(journal, 1, 10, 10) == (0, b"")
    assert trace_part(journal, 2, 0, 10)[0] == 100


def check_beside_damage():
    """The file keeps its size: so many numbers are left out behind damage as before."""
    journal_of(6)
    damage(FOLDER + "/r00000001", -3)  # the last record
    before = Journal()
    before.forget(2)
    after = Journal()
    assert after.next_seq == before.next_seq
    assert [seq for seq, _ in stored(after)] == [1, 3, 4, 5]


def check_a_power_cut_at_any_moment():
    journal = journal_of(8)
    rest = [one for one in stored(journal) if one[0] != 3]
    cuts = ramdisk.record(lambda: journal.forget(3))
    assert len(cuts) >= 4, len(cuts)
    outcomes = set()
    for cut in cuts:
        ramdisk.mount(cut)
        again = Journal()
        assert (again.next_seq, again.quarantined, again.acked_through) == (9, 0, 8)
        assert [one for one in stored(again) if one[0] != 3] == rest
        outcomes.add((inside(3) in content(), b"head   3" in content()))
        again.forget(3)  # asked again, as the host does
        assert inside(3) not in content()
        append(again)
        assert stored(again) == rest + [(9, True)]
    assert outcomes == {(True, False), (False, False)}, outcomes  # the trace goes at one stroke


def refusal(part, values):
    try:
        ask(part, messages.FORGET, values)
    except Refused as error:
        return error.code
    raise AssertionError("not refused")


def check_the_request():
    asked = Asked()
    journal_id = asked.journal.journal_id
    this = {"journal_id": journal_id, "seq": 1}
    assert refusal(asked.part, this) == flags.ERR_BAD_VALUE  # not acknowledged
    ask(asked.part, messages.ACK, {"journal_id": journal_id, "through_seq": 1})
    assert ask(asked.part, messages.FORGET, this) == {}
    assert asked.journal.summary(1) is None
    for seq in (0, 2, 0xFFFFFFFF):
        assert refusal(asked.part, {"journal_id": journal_id, "seq": seq}) == flags.ERR_BAD_VALUE
    assert refusal(asked.part, {"journal_id": bytes(8), "seq": 1}) == flags.ERR_BAD_VALUE
    assert asked.journal.summary(2) is not None


def check_not_during_a_hold():
    asked = Asked()
    journal_id = asked.journal.journal_id
    ask(asked.part, messages.ACK, {"journal_id": journal_id, "through_seq": 1})
    asked.holding = True
    assert refusal(asked.part, {"journal_id": journal_id, "seq": 1}) == flags.ERR_BUSY
    assert asked.journal.summary(1) is not None


def check_a_board_without_a_journal_has_nothing_to_forget():
    asked = Asked(NoJournal())
    for seq in (0, 1):
        assert refusal(asked.part, {"journal_id": bytes(8), "seq": seq}) == flags.ERR_BAD_VALUE
