"""Screening, clearances, plans and practice in the history: each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime, timezone

from sqlalchemy.orm import Session

from evenstance.store import care
from evenstance.store.care_records import (
    Asked,
    Clearance,
    HealthEvent,
    Practice,
    PracticeState,
    Screen,
    StoredPlan,
)

Transaction = Callable[[], AbstractContextManager[Session]]


class Care:
    """The part of an open history that is about what a person may do and did."""

    def __init__(self, read: Transaction, write: Transaction) -> None:
        self._read = read
        self._write = write

    def save_screen(
        self,
        athlete: int,
        *,
        answered_on: date,
        age_y: int | None,
        answers: Mapping[str, object],
        state: str,
        asked: Asked = "start",
    ) -> int:
        """Store the answers to the safety questions and return their id."""
        with self._write() as db:
            return care.save_screen(
                db,
                athlete,
                answered_on=answered_on,
                age_y=age_y,
                answers=answers,
                state=state,
                asked=asked,
                now=_now(),
            )

    def latest_screen(self, athlete: int, asked: Asked = "start") -> Screen | None:
        """Return the person's last answers of that kind, None without any."""
        with self._read() as db:
            return care.latest_screen(db, athlete, asked)

    def save_event(self, athlete: int, *, kind: str, happened_on: date, note: str = "") -> int:
        """Store something that makes older answers void; return its id."""
        with self._write() as db:
            return care.save_event(
                db, athlete, kind=kind, happened_on=happened_on, note=note, now=_now()
            )

    def events(self, athlete: int) -> list[HealthEvent]:
        """Return the person's health events, the newest last."""
        with self._read() as db:
            return care.events(db, athlete)

    def save_clearance(
        self,
        athlete: int,
        *,
        answer_id: str,
        given_on: date,
        given_by: str,
        allowed: str,
        expires_on: date,
    ) -> int:
        """Store what a clinician allowed and return its id."""
        with self._write() as db:
            return care.save_clearance(
                db,
                athlete,
                answer_id=answer_id,
                given_on=given_on,
                given_by=given_by,
                allowed=allowed,
                expires_on=expires_on,
                now=_now(),
            )

    def clearances(self, athlete: int) -> list[Clearance]:
        """Return the person's clearances, ended and expired ones too, the newest last."""
        with self._read() as db:
            return care.clearances(db, athlete)

    def end_clearance(self, athlete: int, clearance_id: int, ended_on: date) -> None:
        """End a clearance; InputError when the person has none of that number."""
        with self._write() as db:
            care.end_clearance(db, athlete, clearance_id, ended_on)

    def save_plan(
        self,
        athlete: int,
        *,
        verdict: Mapping[str, object],
        body: Mapping[str, object],
        kind: str,
        started_on: date | None = None,
    ) -> int:
        """Store a plan with the verdict it rests on and return its id."""
        with self._write() as db:
            return care.save_plan(
                db,
                athlete,
                verdict=verdict,
                body=body,
                kind=kind,
                started_on=started_on,
                now=_now(),
            )

    def latest_plan(self, athlete: int) -> StoredPlan | None:
        """Return the person's last plan, begun or not, None without one."""
        with self._read() as db:
            return care.latest_plan(db, athlete)

    def plans(self, athlete: int, *, started_only: bool = True) -> list[StoredPlan]:
        """Return the person's plans, the newest last; usually those that were begun."""
        with self._read() as db:
            return care.plans(db, athlete, started_only=started_only)

    def end_plan(self, plan_id: int, *, ended_on: date, why: str) -> None:
        """Note that a plan came to its end; an ended one stays as it is."""
        with self._write() as db:
            care.end_plan(db, plan_id, ended_on=ended_on, why=why)

    def save_practice(
        self,
        plan_id: int,
        *,
        day: date,
        state: PracticeState,
        stage: int,
        reason: str | None = None,
        near_fall: bool = False,
        touch_downs: int | None = None,
        pain: int | None = None,
        detail: Mapping[str, object] | None = None,
    ) -> int:
        """Store one practice session of a plan; a later one of the same day replaces it."""
        with self._write() as db:
            return care.save_practice(
                db,
                plan_id,
                day=day,
                state=state,
                reason=reason,
                near_fall=near_fall,
                touch_downs=touch_downs,
                pain=pain,
                stage=stage,
                detail=detail or {},
                now=_now(),
            )

    def practices(self, plan_id: int) -> list[Practice]:
        """Return the practice of a plan by day, the last word of each day."""
        with self._read() as db:
            return care.practices(db, plan_id)


def _now() -> datetime:
    return datetime.now(timezone.utc)
