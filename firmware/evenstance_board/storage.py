"""Small helpers for files that must survive a power cut (littlefs: a rename is atomic)."""

import os


def make_folders(path):
    """Create every missing folder of an absolute path."""
    at = ""
    for part in path.strip("/").split("/"):
        at += "/" + part
        try:
            os.mkdir(at)
        except OSError as error:
            if error.errno != 17:  # already there
                raise


def write_whole(path, data):
    """Replace a file at once: readers see the old content or the new, never a part."""
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.rename(path + ".new", path)


def free_bytes():
    """Free space of the filesystem."""
    stat = os.statvfs("/")
    free = stat[3]  # littlefs counts shared blocks twice: on a full flash this passes below zero
    return stat[1] * free if 0 <= free <= stat[2] else 0
