"""Safety answers, health events, clearances, plans and practice of a person, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.errors import InputError
from evenstance.store import people
from evenstance.store.care_records import (
    Asked,
    Clearance,
    HealthEvent,
    Practice,
    PracticeState,
    Screen,
    StoredPlan,
)
from evenstance.store.schema import (
    ClearanceRow,
    HealthEventRow,
    PlanRow,
    PracticeRow,
    ScreenRow,
)


def save_screen(
    db: Session,
    athlete_id: int,
    *,
    answered_on: date,
    age_y: int | None,
    answers: Mapping[str, object],
    state: str,
    asked: Asked,
    now: datetime,
) -> int:
    """Add a set of answers and return its id."""
    people.require(db, athlete_id)
    row = ScreenRow(
        athlete_id=athlete_id,
        answered_on=answered_on,
        age_y=age_y,
        answers=dict(answers),
        state=state,
        asked=asked,
        created_at=now,
    )
    return _added(db, row)


def latest_screen(db: Session, athlete_id: int, asked: Asked) -> Screen | None:
    """Return the last answers of that kind; of two on one date, the ones given later."""
    row = db.scalars(
        select(ScreenRow)
        .where(ScreenRow.athlete_id == athlete_id, ScreenRow.asked == asked)
        .order_by(ScreenRow.answered_on.desc(), ScreenRow.id.desc())
        .limit(1)
    ).first()
    return None if row is None else screen_value(row)


def screen_value(row: ScreenRow) -> Screen:
    """A set of answers."""
    return Screen(
        id=row.id,
        athlete_id=row.athlete_id,
        answered_on=row.answered_on,
        age_y=row.age_y,
        answers=row.answers,
        state=row.state,
        created_at=row.created_at,
        asked=cast("Asked", row.asked),
    )


def save_event(
    db: Session, athlete_id: int, *, kind: str, happened_on: date, note: str, now: datetime
) -> int:
    """Add a health event and return its id."""
    people.require(db, athlete_id)
    row = HealthEventRow(
        athlete_id=athlete_id, kind=kind, happened_on=happened_on, note=note, created_at=now
    )
    return _added(db, row)


def events(db: Session, athlete_id: int) -> list[HealthEvent]:
    """Return a person's health events, the newest last."""
    query = (
        select(HealthEventRow)
        .where(HealthEventRow.athlete_id == athlete_id)
        .order_by(HealthEventRow.happened_on, HealthEventRow.id)
    )
    return [event_value(row) for row in db.scalars(query)]


def event_value(row: HealthEventRow) -> HealthEvent:
    """A health event."""
    return HealthEvent(row.id, row.athlete_id, row.kind, row.happened_on, row.note, row.created_at)


def save_clearance(
    db: Session,
    athlete_id: int,
    *,
    answer_id: str,
    given_on: date,
    given_by: str,
    allowed: str,
    expires_on: date,
    now: datetime,
) -> int:
    """Add a clearance and return its id."""
    people.require(db, athlete_id)
    row = ClearanceRow(
        athlete_id=athlete_id,
        answer_id=answer_id,
        given_on=given_on,
        given_by=given_by,
        allowed=allowed,
        expires_on=expires_on,
        created_at=now,
    )
    return _added(db, row)


def clearances(db: Session, athlete_id: int) -> list[Clearance]:
    """Return a person's clearances, ended and expired ones too, the newest last."""
    query = (
        select(ClearanceRow)
        .where(ClearanceRow.athlete_id == athlete_id)
        .order_by(ClearanceRow.given_on, ClearanceRow.id)
    )
    return [clearance_value(row) for row in db.scalars(query)]


def clearance_value(row: ClearanceRow) -> Clearance:
    """A clearance."""
    return Clearance(
        row.id,
        row.athlete_id,
        row.answer_id,
        row.given_on,
        row.given_by,
        row.allowed,
        row.expires_on,
        row.ended_on,
        row.created_at,
    )


def end_clearance(db: Session, athlete_id: int, clearance_id: int, ended_on: date) -> None:
    """End a clearance of that person; InputError when there is none of that number."""
    row = db.get(ClearanceRow, clearance_id)
    if row is None or row.athlete_id != athlete_id:
        raise InputError(
            f"This person has no clearance number {clearance_id}",
            next_step="`evenstance clearance list` shows them.",
        )
    row.ended_on = ended_on


