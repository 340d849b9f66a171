"""Known loads through the whole chain: how far is what the product says from what was there?

    python tests/proof/known_loads.py --seed 1 --people 50

Random people stand on random virtual boards (the shipped firmware under the real MicroPython
interpreter), which are calibrated with known masses by the product. The loads are formulas, so
body weight, lift-off, end, load share and every touch are known. Interrupted, it goes on with the
next person. Results: docs/proofs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "e2e")]

from known_filter import room_table  # noqa: E402 - no package
from known_person import ZERO_DRIFT_N, DrawnWiring, KnownPerson  # noqa: E402
from known_play import play  # noqa: E402
from known_summary import checks, known, tables, touches  # noqa: E402

from proving.taking_part import key_of  # noqa: E402

PARTS = (
    *("firmware", "shared/evenstance_wire", "host/evenstance/virtual"),
    "host/evenstance/flows/calibrate.py",
    "host/evenstance/flows/plates.py",
    "host/evenstance/metrics/hold.py",
    *(f"tests/e2e/known_{name}.py" for name in ("forces", "person", "play")),
)


def measured(seed: int, drift_n: float) -> list[dict[str, Any]]:
    """One person on one board."""
    with tempfile.TemporaryDirectory() as folder:
        return play(KnownPerson(seed), DrawnWiring.of(seed, drift_n), Path(folder))


class Progress:
    """Rows of the people who are done, in a file that belongs to these very files."""

    def __init__(self, folder: Path, key: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"known_loads-{key}.jsonl"
        self.rows: list[dict[str, Any]] = []
        self.done: set[int] = set()
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                self._take(json.loads(line))

    def _take(self, person: dict[str, Any]) -> None:
        self.done.add(person["seed"])
        self.rows += person["rows"]

    def save(self, seed: int, rows: list[dict[str, Any]]) -> None:
        """The whole file anew, atomically."""
        person = {"seed": seed, "rows": rows}
        before = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
        new = self._path.with_suffix(".new")
        new.write_text(before + json.dumps(person) + "\n", encoding="utf-8")
        new.replace(self._path)
        self._take(person)


def run(seeds: range, drift_n: float, workers: int, progress: Progress) -> None:
    """Measure whoever is not done yet."""
    left = [seed for seed in seeds if seed not in progress.done]
    with ProcessPoolExecutor(workers) as pool:
        waiting = {pool.submit(measured, seed, drift_n): seed for seed in left}
        for future in as_completed(waiting):
            progress.save(waiting[future], future.result())
            print(f"{len(progress.done)} of {len(seeds)} people", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument(
        "--drift", type=float, default=ZERO_DRIFT_N, help="zeros move by up to this (N) in 10 min"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--progress", type=Path, default=ROOT / "build" / "proof")
    # Other scripts of this folder have options of their own.
    args, _ = parser.parse_known_args()
    began = time.monotonic()
    progress = Progress(args.progress, key_of(args.drift, parts=PARTS))
    seeds = range(1000 * args.seed, 1000 * args.seed + args.people)
    run(seeds, args.drift, args.workers, progress)
    rows = sorted(
        (row for row in progress.rows if row["person"] in seeds), key=lambda row: row["person"]
    )
    print(f"Seed {args.seed}, drift {args.drift:g} N: {args.people} people, ", end="")
    print(f"{len(known(rows))} holds, {len(touches(rows))} touches.")
    calculated = ("How far a zero may be off (calculated, without a board)", room_table())
    for heading, text in [*tables(rows), calculated]:
        print(f"\n### {heading}\n\n{text}")
    failed = sum(not check.holds for check in checks(rows))
    print(f"\nFailed: {failed}. {time.monotonic() - began:.0f} s.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
