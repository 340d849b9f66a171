"""A slice of the soak (tests/proof/soak.py is hours of it): each trouble once, both ticks wrap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proving.soak.judge import judge, report
from proving.soak.life import OFTEN, Life

SEED = 3
HOURS = 0.045
GAP_S = 12.0
WRAP_AFTER_S = 75.0


def test_minutes_with_every_trouble_lose_no_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))
    told: list[dict[str, Any]] = []
    with Life(SEED, tmp_path, WRAP_AFTER_S, told.append) as life:
        life.run(HOURS, first_gap_s=GAP_S)
        life.finish()
        found = judge(life, HOURS)
        done = life.record.done
        text = report(found, done, 1.0, SEED)
    assert found.wrong == [], text
    assert set(done) == set(OFTEN)
    assert found.wraps_us == found.wraps_ms == 1
    assert found.account.as_done >= 1, text
    assert len(told) == sum(done.values()) + 4, "two restarts are followed by a pull, too"
