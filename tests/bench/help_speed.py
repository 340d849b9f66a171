"""How long `evenstance --help` takes beside `mpremote --help`, in pairs of runs.

    python tests/bench/help_speed.py [--pairs 25]

Exit code 1 when the median of the ratios is above 1.1.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from proving.processor import as_installed

LIMIT = 1.1


def seconds(program: str) -> float:
    """Wall time of `program --help`; compiled files are kept, as in anybody's shell."""
    path = Path(sys.executable).with_name(program)
    begun_s = time.perf_counter()
    subprocess.run([path, "--help"], check=True, capture_output=True, env=as_installed())
    return time.perf_counter() - begun_s


def main() -> int:
    """Run the pairs and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=25)
    pairs: int = parser.parse_args().pairs
    for program in ("evenstance", "mpremote"):
        seconds(program)
    ratios = [seconds("evenstance") / seconds("mpremote") for _ in range(pairs)]
    low, median, high = statistics.quantiles(ratios, n=4)
    print(f"evenstance --help : mpremote --help = {median:.2f} ({low:.2f} to {high:.2f})")
    print(f"median of {pairs} pairs with quartiles; limit {LIMIT}")
    return 0 if median <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
