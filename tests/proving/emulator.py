"""Starts and stops an emulated Pico with two HX711 chips; the emulator is no part of the project.

Its folder has `rig.mjs`, which is run by node with an image of MicroPython, a CSV of counts for
each chip, and TCP ports for serial and control (`control.py`).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proving.control import Control
from proving.counts import NOMINAL_SPS, PPM

START_S = 60.0
STOP_S = 60.0
CORE = "rp2040js-fast/dist/esm/index.js"
DIRECTORY = "EVENSTANCE_EMULATOR"
IMAGE = "EVENSTANCE_UF2"


@dataclass(frozen=True)
class Place:
    """Where the emulator is, and which MicroPython it runs."""

    folder: Path
    image: Path


@dataclass(frozen=True)
class Running:
    """A running emulator."""

    port: str
    control: str
    log: Path


def find(folder: Path | None, image: Path | None) -> Place | str:
    """The emulator that was given, by options or environment; else one line that says why not."""
    folder = folder or _from(DIRECTORY)
    image = image or _from(IMAGE)
    if folder is None or image is None:
        return f"no emulator given (--emulator DIR --uf2 FILE, or {DIRECTORY} and {IMAGE})"
    for path in (folder / "rig.mjs", image):
        if not path.is_file():
            return f"{path} does not exist"
    if shutil.which("node") is None:
        return "the emulator needs the command node"
    return Place(folder.resolve(), image.resolve())


def _from(name: str) -> Path | None:
    value = os.environ.get(name, "").strip()
    return Path(value) if value else None


@contextmanager
def running(
    place: Place, files: tuple[Path, Path], flash: Path, log: Path, *options: str
) -> Generator[Running, None, None]:
    """The emulator with these counts on its chips; its flash is kept in `flash`."""
    serial, control = _free_ports()
    command = ["node", "rig.mjs", "--uf2", str(place.image), "--quiet"]
    command += ["--left", str(files[0].resolve()), "--right", str(files[1].resolve())]
    command += ["--sps", f"{NOMINAL_SPS:.0f}"]
    command += ["--left-ppm", str(PPM[0]), "--right-ppm", str(PPM[1])]
    command += ["--port", str(serial), "--ctl", str(control)]
    command += ["--flash", str(flash.resolve()), "--log", str(log.resolve()), *options]
    environment = dict(os.environ)
    if (place.folder / CORE).is_file():
        environment.setdefault("RP2040JS", f"./{CORE}")
    with log.with_suffix(".txt").open("wb") as said:
        process = subprocess.Popen(
            command, cwd=place.folder, env=environment, stdout=said, stderr=said
        )
        try:
            _wait(process, control)
            yield Running(f"socket://127.0.0.1:{serial}", f"127.0.0.1:{control}", log)
        finally:
            _stop(process, control)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def _wait(process: subprocess.Popen[bytes], control: int) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            Control(str(control)).stats()
            return
        except (OSError, ValueError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the emulator did not start: {process.args}") from None
            time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes], control: int) -> None:
    """Ask it to save its flash and to end."""
    if process.poll() is None:
        try:
            Control(str(control)).ask("quit")
        except OSError:
            process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
