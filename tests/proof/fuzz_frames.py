"""Mutated frames: through the parser on two interpreters, into a board, and from one.

    python tests/proof/fuzz_frames.py --seed 1
    python tests/proof/fuzz_frames.py --seed 1 --parts board --frames 2000

The parts: `parser` (10^6 frames through the parser under CPython and under MicroPython), `board`
(10^5 through a pseudo-terminal into the virtual board) and `host` (10^5 from a hostile board
through a pseudo-terminal into the client). Each ends with 1 when a frame was accepted that no
encoder sealed, when something crashed, or when memory grew. Results: docs/proofs/fuzz.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzzing import interpreters
from fuzzing.tally import Tally

COUNTS = {"parser": 1_000_000, "board": 100_000, "host": 100_000}
GROWTH_B = {"CPython": 2048, "MicroPython": 2048, "board": 4096, "host": 65536}


def run(part: str, seed: int, count: int) -> Tally:
    """One part."""
    micropython = str(Path(sys.executable).parent / "micropython")
    if part == "parser":
        return interpreters.fuzz(micropython, seed, count)
    if part == "board":
        from fuzzing import into_board

        return into_board.fuzz(seed, count)
    from fuzzing import into_host

    return into_host.fuzz(seed, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", default=",".join(COUNTS))
    parser.add_argument("--frames", type=int, help="of each part, instead of those above")
    # Other scripts of this folder have options of their own.
    args, _ = parser.parse_known_args()
    failed = False
    for part in args.parts.split(","):
        began = time.monotonic()
        tally = run(part, args.seed, args.frames or COUNTS[part])
        print(f"{part}, seed {args.seed}, {time.monotonic() - began:.0f} s:")
        print(f"  {tally}")
        for name, memory in tally.memory.items():
            if not memory.flat(GROWTH_B[name]):
                tally.wrong.append(f"memory of {name} grew")
            print(f"  memory of {name}: {memory}")
        print(f"  wrong: {len(tally.wrong)}", *tally.wrong[:20], sep="\n    ", flush=True)
        failed = failed or bool(tally.wrong)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
