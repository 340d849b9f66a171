"""The board's flash: 4 kB blocks in an image file, with the stalls of the real chip."""

import lockstep

BLOCK_BYTES = 4096
_ERASE_US = 45000
_PROGRAM_US_PER_256_B = 400


class Flash:
    def __init__(self, image, blocks):
        self._image = image
        self._blocks = blocks

    def readblocks(self, block, buffer, offset=0):
        self._image.seek(block * BLOCK_BYTES + offset)
        self._image.readinto(buffer)

    def writeblocks(self, block, buffer, offset=None):
        if offset is None:
            self._erase(block)
            offset = 0
        self._image.seek(block * BLOCK_BYTES + offset)
        self._image.write(buffer)
        self._image.flush()
        lockstep.spend((len(buffer) + 255) // 256 * _PROGRAM_US_PER_256_B)

    def _erase(self, block):
        self._image.seek(block * BLOCK_BYTES)
        self._image.write(b"\xff" * BLOCK_BYTES)
        self._image.flush()
        lockstep.spend(_ERASE_US)

    def ioctl(self, op, argument):
        if op == 4:
            return self._blocks
        if op == 5:
            return BLOCK_BYTES
        if op == 6:
            self._erase(argument)
        return 0
