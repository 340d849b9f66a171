"""What may go wrong on a serial line, one fault a hand, drawn by a seed; for `cable.Cable`.

`make test` tries some of them; with WHOLE in the environment, as tests/proof/link_faults.py sets
it, all are tried, each with as many seeds as it says.
"""

from __future__ import annotations

import os
from pathlib import Path

WHOLE = "EVENSTANCE_ALL_FAULTS"
FIGURES = "EVENSTANCE_FIGURES"  # a file to which measured figures are added, a line each
SEEDS = int(os.environ.get(WHOLE, "0"))


def some(cases: list[str], *in_short: str) -> list[str]:
    """All of the cases, or those few that a short run tries."""
    return cases if SEEDS else [case for case in cases if case in in_short]


def note(figure: str) -> None:
    """Keep what was measured for whoever wants the figures."""
    if FIGURES in os.environ:
        with Path(os.environ[FIGURES]).open("a", encoding="utf-8") as file:
            file.write(figure + "\n")
