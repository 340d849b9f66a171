"""README and pages walked word by word: what each command prints, and with which exit code.

    python tests/proof/docs_walk.py --seed 1
    python tests/proof/docs_walk.py --page docs/calibrate.md --keep build/walk

Each page begins with a clean home and the program installed from its wheel; the commands are run
as they are printed, in the order of the site, on a terminal of their own. The board is a virtual
one: its port is put behind the commands, since it has no USB id by which they would find it.
`tests/walking/script.py` says what stands ready and what must be said. With --out the rows of
the walked pages are renewed in docs/proofs/docs_walk.md, page by page.
Exit code 1 when a page and the program differ.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "e2e"), str(TESTS / "unit")]

from walking.pages import reading_order  # noqa: E402 - no package
from walking.stage import faked_clock, wheel_installed  # noqa: E402
from walking.table import renewed  # noqa: E402
from walking.walk import Walked, walked  # noqa: E402


def main() -> int:
    """Walk the pages; print one line for each command."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seed", type=int, default=1, help="draws board and person")
    words.add_argument("--page", action="append", help="only this page; may be given again")
    words.add_argument("--short", action="store_true", help="without the whole sessions")
    words.add_argument("--keep", type=Path, help="keep what each command showed in this folder")
    words.add_argument("--out", type=Path, help="write the table into this page")
    chosen = words.parse_args()
    for name in [name for name in os.environ if name.startswith("EVENSTANCE_")]:
        del os.environ[name]
    clock = faked_clock()
    if clock is None:
        print("faketime is not installed: pages that need a set day are left out", file=sys.stderr)
    found: list[Walked] = []
    with tempfile.TemporaryDirectory(prefix="walk-") as scratch:
        programs = wheel_installed(Path(scratch))
        for number, name in enumerate(reading_order()):
            if chosen.page and name not in chosen.page:
                continue
            folder = Path(scratch) / f"page-{number:02d}"
            went = walked(
                name, folder, programs, clock, chosen.seed, chosen.keep, short=chosen.short
            )
            here: list[Walked] = []
            for one in went:
                here.append(one)
                print(f"{one.mark:4} {one.page}: {one.line}: {one.said}", flush=True)
            found += here
            if chosen.out:
                text = renewed(chosen.out.read_text("utf-8"), name, here, reading_order())
                chosen.out.write_text(text, "utf-8")
    wrong = [one for one in found if one.wrong]
    print(f"{len(found)} commands, {len(wrong)} differ from their page.")
    for one in wrong:
        print(f"{one.page}: {one.line}\n    {one.wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
