"""Why a port cannot be opened, and who has it: what the system says, in one of four words."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Literal

Refusal = Literal["permission", "busy", "missing", "other"]

_BY_NUMBER: dict[int, Refusal] = {
    errno.EACCES: "permission",
    errno.EPERM: "permission",
    errno.EBUSY: "busy",
    errno.EAGAIN: "busy",  # the lock of an exclusive open
    errno.ENOENT: "missing",
    errno.ENXIO: "missing",
    errno.ENODEV: "missing",
    errno.ENOTDIR: "missing",
}


def why_refused(error: BaseException, *, platform: str = sys.platform) -> Refusal:
    """What an exception of pySerial or of the system means.

    Windows opens a port for one program only and then says that access is denied.
    """
    text = str(error)
    if platform == "win32":
        if "PermissionError" in text or isinstance(error, PermissionError):
            return "busy"
        return "missing" if "FileNotFoundError" in text else "other"
    number = getattr(error, "errno", None)
    return _BY_NUMBER.get(number, "other") if isinstance(number, int) else "other"


def holders(port: str, *, proc: Path = Path("/proc")) -> list[str]:
    """Programs that have the port open, as "name (process number)"; Linux only, and only those
    that this user may look at. This program itself is left out."""
    device = os.path.realpath(port)
    found: list[str] = []
    for process in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        if int(process.name) == os.getpid():
            continue
        try:
            files = [os.readlink(file) for file in (process / "fd").iterdir()]
            if device in files:
                name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
                found.append(f"{name} ({process.name})")
        except OSError:
            continue  # it has ended, or belongs to somebody else
    return found
