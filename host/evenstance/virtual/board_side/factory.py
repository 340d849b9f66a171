"""Writes files into a flash image, as a factory would; run by the interpreter without a board.

Arguments: image, number of blocks, then pairs of source file and path on the board.
"""

import sys

import vfs

BLOCK_BYTES = 4096


class Image:
    def __init__(self, path, blocks):
        self._file = open(path, "r+b")
        self._blocks = blocks

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.write(buffer)

    def ioctl(self, op, argument):
        if op == 4:
            return self._blocks
        if op == 5:
            return BLOCK_BYTES
        if op == 6:
            self._file.seek(argument * BLOCK_BYTES)
            self._file.write(b"\xff" * BLOCK_BYTES)
        return 0


device = Image(sys.argv[1], int(sys.argv[2]))
vfs.VfsLfs2.mkfs(device)
filesystem = vfs.VfsLfs2(device)
folders = set()
for at in range(3, len(sys.argv), 2):
    source, target = sys.argv[at], sys.argv[at + 1]
    folder = "/".join(target.split("/")[:-1])
    if folder and folder not in folders:
        filesystem.mkdir(folder)
        folders.add(folder)
    with open(source, "rb") as file:
        data = file.read()
    with filesystem.open(target, "wb") as file:
        file.write(data)
filesystem.umount()
