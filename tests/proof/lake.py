"""A lake of synthetic holds through recompute and reliability: on one machine, and on Dask.

    python tests/proof/lake.py --seed 1 [--holds 10000 100000 1000000] [--full-holds 10000]

Every hold has its own numbers, known beforehand (tests/proving/lake_holds.py). Checked: as many
results come out again, differ and cannot be read as were made so; two Dask workers give the very
same answer as processes of this computer. Measured: time and memory against size. Interrupted, it
goes on with the next file of a lake, or the next pass over one. Writes its figures into
docs/proofs/lake.md; exit code 1 when a limit is not met.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "unit")]

from evenstance.flows.spread import Workers, spread  # noqa: E402 - no package
from proving.figures import Figures  # noqa: E402
from proving.lake_holds import OF_A_PERSON, Expected, make, months  # noqa: E402

PAGE = ROOT / "docs" / "proofs" / "lake.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
ENGINES = ("duckdb", "dask")
WHAT = ("recompute", "reliability")


@dataclass(frozen=True)
class Lake:
    """One size."""

    holds: int
    full: bool
    folder: Path

    @property
    def kind(self) -> str:
        """How its traces are."""
        return "full" if self.full else "short"


def made(lake: Lake, seed: int, processes: int) -> Expected:
    """Write what is not there yet; what must come out of all of it."""
    todo = months(lake.folder, lake.holds, seed, full=lake.full)
    counted = list(spread(make, todo, Workers(processes)))
    return Expected(
        **{
            name: sum(getattr(one, name) for one in counted)
            for name in ("trials", "equal", "differing", "damaged")
        }
    )


def passed(lake: Lake, engine: str, what: str) -> dict[str, Any]:
    """One pass in a process of its own; done before, it is kept."""
    known = lake.folder / f"{what}-{engine}.json"
    if not known.exists():
        command = [sys.executable, "-m", "proving.lake_pass", "--lake", str(lake.folder)]
        paths = [str(ROOT / "host"), str(ROOT / "shared"), str(TESTS), str(TESTS / "unit")]
        done = subprocess.run(
            [*command, "--engine", engine, "--what", what],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        part = known.with_suffix(".part")
        part.write_text(done.stdout)
        part.replace(known)
    found: dict[str, Any] = json.loads(known.read_text())
    return found


def judged(figures: Figures, lake: Lake, want: Expected) -> list[dict[str, Any]]:
    """Both passes by both engines, each against what must come out; a row of the table each."""
    rows: list[dict[str, Any]] = []
    size = f"{lake.holds:,} holds, {lake.kind} traces"
    for what in WHAT:
        found = {engine: passed(lake, engine, what) for engine in ENGINES}
        answers = [found[engine]["answer"] for engine in ENGINES]
        figures.add(
            f"{size}: {what}, Dask against DuckDB: answers that differ",
            int(answers[0] != answers[1]),
            "",
            "equal to",
            0,
        )
        if what == "recompute":
            said = answers[0]
            for name, value, wanted in (
                ("with a trace", said["trials"], want.trials),
                ("stored results that come out again", said["equal"], want.equal),
                ("that differ", said["differing"], want.differing),
                ("damaged traces", sum(said["unreadable"].values()), want.damaged),
            ):
                figures.add(f"{size}: {name}", value, "", "equal to", wanted)
        else:
            people = lake.holds // OF_A_PERSON
            figures.add(
                f"{size}: people in the study", answers[0]["people"], "", "equal to", people
            )
        for engine in ENGINES:
            one = found[engine]
            rows.append(
                {"holds": lake.holds, "kind": lake.kind, "what": what, "engine": engine}
                | {name: value for name, value in one.items() if name != "answer"}
            )
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The measured times and sizes as markdown."""
    lines = [
        "| holds | traces | pass | by | time (s) | processor (s) | processor a hold (ms) "
        "| peak of who hands out (MB) | peak of a worker (MB) |",
        "| ---: | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in rows:
        lines.append(
            f"| {one['holds']:,} | {one['kind']} | {one['what']} | {one['engine']} "
            f"| {one['took_s']:.0f} | {one['cpu_s']:.0f} "
            f"| {1e3 * one['cpu_s'] / one['holds']:.2f} | {one['driver_peak_mb']:.0f} "
            f"| {one['worker_peak_mb']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Make the lakes, pass over them, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--full-holds", type=int, nargs="*", default=[10_000])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "proof")
    parser.add_argument("--only-make", action="store_true", help="write the lakes, no pass")
    options, _ = parser.parse_known_args()
    figures = Figures("lake")
    rows: list[dict[str, Any]] = []
    sizes = [(n, True) for n in options.full_holds] + [(n, False) for n in options.holds]
    for holds, full in sizes:
        name = f"lake-{options.seed}-{'full' if full else 'short'}-{holds}"
        lake = Lake(holds, full, options.out / name)
        want = made(lake, options.seed, options.processes)
        if options.only_make:
            continue
        rows += judged(figures, lake, want)
        _write(options.seed, rows, figures)
    return figures.finish(options.out / "lake.json")


def _write(seed: int, rows: list[dict[str, Any]], figures: Figures) -> None:
    """Between the two marks of the page; after each lake, so that a long run shows where it is."""
    if not PAGE.exists():
        return
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    checks = "\n".join(
        f"- {one.what}: {one.found} ({one.wanted}{'' if one.met else ': **not met**'})"
        for one in figures.all
    )
    text = f"`--seed {seed}`:\n\n{table(rows)}\n{checks}\n"
    PAGE.write_text(f"{before}{BEGIN}{text}{END}{after}")


if __name__ == "__main__":
    raise SystemExit(main())
