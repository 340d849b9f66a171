"""The journal on a littlefs in memory: append, acknowledge, restart, damage, a full flash."""

import os

import cuts
import ramdisk

from evenstance_board import records, storage
from evenstance_board.journal import FOLDER, KEEP_SUMMARIES, Journal
from evenstance_wire import messages

SUMMARY = messages.SUMMARY


def fresh(blocks=64):
    ramdisk.fresh(blocks)
    return Journal()


def summary(seq, trace_bytes=0):
    values = dict([(name, 0) for name, _ in SUMMARY.fields])
    values.update({"seq": seq, "trace_bytes": trace_bytes, "trace_complete": 1, "end_us": 9 * seq})
    values["touch_downs"] = bytes((seq & 0xFF,)) * 12
    return SUMMARY.pack(values)


def trace_parts(seq, size):
    return (b"head%4d" % seq, memoryview(bytes((seq & 0xFF,)) * (size - 12)), b"tail")


def records_path(first):
    return "%s/r%08d" % (FOLDER, first)


def record(seq):
    return records.pack(summary(seq))


def trace_part(journal, seq, offset, length):
    """(size of the whole, bytes) of a part."""
    buffer = bytearray(length)
    total, size = journal.read_trace(seq, offset, buffer)
    return total, bytes(buffer[:size])


def append(journal, trace_bytes=100):
    """Store the next trial as the service does; whether its trace was kept."""
    seq = journal.next_seq
    return journal.append(summary(seq, trace_bytes), trace_parts(seq, trace_bytes))


def stored(journal):
    """(seq, whether its trace is here) of every trial, each checked."""
    found = []
    for seq in range(1, journal.next_seq):
        body = journal.summary(seq)
        if body is None:
            continue
        values = SUMMARY.unpack(body)
        assert (values["seq"], values["end_us"]) == (seq, 9 * seq)
        total, data = trace_part(journal, seq, 0, 8)
        if values["trace_bytes"] and total:
            assert total == values["trace_bytes"], (seq, total)
            assert data == b"head%4d" % seq
        found.append((seq, total > 0))
    return found


def check_an_empty_journal():
    journal = fresh()
    assert (journal.first_seq, journal.next_seq, journal.acked_through) == (1, 1, 0)
    assert journal.summary(1) is None
    assert journal.summary(0) is None
    assert trace_part(journal, 1, 0, 10) == (0, b"")
    assert len(journal.journal_id) == 8


def check_append_and_reopen():
    journal = fresh()
    for n in range(40):
        assert append(journal) is True
        assert journal.next_seq == n + 2
    assert stored(journal) == [(seq, True) for seq in range(1, 41)]
    ramdisk.remount()
    again = Journal()
    assert (again.first_seq, again.next_seq) == (1, 41)
    assert again.journal_id == journal.journal_id
    assert stored(again) == [(seq, True) for seq in range(1, 41)]


def check_each_journal_has_its_own_id():
    assert fresh().journal_id != fresh().journal_id


def check_parts_of_a_trace():
    journal = fresh()
    append(journal, 1000)
    whole = trace_part(journal, 1, 0, 2000)[1]
    assert len(whole) == 1000
    assert whole[-4:] == b"tail"
    for offset, length in ((0, 768), (768, 768), (999, 5), (1000, 5), (5000, 5)):
        total, data = trace_part(journal, 1, offset, length)
        assert total == 1000
        assert data == whole[offset : offset + length], offset


def check_acknowledging():
    journal = fresh()
    for _ in range(5):
        append(journal)
    journal.acknowledge(3)
    assert journal.acked_through == 3
    journal.acknowledge(2)  # never backwards
    assert journal.acked_through == 3
    for seq in (6, 1000):
        try:
            journal.acknowledge(seq)
            raise AssertionError(seq)
        except ValueError:
            pass
    ramdisk.remount()
    again = Journal()
    assert (again.acked_through, again.next_seq) == (3, 6)
    assert stored(again) == [(seq, True) for seq in range(1, 6)]


