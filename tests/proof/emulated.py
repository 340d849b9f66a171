"""Runs the proofs and benches of the board on an emulated Pico, each by one command.

    python tests/proof/emulated.py --emulator DIR --uf2 FILE all --out build/proof
    python tests/proof/emulated.py --emulator DIR --uf2 FILE stream cost

EVENSTANCE_EMULATOR and EVENSTANCE_UF2 stand in for the two options. Makes the counts of both chips
from the recordings, flashes the firmware with `evenstance flash`, calibrates the empty plates over
the wire, runs the scripts, stops the emulator, and writes all figures to figures.json and
figures.md of the folder.
Exit code 1: a limit is not met, or a script did not end well. Without an emulator, or without the
recordings, it says so in one line and does nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path

from evenstance.virtual.recording import Recording, read_recording
from evenstance_wire import messages

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from proving import counts, figures
from proving.emulator import Place, Running, find, running
from proving.link import greeted

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
SESSION = "stitched_session.csv"
EMPTY_S = 20.0
PIECE_S = 10.0  # of a hold, for the drivers
PIECE_FROM_S = 22.0
ZERO_S = 60.0
SLOW_ERASE_MS = 400  # the flash chip's limit


@dataclass
class Rig:
    """Where everything is: emulator, results, counts, and a flash with calibrated firmware."""

    place: Place
    out: Path
    session: tuple[Path, Path]
    empty: tuple[Path, Path]
    piece: tuple[Path, Path]
    flashed: Path
    options: argparse.Namespace
    failed: list[str]
    ran: list[str]

    def emulator(
        self, name: str, files: tuple[Path, Path], *options: str, flash_of: str = ""
    ) -> AbstractContextManager[Running]:
        """An emulator with these counts, its own log, and its own copy of the flash, which has
        firmware and calibration, and what another part left there if that has run."""
        flash = self.out / f"{name}.img"
        left = self.out / f"{flash_of}.img" if flash_of in self.ran else self.flashed
        shutil.copy(left, flash)
        return running(self.place, files, flash, self.out / f"{name}.csv", *options)

    def script(self, name: str, path: str, *arguments: str) -> None:
        """Run a script; its figures go to NAME.json."""
        print(f"==> {name}: {path} {' '.join(arguments)}", flush=True)
        result = self.out / f"{name}.json"
        result.unlink(missing_ok=True)
        began = time.monotonic()
        command = [sys.executable, str(TESTS / path), *arguments, "--figures", str(result)]
        done = subprocess.run(command, check=False, cwd=ROOT, env=environment(self.out))
        print(f"==> {name}: exit code {done.returncode}, {time.monotonic() - began:.0f} s")
        if done.returncode:
            self.failed.append(name)


def environment(out: Path) -> dict[str, str]:
    """Nothing of it goes into a person's history."""
    return {**os.environ, "EVENSTANCE_HOME": str(out / "home")}


# -- the board ------------------------------------------------------------------------------------


def prepare(rig: Rig) -> None:
    """Firmware and calibration onto an empty flash, with empty plates."""
    rig.flashed.unlink(missing_ok=True)
    log = rig.out / "prepare.csv"
    print("==> flashing and calibrating", flush=True)
    with running(rig.place, rig.empty, rig.flashed, log, "--fast-flash") as board:
        subprocess.run(
            [sys.executable, "-m", "evenstance", "flash", "--port", board.port],
            check=True,
            cwd=ROOT,
            env=environment(rig.out),
        )
        with closing(greeted(board.port)) as client:
            left, right = counts.COUNTS_PER_KN
            client.request(
                messages.SET_CALIBRATION,
                left_counts_per_kn=left,
                right_counts_per_kn=right,
                rating_left_mn=None,
                rating_right_mn=None,
                made_unix_ms=None,
            )
            client.request(messages.ZERO, wait_s=ZERO_S, accept_load=1)


def on(board: Running) -> list[str]:
    """Options of a script that talks to this board and its emulator."""
    return ["--port", board.port, "--control", board.control]


# -- what can be run ------------------------------------------------------------------------------


def stream(rig: Rig) -> None:
    """1. everything at once"""
    _stream(rig, "stream")


def slow_flash(rig: Rig) -> None:
    """1. the same with slow flash"""
    _stream(rig, "slow_flash", "--erase-ms", str(SLOW_ERASE_MS))


def _stream(rig: Rig, name: str, *options: str) -> None:
    with rig.emulator(name, rig.session, *options) as board:
        minutes = ["--minutes", str(rig.options.minutes), "--log", str(board.log)]
        rig.script(name, "proof/board_stream.py", *on(board), *minutes)


