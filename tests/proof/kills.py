"""`kill -9` of host and board at drawn moments of session, pull, upgrade, flash, backup.

    python tests/proof/kills.py --moments 300 --seed 1 [--only TASK ...] [--write]

After each: the history opens and is sound, nothing is missing that the board takes for stored,
and when the same has been done once more every completed hold is there exactly once. Interrupted,
it goes on where it was, as long as no file that takes part has changed. With `--write` the table
of docs/proofs/kills.md is made anew.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import sys
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "e2e"), str(TESTS / "unit")]

from kills.board_tasks import Outcome  # noqa: E402 - no package
from kills.file_tasks import HAS_BACKUP  # noqa: E402
from kills.moments import SHARES, Length, Moment, Task, counts, drawn  # noqa: E402
from kills.prepared import Prepared, prepare  # noqa: E402
from kills.trial_run import LEFT_OUT, measured, struck  # noqa: E402
from proving.taking_part import key_of  # noqa: E402

PARTS = ("firmware", "shared", "host", "tests/kills", "tests/e2e")
IN_VAIN = 2  # of the moments wanted: so many may come when the task is over
PAGE = ROOT / "docs" / "proofs" / "kills.md"
TABLE = re.compile(r"(?<=## Result\n\n).*?(?=\n## )", re.DOTALL)


class Progress:
    """What is known already, in a file of these very files and this seed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lengths: dict[str, tuple[int, float]] = {}
        self.moments: dict[str, dict[str, Any]] = {}
        if path.exists():
            found = json.loads(path.read_text(encoding="utf-8"))
            self.lengths, self.moments = found["lengths"], found["moments"]

    def note(self, moment: Moment, outcome: Outcome) -> None:
        """One more is known."""
        self.moments[moment.key] = {
            "victim": moment.victim,
            "by": moment.by,
            "hit": outcome.hit,
            "wrong": outcome.wrong,
        }
        self.save()

    def save(self) -> None:
        """Atomically."""
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({"lengths": self.lengths, "moments": self.moments}))
        new.replace(self._path)

    def of(self, task: Task) -> dict[int, dict[str, Any]]:
        """What is known of a task's moments, by number."""
        return {
            int(key.rpartition("-")[2]): found
            for key, found in self.moments.items()
            if key.startswith(f"{task}-")
        }

    def hits(self, task: Task) -> int:
        """How many of its moments hit something that still ran."""
        return sum(found["hit"] for found in self.of(task).values())


class Plan:
    """Which moment comes next: of the task that is furthest behind."""

    def __init__(self, progress: Progress, wanted: dict[Task, int], seed: int) -> None:
        self._progress = progress
        self._wanted = wanted
        self._seed = seed
        self._taken = {task: set(progress.of(task)) for task in wanted}
        self._flying: Counter[Task] = Counter()

    def next(self) -> Moment | None:
        """A moment to strike at; None when nothing is to be begun now."""
        behind: list[tuple[float, Task]] = []
        for task, wanted in self._wanted.items():
            open_ = self._progress.hits(task) + self._flying[task]
            if open_ < wanted and len(self._taken[task]) < wanted * (1 + IN_VAIN):
                behind.append((open_ / wanted, task))
        if not behind:
            return None
        task = min(behind)[1]
        number = next(n for n in range(10**6) if n not in self._taken[task])
        self._taken[task].add(number)
        self._flying[task] += 1
        return drawn(task, number, self._seed)

    def over(self, moment: Moment) -> None:
        """It has been looked at."""
        self._flying[moment.task] -= 1


def run(progress: Progress, plan: Plan, prepared: Prepared, total: int, workers: int) -> None:
    """Strike at every moment that is not known yet."""
    context = multiprocessing.get_context("spawn")
    running: dict[Future[Outcome], Moment] = {}
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        while True:
            while len(running) < workers and (moment := plan.next()) is not None:
                length = Length(*progress.lengths[moment.task])
                running[pool.submit(struck, moment, prepared, length)] = moment
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                moment = running.pop(future)
                outcome = future.result()
                plan.over(moment)
                progress.note(moment, outcome)
                if outcome.wrong:
                    print(moment.key, moment.victim, *outcome.wrong, sep="\n  ", flush=True)
            known = sum(found["hit"] for found in progress.moments.values())
            print(f"{known} of {total} moments", file=sys.stderr, flush=True)


def table(progress: Progress, tasks: list[Task]) -> str:
    """Of each task: what was struck how often, and what was wrong."""
    lines = [
        "| task | host killed | with its children | board killed | and its cable pulled | "
        "over before the strike | wrong |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for task in tasks:
        found = list(progress.of(task).values())
        hit = Counter(one["victim"] for one in found if one["hit"])
        numbers = [
            hit["host"],
            hit["host and children"],
            hit["board"],
            hit["board and cable"],
            sum(not one["hit"] for one in found),
            sum(bool(one["wrong"]) for one in found),
        ]
        lines.append(f"| {task} | " + " | ".join(map(str, numbers)) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=sorted(SHARES), help="these tasks alone")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "proof")
    parser.add_argument("--write", action="store_true", help="make the page's table anew")
    # Other scripts of this folder have options of their own.
    args, _ = parser.parse_known_args()
    began = time.monotonic()
    wanted = {
        t: n for t, n in counts(args.moments, LEFT_OUT).items() if not args.only or t in args.only
    }
    key = key_of(args.seed, parts=PARTS)
    folder = args.out / f"kills-{key}"
    folder.mkdir(parents=True, exist_ok=True)
    prepared = prepare(folder)
    progress = Progress(folder / "progress.json")
    for task in wanted:
        if task not in progress.lengths:
            length = measured(task, prepared)
            progress.lengths[task] = (length.steps, length.seconds)
            progress.save()
            print(f"{task}: {length.steps} steps in {length.seconds:.2f} s", file=sys.stderr)
    total = sum(wanted.values())
    run(progress, Plan(progress, wanted, args.seed), prepared, total, args.workers)
    hits = sum(progress.hits(task) for task in wanted)
    wrong = sum(bool(f["wrong"]) for task in wanted for f in progress.of(task).values())
    text = (
        f"Seed {args.seed}: {hits} moments at which something was killed that ran, "
        f"{wrong} of them with anything wrong.\n\n{table(progress, list(wanted))}\n"
    )
    if not HAS_BACKUP:
        text += (
            "\nThere is no command `backup`: its row is the copy that an upgrade makes first.\n"
        )
    print(text + f"\n{time.monotonic() - began:.0f} s.")
    if args.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(TABLE.sub(lambda _: text, page), encoding="utf-8")
    return 1 if wrong or hits < total else 0


if __name__ == "__main__":
    sys.exit(main())
