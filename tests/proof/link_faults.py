"""Each fault of a serial line against pull, watch, info and session: is anything lost or wrong?

    python tests/proof/link_faults.py --seed 3

The same tests as in every test run, on a virtual board with the shipped firmware, but all faults,
each pull with as many draws as `--seed` says, and a computer that sleeps for an hour. Results:
docs/proofs/link.md. What was measured of memory and of the processor is told at the end.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from faulty_link import FIGURES, WHOLE  # noqa: E402 - its folder is no package of the path

FILES = ("tests/e2e/test_link_faults.py", "tests/e2e/test_returning.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=3, help="how many draws of each fault")
    # Other scripts of this folder have options of their own.
    args, _ = parser.parse_known_args()
    command = [sys.executable, "-m", "pytest", "-v", "--timeout", "3600", *FILES]
    with tempfile.TemporaryDirectory(prefix="link-faults-") as folder:
        figures = Path(folder) / "figures"
        figures.touch()
        environment = {**os.environ, WHOLE: str(max(args.seed, 1)), FIGURES: str(figures)}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
        print(figures.read_text(encoding="utf-8"), end="")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
