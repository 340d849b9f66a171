"""The calibrations on a littlefs: versions, what is damaged, the power cut at any moment."""

import gc
import os

import cuts
import ramdisk
from wire import named

from board import near
from evenstance_board import storage
from evenstance_board.calibration import Calibration, Plate, sensible
from evenstance_board.calibration_files import FOLDER, KEPT
from evenstance_wire import flags
from evenstance_wire.messages import GET_CALIBRATION_REPLY

MADE_MS = 1700000000000
RATINGS_MN = (1961000, 2942000)


def disk():
    ramdisk.fresh(64)
    storage.make_folders("/evenstance")


def values_of(made):
    """The calibration in use by the names of its fields."""
    return named(GET_CALIBRATION_REPLY, made.row())


def path(calibration_id):
    return FOLDER + "/v%08d" % calibration_id


def measured(gains):
    """A board on an empty flash, zeroed, then calibrated once for each gain."""
    disk()
    made = Calibration()
    made.set_zero(50000, -30000)
    for gain in gains:
        made.set_sensitivity(gain, -gain, RATINGS_MN, MADE_MS)
    return made


def spoil(name, change):
    with open(name, "rb") as file:
        data = bytearray(file.read())
    data = change(data)
    with open(name, "wb") as file:
        file.write(data)


def flipped(at):
    def change(data):
        data[at] ^= 0x10
        return data

    return change


DAMAGES = (
    lambda data: b"",
    lambda data: data[:3],
    lambda data: data[:-1],
    lambda data: data + b"\x00",
    lambda data: bytes(len(data)),
    lambda data: b"\xff" * len(data),
    flipped(0),
    flipped(9),
    flipped(-1),
)


def check_a_new_board_is_not_calibrated():
    disk()
    made = Calibration()
    assert not made.ready
    assert (made.calibration_id, made.quarantined, made.ids) == (0, 0, [])
    values = values_of(made)
    assert values == named(GET_CALIBRATION_REPLY, Calibration.factory())
    assert values["rating_left_mn"] == 1961000
    assert GET_CALIBRATION_REPLY.unpack(GET_CALIBRATION_REPLY.pack(values)) == values


def check_a_force_needs_a_sensitivity_and_a_zero():
    disk()
    made = Calibration()
    made.set_sensitivity(2187000, -2190000)
    assert not made.ready
    assert not Calibration().ready
    made.set_zero(7, -8)
    assert made.ready
    assert Calibration().ready


def check_everything_is_there_after_a_restart():
    made = measured((2187000,))
    made.set_zero(51000, -31000)
    again = Calibration()
    assert again.ready
    assert values_of(again) == values_of(made)
    assert values_of(again) == {
        "calibration_id": 1,
        "calibration_kind": flags.MEASURED,
        "restored_from": None,
        "made_unix_ms": MADE_MS,
        "left_counts_per_kn": 2187000,
        "right_counts_per_kn": -2187000,
        "zero_left_counts": 51000,
        "zero_right_counts": -31000,
        "rating_left_mn": RATINGS_MN[0],
        "rating_right_mn": RATINGS_MN[1],
    }
    assert [plate.rating_mn for plate in again.plates] == list(RATINGS_MN)
    again.set_sensitivity(1500000, 1600000)
    values = values_of(Calibration())
    assert (values["rating_right_mn"], values["made_unix_ms"]) == (RATINGS_MN[1], None)


def check_the_last_ten_are_kept_and_no_number_comes_twice():
    made = measured(range(1000000, 1013000, 1000))
    assert made.ids == list(range(4, 14))
    again = Calibration()
    assert again.ids == made.ids
    assert again.read(3) is None
    for calibration_id in again.ids:
        values = named(GET_CALIBRATION_REPLY, again.read(calibration_id))
        assert values["left_counts_per_kn"] == 999000 + 1000 * calibration_id
    assert len([name for name in os.listdir(FOLDER) if name[0] == "v"]) == KEPT
    again.set_sensitivity(2000000, 2000000)
    assert Calibration().calibration_id == 14


