"""Twelve people over twelve weeks on the virtual board, and what the product says to each.

    python tests/proof/twelve_weeks.py [--only CASE ...] [--write] [--out build/proof]

Every session is a guided one on a virtual board with the shipped firmware. What is said must be
what tests/golden/twelve_weeks holds; with `--write` the sessions and the texts there are made
anew. Interrupted, it goes on with the next person. The texts are checked in every test run, out
of the recorded sessions (tests/e2e/test_twelve_weeks.py).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "e2e"), str(TESTS / "unit")]

from twelve_weeks.cases import CASES  # noqa: E402 - no package
from twelve_weeks.on_board import OnBoard  # noqa: E402
from twelve_weeks.player import Player, clock_at  # noqa: E402
from twelve_weeks.recorded import GOLDEN, Recorded  # noqa: E402
from twelve_weeks.script import Case, Session  # noqa: E402

PARTS = ("firmware", "shared/evenstance_wire", "host/evenstance/virtual")


def measured(case: Case, file: Path) -> Path:
    """Every session of a case on the board, as lines of `file`; done before, it is kept."""
    if file.exists():
        return file
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EVENSTANCE_HOME"] = str(Path(folder) / "home")
        measure = OnBoard(Path(folder))
        sessions = [step for step in case.steps if isinstance(step, Session)]
        for number, step in enumerate(sessions):
            with clock_at(step.day):
                measure(case, number, step)
    part = file.with_suffix(".part")
    part.write_text("\n".join(measure.lines) + "\n", encoding="utf-8")
    part.replace(file)
    return file


def said(case: Case, file: Path) -> str:
    """What the product says to that person with these sessions."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EVENSTANCE_HOME"] = str(Path(folder) / "home")
        return Player(case, Path(folder), Recorded(file)).play()


def _key(case: Case) -> str:
    """Changes with the person, the firmware and the virtual board."""
    digest = hashlib.sha256(repr((case.seed, case.steps)).encode())
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def main() -> int:
    """Measure and play the cases; 1 when something else is said than the golden file has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", help="ids of cases")
    parser.add_argument("--write", action="store_true", help="make the golden files anew")
    parser.add_argument("--sessions-only", action="store_true", help="measure, say nothing")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "proof")
    options = parser.parse_args()
    folder = options.out / "twelve_weeks"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [case for case in CASES if not options.only or case.id in options.only]
    failed = 0
    with ProcessPoolExecutor(options.processes, max_tasks_per_child=1) as pool:
        running = {
            pool.submit(measured, case, folder / f"{case.id}-{_key(case)}.jsonl"): case
            for case in wanted
        }
        for future in as_completed(running):
            case, file = running[future], future.result()
            if options.sessions_only:
                print(f"{case.id}: measured", flush=True)
                continue
            text, page = said(case, file), GOLDEN / f"{case.id}.md"
            if options.write:
                shutil.copy(file, GOLDEN / f"{case.id}.jsonl")
                page.write_text(text, encoding="utf-8")
            same = page.exists() and page.read_text(encoding="utf-8") == text
            failed += not same
            print(f"{case.id}: {'as recorded' if same else 'DIFFERS'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
