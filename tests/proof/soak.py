"""Hours on the virtual board with faults: is memory flat, and is every hold accounted for?

    python tests/proof/soak.py --seed 1 --hours 8

The shipped firmware runs under the real MicroPython interpreter; somebody stands on the board all
the time, converters break, cables are cut, the power goes, Ctrl-C is pressed, and a host in a
process of its own pulls. Both ticks wrap. Every answer of the host is a line of a file in
--progress at once; after Ctrl-C it reports what has passed. Results: docs/proofs.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "e2e")]

from proving.soak.judge import judge, report  # noqa: E402 - no package
from proving.soak.life import Life  # noqa: E402

WRAP_AFTER_S = 1200.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--progress", type=Path, default=ROOT / "build" / "proof")
    # Other scripts of this folder have options of their own.
    args, _ = parser.parse_known_args()
    args.progress.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        (args.progress / f"soak-{args.seed}.jsonl").open("w", encoding="utf-8") as lines,
        Life(args.seed, Path(folder), WRAP_AFTER_S, lambda answer: note(lines, answer)) as life,
    ):
        start_us = life.now_us
        signal.signal(signal.SIGINT, lambda *_: setattr(life, "ending", True))
        life.run(args.hours)
        hours = (life.now_us - start_us) / 3600e6
        life.finish()
        found = judge(life, hours)
        print(report(found, life.record.done, time.monotonic() - began, args.seed))
    sys.exit(1 if found.wrong else 0)


def note(lines: Any, answer: dict[str, Any]) -> None:
    """Keep it; say how far it is."""
    lines.write(json.dumps(answer) + "\n")
    lines.flush()
    print(f"{answer['at_us'] / 3600e6:.2f} h", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
