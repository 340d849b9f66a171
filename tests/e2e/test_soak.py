"""A slice of the soak (tests/proof/soak.py is hours of it): each trouble once, both ticks wrap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proving.soak.judge import judge, report
from proving.soak.life import OFTEN, Life

SEED = 3
GAP_S = 10.0
WRAP_AFTER_S = 60.0
ROOM_B = 16384  # what was sent since garbage was collected


@pytest.mark.timeout(400)
def test_minutes_with_every_trouble_lose_no_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))
    told: list[dict[str, Any]] = []
    with Life(SEED, tmp_path, WRAP_AFTER_S, told.append) as life:
        life.run(0.0, first_gap_s=GAP_S)
        life.finish()
        found = judge(life, 0.0)
        done = life.record.done
        text = report(found, done, 1.0, SEED)
    assert found.wrong == [], text
    assert set(done) == set(OFTEN)
    assert found.wraps_us >= 1, "a slow computer is longer at it, and may see the next one"
    assert found.wraps_ms == 1
    assert found.account.stances >= 1, text
    free_b = [answer["status"]["memory_free_b"] for answer in told if "status" in answer]
    assert min(free_b) > max(free_b) - ROOM_B
    assert len(told) == len(OFTEN) - 1 + 2, "but for the fault, and at both ends"
