"""The calibration file on a littlefs: kept, replaced at once, quarantined when broken."""

import os

import ramdisk

from board import near
from evenstance_board import storage
from evenstance_board.calibration import PATH, Calibration, Plate, sensible

BROKEN = (
    b"",
    b"{",
    b"\xff\xfe\x00\x80",
    b"[1, 2]",
    b"null",
    b"7",
    b"{}",
    b'{"id": 1, "left": [2187000, 1]}',
    b'{"id": 1, "left": [2187000], "right": [2190000, 2]}',
    b'{"id": 1, "left": ["x", 1], "right": [2190000, 2]}',
    b'{"id": 1, "left": [null, 1], "right": [2190000, 2]}',
    b'{"id": 1, "left": [2187000, 1], "right": [12, 2]}',
    b'{"id": null, "left": [2187000, 1], "right": [2190000, 2]}',
    b'{"id": 1, "left": [1e999, 1], "right": [2190000, 2]}',
    b'{"left": [2187000, 1], "right": [2190000, 2]}',
)


def disk():
    ramdisk.fresh(64)
    storage.make_folders("/evenstance")


def put(data):
    with open(PATH, "wb") as file:
        file.write(data)


def check_without_a_file_it_is_not_ready():
    disk()
    made = Calibration()
    assert not made.ready
    assert (made.calibration_id, made.quarantined) == (0, 0)


def check_what_is_set_is_there_after_a_restart():
    disk()
    made = Calibration()
    made.set_zero(123, -456)
    assert not made.ready
    made.set_sensitivity(2187000, -2190000)
    assert made.ready
    made.set_zero(50000, -30000)
    again = Calibration()
    assert again.ready
    assert (again.calibration_id, again.quarantined) == (1, 0)
    left, right = again.plates
    assert (left.counts_per_kn, left.zero) == (2187000, 50000)
    assert (right.counts_per_kn, right.zero) == (-2190000, -30000)
    again.set_sensitivity(2187000, 2190000)
    assert Calibration().calibration_id == 2


def check_a_broken_file_is_put_aside_and_the_board_starts():
    for data in BROKEN:
        disk()
        put(data)
        made = Calibration()
        assert made.quarantined == 1, data
        assert not made.ready, data
        assert made.calibration_id == 0, data
        with open(PATH + ".bad", "rb") as file:
            assert file.read() == data
        assert "calibration.json" not in os.listdir("/evenstance")
        assert Calibration().quarantined == 0
        made.set_sensitivity(2187000, 2190000)
        assert Calibration().ready


def check_a_second_broken_file_replaces_the_first():
    disk()
    for data in (b"first", b"second"):
        put(data)
        assert Calibration().quarantined == 1
    with open(PATH + ".bad", "rb") as file:
        assert file.read() == b"second"


def check_impossible_sensitivities_change_nothing():
    disk()
    made = Calibration()
    made.set_sensitivity(2187000, 2190000)
    for pair in ((0, 2190000), (2187000, 0), (2187000, 19999), (-200000001, 2190000)):
        try:
            made.set_sensitivity(pair[0], pair[1])
            raise AssertionError(pair)
        except ValueError:
            pass
    assert (made.calibration_id, made.plates[0].counts_per_kn) == (1, 2187000)
    assert sensible(-2187000)


def check_a_power_cut_while_saving_leaves_the_old_or_the_new():
    disk()
    made = Calibration()
    made.set_sensitivity(2187000, 2190000)
    before = ramdisk.device.copy()
    cuts = ramdisk.record(lambda: made.set_sensitivity(1500000, 1600000))
    assert len(cuts) >= 2
    seen = set()
    for cut in [before] + cuts:
        ramdisk.mount(cut)
        again = Calibration()
        assert again.ready
        assert again.quarantined == 0
        seen.add((again.calibration_id, again.plates[0].counts_per_kn))
    assert seen == {(1, 2187000), (2, 1500000)}, seen


def check_force_against_the_division():
    for counts_per_kn in (2187000, -2190000, 500000, -500001, 20000, 200000000, 26777):
        for zero in (0, 50000, -300000):
            plate = Plate()
            plate.set(counts_per_kn, zero)
            for counts in (-0x800000, -1, 0, 1, 4095, 4096, 1500000, 0x7FFFFF, zero):
                wanted = (counts - zero) * 1000000 / counts_per_kn
                near(plate.force_mn(counts), wanted, 2 + abs(wanted) * 8e-6)
