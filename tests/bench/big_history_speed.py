"""How much longer `results`, `history` and `report` take among 100,000 holds than among 1,000.

    .venv/bin/python tests/bench/big_history_speed.py --turns 9

Two histories in which everybody has 20 sessions of ten holds: 5 people and 500. The same person is
asked for in both, in turns, each command as a process of its own; processor time counts, so that
other work on the computer does not. The median of the ratios has a limit. `--alone` also prints,
without a limit, the times of one single person with 1,000 and with 100,000 holds;
`--team` those of everybody.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "unit")]

from big_history import HOLDS, make_history  # noqa: E402 - no package

from proving.processor import as_installed, processor_s  # noqa: E402

MOST_TIMES = 1.5
SESSIONS = 20
SMALL, LARGE = 1_000, 100_000
QUESTIONS = ("results", "history", "report")


def took_s(home: Path, question: str) -> float:
    """Processor time of one command."""
    words = question.split()
    if "--team" not in words:
        words += ["--athlete", "P1"]
    if question == "report":
        words += ["--to", str(home / "report.html"), "--force"]
    environment = as_installed(home.parent / "compiled")
    took = processor_s(words, {**environment, "EVENSTANCE_HOME": str(home)})
    if took is None:
        sys.exit(f"{question} failed")
    return took


def compared(small: Path, large: Path, question: str, turns: int) -> float:
    """Print both medians, and return the median of the ratios."""
    took_s(small, question), took_s(large, question)  # compiles, and reads both once
    pairs = [(took_s(small, question), took_s(large, question)) for _ in range(turns)]
    ratio = statistics.median(b / a for a, b in pairs)
    first, second = (statistics.median(times) for times in zip(*pairs, strict=True))
    spread = ", ".join(f"{b / a:.2f}" for a, b in pairs)
    print(
        f"{question:8} {first:6.2f} s {second:6.2f} s  {ratio:6.2f} times  ({spread})", flush=True
    )
    return ratio


def made(folder: Path, name: str, people: int, sessions_each: int) -> Path:
    make_history(folder / name / "history.sqlite3", people, sessions_each)
    return folder / name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--team", action="store_true")
    args, _ = parser.parse_known_args()  # other scripts of this folder have options of their own
    each = SESSIONS * HOLDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = made(folder, "small", SMALL // each, SESSIONS)
        large = made(folder, "large", LARGE // each, SESSIONS)
        print(f"a person with {each} holds, among {SMALL} and among {LARGE} holds")
        ratios = [compared(small, large, question, args.turns) for question in QUESTIONS]
        if args.team:
            print("everybody: 5 people and 500; no limit")
            compared(small, large, "results --team", 1)
        if args.alone:
            few = made(folder, "few", 1, SMALL // HOLDS)
            many = made(folder, "many", 1, LARGE // HOLDS)
            print(f"a person with {SMALL} and with {LARGE} holds of their own; no limit")
            for question in QUESTIONS:
                compared(few, many, question, 1)
    if max(ratios) > MOST_TIMES:
        sys.exit(f"more than {MOST_TIMES:g} times")


if __name__ == "__main__":
    main()
