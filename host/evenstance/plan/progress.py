"""Where a person stands in a plan: the stage, hand support, what was done. Pure.

The rules are ours, but for "no balance lost before a step up", which is a protocol's (R09):
- up one stage after two complete sessions in a row, never faster than one stage a calendar week;
- down one stage after two failed sessions in a row, at once after a near-fall, and for every 14
  days in which nothing was done;
- after a near-fall more hand support, from 65 years two rungs, else one; every two complete
  sessions in a row take one rung away again, and only then the stage may rise;
- a session that was partly done for another reason ends a run and fails nothing; a missed one
  changes nothing, and missed sets are never made up.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from evenstance.knowledge.exercise import Statement
from evenstance.plan.days import DAYS_A_WEEK, block_end, practice_dates
from evenstance.plan.practice import Practice
from evenstance.plan.refusals import ours
from evenstance.plan.types import Plan

STAGES = 6
RUN = 2
"""Sessions in a row that move the stage."""
IDLE_DAYS = 14
MAX_EXTRA_SUPPORT = 4


@dataclass(frozen=True)
class Standing:
    """`stage` 1 to 6; `extra_support`: rungs more hand support than the table says.

    `complete_run` and `failed_run` count sessions in a row at the present stage.
    `planned_so_far` are practice days that are over; `not_done` of them nothing was done.
    `screen_after`: the last practice after which the whole screen must be answered again.
    """

    stage: int
    extra_support: int
    complete_run: int
    failed_run: int
    done: int
    partly: int
    missed: int
    planned_so_far: int
    planned: int
    last_practice: datetime.date | None
    screen_after: Practice | None
    why: tuple[Statement, ...]

    @property
    def not_done(self) -> int:
        """Planned sessions that are over and were neither done nor partly done."""
        return max(0, self.planned_so_far - self.done - self.partly)

    @property
    def needs_screen(self) -> bool:
        """A practice asked for the whole screen; the newer answers may have settled it."""
        return self.screen_after is not None


def standing(plan: Plan, practices: Iterable[Practice], today: datetime.date) -> Standing:
    """Fold the practice of a plan, by day, into where the person stands on `today`."""
    dates = practice_dates(plan.starts_on, plan.calendar_weeks, plan.days)
    over = block_end(plan.starts_on, plan.calendar_weeks)
    told = sorted((p for p in practices if p.day <= today), key=lambda p: p.day)
    fold = _Fold(plan, plan.first_stage, plan.starts_on)
    for practice in told:
        fold.reach(min(practice.day, over - datetime.timedelta(days=1)))
        fold.take(practice)
    fold.reach(min(today, over - datetime.timedelta(days=1)))
    told_today = any(p.day == today for p in told)
    took_place = [p.day for p in told if p.took_place]
    return Standing(
        stage=fold.stage,
        extra_support=fold.extra,
        complete_run=fold.complete,
        failed_run=fold.failed,
        done=sum(p.state == "done" for p in told),
        partly=sum(p.state == "partly" for p in told),
        missed=sum(p.state == "missed" for p in told),
        planned_so_far=sum(day < today or (day == today and told_today) for day in dates),
        planned=len(dates),
        last_practice=max(took_place, default=None),
        screen_after=next((p for p in reversed(told) if p.needs_screen), None),
        why=tuple(fold.why),
    )


@dataclass
class _Fold:
    plan: Plan
    stage: int
    active_on: datetime.date
    extra: int = 0
    complete: int = 0
    failed: int = 0
    why: list[Statement] = field(default_factory=list[Statement])

    def reach(self, day: datetime.date) -> None:
        """Let the days until `day` pass: idle ones take a stage, a full run may give one."""
        while (idle_on := self.active_on + datetime.timedelta(days=IDLE_DAYS)) <= day:
            self._up(idle_on - datetime.timedelta(days=1))
            self.active_on = idle_on
            self._down(f"{IDLE_DAYS} days without practice until {idle_on.isoformat()}")
        self._up(day)

    def _up(self, day: datetime.date) -> None:
        fastest = self.plan.first_stage + (day - self.plan.starts_on).days // DAYS_A_WEEK
        if self.complete >= RUN and self.extra == 0 and self.stage < min(STAGES, fastest):
            self.stage += 1
            self.complete = 0
            self._say(f"{RUN} complete sessions in a row: up to stage {self.stage}")

    def take(self, practice: Practice) -> None:
        """One session."""
        day = practice.day.isoformat()
        if not practice.took_place:
            return
        self.active_on = max(self.active_on, practice.day)
        if practice.near_fall:
            rungs = 2 if self.plan.person.careful else 1
            self.extra = min(MAX_EXTRA_SUPPORT, self.extra + rungs)
            self._down(f"A near-fall on {day}, and {rungs} rung(s) more hand support")
        elif practice.failed:
            self.complete = 0
            self.failed += 1
            if self.failed >= RUN:
                self._down(f"{RUN} sessions in a row that were too much, the last on {day}")
        elif practice.complete:
            self.failed = 0
            self.complete += 1
            if self.extra > 0 and self.complete >= RUN:
                self.extra -= 1
                self.complete = 0
                self._say(f"{RUN} complete sessions in a row: one rung less hand support")
        else:
            self.complete = self.failed = 0

    def _down(self, because: str) -> None:
        self.complete = self.failed = 0
        self.stage = max(1, self.stage - 1)
        self._say(f"{because}: stage {self.stage}")

    def _say(self, text: str) -> None:
        self.why.append(ours(f"{text}."))
