"""Small helpers for files that must survive a power cut (littlefs: a rename is atomic)."""

import os

from micropython import const

BLOCK_BYTES = const(4096)
_EXISTS = const(17)
_FOLDER = const(0x4000)


def make_folders(path):
    """Create every missing folder of an absolute path."""
    at = ""
    for part in path.strip("/").split("/"):
        at += "/" + part
        try:
            os.mkdir(at)
        except OSError as error:
            if error.errno != _EXISTS:
                raise


def write_whole(path, data):
    """Replace a file at once: readers see the old content or the new, never a part."""
    try:
        _write_beside(path, data)
    except OSError:
        if not (_clear(path) or _clear(path + ".new")):
            raise
        _write_beside(path, data)


def _write_beside(path, data):
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.rename(path + ".new", path)


def _clear(path):
    """Rename a folder that is in the place of a file; nothing could ever be written there."""
    try:
        folder = os.stat(path)[0] & _FOLDER
    except OSError:
        folder = 0
    if folder:
        os.rename(path, path + ".bad")
    return folder


def free_bytes():
    """Free space of the filesystem. Walks through all of it: slow on a full flash."""
    stat = os.statvfs("/")
    free = stat[3]  # littlefs counts shared blocks twice: on a full flash this passes below zero
    return stat[1] * free if 0 <= free <= stat[2] else 0


def blocks_of(size):
    """Blocks that a file of `size` bytes takes: all but the first begin with pointers."""
    blocks = 1
    room = BLOCK_BYTES
    while room < size:
        pointers = 1
        at = blocks
        while not at & 1:
            at >>= 1
            pointers += 1
        room += BLOCK_BYTES - 4 * pointers
        blocks += 1
    return blocks
