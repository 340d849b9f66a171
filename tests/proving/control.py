"""The control port of an emulated board: what its chips and its processor did, and a reset.

Lines of text over TCP. `stats` answers with JSON: `emu_s` emulated seconds since the emulator
began, `wfe_s` of them asleep, `flashErases`, `flashWrites`, `resets`, and for each of `chips` what
it counted. `reset` resets the processor. `deaf` and `hear`, which not every emulator has, stop and
resume the taking of packets from the board, as a host does that holds the port and never reads.
"""

from __future__ import annotations

import json
import socket
import time
from typing import Any

ANSWER_S = 30.0
POLL_S = 0.1


class Control:
    """One address, HOST:PORT or PORT."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._address = (host or "127.0.0.1", int(port))

    def ask(self, command: str) -> str:
        """Send one command; the line that answers it."""
        with socket.create_connection(self._address, timeout=ANSWER_S) as link:
            link.sendall(command.encode() + b"\n")
            return link.makefile().readline().strip()

    def stats(self) -> dict[str, Any]:
        """Everything that is counted."""
        return json.loads(self.ask("stats"))

    def reset(self) -> None:
        """Reset the processor."""
        self.ask("reset")

    def deaf(self, on: bool) -> bool:
        """Let the host take nothing from the board, or take everything again; False: cannot."""
        return self.ask("deaf" if on else "hear") == "ok"

    def wait_until(self, emu_s: float) -> dict[str, Any]:
        """The statistics at a moment of the emulated time, or soon after."""
        while True:
            found = self.stats()
            if found["emu_s"] >= emu_s:
                return found
            time.sleep(POLL_S)


def spent(before: dict[str, Any], after: dict[str, Any], side: str) -> dict[str, int]:
    """What one chip counted between two statistics."""
    a, b = before["chips"][side], after["chips"][side]
    return {name: b[name] - a[name] for name in CHIP_COUNTERS}


CHIP_COUNTERS = ("conversions", "reads", "overruns", "collisions", "powerdowns")


def busy_pct(before: dict[str, Any], after: dict[str, Any]) -> float:
    """Share of the time in which the processor did not sleep (%), flash writes included."""
    passed_s = after["emu_s"] - before["emu_s"]
    return 100.0 * (1.0 - (after["wfe_s"] - before["wfe_s"]) / passed_s)
