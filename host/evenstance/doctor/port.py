"""Judges the port: is there one, may it be opened, is it free; advice for each system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evenstance.doctor.check import Check, look, not_checked, ok, wrong

if TYPE_CHECKING:
    from evenstance.device.port_access import Refusal
    from evenstance.device.ports import FoundPort

System = Literal["linux", "darwin", "win32"]
IMAGE = "https://micropython.org/download/RPI_PICO/"
NO_MICROPYTHON = (
    "MicroPython is not on this Pico: hold BOOTSEL while plugging it in, and copy the MicroPython "
    f"image ({IMAGE}) onto the drive RPI-RP2 that appears; then `evenstance doctor` again."
)
COPY_IMAGE = (
    "MicroPython is not on this Pico, or BOOTSEL was held while plugging it in. Copy the "
    f"MicroPython image ({IMAGE}) onto its drive; then `evenstance doctor` again. If MicroPython "
    "is on it already, plug it in without BOOTSEL."
)
UDEV_FILE = "/etc/udev/rules.d/70-evenstance.rules"
UDEV_RULE = 'SUBSYSTEM=="tty", ATTRS{idVendor}=="2e8a", MODE="0660", TAG+="uaccess"'


@dataclass(frozen=True)
class Group:
    """The group that owns the port, and whether this user is in it: by the list of groups, and in
    this login, which knows a new group only after the next one."""

    name: str
    listed: bool
    in_login: bool


@dataclass(frozen=True)
class PortSeen:
    """What was seen. `name` is the port to use, None when none can be chosen; `refusal` and
    `detail` say why it did not open."""

    system: System
    asked: str | None
    name: str | None
    boards: Sequence[FoundPort]
    others: Sequence[FoundPort]
    bootsel: Sequence[str]
    refusal: Refusal | None = None
    detail: str = ""
    holders: Sequence[str] = ()
    group: Group | None = None


def port_checks(seen: PortSeen) -> list[Check]:
    """Port, permission, whether it is free."""
    if seen.name is None:
        reason = "no port was chosen"
        return [
            _none_or_many(seen),
            not_checked("permission", reason),
            not_checked("port_free", reason),
        ]
    if seen.refusal in ("missing", "other"):
        reason = "the port cannot be opened at all"
        return [
            _not_there(seen),
            not_checked("permission", reason),
            not_checked("port_free", reason),
        ]
    return [_chosen(seen), _permission(seen), _free(seen)]


def _none_or_many(seen: PortSeen) -> Check:
    if seen.boards:
        names = ", ".join(board.port for board in seen.boards)
        return wrong(
            "port",
            f"{len(seen.boards)} boards are attached: {names}",
            f"Name one: `evenstance doctor --port {seen.boards[0].port}`.",
            "several-boards-are-attached",
        )
    if seen.bootsel:
        return wrong(
            "port",
            f"a Pico waits for MicroPython ({', '.join(seen.bootsel)})",
            COPY_IMAGE,
            "micropython-is-not-on-this-pico",
        )
    text = "no serial port belongs to a Pico with MicroPython"
    known = [f"{port.port} is {port.other}" for port in seen.others if port.other is not None]
    if known:
        text += f" ({', '.join(known)})"
    elif seen.others:
        text += f" (other ports: {', '.join(port.port for port in seen.others)})"
    return wrong("port", text, _plug_in(seen.system))


def _plug_in(system: System) -> str:
    where = {
        "linux": "It appears as /dev/ttyACM0 or another number.",
        "darwin": "It appears as /dev/cu.usbmodem and a number.",
        "win32": "It appears as COM3 or another number, in the Device Manager under Ports; "
        "Windows 10 and later need no driver.",
    }[system]
    return (
        f"Plug the board in with a USB cable that has data wires. {where} A Pico without "
        "MicroPython: hold BOOTSEL while plugging it in. For another board with MicroPython name "
        "its port with `--port`. Without hardware: `evenstance sim`."
    )


def _not_there(seen: PortSeen) -> Check:
    if seen.bootsel:
        return wrong(
            "port",
            f"{seen.name} cannot be opened, and a Pico waits for MicroPython "
            f"({', '.join(seen.bootsel)})",
            COPY_IMAGE,
            "micropython-is-not-on-this-pico",
        )
    return wrong(
        "port",
        f"{seen.name} cannot be opened: {seen.detail}",
        "Run `evenstance devices` to see which ports there are, and name one with `--port`.",
        "the-port-cannot-be-opened",
    )


def _chosen(seen: PortSeen) -> Check:
    name = str(seen.name)
    if seen.system == "darwin" and name.startswith("/dev/tty."):
        return look(
            "port",
            f"{name} waits for a modem's signal that a board never gives",
            f"Use its other name: `--port {name.replace('/dev/tty.', '/dev/cu.')}`.",
            "the-port-cannot-be-opened",
        )
    for port in seen.others:
        if port.port == name and port.other is not None:
            return look(
                "port",
                f"{name} is {port.other}, by its USB id",
                "Run `evenstance devices`: the line of a board begins with `board`.",
            )
    if any(board.port == name for board in seen.boards):
        return ok("port", f"{name}, by its USB id a Pico with MicroPython")
    return ok("port", f"{name}, as asked for; it has no USB id of a Pico with MicroPython")


def _permission(seen: PortSeen) -> Check:
    if seen.refusal != "permission":
        return ok("permission", "you may open it" if seen.refusal is None else "not the obstacle")
    return wrong("permission", f"{seen.name} may not be opened by you", _allow(seen))


def _allow(seen: PortSeen) -> str:
    if seen.system != "linux":
        return (
            f"Look at its rights with `ls -l {seen.name}`; a board attached to macOS or Windows "
            "is open to everybody unless somebody closed it."
        )
    by_rule = (
        f"`echo '{UDEV_RULE}' | sudo tee {UDEV_FILE} && sudo udevadm control --reload && "
        "sudo udevadm trigger`, then plug the board in again"
    )
    group = "dialout" if seen.group is None else seen.group.name
    if group == "root":  # nobody should be a member of that one
        return f"Add the udev rule of docs/install.md: {by_rule}."
    if seen.group is not None and seen.group.listed and not seen.group.in_login:
        return (
            f"You are in the group {group} already, but not in this login: log out and in again, "
            f"or run `newgrp {group}` in this terminal."
        )
    return (
        f"Run `sudo usermod -aG {group} $USER`, then log out and in again. Or, for Picos only, "
        f"add the udev rule of docs/install.md: {by_rule}."
    )


def _free(seen: PortSeen) -> Check:
    who = ", ".join(seen.holders)
    if seen.refusal == "permission":
        return not_checked("port_free", "it may not be opened")
    if seen.refusal == "busy":
        by = who or "another program"
        return wrong(
            "port_free",
            f"in use by {by}",
            "Close that program (another evenstance, mpremote, a serial monitor, an editor with a "
            "MicroPython plug-in), then run `evenstance doctor` again.",
        )
    if seen.holders:
        return look(
            "port_free",
            f"also open in {who}, which may take answers away",
            "Close that program.",
        )
    return ok("port_free", "no other program has it")
