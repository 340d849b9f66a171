"""The board starts whatever is in its flash, and stores the next trial if there is any room."""

import os
import random

import ramdisk
import vfs
from check_journal import summary, trace_parts

from evenstance_board import storage
from evenstance_board.calibration import Calibration
from evenstance_board.no_journal import NoJournal, open_journal

BLOCKS = 40
GAINS = (2187000, -2190000)
SEEDS = 60


def filled():
    """The bytes of a flash with calibrations, a zero, trials and an acknowledgement."""
    ramdisk.fresh(BLOCKS)
    calibration = Calibration()
    for n in range(3):
        calibration.set_sensitivity(GAINS[0] + n, GAINS[1])
        calibration.set_zero(100 * n, -100 * n)
    journal = open_journal()
    for seq in range(1, 5):
        assert journal.append(summary(seq, 5000), trace_parts(seq, 5000))
    journal.acknowledge(2)
    return ramdisk.device.copy()


def start(data):
    """Mount, or format what is no file system, as MicroPython does; then what main.py reads.

    Nothing may be raised here: it would end the firmware.
    """
    power_up(ramdisk.Ram(0, bytearray(data)))
    return Calibration(), open_journal()


def power_up(device):
    """Mount it as the board's MicroPython does."""
    vfs.umount("/")
    try:
        made = vfs.VfsLfs2(device, progsize=ramdisk.PROGRAM_BYTES)
    except OSError:
        vfs.VfsLfs2.mkfs(device, progsize=ramdisk.PROGRAM_BYTES)
        made = vfs.VfsLfs2(device, progsize=ramdisk.PROGRAM_BYTES)
    vfs.mount(made, "/")
    os.chdir("/")
    ramdisk.device = device


def use(calibration, journal):
    """What follows may fail, but only in the ways that the firmware knows."""
    for work in (
        lambda: journal.append(summary(journal.next_seq, 3000), trace_parts(9, 3000)),
        lambda: journal.acknowledge(journal.next_seq - 1),
        lambda: calibration.set_zero(5, 6),
        lambda: calibration.set_sensitivity(GAINS[0] + 99, GAINS[1]),
        lambda: [journal.summary(seq) for seq in range(journal.first_seq, journal.next_seq)],
        lambda: [journal.read_trace(seq, 0, bytearray(64)) for seq in range(10)],
    ):
        try:
            work()
        except OSError:
            pass


