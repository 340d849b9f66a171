"""A littlefs in memory at /, with snapshots of the device after each operation that changes it."""

import os

import vfs

BLOCK_BYTES = 4096
PROGRAM_BYTES = 256  # as MicroPython mounts the flash of a Pico
ERASED = b"\xff" * BLOCK_BYTES
device = None


def program(image, at, data):
    """As flash does it: clears bits, sets none."""
    size = len(data)
    old = image[at : at + size]
    if old != ERASED[:size]:
        both = int.from_bytes(old, "little") & int.from_bytes(data, "little")
        data = both.to_bytes(size, "little")
    image[at : at + size] = data


class Ram:
    """Block device of flash; `changes` collects snapshots while it is a list."""

    def __init__(self, blocks, data=None):
        self.data = bytearray(b"\xff" * (blocks * BLOCK_BYTES)) if data is None else data
        self._view = memoryview(self.data)
        self.changes = None

    def readblocks(self, block, buffer, offset=0):
        at = block * BLOCK_BYTES + offset
        buffer[:] = self._view[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        program(self.data, block * BLOCK_BYTES + offset, buffer)
        self._changed()

    def ioctl(self, op, argument):
        if op == 4:
            return len(self.data) // BLOCK_BYTES
        if op == 5:
            return BLOCK_BYTES
        if op == 6:
            at = argument * BLOCK_BYTES
            self.data[at : at + BLOCK_BYTES] = ERASED
            self._changed()
        return 0

    def _changed(self):
        if self.changes is not None:
            self.changes.append(bytearray(self.data))

    def copy(self):
        """The bytes of the device as they are now."""
        return bytearray(self.data)


def fresh(blocks):
    """Make an empty filesystem of `blocks` blocks and mount it at /."""
    use_fresh(Ram(blocks))


def use_fresh(made):
    """The same on a device that is there."""
    vfs.VfsLfs2.mkfs(made, progsize=PROGRAM_BYTES)
    _mount(made)


def mount(data):
    """Mount these bytes, as after a power cut."""
    _mount(Ram(0, bytearray(data)))


def remount():
    """The power goes and comes."""
    mount(device.data)


def record(work):
    """Do `work`; the device after each operation that changed it."""
    device.changes = []
    work()
    changes = device.changes
    device.changes = None
    return changes


def _mount(made):
    global device
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(made, progsize=PROGRAM_BYTES), "/")
    os.chdir("/")
    device = made