def cost(rig: Rig) -> None:
    """2. processor, memory, start"""
    with rig.emulator("cost", rig.session) as board:
        seconds = ["--seconds", str(rig.options.watch_s)]
        rig.script("cost", "bench/board/cost.py", *on(board), *seconds)


def drivers(rig: Rig) -> None:
    """3. drivers side by side"""
    given: list[str] = []
    for name in ("their_pio", "their_gpio"):
        if getattr(rig.options, name):
            given += [f"--{name.replace('_', '-')}", str(getattr(rig.options, name).resolve())]
    loop = ",".join(str(len(path.read_text().split())) for path in rig.piece)
    with rig.emulator("drivers", rig.piece) as board:
        truth = ["--log", str(board.log), "--loop", loop]
        rig.script("drivers", "bench/board/drivers.py", *on(board), *truth, *given)


def summaries(rig: Rig) -> None:
    """4. summaries against 64-bit numbers"""
    with rig.emulator("summaries", rig.session, flash_of="cost") as board:
        rig.script("summaries", "proof/board_summaries.py", *on(board))


def pull_speed(rig: Rig) -> None:
    """8. pulling against copying"""
    with rig.emulator("pull_speed", rig.empty) as board:
        rig.script("pull_speed", "bench/board/pull_speed.py", *on(board))


PARTS: dict[str, Callable[[Rig], None]] = {
    "stream": stream,
    "slow_flash": slow_flash,
    "cost": cost,
    "summaries": summaries,  # of the holds that the part before it has made
    "drivers": drivers,
    "pull_speed": pull_speed,
}


def main() -> int:
    """Prepare, run, write down."""
    options = arguments()
    place = find(options.emulator, options.uf2)
    if isinstance(place, str):
        print(f"emulated: {place}; left out")
        return 0
    session = options.recordings / SESSION
    if not session.is_file():
        print(f"emulated: {session} does not exist (--recordings); left out")
        return 0
    wanted = list(PARTS) if "all" in options.parts else options.parts
    rig = made(place, options, read_recording(session))
    if not (options.keep and rig.flashed.is_file()):
        prepare(rig)
    for name in wanted:
        PARTS[name](rig)
        rig.ran.append(name)
    return report(rig)


def arguments() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["all"], help=f"all, {', '.join(PARTS)}")
    parser.add_argument("--emulator", type=Path, help="folder with rig.mjs")
    parser.add_argument("--uf2", type=Path, help="image of MicroPython for an RP2040 with 2 MB")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "proof")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the stream")
    parser.add_argument("--watch-s", type=float, default=220.0, help="of each watch of the cost")
    parser.add_argument("--keep", action="store_true", help="the firmware of the last run")
    parser.add_argument("--their-pio", type=Path, help="hx711_pio.py of robert-hh/hx711")
    parser.add_argument("--their-gpio", type=Path, help="hx711_gpio.py of robert-hh/hx711")
    parser.add_argument(
        "--recordings",
        type=Path,
        default=Path(os.environ.get("EVENSTANCE_RECORDINGS") or ROOT.parent / "shared/recordings"),
    )
    options, others = parser.parse_known_args()
    unknown = [name for name in options.parts if name not in (*PARTS, "all")]
    if unknown and not others:
        parser.error(f"unknown: {', '.join(unknown)}")
    # `make proof ARGS=...` gives options of other scripts, too, whose values look like parts
    options.parts = [name for name in options.parts if name not in unknown] or ["all"]
    return options


def made(place: Place, options: argparse.Namespace, session: Recording) -> Rig:
    """The counts, in the folder of the results."""
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    piece = counts.cut(session, PIECE_FROM_S, PIECE_S)
    return Rig(
        place,
        out,
        counts.write(session, out, "session"),
        counts.write(counts.empty(EMPTY_S), out, "empty"),
        counts.write(piece, out, "piece"),
        out / "flashed.img",
        options,
        failed=[],
        ran=[],
    )


def report(rig: Rig) -> int:
    """All figures that are in the folder, those of earlier runs too."""
    found = [
        one
        for name in PARTS
        if (rig.out / f"{name}.json").is_file()
        for one in figures.read(rig.out / f"{name}.json")
    ]
    (rig.out / "figures.md").write_text(figures.markdown(found))
    figures.write(found, rig.out / "figures.json")
    missed = [one for one in found if one.met is False]
    for one in missed:
        print(f"NOT MET: {one.item} {figures.line(one)}", file=sys.stderr)
    if rig.failed:
        print(f"failed: {', '.join(rig.failed)}", file=sys.stderr)
    print(f"{len(found)} figures in {rig.out / 'figures.md'}")
    return 1 if missed or rig.failed else 0


if __name__ == "__main__":
    sys.exit(main())
