"""What the history keeps of screening, plans and practice: plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Asked = Literal["start", "each"]
PracticeState = Literal["done", "partly", "missed"]


@dataclass(frozen=True)
class Screen:
    """Answers to the safety questions, with the state they led to.

    `asked`: "start" for all questions, "each" for the quick check before a session; a quick
    check may be answered by somebody whose age nobody has told.
    """

    id: int
    athlete_id: int
    answered_on: date
    age_y: int | None
    answers: dict[str, object]
    state: str
    created_at: datetime
    asked: Asked


@dataclass(frozen=True)
class HealthEvent:
    """Something that makes older answers void, by kind and day."""

    id: int
    athlete_id: int
    kind: str
    happened_on: date
    note: str
    created_at: datetime


@dataclass(frozen=True)
class Clearance:
    """What a clinician allowed for one answer of the screen, until it expires or ends."""

    id: int
    athlete_id: int
    answer_id: str
    given_on: date
    given_by: str
    allowed: str
    expires_on: date
    ended_on: date | None
    created_at: datetime


@dataclass(frozen=True)
class StoredPlan:
    """A plan as it was given, with the verdict it rests on.

    `started_on` is None while nobody began it; `ended_why` says how it came to its end.
    """

    id: int
    athlete_id: int
    created_at: datetime
    verdict: dict[str, object]
    body: dict[str, object]
    kind: str
    started_on: date | None
    ended_on: date | None
    ended_why: str | None


@dataclass(frozen=True)
class Practice:
    """One practice session of a plan as it was told: what was done of which week of the table.

    `touch_downs`: most in one set, None when nobody counted; `pain` 0 to 10, None when not told.
    """

    id: int
    plan_id: int
    day: date
    state: PracticeState
    reason: str | None
    near_fall: bool
    touch_downs: int | None
    pain: int | None
    stage: int
    detail: dict[str, object]
    created_at: datetime
