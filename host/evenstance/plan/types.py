"""The values of a plan: results of the person, doses, weeks, appointments, and no plan."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Literal

from evenstance.knowledge.exercise import SUPPORT_TEXT, Grade, Rung, Source, Statement, Support
from evenstance.knowledge.plain import JsonValue, as_plain_dict
from evenstance.plan.days import Weekday
from evenstance.plan.person import Leg, Person
from evenstance.screen.types import Finding

PlanKind = Literal["balance_block", "general_practice"]


@dataclass(frozen=True)
class PersonResults:
    """What the plan needs from the holds: age (years) and hands-free hold times (s).

    `holds_at_cap`: the holds of both legs ended at the time limit. `median_hold_s` is the median
    over the shorter leg's valid holds, None when unknown. `legs_not_scored`: legs that never
    filled the record that is scored. `two_leg_split`: standing on two legs, the load was uneven.
    """

    age_y: int | None
    best_hold_left_s: float | None
    best_hold_right_s: float | None
    holds_at_cap: bool
    median_hold_s: float | None = None
    legs_not_scored: int = 0
    two_leg_split: bool = False


@dataclass(frozen=True)
class NoPlan:
    """Why there is no plan, and what to do instead; never an exercise, dose or schedule.

    `rule_id` names the rule that says so, None where the screen or the holds do.
    """

    reason_id: str
    text: Statement
    next_steps: tuple[Statement, ...]
    findings: tuple[Finding, ...] = field(default=())
    rule_id: str | None = None
    clinician: str | None = None

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`, with `kind` = "no_plan"."""
        return {"kind": "no_plan", **as_plain_dict(self)}


@dataclass(frozen=True)
class Wait:
    """Measure again on or after `until` before anything is practised: the untreated comparison."""

    made_on: datetime.date
    until: datetime.date
    base_session_ids: tuple[str, ...]
    statements: tuple[Statement, ...]

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`, with `kind` = "wait"."""
        return {"kind": "wait", **as_plain_dict(self)}


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
    """One stage: `items` each session, `daily` outside the sessions.

    `starts_on` is the earliest day of the stage. `session_min` is work and rest without the
    warm-up (min); `one_leg_s` the longest time a leg stands alone in a session (s). Both are our
    estimates.
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
class Difference:
    """What a balance block answers: the force SD of the less steady leg is larger by this (%)."""

    less_steady: Leg
    difference_pct: float
    interval_low_pct: float
    interval_high_pct: float
    confidence_pct: float


@dataclass(frozen=True)
class Plan:
    """A balance block or general practice with its appointments, rules and limits.

    `weeks` are the six stages; `calendar_weeks` is how long the block lasts, `first_stage` where
    it begins: 1, and in a second block the stage that was reached. `difference` is None in
    general practice, which answers none. `base_session_ids` are the sessions it rests on.
    """

    kind: PlanKind
    rule_id: str
    made_on: datetime.date
    starts_on: datetime.date
    block_number: int
    first_start: datetime.date
    first_stage: int
    calendar_weeks: int
    days: tuple[Weekday, ...]
    base_session_ids: tuple[str, ...]
    clinician: str | None
    person: Person
    difference: Difference | None
    order: tuple[Leg, Leg]
    say: Statement
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
        """A plain dict for `json.dumps`; `kind` says what it is."""
        return as_plain_dict(self)