def damage(path, place):
    """Flip bits of one byte; a negative place counts from the end."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    data[place] ^= 0x7E
    with open(path, "wb") as file:
        file.write(data)


def check_a_flipped_byte_costs_one_record():
    """Whatever byte of a record it is, those of its length included."""
    journal = fresh()
    for _ in range(10):
        append(journal)
    path = records_path(1)
    with open(path, "rb") as file:
        good = file.read()
    size = len(good) // 10
    for place in range(0, size, 7):
        with open(path, "wb") as file:
            file.write(good)
        damage(path, 4 * size + place % size)
        again = Journal()
        assert (again.next_seq, again.quarantined) == (11, 1), place
        assert [seq for seq, _ in stored(again)] == [1, 2, 3, 4, 6, 7, 8, 9, 10], place
        append(again)  # into another file: this one is left as it is
        assert again.first_seq == 1
        assert records_path(11)[-9:] in os.listdir(FOLDER)
        os.remove(records_path(11))


def check_damage_in_an_older_file_is_found_when_it_is_read():
    journal = fresh()
    while not is_file(records_path(1), 4096 - len(record(1))):
        append(journal, 0)
    append(journal, 0)
    append(journal, 0)
    damage(records_path(1), 5)
    again = Journal()
    assert again.quarantined == 0
    assert again.summary(1) is None
    assert again.summary(2) is not None
    assert again.quarantined == 1
    again.summary(1)
    assert again.quarantined == 1


def is_file(path, least):
    """Whether a file is there and has so many bytes."""
    try:
        return os.stat(path)[6] >= least
    except OSError:
        return False


def check_numbers_are_never_used_twice():
    """Whatever byte of the newest record is damaged, a number the host may know is not reused."""
    many = 4096 // (len(summary(1)) + records.OVERHEAD)
    for before in (0, 1, many - 1, many):  # many: the damaged record is alone in its file
        for place in (0, 1, 2, 30):
            journal = fresh()
            for _ in range(before + 1):
                append(journal)
            damage(records_path(1 if before < many else many + 1), place - len(record(1)))
            again = Journal()
            assert again.next_seq in (before + 2, before + 3), (before, place, again.next_seq)
            seq = again.next_seq
            append(again)  # and what is stored behind the damage can be read
            assert Journal().summary(seq) is not None, (before, place)


def check_a_file_of_records_that_cannot_be_read():
    journal = fresh()
    for _ in range(5):
        append(journal)
    os.remove(records_path(1))
    os.mkdir(records_path(1))  # opening it fails
    again = Journal()
    assert again.quarantined == 1
    assert again.next_seq > 5
    assert again.journal_id == journal.journal_id
    seq = again.next_seq
    append(again)
    assert Journal().summary(seq) is not None


def check_names_that_are_no_numbers():
    journal = fresh()
    append(journal)
    for name in ("rabcdefgh", "t-0000001", "r0000000", "acked.new", "t000000001"):
        with open(FOLDER + "/" + name, "wb") as file:
            file.write(b"x")
    again = Journal()
    assert (again.first_seq, again.next_seq, again.quarantined) == (1, 2, 0)


def check_something_else_in_the_place_of_the_journal():
    ramdisk.fresh(32)
    storage.make_folders("/evenstance")
    for n in (1, 2):
        with open(FOLDER, "wb") as file:
            file.write(b"no folder")
        journal = Journal()
        assert (journal.next_seq, journal.quarantined) == (1, 1)
        append(journal)
        with open("%s-%d" % (FOLDER, n), "rb") as file:
            assert file.read() == b"no folder"
        os.rename(FOLDER, "/elsewhere%d" % n)


def check_a_trace_without_its_record_is_removed():
    journal = fresh()
    append(journal)
    with open(FOLDER + "/t00000002", "wb") as file:
        file.write(b"the power went before its record was written")
    again = Journal()
    assert again.next_seq == 2
    assert trace_part(again, 2, 0, 10) == (0, b"")
    assert "t00000002" not in os.listdir(FOLDER)


def check_records_refuse_what_they_cannot_say():
    for size in (SUMMARY.size - 1, records.LONGEST + 1, 65536 + SUMMARY.size):
        try:
            records.pack(bytes(size))
            raise AssertionError(size)
        except ValueError:
            pass
    assert SUMMARY.size + messages.MAX_TOUCH_DOWNS * messages.TOUCH_DOWN.size <= records.LONGEST
    assert SUMMARY.fields[0] == ("seq", "I")  # records.sound reads it there


def check_blocks_of_a_file():
    """As littlefs counts them."""
    ramdisk.fresh(64)
    storage.make_folders("/a")
    for size in (4096, 4097, 8188, 8189, 12276, 12277, 20000, 40876):
        before = storage.free_bytes()
        with open("/a/file", "wb") as file:
            file.write(bytes(size))
        blocks = (before - storage.free_bytes()) // storage.BLOCK_BYTES
        assert blocks == storage.blocks_of(size), (size, blocks)
        os.remove("/a/file")


def check_damaged_small_files():
    journal = fresh()
    for _ in range(3):
        append(journal)
    journal.acknowledge(2)
    with open(FOLDER + "/acked", "rb") as file:
        acked = bytearray(file.read())
    acked[0] ^= 1
    with open(FOLDER + "/acked", "wb") as file:
        file.write(acked)
    again = Journal()
    assert (again.acked_through, again.quarantined, again.next_seq) == (0, 1, 4)
    again.acknowledge(3)
    assert Journal().acked_through == 3
    damage(FOLDER + "/id", 3)  # the identity is in both files
    other = Journal()
    assert (other.quarantined, other.journal_id) == (1, journal.journal_id)
    assert (other.acked_through, Journal().quarantined) == (3, 0)
    for name in ("id", "acked"):
        with open(FOLDER + "/" + name, "wb") as file:
            file.write(b"short")
    other = Journal()
    assert other.quarantined == 2
    assert other.next_seq == 4  # the trials stay, the host sees a new journal
    assert other.journal_id != journal.journal_id


def check_the_oldest_acknowledged_go_first_and_the_others_never():
    journal = fresh(48)
    while True:
        kept = append(journal, 8000)
        if not kept:
            break
    full_at = journal.next_seq - 1
    assert full_at > 8
    # nothing was acknowledged: all traces but the last one's are here, every summary too
    assert stored(journal) == [(seq, seq < full_at) for seq in range(1, full_at + 1)]
    assert SUMMARY.unpack(journal.summary(full_at))["trace_bytes"] == 0
    assert SUMMARY.unpack(journal.summary(full_at))["trace_complete"] == 0
    journal.acknowledge(4)
    for n in range(2):
        assert append(journal, 8000) is True, n
    traces = [seq for seq, here in stored(journal) if here]
    assert traces[0] in (2, 3)  # the oldest went, one for one
    assert traces == [s for s in range(traces[0], full_at + 3) if s != full_at]
    while append(journal, 8000):
        assert journal.next_seq < 100
    traces = [seq for seq, here in stored(journal) if here]
    assert traces[0] == 5  # acknowledged ones are gone, and only they
    assert traces == [s for s in range(5, journal.next_seq - 1) if s != full_at]
    assert [seq for seq, _ in stored(journal)] == list(range(1, journal.next_seq))
    ramdisk.remount()
    assert stored(Journal()) == stored(journal)


def check_the_trace_is_given_up_before_the_summary_and_a_full_flash_is_told():
    journal = fresh(32)
    kept = []
    lost = 0
    while not lost:
        try:
            kept.append(append(journal, 6000))
        except OSError:
            lost = journal.next_seq
        assert storage.free_bytes() <= 32 * 4096
    assert kept == sorted(kept, key=lambda one: not one)  # first with traces, then without
    assert kept.count(True) >= 3
    assert kept.count(False) > 100  # 32 kB are kept for summaries
    assert journal.next_seq == len(kept) + 1 == lost
    assert [seq for seq, _ in stored(journal)] == list(range(1, lost))
    ramdisk.remount()
    again = Journal()
    assert again.next_seq == lost
    assert [seq for seq, _ in stored(again)] == list(range(1, lost))


def check_acknowledged_summaries_go_last_and_by_files():
    journal = fresh(20)  # 32 kB are kept free: room for a few traces only
    many = 4096 // len(record(1))
    for _ in range(40):
        append(journal, 100)
    journal.acknowledge(40)
    while journal.first_seq == 1 and journal.next_seq < 400:
        append(journal, 3000)
        journal.acknowledge(journal.next_seq - 1)
    first = journal.first_seq
    assert first == many + 1, first
    assert journal.summary(first - 1) is None
    assert journal.summary(first) is not None
    ramdisk.remount()
    again = Journal()
    assert (again.first_seq, again.next_seq) == (journal.first_seq, journal.next_seq)


def check_no_trace_gives_way_for_more_than_enough_summaries():
    """Of acknowledged trials, summaries beyond KEEP_SUMMARIES go before any trace."""
    journal = fresh(120)
    while journal.next_seq <= KEEP_SUMMARIES + 150:
        journal.append(summary(journal.next_seq), ())
    journal.acknowledge(journal.next_seq - 1)
    n = journal.next_seq
    for _ in range(7):  # some find room, some make it
        assert append(journal, 9000) is True
        journal.acknowledge(journal.next_seq - 1)
    assert journal.first_seq > 1
    for seq in range(n, n + 7):
        assert trace_part(journal, seq, 0, 1)[0] == 9000, seq
    for _ in range(20):
        assert append(journal, 9000) is True
        journal.acknowledge(journal.next_seq - 1)
    assert journal.next_seq - journal.first_seq >= KEEP_SUMMARIES


def check_wear():
    """Blocks erased for a hold with the largest trace, one pull for ten holds."""
    device = cuts.Recorded(352)
    ramdisk.use_fresh(device)
    journal = Journal()
    holds = 0
    device.operations.clear()
    while holds < 150:  # beyond a full flash
        assert append(journal, 12255) is True
        holds += 1
        if holds % 10 == 0:
            journal.acknowledge(journal.next_seq - 1)
    assert journal.read_trace(1, 0, bytearray(1)) == (0, 0)
    erased = cuts.erases(device.operations)
    assert erased < 4.5 * holds, erased / holds  # three for the trace, one for the record
    per_block = {}
    for block, _, data in device.operations:
        if data is None:
            per_block[block] = per_block.get(block, 0) + 1
    assert max(per_block.values()) < holds / 4


def check_a_power_cut_at_any_moment_of_storing():
    """The trial that is being stored is the first of its segment."""
    journal = fresh(72)
    for _ in range(15):
        append(journal, 3000)
    journal.acknowledge(3)
    before = stored(journal)
    cuts = ramdisk.record(lambda: append(journal, 9000))
    assert len(cuts) > 5
    outcomes = set()
    for cut in cuts[::4] + cuts[-3:]:
        ramdisk.mount(cut)
        again = Journal()
        found = stored(again)
        assert found[:15] == before
        assert again.quarantined == 0
        assert again.acked_through == 3
        outcomes.add(again.next_seq)
        assert append(again, 500)  # life goes on
        assert stored(again)[-1] == (again.next_seq - 1, True)
    assert outcomes == {16, 17}, outcomes


def check_a_power_cut_at_any_moment_of_acknowledging():
    journal = fresh(40)
    for _ in range(5):
        append(journal)
    journal.acknowledge(2)
    cuts = ramdisk.record(lambda: journal.acknowledge(5))
    seen = set()
    for cut in cuts:
        ramdisk.mount(cut)
        again = Journal()
        seen.add(again.acked_through)
        assert (again.next_seq, again.quarantined) == (6, 0)
    assert seen == {2, 5}, seen


def check_storage_helpers():
    ramdisk.fresh(16)
    storage.make_folders("/a/b/c")
    storage.make_folders("/a/b/c")
    assert os.listdir("/a/b") == ["c"]
    storage.write_whole("/a/file", b"one")
    storage.write_whole("/a/file", b"two")
    with open("/a/file", "rb") as file:
        assert file.read() == b"two"
    assert sorted(os.listdir("/a")) == ["b", "file"]
    assert 0 < storage.free_bytes() < 16 * 4096
    try:
        with open("/a/file", "ab"):
            storage.make_folders("/a/file/under")
        raise AssertionError("a file is no folder")
    except OSError as error:
        assert error.errno in (17, 20), error.errno
