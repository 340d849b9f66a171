"""Twelve people over twelve weeks: what is said is what the golden files hold.

The sessions in the files are those of the virtual board (tests/proof/twelve_weeks.py makes them);
everything after the pull is done here by the program itself.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from twelve_weeks.cases import CASES
from twelve_weeks.player import Player
from twelve_weeks.recorded import GOLDEN, Recorded
from twelve_weeks.script import Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_said_to_each_of_them(case: Case, home: Path, tmp_path: Path) -> None:
    recorded = Recorded(GOLDEN / f"{case.id}.jsonl")
    said = Player(case, tmp_path, recorded).play()
    assert recorded.over
    assert said == (GOLDEN / f"{case.id}.md").read_text(encoding="utf-8")
