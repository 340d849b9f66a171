"""How long the report of a person with 200 sessions takes, as a multiple of `--version`.

    .venv/bin/python tests/bench/report_speed.py --sessions 200

Makes a history of so many sessions of ten holds with their traces, then runs both programs in
turns, each as a process of its own; the median of the ratios of their wall times counts, and the
size of the page.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "unit")]

from report_history import fill_years  # noqa: E402 - no package

from evenstance.store.database import open_store  # noqa: E402
from proving.processor import as_installed  # noqa: E402

MOST_TIMES = 20.0
MOST_BYTES = 3_000_000


def environment(home: Path) -> dict[str, str]:
    """That of an installed program with this history."""
    return {**as_installed(home / "compiled"), "EVENSTANCE_HOME": str(home)}


def took_s(home: Path, *words: str) -> float:
    """Wall time of one command."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "evenstance", *words],
        check=True,
        capture_output=True,
        env=environment(home),
    )
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--turns", type=int, default=7)
    args, _ = parser.parse_known_args()  # other scripts of this folder have options of their own
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with open_store(home / "history.sqlite3") as store:
            fill_years(store, args.sessions, date(2025, 1, 1))
        page = home / "report.html"
        words = ("report", "--to", str(page), "--force")
        took_s(home, "--version"), took_s(home, *words)  # compiles
        pairs = [(took_s(home, "--version"), took_s(home, *words)) for _ in range(args.turns)]
        size = page.stat().st_size
    ratio = statistics.median(report / version for version, report in pairs)
    shown = ", ".join(f"{version:.2f} and {report:.2f} s" for version, report in pairs)
    print(f"--version and the report of {args.sessions} sessions: {shown}")
    print(f"{ratio:.1f} times as long; the page has {size} bytes")
    if ratio > MOST_TIMES or size > MOST_BYTES:
        sys.exit(f"more than {MOST_TIMES:g} times or {MOST_BYTES} bytes")


if __name__ == "__main__":
    main()
