"""Eight laptops and four boards on one clinic's history, killed, and the server restarted.

    python tests/proof/clinic_writers.py --holds 100000 --writers 8 --boards 4 --seed 1 [--write]

Laptops store sessions, two of them the same holds at the same time; boards are pulled by one
laptop, another, two at once. Clients are killed and the server is stopped in between. In the end
every hold must be there once, and a person's results among all holds are timed against those among
1,000.
With `--write` the result in docs/proofs/clinic.md is made anew.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "e2e"), str(TESTS / "unit")]

from clinic.crowd import Told, crowd, make_clinic  # noqa: E402 - no package
from clinic.server import running, why_not  # noqa: E402
from clinic.timing import Paired, paired  # noqa: E402
from clinic.writers import Laptop, store_all, units_of  # noqa: E402
from kills.prepared import prepare  # noqa: E402

SMALL = 1_000
MOST_TIMES = 2.0
PAGE = ROOT / "docs" / "proofs" / "clinic.md"
RESULT = re.compile(r"(?<=## Result\n\n).*?(?=\n## )", re.DOTALL)
QUESTIONS = (
    ("results", "--athlete", "P1", "--json"),
    ("history", "--athlete", "P1", "--json"),
)


def table(told: Told, times: dict[str, Paired], args: argparse.Namespace) -> str:
    """What was done and found, as the page has it."""
    strikes = ", ".join(f"{kind} {n} times" for kind, n in sorted(told.strikes.items()))
    pulls = ", ".join(f"{kind} {n}" for kind, n in sorted(told.pulls.items()))
    lines = [
        f"Seed {args.seed}: {args.writers} laptops, {args.boards} virtual boards, "
        f"{told.holds} holds ({told.from_boards} of them pulled from the boards), stored in "
        f"{told.write_s:.0f} s: "
        f"{len(told.wrong)} lost, doubled, changed or of somebody else.",
        "",
        f"Struck: {strikes}. Pulls: {pulls}.",
        "",
        f"| a person with 200 holds | among {SMALL} | among {told.holds} | ratio | on the wall |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, one in times.items():
        a, b = (
            f"{t.work_s:.2f} s ({t.server_s:.2f} s the server)" for t in (one.small, one.large)
        )
        lines.append(
            f"| `{name}` | {a} | {b} | {one.work_ratio:.2f} | {one.small.wall_s:.2f} s, "
            f"{one.large.wall_s:.2f} s: {one.wall_ratio:.2f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, default=100_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--boards", type=int, default=4)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--restarts", type=int, default=6)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "proof")
    parser.add_argument("--write", action="store_true", help="make the page's result anew")
    args, _ = parser.parse_known_args()  # other scripts of this folder have options of their own
    why = why_not()
    if why is not None:
        print(f"left out: {why}")
        return 0
    began = time.monotonic()
    images = args.out / "clinic-images"
    images.mkdir(parents=True, exist_ok=True)
    many = prepare(images).many
    with tempfile.TemporaryDirectory(prefix="evenstance-pg-") as name:
        folder = Path(name)
        with running(folder) as server:
            boards = [
                Path(shutil.copy(many, folder / f"board-{n}.img")) for n in range(args.boards)
            ]
            told = crowd(
                server,
                folder,
                holds=args.holds,
                writers=args.writers,
                images=boards,
                kills=args.kills,
                restarts=args.restarts,
                seed=args.seed,
            )
            for line in told.wrong[:20]:
                print(line)
            print(f"{told.holds} holds in {told.write_s:.0f} s", file=sys.stderr, flush=True)
            server.sql("CREATE DATABASE small", database="postgres")
            make_clinic(server, ["laptop_0"], "small")
            urls = (server.url("laptop_0", "small"), server.url("laptop_0"))
            few = units_of(SMALL, 1)[0]
            store_all(Laptop(0, urls[0], few, 0, folder / "even", 0.0))
            store_all(Laptop(0, urls[0], few, 1, folder / "odd", 0.0))
            for database in ("small", "balance"):  # as autovacuum does it, but now
                server.sql("VACUUM ANALYZE", database=database)
            os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
            times = {q[0]: paired(server, urls, folder / "home", q, args.turns) for q in QUESTIONS}
    text = table(told, times, args)
    print(text + f"\n{time.monotonic() - began:.0f} s.")
    if args.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(RESULT.sub(lambda _: text, page), encoding="utf-8")
    slow = [name for name, one in times.items() if one.work_ratio >= MOST_TIMES]
    return 1 if told.wrong or slow else 0


if __name__ == "__main__":
    sys.exit(main())
