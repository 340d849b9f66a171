"""Is each trial in the history exactly once, whatever breaks off a pull?

    python tests/proof/exactly_once.py --histories 2000 --seed 1
    python tests/proof/exactly_once.py --seed 1 --broken record-before-trace

Random histories of a board and a computer, drawn by hypothesis: trials at the pins, pulls, pulls
that are unplugged or killed at a drawn moment, power cuts at or within a drawn change of the
flash. The board is the shipped firmware, compiled, under the real MicroPython interpreter on
littlefs; the computer is the real pull on a real SQLite file. Both are compared after each step.
Interrupted, it goes on where it was. With `--broken` the firmware is broken on purpose, and it is
told after how many histories that was found. Results: docs/proofs/link.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from once_only import histories  # noqa: E402 - its folder is no package of the path
from once_only.breakages import BREAKAGES  # noqa: E402
from once_only.world import Start, make_start  # noqa: E402
from proving.taking_part import key_of  # noqa: E402

AT_ONCE = 20  # histories of one draw
PARTS = (
    *("firmware", "shared", "host/evenstance/store", "tests/once_only"),
    *("host/evenstance/flows/pull.py", "host/evenstance/device/client.py"),
)


def draw(start: Start, number: int) -> tuple[int, dict[str, int], str]:
    """One draw of AT_ONCE histories: its number, what was done, what was wrong."""
    taken: list[str] = []
    wrong = ""
    try:
        histories.run(start, AT_ONCE, number, taken)
    except Exception:
        wrong = traceback.format_exc()
    return number, Counter(taken), wrong


def find(start: Start, numbers: range) -> bool:
    """Draw until something is wrong; say after how many histories."""
    before = 0
    for number in numbers:
        taken: list[str] = []
        try:
            histories.run(start, AT_ONCE, number, taken, shrink=False)
        except Exception as error:
            # The one that failed is played once more to be sure.
            print(f"Found after {before + taken.count('history') - 1} histories: {error}")
            return True
        before += AT_ONCE
    print(f"Not found in {before} histories.")
    return False


class Progress:
    """The draws that are over, in a file that belongs to these very files and this seed."""

    def __init__(self, folder: Path, key: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"exactly_once-{key}.json"
        found = json.loads(self._path.read_text()) if self._path.exists() else {}
        self.over: list[int] = found.get("over", [])
        self.taken: Counter[str] = Counter(found.get("taken", {}))
        self.wrong: list[str] = found.get("wrong", [])

    def add(self, number: int, taken: dict[str, int], wrong: str) -> None:
        """One more draw."""
        self.over.append(number)
        self.taken.update(taken)
        if wrong:
            self.wrong.append(f"draw {number}: {wrong}")
            print(self.wrong[-1], flush=True)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({"over": self.over, "taken": self.taken, "wrong": self.wrong}))
        new.replace(self._path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--histories", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--broken", choices=sorted(BREAKAGES))
    parser.add_argument("--progress", type=Path, default=ROOT / "build" / "proof")
    # Other scripts of this folder have options of their own.
    args, _ = parser.parse_known_args()
    began = time.monotonic()
    first = args.seed * 1_000_000
    wanted = range(first, first + -(-args.histories // AT_ONCE))
    micropython = str(Path(sys.executable).parent / "micropython")
    if args.broken:
        with tempfile.TemporaryDirectory(prefix="exactly-once-") as folder:
            sys.exit(not find(make_start(micropython, Path(folder), args.broken), wanted))
    progress = Progress(args.progress, key_of(args.seed, parts=PARTS))
    left = [number for number in wanted if number not in progress.over]
    with tempfile.TemporaryDirectory(prefix="exactly-once-") as folder:
        start = make_start(micropython, Path(folder))
        with ProcessPoolExecutor(args.workers) as pool:
            for over in as_completed([pool.submit(draw, start, number) for number in left]):
                progress.add(*over.result())
                said = f"{len(progress.over)} of {len(wanted)} draws"
                print(said, file=sys.stderr, flush=True)
    print(f"Seed {args.seed}: {progress.taken.pop('history')} histories.")
    for what, count in sorted(progress.taken.items()):
        print(f"{what}: {count}")
    print(f"Failed draws: {len(progress.wrong)}. {time.monotonic() - began:.0f} s.")
    sys.exit(1 if progress.wrong else 0)


if __name__ == "__main__":
    main()
