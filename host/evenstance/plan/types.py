"""The values of a plan: results of the person, doses, weeks, appointments."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Literal

from evenstance.knowledge.exercise import SUPPORT_TEXT, Grade, Rung, Source, Statement, Support
from evenstance.knowledge.plain import JsonValue, as_plain_dict
from evenstance.screen.types import Finding

Leg = Literal["left", "right"]


@dataclass(frozen=True)
class PersonResults:
    """What the plan needs from the holds: age (years) and hands-free hold times (s).

    `holds_at_cap`: the holds of both legs ended at the time limit. `median_hold_s` is the median
    over the shorter leg's valid holds, None when unknown.
    """

    age_y: int | None
    best_hold_left_s: float | None
    best_hold_right_s: float | None
    holds_at_cap: bool
    median_hold_s: float | None = None


@dataclass(frozen=True)
class NoPlan:
    """Why there is no plan, and what to do instead; never an exercise, dose or schedule."""

    reason_id: str
    text: str
    next_steps: tuple[str, ...]
    findings: tuple[Finding, ...] = field(default=())

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`, with `kind` = "no_plan"."""
        return {"kind": "no_plan", **as_plain_dict(self)}


@dataclass(frozen=True)
class PlanItem:
    """One exercise as the plan shows it: what to do, and how well that is supported."""

    exercise_id: str
    name: str
    how: tuple[Statement, ...]
    stop: Statement
    leave_out_if: Statement
    equipment: str
    answers: tuple[str, ...]
    effect: Statement
    population: Statement
    counter: Statement
    grade_effect: Grade
    grade_effect_for: str
    grade_dose: Grade
    grade_dose_for: str
    grade_gap: Grade
    grade_force_sd: Grade
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Dose:
    """What to do of one exercise in one week; both legs always get the same sets.

    `rungs` follow each other within the week. `sets_left` and `sets_right` belong to the first
    rung and are None for exercises that use both legs together.
    """

    exercise_id: str
    name: str
    rungs: tuple[Rung, ...]
    support: Support
    order: tuple[Leg, ...]
    sets_left: int | None
    sets_right: int | None
    grade_effect: Grade
    grade_dose: Grade

    def as_dict(self) -> dict[str, JsonValue]:
        """Rungs in the ladder grammar, the support in words, too."""
        return {
            **as_plain_dict(self),
            "rungs": [rung.text for rung in self.rungs],
            "support_text": SUPPORT_TEXT[self.support],
        }


@dataclass(frozen=True)
class Week:
    """One week of the block: `items` each session, `daily` outside the sessions.

    `session_min` is work and rest without the warm-up (min); `one_leg_s` the longest time a leg
    stands alone in a session (s). Both are our estimates.
    """

    number: int
    starts_on: datetime.date
    items: tuple[Dose, ...]
    daily: tuple[Dose, ...]
    session_min: int
    one_leg_s: int


@dataclass(frozen=True)
class Appointment:
    """Something due: not before this day."""

    kind: Literal["look", "pause", "retest", "stop_block", "follow_up"]
    not_before: datetime.date
    statement: Statement


@dataclass(frozen=True)
class Plan:
    """A six-week balance block with its appointments, rules and limits."""

    made_on: datetime.date
    track: str
    less_steady: Leg
    order: tuple[Leg, Leg]
    difference_pct: float
    interval_low_pct: float
    interval_high_pct: float
    confidence_pct: float
    days_per_week: int
    restrictions: tuple[str, ...]
    why: tuple[Statement, ...]
    warm_up: tuple[Dose, ...]
    weeks: tuple[Week, ...]
    items: tuple[PlanItem, ...]
    appointments: tuple[Appointment, ...]
    rules: tuple[Statement, ...]
    stop: tuple[Statement, ...]
    limits: tuple[Statement, ...]
    quick_check: tuple[str, ...]
    sources: tuple[Source, ...]

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`, with `kind` = "plan"."""
        return {"kind": "plan", **as_plain_dict(self)}
