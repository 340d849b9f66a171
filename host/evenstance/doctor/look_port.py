"""Looks at the ports: which there are, which one is meant, whether it opens."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

from evenstance.device.bootsel import waiting_picos
from evenstance.device.port_access import holders, why_refused
from evenstance.device.ports import list_ports
from evenstance.device.transport import SerialPort
from evenstance.doctor.port import Group, PortSeen, System
from evenstance.errors import NoBoardError

SHARED = "/dev/pts/"  # a pseudo-terminal is held open by whoever made it


def look_at_port(asked: str | None) -> PortSeen:
    """Every port, the one to use, and what the system says when it is opened for a moment."""
    found = list_ports()
    boards = [port for port in found if port.is_board]
    name = asked or (boards[0].port if len(boards) == 1 else None)
    seen = PortSeen(
        system=_system(),
        asked=asked,
        name=name,
        boards=boards,
        others=[port for port in found if not port.is_board],
        bootsel=waiting_picos(found),
    )
    if name is None:
        return seen
    try:
        SerialPort(name).close()
    except NoBoardError as error:
        cause = error.__cause__
        refusal = "other" if cause is None else why_refused(cause)
        return replace(
            seen,
            refusal=refusal,
            detail=str(cause or error.cause),
            holders=holders(name) if refusal == "busy" else [],
            group=_group(name) if refusal == "permission" else None,
        )
    return seen if name.startswith(SHARED) else replace(seen, holders=holders(name))


def _system() -> System:
    return (
        "win32" if sys.platform == "win32" else "darwin" if sys.platform == "darwin" else "linux"
    )


def _group(name: str) -> Group | None:
    """The group of a device on Linux, None elsewhere or when it cannot be told."""
    if sys.platform != "linux":
        return None
    import grp
    import pwd

    try:
        group = grp.getgrgid(os.stat(name).st_gid)
        user = pwd.getpwuid(os.geteuid())
    except (OSError, KeyError):
        return None
    return Group(
        name=group.gr_name,
        listed=user.pw_name in group.gr_mem or user.pw_gid == group.gr_gid,
        in_login=group.gr_gid in (os.getegid(), *os.getgroups()),
    )