def check_a_zero_makes_no_calibration():
    made = measured((2187000,))
    for n in range(200):
        made.set_zero(n, -n)
    assert Calibration().ids == [1]
    assert Calibration().plates[0].zero == 199


def check_restore_is_a_new_calibration_with_the_old_values():
    made = measured((1000000, 2000000))
    made.set_zero(90000, 90001)
    before = named(GET_CALIBRATION_REPLY, made.read(1))
    assert made.restore(1)
    values = values_of(made)
    assert values == values_of(Calibration())
    assert (values["calibration_id"], values["restored_from"]) == (3, 1)
    assert values["calibration_kind"] == flags.RESTORED
    for name in before:
        if name not in ("calibration_id", "calibration_kind", "restored_from"):
            assert values[name] == before[name], name
    assert values["zero_left_counts"] == 50000  # undone with it
    assert made.restore(2)
    assert values_of(made)["zero_left_counts"] == 50000  # that zero was taken after it
    for unknown in (5, 99, 0xFFFFFFFF):
        assert not made.restore(unknown)
    assert made.ids == [1, 2, 3, 4]


def check_asked_twice_there_is_one():
    made = measured((1000000, 2000000))
    made.set_zero(90000, 90001)
    made.set_sensitivity(2000000, -2000000, RATINGS_MN, MADE_MS)
    assert made.ids == [1, 2]
    assert Calibration().plates[0].zero == 90000
    for _ in range(2):
        assert made.restore(1)
    assert made.ids == [1, 2, 3]
    made.set_zero(90000, 90001)
    assert made.restore(1)  # the zero is not that of the calibration any more
    assert made.ids == [1, 2, 3, 4]
    assert made.plates[0].zero == 50000
    for _ in range(2):
        assert made.restore(0)
    assert made.ids == [1, 2, 3, 4, 5]
    made.set_sensitivity(2000000, -2000000, RATINGS_MN, MADE_MS + 1)
    made.set_sensitivity(2000000, -2000000, RATINGS_MN, MADE_MS + 2)
    assert Calibration().ids == [1, 2, 3, 4, 5, 6, 7]


def check_the_factory_has_no_calibration_and_can_be_undone():
    made = measured((1000000,))
    assert made.restore(0)
    for now in (made, Calibration()):
        assert not now.ready
        assert now.calibration_id == 2
        assert values_of(now)["left_counts_per_kn"] is None
        assert values_of(now)["zero_left_counts"] is None
        assert values_of(now)["calibration_kind"] == flags.FACTORY
    assert made.restore(2)
    assert values_of(made)["calibration_kind"] == flags.FACTORY
    assert made.restore(1)
    assert Calibration().ready


def check_a_damaged_calibration_is_set_aside_and_the_one_before_is_taken():
    for change in DAMAGES:
        made = measured((1000000, 2000000, 3000000))
        made.set_zero(51000, -31000)
        spoil(path(3), change)
        again = Calibration()
        assert (again.calibration_id, again.quarantined, again.ids) == (2, 1, [1, 2])
        assert again.ready
        assert again.plates[0].counts_per_kn == 2000000
        assert again.plates[0].zero == 51000  # the latest zero is not of the damaged file
        assert "v00000003" not in os.listdir(FOLDER)
        assert Calibration().quarantined == 0
        again.set_sensitivity(4000000, 4000000)
        assert Calibration().calibration_id == 4


def check_an_older_damaged_one_is_reported_and_not_offered():
    measured((1000000, 2000000, 3000000))
    spoil(path(2), flipped(9))
    again = Calibration()
    assert (again.calibration_id, again.quarantined, again.ids) == (3, 1, [1, 3])
    assert not again.restore(2)


def check_one_that_has_the_number_of_another_is_damaged():
    measured((1000000, 2000000))
    with open(path(1), "rb") as file:
        data = file.read()
    with open(path(2), "wb") as file:
        file.write(data)
    again = Calibration()
    assert (again.calibration_id, again.quarantined) == (1, 1)


