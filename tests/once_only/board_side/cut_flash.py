"""Flash in an image file; the power may go at any change of it, or in the middle of one."""

import lockstep

BLOCK_BYTES = 4096
PROGRAM_BYTES = 256  # as MicroPython mounts the flash of a Pico
ERASED = b"\xff" * BLOCK_BYTES
_ERASE_US = 45000
_PROGRAM_US = 400  # for each page


class CutFlash:
    """Block device. `changes` counts programs and erases since the power came."""

    def __init__(self, image, blocks):
        self._image = image
        self._blocks = blocks
        self._buffer = bytearray(BLOCK_BYTES)
        self.changes = 0
        self._cut_at = -1
        self._half = 0

    def cut(self, changes, half):
        """The power goes in the change after so many; `half` chooses what is done of it."""
        self._cut_at = self.changes + changes
        self._half = half

    def readblocks(self, block, buffer, offset=0):
        self._image.seek(block * BLOCK_BYTES + offset)
        self._image.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        last = self._begin()
        at = block * BLOCK_BYTES + offset
        if not last:
            self._program(at, buffer)
        elif self._half:
            pages = (len(buffer) + PROGRAM_BYTES - 1) // PROGRAM_BYTES
            done = self._half % pages * PROGRAM_BYTES + PROGRAM_BYTES // 2
            self._program(at, memoryview(buffer)[:done])
        self._end(last, (len(buffer) + 255) // 256 * _PROGRAM_US)

    def ioctl(self, op, argument):
        if op == 4:
            return self._blocks
        if op == 5:
            return BLOCK_BYTES
        if op == 6:
            self._erase(argument * BLOCK_BYTES)
        return 0

    def _program(self, at, data):
        """As flash does it: clears bits, sets none."""
        size = len(data)
        old = memoryview(self._buffer)[:size]
        self._image.seek(at)
        self._image.readinto(old)
        if old != ERASED[:size]:
            both = int.from_bytes(old, "little") & int.from_bytes(data, "little")
            data = both.to_bytes(size, "little")
        self._put(at, data)

    def _erase(self, at):
        last = self._begin()
        if not last:
            self._put(at, ERASED)
        elif self._half:
            half = BLOCK_BYTES // 2
            self._put(at + self._half % 2 * half, ERASED[:half])
        self._end(last, _ERASE_US)

    def _put(self, at, data):
        self._image.seek(at)
        self._image.write(data)
        self._image.flush()

    def _begin(self):
        """Whether the power goes in this change."""
        last = self.changes == self._cut_at
        self.changes += 1
        return last

    def _end(self, last, us):
        if last:
            lockstep.say(b"cut")
            lockstep.stop()
        lockstep.spend(us)
