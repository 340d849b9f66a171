"""How long a sync takes: the first one, and one with nothing new, by the size of the laptop.

    python tests/bench/sync_speed.py --holds 1000 10000

Ten holds a session, each with a trace of 12 kB. The server is one of its own on this computer.
Prints seconds, statements that were sent, and the most memory that Python took meanwhile.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "unit")]

from big_history import HOLDS, make_history  # noqa: E402 - no package
from sqlalchemy import event  # noqa: E402

from clinic.server import Server, set_up, why_not  # noqa: E402
from evenstance.clinic.database import open_clinic  # noqa: E402
from evenstance.clinic.setup import open_as_owner  # noqa: E402
from evenstance.clinic.sync import sync  # noqa: E402
from evenstance.store.database import open_store  # noqa: E402

PEOPLE = 10
TRACE_BYTES = 12_000
MOVES = "first", "nothing new"


def one(path: Path, url: str) -> dict[str, Any]:
    """One sync in this process."""
    sent = 0

    def count(*_: object) -> None:
        nonlocal sent
        sent += 1

    with open_store(path) as own, open_clinic(url) as there:
        event.listen(there._engine, "before_cursor_execute", count)
        before_mb = most_memory_mb()
        began, cpu = time.monotonic(), time.process_time()
        done = sync(own, there)
        return {
            "s": time.monotonic() - began,
            "cpu_s": time.process_time() - cpu,
            "statements": sent,
            "memory_mb": most_memory_mb() - before_mb,
            "trials": done.new.get("trial", 0),
        }


def most_memory_mb() -> float:
    """The most that this process has had; getrusage would tell that of its parent, too."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found.group(1)) / 1024 if found else float("nan")


def with_traces(path: Path, holds: int) -> None:
    """A history of that many holds."""
    make_history(path, PEOPLE, holds // HOLDS // PEOPLE)
    trace = random.Random(1).randbytes(TRACE_BYTES)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("INSERT INTO trace SELECT id, ?, 1 FROM trial", (trace,))


def measured(server: Server, folder: Path, holds: int) -> list[dict[str, Any]]:
    """Both syncs, each in a process of its own."""
    path = folder / f"{holds}.sqlite3"
    with_traces(path, holds)
    name = f"bench_{holds}"
    with open_as_owner(server.url()) as owner:
        owner.add_clinic(name)
        server.sql(f"CREATE ROLE {name} LOGIN")
        owner.grant(name, name, "measure")
    words = [sys.executable, __file__, "--one", str(path), server.url(name)]
    return [json.loads(subprocess.check_output(words)) for _ in MOVES]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--one", nargs=2, metavar=("FILE", "ADDRESS"), help=argparse.SUPPRESS)
    args, _ = parser.parse_known_args()
    if args.one:
        print(json.dumps(one(Path(args.one[0]), args.one[1])))
        return 0
    why = why_not()
    if why is not None:
        print(f"left out: {why}")
        return 0
    print("| holds | sync | time | of it here | statements | memory |")
    print("| --- | --- | --- | --- | --- | --- |")
    with (
        tempfile.TemporaryDirectory(prefix="evenstance-sync-") as folder,
        set_up() as (server, _),
    ):
        for holds in args.holds:
            for move, found in zip(MOVES, measured(server, Path(folder), holds), strict=True):
                print(
                    f"| {holds:,} | {move} | {found['s']:.2f} s | {found['cpu_s']:.2f} s | "
                    f"{found['statements']} | {found['memory_mb']:.0f} MB |",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
