"""The MDC95 of a change in the gap, written out once more for the tests."""

from __future__ import annotations

import math


def points(cv_pct: float, holds: int, sessions: int) -> float:
    """In points; base line of three sessions of three holds, the ratio wanders 5 %."""
    within, between = math.log1p((cv_pct / 100) ** 2), math.log1p(0.05**2)
    before = (between + 2 * within / 3) / 3
    return 100 * 1.96 * math.sqrt(before + (between + 2 * within / holds) / sessions)