def check_all_damaged_is_not_calibrated():
    measured((1000000, 2000000))
    for calibration_id in (1, 2):
        spoil(path(calibration_id), flipped(30))
    again = Calibration()
    assert (again.calibration_id, again.quarantined, again.ready) == (0, 2, False)
    again.set_sensitivity(2000000, 2000000)
    assert Calibration().calibration_id == 3


def check_damaged_ones_go_with_the_older_ones():
    measured((1000000, 2000000))
    spoil(path(1), flipped(30))
    made = Calibration()
    assert "v00000001.bad" in os.listdir(FOLDER)
    for n in range(KEPT):
        made.set_sensitivity(2000000 + n, 2000000)
    names = [name for name in os.listdir(FOLDER) if name[0] == "v"]
    assert sorted(names) == ["v%08d" % n for n in range(3, 13)]


def check_a_damaged_zero_gives_way_to_the_one_of_the_calibration():
    for change in DAMAGES:
        made = measured((1000000,))
        made.set_zero(51000, -31000)
        spoil(FOLDER + "/zero", change)
        again = Calibration()
        assert again.quarantined == 1
        assert [plate.zero for plate in again.plates] == [50000, -30000]
        assert Calibration().quarantined == 0


def check_foreign_files_do_not_stop_the_board():
    made = measured((1000000,))
    for name in ("v", "vx", "v1", "v00000002.new", "v0000000x", "v00000009.old", "notes.txt"):
        with open(FOLDER + "/" + name, "wb") as file:
            file.write(b"?")
    again = Calibration()
    assert (values_of(again), again.quarantined) == (values_of(made), 0)


def check_a_folder_that_is_a_file_is_set_aside():
    disk()
    with open(FOLDER, "wb") as file:
        file.write(b"?")
    made = Calibration()
    assert (made.ready, made.quarantined) == (False, 1)
    made.set_zero(1, 2)
    made.set_sensitivity(2000000, 2000000)
    again = Calibration()
    assert (again.ready, again.quarantined, values_of(again)) == (True, 0, values_of(made))
    with open(FOLDER + ".bad", "rb") as file:
        assert file.read() == b"?"


def check_a_thousand_calibrations_in_a_row():
    """As a host would make them that wants to fill or to wear out the flash."""
    device = cuts.Recorded(64)
    ramdisk.use_fresh(device)
    made = Calibration()
    made.set_zero(50000, -30000)
    made.set_sensitivity(2000000, 2000000)
    device.operations.clear()
    free_b = storage.free_bytes()
    gc.collect()
    before_b = gc.mem_alloc()
    for n in range(1000):
        made.set_sensitivity(2000001 + n, 2000000)
        device.operations[:] = [one for one in device.operations if one[2] is None]
    erased = cuts.erases(device.operations)
    per_block = {}
    for block, _, _ in device.operations:
        per_block[block] = per_block.get(block, 0) + 1
    device.operations.clear()
    gc.collect()
    assert gc.mem_alloc() - before_b < 4096, gc.mem_alloc() - before_b
    assert len(made.ids) == KEPT == len([n for n in os.listdir(FOLDER) if n != "zero"])
    assert storage.free_bytes() >= free_b - 2 * storage.BLOCK_BYTES
    assert erased < 1000 and max(per_block.values()) < 150, (erased, max(per_block.values()))
    assert values_of(Calibration()) == values_of(made)


def check_times_that_no_calendar_has_are_refused():
    made = measured((2000000,))
    before = values_of(made)
    for unix_ms in (-1, -(1 << 62), 1 << 47, (1 << 63) - 1):
        try:
            made.set_sensitivity(3000000, 3000000, RATINGS_MN, unix_ms)
            raise AssertionError(unix_ms)
        except ValueError:
            pass
    assert values_of(made) == before
    for unix_ms in (0, (1 << 47) - 1):
        made.set_sensitivity(3000000, 3000000, RATINGS_MN, unix_ms)
        assert values_of(Calibration())["made_unix_ms"] == unix_ms


