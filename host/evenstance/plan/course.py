"""All that the next step depends on for one person: screen, verdict, sessions, plans, practice.

Pure values; `evenstance.flows.course` reads them from the history.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from evenstance.decision.parameters import LADDER
from evenstance.decision.types import SessionHolds, Verdict
from evenstance.knowledge.exercise import Statement
from evenstance.knowledge.plain import JsonValue
from evenstance.plan.days import REST_DAYS, RETEST_SESSIONS, retest_from
from evenstance.plan.practice import Practice
from evenstance.plan.types import NoPlan, Plan, Wait
from evenstance.screen.types import ScreenOutcome

After = Literal[
    "maintain", "second_block", "stop", "screen_again", "measure_again", "continue_once"
]
GO_ON: tuple[After, ...] = ("second_block", "continue_once")
"""After these another block may follow."""
AGAIN: tuple[After, ...] = ("screen_again", "measure_again")
"""After these the re-test is done once more."""
NotCounted = Literal[
    "familiarisation", "too_few_holds", "other_conditions", "pause", "practice_before"
]
NOT_COUNTED: dict[NotCounted, str] = {
    "familiarisation": "it is a first session, for getting used to the test",
    "too_few_holds": "a leg has fewer than 3 valid holds",
    "other_conditions": "it was measured under other conditions than the base line",
    "pause": "the 48 h of pause after the block were not over",
    "practice_before": "the last practice was less than 48 h before",
}


HIDES = ("blocked", "not_screened", "measure_only", "red_flag")
"""Reasons of the screen that hide a running plan, too."""


class Judged(Protocol):
    """What a re-test says, see `evenstance.retest`."""

    @property
    def row_id(self) -> str: ...
    @property
    def headline(self) -> Statement: ...
    @property
    def statements(self) -> tuple[Statement, ...]: ...
    @property
    def next(self) -> After: ...
    @property
    def too_little_practice(self) -> bool: ...
    def as_dict(self) -> dict[str, JsonValue]: ...


@dataclass(frozen=True)
class StartedPlan:
    """A plan that was begun, with its practice; `ended_on` is None unless somebody ended it.

    `retest` is there once the re-test is complete; `not_judged` says why it cannot be judged.
    """

    id: int
    plan: Plan
    started_on: datetime.date
    ended_on: datetime.date | None
    ended_why: str | None
    practices: tuple[Practice, ...]
    created_at: datetime.datetime | None = None
    retest: Judged | None = None
    not_judged: str | None = None


@dataclass(frozen=True)
class Waiting:
    """A plan to wait that nobody ended."""

    id: int
    wait: Wait
    retest: Judged | None = None
    not_judged: str | None = None


@dataclass(frozen=True)
class RetestSession:
    """One session after a block and whether it counts as a re-test."""

    session_id: str
    day: datetime.date
    not_counted: NotCounted | None


@dataclass(frozen=True)
class Course:
    """One person on one day. `plans` are the plans that were begun, the newest last.

    `screened_at` is when the full screen was answered; `proposed` is what the ladder and the
    screen would give today.
    """

    screen: ScreenOutcome | None
    screened_at: datetime.datetime | None
    verdict: Verdict
    proposed: Plan | Wait | NoPlan
    sessions: tuple[SessionHolds, ...]
    plans: tuple[StartedPlan, ...] = ()
    waiting: Waiting | None = None

    @property
    def blocked(self) -> bool:
        """An answer of the screen hides every plan."""
        return self.screen is not None and self.screen.state in ("blocked", "measure_only")

    @property
    def shown(self) -> Plan | Wait | NoPlan:
        """What may be shown: the running plan or the wait, unless the screen stands against it;
        once that is re-tested, what the re-test said, or the plan that may follow."""
        if isinstance(self.proposed, NoPlan) and self.proposed.reason_id in HIDES:
            return self.proposed
        if self.running is not None:
            judged = self.running.retest
            if judged is None:
                return self.running.plan
            if judged.next in GO_ON:
                return self.proposed
            return NoPlan("retested", judged.headline, judged.statements)
        if self.waiting is None or self.waiting.retest is not None:
            return self.proposed
        return self.waiting.wait

    @property
    def latest(self) -> StartedPlan | None:
        """The plan that was begun last."""
        return self.plans[-1] if self.plans else None

    @property
    def running(self) -> StartedPlan | None:
        """The plan that was begun last, unless it was ended."""
        latest = self.latest
        return None if latest is None or latest.ended_on is not None else latest


def retest_sessions(
    sessions: Sequence[SessionHolds],
    first_day: datetime.date,
    opens_on: datetime.date,
    practice_days: Sequence[datetime.date] = (),
    base: Sequence[SessionHolds] = (),
) -> tuple[RetestSession, ...]:
    """Every session from `first_day` on and whether it counts as a re-test, in their order.

    From `opens_on` on, with the last practice at least two days before (by date), as in the
    ladder, and under the conditions of the base line.
    """
    wanted = base[-1].conditions if base else None
    ordered = sorted((s for s in sessions if s.day >= first_day), key=lambda s: s.day)
    found: list[RetestSession] = []
    for session in ordered:
        if wanted is None and _why_not(session, opens_on, practice_days, None) is None:
            wanted = session.conditions
        why = _why_not(session, opens_on, practice_days, wanted)
        found.append(RetestSession(session.session_id, session.day, why))
    return tuple(found)


def of_plan(begun: StartedPlan, sessions: Sequence[SessionHolds]) -> tuple[RetestSession, ...]:
    """The sessions after the last day of a block."""
    plan = begun.plan
    opens_on = retest_from(plan.starts_on, plan.calendar_weeks)
    return retest_sessions(
        sessions,
        opens_on - datetime.timedelta(days=REST_DAYS),
        opens_on,
        [p.day for p in begun.practices if p.took_place],
        base_of(plan.base_session_ids, sessions),
    )


def of_wait(waiting: Waiting, sessions: Sequence[SessionHolds]) -> tuple[RetestSession, ...]:
    """The sessions after the wait; nothing was practised, so no pause is asked for."""
    until = waiting.wait.until
    base = base_of(waiting.wait.base_session_ids, sessions)
    return retest_sessions(sessions, until, until, (), base)


def base_of(ids: Sequence[str], sessions: Sequence[SessionHolds]) -> tuple[SessionHolds, ...]:
    """The sessions that a plan rests on, in the order of their days."""
    return tuple(sorted((s for s in sessions if s.session_id in ids), key=lambda s: s.day))


def complete(found: Sequence[RetestSession]) -> tuple[RetestSession, ...]:
    """The three sessions that are the re-test: the first ones that count, on two days at least.

    Fewer than three while it is not complete.
    """
    counted = [s for s in found if s.not_counted is None]
    chosen = counted[: RETEST_SESSIONS - 1]
    for session in counted[RETEST_SESSIONS - 1 :]:
        if len({s.day for s in (*chosen, session)}) > 1:
            return (*chosen, session)
    return tuple(chosen)


def repeated(found: Sequence[RetestSession]) -> tuple[RetestSession, ...]:
    """The sessions after the first complete re-test: those of a repeated one."""
    chosen = complete(found)
    if len(chosen) < RETEST_SESSIONS:
        return ()
    ids = [s.session_id for s in found]
    return tuple(found[ids.index(chosen[-1].session_id) + 1 :])


def _why_not(
    session: SessionHolds,
    opens_on: datetime.date,
    practice_days: Sequence[datetime.date],
    conditions: str | None,
) -> NotCounted | None:
    if session.familiarisation:
        return "familiarisation"
    if min(len(session.left_n), len(session.right_n)) < LADDER.min_holds_per_leg:
        return "too_few_holds"
    if conditions is not None and session.conditions != conditions:
        return "other_conditions"
    if session.day < opens_on:
        return "pause"
    before = [day for day in practice_days if day <= session.day]
    if before and (session.day - max(before)).days < REST_DAYS:
        return "practice_before"
    return None
