"""Judges what answers on the port: MicroPython, its version, the firmware, the protocol."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from evenstance.doctor.check import Check, not_checked, ok, wrong
from evenstance.doctor.port import COPY_IMAGE, IMAGE, NO_MICROPYTHON
from evenstance_wire import PROTOCOL

MICROPYTHON_FROM = (1, 24)
NO_ANSWER = "MicroPython did not answer"
RUNS = (
    "the firmware runs, and asking would stop it; `evenstance doctor --stop-firmware` does so for "
    "a moment"
)
OCCUPIED = "somebody is on the board, or a measurement runs; the firmware was not stopped"

# Short: it goes to the board in one piece. Prints one line of JSON.
SCRIPT = """import sys,os,json
i=sys.implementation
n=[n for n in os.listdir('/') if n in('main.py','evenstance_board')]
print('DOCTOR'+json.dumps([i[0],list(i[1])[:3],sys.platform,n]))
"""
_MARK = "DOCTOR"


@dataclass(frozen=True)
class ReplSeen:
    """What MicroPython said of itself."""

    implementation: str
    version: tuple[int, ...]
    platform: str
    files: tuple[str, ...]

    @property
    def text(self) -> str:
        """Name and version."""
        return f"{self.implementation} {'.'.join(map(str, self.version))} ({self.platform})"

    @property
    def has_firmware(self) -> bool:
        """Whether the firmware's files are there."""
        return {"main.py", "evenstance_board"} <= set(self.files)


@dataclass(frozen=True)
class Answer:
    """What was heard. `firmware` and `protocol` are those that greeted, None when none did;
    `fault` says why the firmware could not be asked further, and `not_asked` why MicroPython was
    not asked. `repl` is None when MicroPython was not asked or did not answer."""

    port: str
    firmware: str | None
    protocol: int | None
    fault: str | None
    not_asked: str | None
    repl: ReplSeen | None
    heard: bool
    bootsel: bool
    came_back: bool = True


def parse_repl(answer: str | None) -> ReplSeen | None:
    """The values of the script's line; None when there is no such line, whatever else came."""
    for line in (answer or "").splitlines():
        if line.startswith(_MARK):
            try:
                row = cast("list[Any]", json.loads(line[len(_MARK) :]))
                name, version, platform, files = row
                numbers = tuple(int(n) for n in version)
                names = tuple(str(n) for n in files)
            except (ValueError, TypeError):
                return None
            return ReplSeen(_printable(str(name)), numbers, _printable(str(platform)), names)
    return None


def _printable(text: str) -> str:
    """It comes from outside and goes to a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)[:40]


def answer_checks(seen: Answer, wanted: str) -> list[Check]:
    """MicroPython, its version, the firmware, its version (`wanted`), the protocol."""
    return [
        _micropython(seen),
        _micropython_version(seen),
        _firmware(seen),
        _firmware_version(seen, wanted),
        _protocol(seen),
    ]


def _micropython(seen: Answer) -> Check:
    name = "micropython"
    if seen.repl is not None and seen.repl.implementation != "micropython":
        return wrong(name, f"{seen.repl.text} is on this Pico", _replace_it())
    if seen.repl is not None:
        return ok(name, f"{seen.repl.text} answers on {seen.port}")
    if seen.firmware is not None:
        return ok(name, "the firmware runs on it")
    if seen.heard:
        return wrong(
            name,
            f"something answers on {seen.port}, but it is not MicroPython",
            "Check the port with `evenstance devices`. If it is a Pico with another program: "
            + NO_MICROPYTHON,
            "something-else-answers",
        )
    if seen.fault is not None:
        return wrong(
            name,
            f"it did not answer: {seen.fault}",
            "Plug the board in again, then run `evenstance doctor`.",
            "the-board-went-away",
        )
    return wrong(
        name,
        f"nothing answers on {seen.port}",
        "Unplug the board, plug it in, and run `evenstance doctor` again. If it stays: "
        + (COPY_IMAGE if seen.bootsel else NO_MICROPYTHON),
        "" if seen.bootsel else "nothing-answers",
    )


def _replace_it() -> str:
    return (
        f"Copy the MicroPython image ({IMAGE}) onto it: hold BOOTSEL while plugging it in. It "
        "keeps its files; then run `evenstance flash`."
    )


def _micropython_version(seen: Answer) -> Check:
    name = "micropython_version"
    if seen.repl is None:
        return not_checked(name, seen.not_asked or NO_ANSWER)
    if seen.repl.implementation != "micropython":
        return not_checked(name, "it is not MicroPython")
    if seen.repl.version[:2] >= MICROPYTHON_FROM:
        return ok(name, ".".join(map(str, seen.repl.version)))
    wanted = ".".join(map(str, MICROPYTHON_FROM))
    return wrong(
        name,
        f"{'.'.join(map(str, seen.repl.version))}; the firmware needs {wanted} or newer",
        _replace_it(),
    )


def _firmware(seen: Answer) -> Check:
    name = "firmware"
    if not seen.came_back:
        return wrong(
            name,
            "it did not start again after it was stopped to ask MicroPython",
            "Unplug the board and plug it in; if it stays silent, run `evenstance flash`.",
        )
    if seen.firmware is not None:
        if seen.fault is None:
            return ok(name, "it answers")
        return wrong(
            name,
            f"it greeted, then failed: {seen.fault}",
            "Unplug the board, plug it in, and run `evenstance doctor` again.",
            "the-board-went-away",
        )
    if seen.repl is None:
        return not_checked(name, seen.fault or NO_ANSWER)
    if seen.repl.has_firmware:
        return wrong(
            name,
            "it is on the board, but it does not run",
            "Press reset or plug the board in again. If the LED then stays on, it has failed "
            "three times: run `evenstance flash`.",
        )
    return wrong(
        name, "it is not on this board", "Run `evenstance flash`.", "the-firmware-is-not-running"
    )


def _firmware_version(seen: Answer, wanted: str) -> Check:
    name = "firmware_version"
    if seen.firmware is None:
        return not_checked(name, "the firmware does not answer")
    if seen.firmware == wanted:
        return ok(name, seen.firmware)
    return wrong(
        name,
        f"{seen.firmware} is on the board, {wanted} belongs to this program",
        "Run `evenstance flash`; trials, calibration and zero on the board are kept.",
    )


def _protocol(seen: Answer) -> Check:
    name = "protocol"
    if seen.firmware is None:
        return not_checked(name, "the firmware does not answer")
    if seen.protocol == PROTOCOL:
        return ok(name, f"{PROTOCOL} on both sides")
    return wrong(
        name,
        f"the board speaks {seen.protocol}, this program speaks {PROTOCOL}",
        "Run `evenstance flash`; trials, calibration and zero on the board are kept.",
    )
