"""What is told of the people of a history: plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from evenstance.store.records import Athlete


@dataclass(frozen=True)
class PersonSummary:
    """A person with what there is of them; `open_plan` is the kind of the plan that runs.

    `sessions` counts those with a trial; the days are local dates of their starts.
    """

    athlete: Athlete
    sessions: int
    first_day: date | None
    last_day: date | None
    open_plan: str | None


@dataclass(frozen=True)
class Merged:
    """Who has everything now, and how many rows of each kind were moved."""

    into: Athlete
    moved: dict[str, int]
