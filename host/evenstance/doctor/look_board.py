"""Looks at what answers on the port: greets the firmware, watches it, asks MicroPython."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from evenstance.device.client import BoardClient
from evenstance.device.repl import Repl
from evenstance.device.transport import SerialPort
from evenstance.doctor.board import BoardSeen
from evenstance.doctor.micropython import OCCUPIED, RUNS, SCRIPT, Answer, parse_repl
from evenstance.errors import EvenstanceError, LinkLostError, NoFirmwareError
from evenstance.firmware_files import firmware_files
from evenstance_wire import PROTOCOL, flags, messages

GREET_S = 4.0
RETURN_S = 20.0  # until the firmware is back after a soft reset
SETTLED_US = 7_000_000  # since power-up: by then the converters have found their rhythm
WATCH_US = 3_000_000
STILL_S = 8.0  # of this computer's time without any of the board's
NOTHING = "nothing-answers"  # anchor of the error that a silent port gives

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Looked:
    """Who answered, and what the board showed; no `board` when it could not be asked."""

    answer: Answer
    board: BoardSeen | None


def wanted_firmware() -> str:
    """The version of the firmware that this program carries; "?" when it cannot be read."""
    try:
        text = firmware_files()["evenstance_board/__init__.py"].read_text("utf-8")
    except (EvenstanceError, OSError, KeyError):
        return "?"
    found = re.search(r'^FIRMWARE = "([^"]+)"', text, re.MULTILINE)
    return "?" if found is None else found[1]


def look_at_board(
    port: str, tell: Tell, *, now: datetime, bootsel: bool, stop_firmware: bool
) -> Looked:
    """Greet, watch for some seconds, and ask MicroPython: when no firmware answers, or when the
    firmware may be stopped for it; then it is started again. `now` is aware."""
    silent = Answer(
        port=port,
        firmware=None,
        protocol=None,
        fault=None,
        not_asked=None,
        repl=None,
        heard=False,
        bootsel=bootsel,
    )
    try:
        serial = SerialPort(port)
    except EvenstanceError as error:  # it opened a moment ago
        return Looked(replace(silent, fault=error.what), None)
    try:
        return _look(serial, silent, tell, now, stop_firmware)
    finally:
        serial.close()


def _look(
    serial: SerialPort, silent: Answer, tell: Tell, now: datetime, stop_firmware: bool
) -> Looked:
    client = BoardClient(serial)
    tell(f"Greeting the board on {silent.port}.")
    try:
        info = client.greet(patience_s=GREET_S)
    except (NoFirmwareError, LinkLostError) as error:
        if isinstance(error, LinkLostError) and error.anchor != NOTHING:
            return Looked(replace(silent, fault=error.what), None)
        heard = isinstance(error, NoFirmwareError)
        return Looked(_ask(serial, replace(silent, heard=heard), tell), None)
    answer = replace(
        silent, heard=True, firmware=info.firmware, protocol=info.protocol, not_asked=RUNS
    )
    board: BoardSeen | None = None
    if info.protocol == PROTOCOL:
        tell("Watching it for some seconds; leave the plates empty.")
        try:
            board = _watch(client, now)
        except EvenstanceError as error:
            return Looked(replace(answer, fault=error.what), None)
    if not stop_firmware:
        return Looked(answer, board)
    if board is not None and board.after["state"] != flags.EMPTY:
        return Looked(replace(answer, not_asked=OCCUPIED), board)
    answer = _ask(serial, replace(answer, not_asked=None), tell)
    came_back = _start_again(serial, client, now)
    return Looked(replace(answer, came_back=came_back), board)


def _ask(serial: SerialPort, answer: Answer, tell: Tell) -> Answer:
    """The same with what MicroPython says of itself."""
    tell("Asking MicroPython.")
    question = Repl(serial)
    try:
        said = question.ask(SCRIPT)
    except LinkLostError as error:
        return replace(answer, fault=error.what)
    return replace(
        answer, repl=parse_repl(said), heard=answer.heard or bool(question.heard.strip())
    )


def _start_again(serial: SerialPort, client: BoardClient, now: datetime) -> bool:
    """Start the stopped firmware and tell it the time; False when it does not come back."""
    try:
        Repl(serial).soft_reset()
        if client.greet(patience_s=RETURN_S).protocol == PROTOCOL:
            client.request(messages.SET_CLOCK, unix_ms=int(now.timestamp() * 1000))
    except EvenstanceError:
        return False
    return True


def _watch(client: BoardClient, now: datetime) -> BoardSeen:
    """Two statuses WATCH_US of the board's time apart, not before its start-up is over."""
    first = client.status()
    client.request(messages.SET_CLOCK, unix_ms=int(now.timestamp() * 1000))
    before = _status_at(client, SETTLED_US)
    after = _status_at(client, int(before["device_us"]) + WATCH_US)
    used = client.request(messages.GET_CALIBRATION, calibration_id=0)
    made_ms = used["made_unix_ms"]
    return BoardSeen(
        before=before,
        after=after,
        calibration=used,
        made_at=None if made_ms is None else _local(made_ms / 1e3),
        now=_local(now.timestamp()),
        clock_was_set=bool(first["clock_set"]),
    )


def _local(unix_s: float) -> datetime:
    """This computer's local time, without zone."""
    return datetime.fromtimestamp(unix_s)


def _status_at(client: BoardClient, device_us: int) -> dict[str, Any]:
    """The first status at or after a time of the board; a board whose time stands still or goes
    back is lost."""
    reached_us = -1
    deadline = time.monotonic() + STILL_S
    while True:
        status = client.status()
        if int(status["device_us"]) >= device_us:
            return status
        if int(status["device_us"]) > reached_us:
            reached_us = int(status["device_us"])
            deadline = time.monotonic() + STILL_S
        elif int(status["device_us"]) < reached_us or time.monotonic() > deadline:
            raise LinkLostError("Its time stands still or went back: it hangs, or it restarted.")
        client.notices()  # waits a moment