def check_a_full_flash_changes_nothing():
    made = measured((1000000,))
    before = values_of(made)
    fill("/big", 4096)
    fill(FOLDER + "/small", 100)
    for work in (lambda: made.set_zero(1, 2), lambda: made.set_sensitivity(2000000, 2000000)):
        try:
            work()
            raise AssertionError
        except OSError:
            pass
    assert values_of(made) == before
    again = Calibration()
    assert (values_of(again), again.quarantined) == (before, 0)


def fill(name, size):
    """Write files of this size until no more fits."""
    try:
        for n in range(1000):
            with open("%s%d" % (name, n), "wb") as file:
                file.write(bytes(size))
    except OSError:
        return
    raise AssertionError("never full")


def check_impossible_values_change_nothing():
    made = measured((2187000,))
    for pair in ((0, 2190000), (2187000, 0), (2187000, 19999), (-200000001, 2190000)):
        refused(made, pair, (None, None))
    for ratings in ((99999, None), (None, 20000001), (0, 1961000)):
        refused(made, (2187000, 2187000), ratings)
    assert made.ids == [1]
    assert made.plates[0].rating_mn == RATINGS_MN[0]
    assert sensible(-2187000)


def refused(made, pair, ratings):
    try:
        made.set_sensitivity(pair[0], pair[1], ratings)
    except ValueError:
        return
    raise AssertionError((pair, ratings))


def torn(before, after):
    """The device when the power goes in the middle of an operation."""
    changed = [n for n in range(0, len(after), 16) if before[n : n + 16] != after[n : n + 16]]
    if not changed:
        return after
    half = changed[len(changed) // 2]
    return after[:half] + before[half:]


def cuts_of(work):
    """Every state of the device that a power cut during `work` can leave."""
    states = [ramdisk.device.copy()]
    for after in ramdisk.record(work):
        states.append(torn(states[-1], after))
        states.append(after)
    assert len(states) > 4
    return states


def check_a_power_cut_while_saving_leaves_the_old_or_the_new():
    made = measured(range(1000000, 1010000, 1000))  # ten: the oldest gives way
    old = values_of(made)
    cuts = cuts_of(lambda: made.set_sensitivity(1500000, 1600000, RATINGS_MN, MADE_MS + 1))
    new = values_of(made)
    found = after_each(cuts)
    assert found[0] == old
    assert found[-1] == new
    assert all([values in (old, new) for values in found])


def check_a_power_cut_while_restoring_leaves_the_old_or_the_new():
    made = measured((1000000, 2000000))
    made.set_zero(90000, 90001)
    old = values_of(made)
    cuts = cuts_of(lambda: made.restore(1))
    new = values_of(made)
    found = after_each(cuts)
    assert (found[0], found[-1]) == (old, new)
    assert all([values in (old, new) for values in found])


def check_a_power_cut_at_a_zero_leaves_the_old_or_the_new():
    made = measured((1000000,))
    made.set_zero(51000, -31000)
    cuts = cuts_of(lambda: made.set_zero(52000, -32000))
    zeros = [(v["zero_left_counts"], v["zero_right_counts"]) for v in after_each(cuts)]
    assert set(zeros) == {(51000, -31000), (52000, -32000)}


def after_each(cuts):
    """What a board finds after each cut; it can be calibrated again every time."""
    found = []
    for cut in cuts:
        ramdisk.mount(cut)
        again = Calibration()
        assert again.quarantined == 0
        found.append(values_of(again))
        assert len(again.ids) <= KEPT
        again.set_sensitivity(3000000, 3000000)
        once_more = Calibration()
        assert once_more.calibration_id == found[-1]["calibration_id"] + 1
        assert once_more.plates[0].counts_per_kn == 3000000
    return found


def check_force_against_the_division():
    for counts_per_kn in (2187000, -2190000, 500000, -500001, 20000, 200000000, 26777):
        for zero in (0, 50000, -300000):
            plate = Plate()
            plate.set(counts_per_kn, zero)
            for counts in (-0x800000, -1, 0, 1, 4095, 4096, 1500000, 0x7FFFFF, zero):
                wanted = (counts - zero) * 1000000 / counts_per_kn
                near(plate.force_mn(counts), wanted, 2 + abs(wanted) * 8e-6)
