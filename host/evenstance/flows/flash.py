"""Flashing a board: pull first, copy, verify, restart, shake hands."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from evenstance.device.client import BoardClient, BoardInfo
from evenstance.device.compiler import compiled, machine_of
from evenstance.device.flasher import Mpremote, copy, processor, restart, verify
from evenstance.device.ports import choose_port
from evenstance.device.transport import SerialPort
from evenstance.errors import (
    LinkLostError,
    NoBoardError,
    NoFirmwareError,
    ProtocolMismatchError,
)
from evenstance.firmware_files import firmware_files, needed_by
from evenstance.flows.pull import pull
from evenstance.report.disagreements import disagreement_lines

if TYPE_CHECKING:
    from evenstance.store.repository import Store

FIRST_HELLO_S = 1.5
RESTART_S = 20.0


@dataclass(frozen=True)
class Flashed:
    """What is on the board now."""

    firmware: str
    protocol: int
    board_uid: str
    files: int
    pulled: int


def flash(
    port: str | None, store: Store, tell: Callable[[str], None], *, verify_only: bool = False
) -> Flashed:
    """Put this version's firmware on the board; its journal and calibration are not touched."""
    port = choose_port(port)
    pulled = 0 if verify_only else _pull_first(port, store, tell)
    mpremote = Mpremote(port)
    with TemporaryDirectory() as folder:
        platform, mpy = processor(mpremote)
        sources = needed_by(platform, firmware_files())
        machine = machine_of(mpy)
        files = sources if machine is None else compiled(sources, machine, Path(folder))
        if not verify_only:
            copy(mpremote, files, tell)
        tell("verifying: the board hashes what its flash holds")
        try:
            verify(mpremote, files, sources)
        finally:
            tell("restarting the board")
            restart(mpremote)
    info = _greet(port)
    return Flashed(info.firmware, info.protocol, info.board_uid, len(files), pulled)


def _pull_first(port: str, store: Store, tell: Callable[[str], None]) -> int:
    client = BoardClient(SerialPort(port))
    try:
        info = client.hello(patience_s=FIRST_HELLO_S)
        found = pull(client, info, store)
        for line in disagreement_lines(found.disagreeing):
            tell(line)
    except (NoFirmwareError, LinkLostError):
        tell("no Evenstance firmware answers: nothing to pull first")
        return 0
    except ProtocolMismatchError as error:
        tell(f"{error.what} Its trials stay on the board and are pulled afterwards.")
        return 0
    finally:
        client.close()
    if found.new:
        tell(f"pulled {found.new} trial(s) first")
    return found.new


def _greet(port: str) -> BoardInfo:
    """The restarted board; over USB its port goes away and comes back."""
    deadline = time.monotonic() + RESTART_S
    while True:
        try:
            client = BoardClient(SerialPort(port))
            try:
                return client.hello(patience_s=RESTART_S / 4)
            finally:
                client.close()
        except (NoBoardError, LinkLostError, NoFirmwareError):
            if time.monotonic() >= deadline:
                raise
