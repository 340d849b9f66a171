"""Finds Picos that wait for a program: plugged in with BOOTSEL held, or without any program.

Such a Pico is a drive (RPI-RP2, on a Pico 2 RP2350) and no serial port.
"""

from __future__ import annotations

import string
import sys
from collections.abc import Sequence
from pathlib import Path

from evenstance.device.ports import BOOTSEL_PIDS, RASPBERRY_PI_VID, FoundPort

SYSFS = Path("/sys/bus/usb/devices")
LABELS = ("RPI-RP2", "RP2350")
INFO = "INFO_UF2.TXT"  # on the drive, with its label


def waiting_picos(ports: Sequence[FoundPort]) -> list[str]:
    """How each of them can be seen here: its drive, or its USB id; empty when there is none."""
    found = [str(drive) for drive in _drives() if _is_pico(drive)]
    if found:
        return found
    ids = [(port.vid, port.pid) for port in ports] + _usb_ids(SYSFS)
    return [
        f"USB {vid:04x}:{pid:04x}"
        for vid, pid in ids
        if vid == RASPBERRY_PI_VID and pid in BOOTSEL_PIDS
    ]


def _usb_ids(sysfs: Path) -> list[tuple[int, int]]:
    """(vendor, product) of everything on the USB of a Linux computer."""
    found: list[tuple[int, int]] = []
    try:
        devices = sorted(sysfs.glob("*"))
    except OSError:  # a closed container
        return []
    for device in devices:
        try:
            vid, pid = ((device / name).read_text() for name in ("idVendor", "idProduct"))
            found.append((int(vid, 16), int(pid, 16)))
        except (OSError, ValueError):
            continue  # a hub's port, or just unplugged
    return found


def _drives() -> list[Path]:
    """Where the drive of a Pico may be mounted on this system."""
    if sys.platform == "win32":
        return [Path(f"{letter}:\\") for letter in string.ascii_uppercase[3:]]
    if sys.platform == "darwin":
        return [Path("/Volumes") / label for label in LABELS]
    return [
        drive
        for label in LABELS
        for root, pattern in ((Path("/media"), f"*/{label}"), (Path("/run/media"), f"*/{label}"))
        for drive in sorted(root.glob(pattern))
    ]


def _is_pico(drive: Path) -> bool:
    try:
        text = (drive / INFO).read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return any(label in text for label in LABELS)
