"""`evenstance sync` interrupted at drawn points; after each the next sync makes it whole and once.

    python tests/proof/clinic_sync.py --points 200 --seed 1 [--write]

Interrupted itself, it goes on where it was, as long as no file that takes part has changed. With
`--write` the table of docs/proofs/clinic_sync.md is made anew.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "unit")]

from clinic.interrupting import KINDS, Bench, drawn  # noqa: E402 - no package
from clinic.server import set_up, why_not  # noqa: E402
from proving.taking_part import key_of  # noqa: E402

PARTS = ("host/evenstance/clinic", "host/evenstance/store", "tests/clinic")
IN_VAIN = 3  # of the points wanted: so many may come when the sync is over
PAGE = ROOT / "docs" / "proofs" / "clinic_sync.md"
TABLE = re.compile(r"(?<=## Result\n\n).*?(?=\n## )", re.DOTALL)
Known = dict[str, dict[str, Any]]


def run(known: Known, points: int, seed: int, path: Path) -> None:
    """Strike until so many points struck a sync that still ran."""
    with (
        tempfile.TemporaryDirectory(prefix="evenstance-sync-") as folder,
        set_up() as (server, owner),
    ):
        bench = Bench(server, owner, Path(folder), "point")
        print(f"{bench.messages} messages, {bench.commits} commits", file=sys.stderr, flush=True)
        number = -1
        while hits(known) < points and number < points * IN_VAIN:
            number += 1
            if str(number) in known:
                continue
            outcome = bench.outcome(drawn(number, seed))
            known[str(number)] = {"struck": outcome.struck, "wrong": outcome.wrong}
            new = path.with_suffix(".new")
            new.write_text(json.dumps(known))
            new.replace(path)
            if outcome.wrong:
                print(number, *outcome.wrong, sep="\n  ", flush=True)
            print(f"{hits(known)} of {points} points", file=sys.stderr, flush=True)


def hits(known: Known) -> int:
    """Points that struck a sync that still ran."""
    return sum(bool(one["struck"]) for one in known.values())


def table(known: Known) -> str:
    """How often each kind struck, and what was wrong after."""
    struck = Counter(kind for one in known.values() for kind in one["struck"])
    first = Counter(one["struck"][0] for one in known.values() if one["struck"])
    lines = ["| interruption | points that begin with it | struck in all |", "| --- | --- | --- |"]
    lines += [f"| {kind} | {first[kind]} | {struck[kind]} |" for kind in KINDS]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "proof")
    parser.add_argument("--write", action="store_true", help="make the page's table anew")
    # Other scripts of this folder have options of their own.
    args, _ = parser.parse_known_args()
    why = why_not()
    if why is not None:
        print(f"left out: {why}")
        return 0
    began = time.monotonic()
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / f"clinic_sync-{key_of(args.seed, parts=PARTS)}.json"
    known: Known = json.loads(path.read_text()) if path.exists() else {}
    run(known, args.points, args.seed, path)
    wrong = sum(bool(one["wrong"]) for one in known.values())
    several = sum(len(one["struck"]) > 1 for one in known.values())
    text = (
        f"Seed {args.seed}: {hits(known)} points, {several} of them with several interruptions in "
        f"a row, {wrong} with anything wrong.\n\n{table(known)}\n"
    )
    print(text + f"\n{time.monotonic() - began:.0f} s.")
    if args.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(TABLE.sub(lambda _: text, page), encoding="utf-8")
    return 1 if wrong or hits(known) < args.points else 0


if __name__ == "__main__":
    sys.exit(main())