def save_plan(
    db: Session,
    athlete_id: int,
    *,
    verdict: Mapping[str, object],
    body: Mapping[str, object],
    kind: str,
    started_on: date | None,
    now: datetime,
) -> int:
    """Add a plan and return its id."""
    people.require(db, athlete_id)
    row = PlanRow(
        athlete_id=athlete_id,
        created_at=now,
        verdict=dict(verdict),
        body=dict(body),
        kind=kind,
        started_on=started_on,
    )
    return _added(db, row)


def plans(db: Session, athlete_id: int, *, started_only: bool) -> list[StoredPlan]:
    """Return a person's plans, the newest last; only those that were begun if wanted."""
    query = (
        select(PlanRow)
        .where(PlanRow.athlete_id == athlete_id)
        .order_by(PlanRow.created_at, PlanRow.id)
    )
    if started_only:
        query = query.where(PlanRow.started_on.is_not(None))
    return [plan_value(row) for row in db.scalars(query)]


def latest_plan(db: Session, athlete_id: int) -> StoredPlan | None:
    """Return the plan given last, None without one."""
    query = select(PlanRow).where(PlanRow.athlete_id == athlete_id)
    row = db.scalars(query.order_by(PlanRow.created_at.desc(), PlanRow.id.desc()).limit(1)).first()
    return None if row is None else plan_value(row)


def end_plan(db: Session, plan_id: int, *, ended_on: date, why: str) -> None:
    """Note that a plan came to its end; an ended one stays as it is."""
    row = _require_plan(db, plan_id)
    if row.ended_on is None:
        row.ended_on, row.ended_why = ended_on, why


def save_practice(
    db: Session,
    plan_id: int,
    *,
    day: date,
    state: PracticeState,
    reason: str | None,
    near_fall: bool,
    touch_downs: int | None,
    pain: int | None,
    stage: int,
    detail: Mapping[str, object],
    now: datetime,
) -> int:
    """Add one practice session of a plan and return its id."""
    _require_plan(db, plan_id)
    row = PracticeRow(
        plan_id=plan_id,
        day=day,
        state=state,
        reason=reason,
        near_fall=near_fall,
        touch_downs=touch_downs,
        pain=pain,
        stage=stage,
        detail=dict(detail),
        created_at=now,
    )
    return _added(db, row)


def practices(db: Session, plan_id: int) -> list[Practice]:
    """Return the practice of a plan by day; of two rows of one day only the later one."""
    query = select(PracticeRow).where(PracticeRow.plan_id == plan_id).order_by(PracticeRow.id)
    return last_words(db.scalars(query))


def last_words(rows: Iterable[PracticeRow]) -> list[Practice]:
    """Practice by day from rows in the order of their ids: of one day only the later one."""
    by_day = {row.day: row for row in rows}
    return [
        Practice(
            id=row.id,
            plan_id=row.plan_id,
            day=row.day,
            state=cast("PracticeState", row.state),
            reason=row.reason,
            near_fall=row.near_fall,
            touch_downs=row.touch_downs,
            pain=row.pain,
            stage=row.stage,
            detail=row.detail,
            created_at=row.created_at,
        )
        for _, row in sorted(by_day.items())
    ]


def _require_plan(db: Session, plan_id: int) -> PlanRow:
    row = db.get(PlanRow, plan_id)
    if row is None:
        raise InputError(f"There is no plan number {plan_id}", next_step="`evenstance plan`")
    return row


def plan_value(row: PlanRow) -> StoredPlan:
    """A plan."""
    return StoredPlan(
        id=row.id,
        athlete_id=row.athlete_id,
        created_at=row.created_at,
        verdict=row.verdict,
        body=row.body,
        kind=row.kind,
        started_on=row.started_on,
        ended_on=row.ended_on,
        ended_why=row.ended_why,
    )


def _added(
    db: Session, row: ScreenRow | HealthEventRow | ClearanceRow | PlanRow | PracticeRow
) -> int:
    db.add(row)
    db.flush()
    return row.id