def damage(data, rng, kind):
    if kind == "bits":
        for _ in range(rng.choice((1, 8, 64, 512))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return
    for _ in range(rng.choice((1, 3))):
        at = rng.randrange(BLOCKS) * ramdisk.BLOCK_BYTES
        fill = {
            "erased": ramdisk.ERASED,
            "zeros": bytes(ramdisk.BLOCK_BYTES),
            "noise": bytes([rng.randrange(256) for _ in range(ramdisk.BLOCK_BYTES)]),
        }[kind]
        data[at : at + ramdisk.BLOCK_BYTES] = fill


class Random:
    """The part of CPython's that is needed; the interpreter has only the functions."""

    def __init__(self, seed):
        random.seed(seed)
        self.randrange = random.randrange
        self.choice = random.choice


def each_seed(kind):
    whole = filled()
    for seed in range(SEEDS):
        data = bytearray(whole)
        damage(data, Random(seed), kind)
        try:
            use(*start(data))
            start(ramdisk.device.data)
        except Exception as error:
            print(kind, seed)
            raise error


def check_flipped_bits_anywhere():
    each_seed("bits")


def check_blocks_that_were_erased():
    each_seed("erased")


def check_blocks_of_zeros():
    each_seed("zeros")


def check_blocks_of_noise():
    each_seed("noise")


PATHS = (
    "/evenstance",
    "/evenstance/trials",
    "/evenstance/trials/id",
    "/evenstance/trials/acked",
    "/evenstance/trials/r00000001",
    "/evenstance/trials/t00000004",
    "/evenstance/calibration",
    "/evenstance/calibration/v00000003",
    "/evenstance/calibration/zero",
)


def remove(path):
    try:
        for name in os.listdir(path):
            remove(path + "/" + name)
        os.rmdir(path)
    except OSError:
        os.remove(path)


def check_anything_in_the_place_of_anything():
    whole = filled()
    for path in PATHS:
        for instead in ("nothing", "folder", "empty", "text"):
            ramdisk.mount(whole)
            remove(path)
            if instead == "folder":
                os.mkdir(path)
                os.mkdir(path + "/inside")
            elif instead != "nothing":
                with open(path, "wb") as file:
                    file.write(b"" if instead == "empty" else b"text " * 999)
            try:
                use(*start(ramdisk.device.copy()))
                start(ramdisk.device.copy())
            except Exception as error:
                print(path, instead)
                raise error


def check_a_folder_in_the_place_of_a_small_file_is_set_aside():
    """Or nothing could be written there ever again: no zero, no acknowledgement, no journal."""
    whole = filled()
    for path in ("trials/id", "trials/acked", "calibration/zero", "calibration/v00000003"):
        for suffix in ("", ".new"):
            ramdisk.mount(whole)
            place = "/evenstance/" + path + suffix
            if not suffix:
                remove(place)
            os.mkdir(place)
            os.mkdir(place + "/inside")
            calibration, journal = start(ramdisk.device.copy())
            journal.acknowledge(4)
            assert journal.append(summary(5, 3000), trace_parts(5, 3000)), path
            calibration.set_zero(5, 6)
            calibration.set_sensitivity(GAINS[0] + 99, GAINS[1])
            calibration.set_zero(7, 8)
            calibration, journal = start(ramdisk.device.copy())
            assert (journal.acked_through, journal.next_seq) == (4, 6), path
            assert [plate.zero for plate in calibration.plates] == [7, 8], path
            assert calibration.plates[0].counts_per_kn == GAINS[0] + 99, path


def check_a_full_flash():
    for left in (0, 1, 2, 3):
        for path in ("", "/evenstance/trials/id", "/evenstance/trials/acked", "/evenstance"):
            ramdisk.mount(filled())
            if path:
                remove(path)
            fill(left)
            try:
                use(*start(ramdisk.device.copy()))
            except Exception as error:
                print(left, path)
                raise error


def fill(left):
    """Somebody's files, until there are so few blocks left."""
    n = 0
    try:
        while storage.free_bytes() > left * ramdisk.BLOCK_BYTES:
            with open("/f%d" % n, "wb") as file:
                file.write(bytes(ramdisk.BLOCK_BYTES))
            n += 1
    except OSError:
        pass


class Failing(ramdisk.Ram):
    """A flash that can no longer be written, or some blocks of which cannot be read."""

    def __init__(self, data, unreadable=(), writable=True):
        super().__init__(0, data)
        self.unreadable = ()
        self.writable = True
        power_up(self)
        self.unreadable = unreadable
        self.writable = writable

    def readblocks(self, block, buffer, offset=0):
        if block in self.unreadable:
            raise OSError(5)
        super().readblocks(block, buffer, offset)

    def writeblocks(self, block, buffer, offset=0):
        if not self.writable:
            raise OSError(30)
        super().writeblocks(block, buffer, offset)

    def ioctl(self, op, argument):
        if op == 6 and not self.writable:
            raise OSError(30)
        return super().ioctl(op, argument)


def check_a_flash_that_fails():
    whole = filled()
    empty = bytearray(whole)
    ramdisk.mount(empty)
    remove("/evenstance")
    empty = ramdisk.device.copy()
    for data in (whole, empty):
        for unreadable, writable in [((), False)] + [((n,), True) for n in range(BLOCKS)]:
            Failing(bytearray(data), unreadable, writable)
            try:
                use(Calibration(), open_journal())
            except Exception as error:
                print(len(data), unreadable, writable)
                raise error


def check_a_board_without_a_journal_says_so():
    power_up(ramdisk.Ram(BLOCKS))
    with open("/evenstance", "wb") as file:
        file.write(b"in its place")
    _, journal = start(ramdisk.device.copy())
    assert isinstance(journal, NoJournal)
    assert journal.quarantined == 1
    assert (journal.first_seq, journal.next_seq) == (1, 1)
    use(Calibration(), journal)
    assert journal.next_seq == 1
    with open("/evenstance", "rb") as file:
        assert file.read() == b"in its place"
    for name in dir(open_journal_of(filled())):
        assert name[0] == "_" or hasattr(journal, name), name


def open_journal_of(data):
    return start(data)[1]
