"""A clock that a test sets, so that no day ends while tests run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from itertools import count

import pytest

from evenstance.flows import connect
from evenstance.store import care_repository

Clock = Callable[[], datetime]


def noon(day: date) -> datetime:
    """Noon of that day where the computer is."""
    return datetime(day.year, day.month, day.day, 12).astimezone(timezone.utc)


def set_clock(patch: pytest.MonkeyPatch, day: date) -> Clock:
    """It is noon of that day for commands and for what is told of health, and a second later with
    each look: what was told first stays first."""
    seconds = count()

    def now() -> datetime:
        return noon(day) + timedelta(seconds=next(seconds))

    patch.setattr(connect, "wall_clock", now)
    patch.setattr(care_repository, "_now", now)
    return now
