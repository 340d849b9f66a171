"""How long the single laptop takes for its commands, beside an earlier commit's, in pairs of runs.

    python tests/bench/before_speed.py --before COMMIT [--turns 15]

The files of COMMIT are taken out of the repository into a temporary folder. Both run on the
packages of this Python. The history of 40 sessions is made by the earlier program, and the later
one brings its copy up to date before anything is measured; `pull` fills a new history from one
virtual board with 18 trials. Processor time counts, so that other work on the computer does not.
Exit code 1 when the median of the ratios is above LIMIT; runs of the same files differ by so much.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
sys.path[:0] = [str(TESTS), str(TESTS / "unit"), str(TESTS / "e2e")]

from boards import SEED, SHORT_TRIALS, Images, make_images  # noqa: E402 - no package

from evenstance.virtual.board import VirtualBoard, Wiring  # noqa: E402
from evenstance.virtual.loads import Masses  # noqa: E402
from proving.processor import as_installed, processor_s  # noqa: E402

LIMIT = 1.05
FILL = """
from datetime import date
from pathlib import Path
from report_history import fill_years
from evenstance.store.database import open_store
with open_store(Path({!r})) as store:
    fill_years(store, 40, date(2025, 1, 1))
"""


@dataclass(frozen=True)
class Program:
    """One commit's files, and the folder of its histories."""

    root: Path
    home: Path

    def environment(self, home: Path) -> dict[str, str]:
        """That of an installed program with these files."""
        parts = ("host", "shared", "tests/unit")
        return {
            **as_installed(self.home.parent / f"compiled-{self.home.name}"),
            "PYTHONPATH": os.pathsep.join(str(self.root / part) for part in parts),
            "EVENSTANCE_HOME": str(home),
        }

    def took_s(self, words: list[str], home: Path) -> float:
        """Processor time of one command."""
        took_s = processor_s(words, self.environment(home))
        if took_s is None:
            sys.exit(f"{words} failed in {self.root}")
        return took_s


def taken_out(commit: str, folder: Path) -> Path:
    """The files of a commit."""
    packed = subprocess.run(
        ["git", "-C", str(ROOT), "archive", commit], check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="data")
    return folder


def trials(home: Path) -> int:
    """How many the history holds."""
    with closing(sqlite3.connect(home / "history.sqlite3")) as db:
        return db.execute("SELECT count(*) FROM trial").fetchone()[0]


def compared(before: Program, now: Program, words: list[str], turns: int, *, fresh: bool) -> float:
    """Print both medians and return that of the ratios; `fresh`: each run has a new history."""
    number = count()

    def once(program: Program) -> float:
        home = program.home.parent / f"new-{next(number)}" if fresh else program.home
        home.mkdir(exist_ok=True)
        took_s = program.took_s(words, home)
        if fresh and trials(home) != SHORT_TRIALS:
            sys.exit(f"{words} brought {trials(home)} trials of {SHORT_TRIALS}")
        return took_s

    once(before), once(now)  # compiles
    pairs = [(once(before), once(now)) for _ in range(turns)]
    ratios = [after / earlier for earlier, after in pairs]
    low, median, high = statistics.quantiles(ratios, n=4)
    first, second = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(
        f"{words[0]:10} {first:.3f} s, {second:.3f} s: {median:.3f} ({low:.3f} to {high:.3f})",
        flush=True,
    )
    return median


def main() -> int:
    """Make both, run the pairs, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", help="a commit of this repository")
    parser.add_argument("--turns", type=int, default=15)
    args, _ = parser.parse_known_args()  # other scripts of this folder have options of their own
    if args.before is None:
        print("before_speed.py is left out: it needs --before COMMIT")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = Program(taken_out(args.before, folder / "files"), folder / "before")
        now = Program(ROOT, folder / "now")
        before.home.mkdir()
        subprocess.run(
            [sys.executable, "-c", FILL.format(str(before.home / "history.sqlite3"))],
            check=True,
            env=before.environment(before.home),
        )
        shutil.copytree(before.home, now.home)
        now.took_s(["results"], now.home)  # brings the copy up to date
        images = folder / "images"
        images.mkdir()
        make_images(images)
        with VirtualBoard(
            Masses(), Wiring.drawn(SEED), speed=5.0, flash_image=Images(images).with_trials
        ) as board:
            print("command    before, now: ratio of the processor times (quartiles)")
            medians = [
                compared(before, now, ["--version"], args.turns, fresh=False),
                compared(before, now, ["--help"], args.turns, fresh=False),
                compared(before, now, ["results"], args.turns, fresh=False),
                compared(before, now, ["pull", "--port", board.port], args.turns, fresh=True),
            ]
    return 0 if max(medians) <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
