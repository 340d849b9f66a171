"""Many people read at once: for each of them the answers that a `Store` gives about one.

A group of people costs the same few queries whatever it holds, and all of it is of the moment of
the transaction it is read in. Of a trial only what decisions are made of is read, not its summary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Union, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.store import care, sessions
from evenstance.store.care_records import (
    Asked,
    Clearance,
    HealthEvent,
    Practice,
    Screen,
    StoredPlan,
)
from evenstance.store.records import PurposeName, StoredSession
from evenstance.store.schema import (
    ClearanceRow,
    HealthEventRow,
    MethodRow,
    PlanRow,
    PracticeRow,
    ResultRow,
    ScreenRow,
    SessionRow,
    TrialRow,
)

if TYPE_CHECKING:
    from evenstance.decision.types import SessionHolds
    from evenstance.metrics.hold import Leg, Trial
    from evenstance.store.records import StoredTrial
    from evenstance.store.repository import Store

PEOPLE_AT_ONCE = 50  # their trials are in memory together


class BriefHold(NamedTuple):
    """What decisions are made of; see `evenstance.metrics.hold.Trial`."""

    stance_leg: Leg
    valid: bool
    reasons: tuple[str, ...]
    end_reason: str
    hold_time_s: float
    force_sd_n: float | None
    rules_id: int


class BriefTrial(NamedTuple):
    """A stored trial without its summary."""

    id: int
    session_id: str | None
    purpose: PurposeName
    firmware: str | None
    hold: BriefHold


class BriefResult(NamedTuple):
    """The value of one trial by one method, where there is one."""

    method_id: str
    metric_id: str
    version: int
    value: float


AnyTrial = Union["StoredTrial", BriefTrial]
AnyHold = Union["Trial", BriefHold]
Source = Union["Store", "Group"]
"""What answers about one person: the history itself, or a group read from it."""


class GroupCare:
    """Screening, plans and practice of the people of a group."""

    def __init__(self, db: Session, athlete_ids: Sequence[int]) -> None:
        def rows(kind: Any, *order: Any) -> Iterable[Any]:
            query = select(kind).where(kind.athlete_id.in_(athlete_ids))
            return db.scalars(query.order_by(*order, kind.id))

        self._screens: dict[tuple[int, str], Screen] = {
            (row.athlete_id, row.asked): care.screen_value(row)
            for row in rows(ScreenRow, ScreenRow.answered_on)
        }
        self._events = _grouped(
            map(care.event_value, rows(HealthEventRow, HealthEventRow.happened_on))
        )
        self._clearances = _grouped(
            map(care.clearance_value, rows(ClearanceRow, ClearanceRow.given_on))
        )
        begun = (row for row in rows(PlanRow, PlanRow.created_at) if row.started_on is not None)
        self._plans = _grouped(map(care.plan_value, begun))
        self._practices: defaultdict[int, list[PracticeRow]] = defaultdict(list)
        practised = (
            select(PracticeRow)
            .join(PlanRow, PlanRow.id == PracticeRow.plan_id)
            .where(PlanRow.athlete_id.in_(athlete_ids))
            .order_by(PracticeRow.id)
        )
        for row in db.scalars(practised):
            self._practices[row.plan_id].append(row)

    def latest_screen(self, athlete: int, asked: Asked = "start") -> Screen | None:
        """As of `Care`."""
        return self._screens.get((athlete, asked))

    def events(self, athlete: int) -> list[HealthEvent]:
        """As of `Care`."""
        return self._events[athlete]

    def clearances(self, athlete: int) -> list[Clearance]:
        """As of `Care`."""
        return self._clearances[athlete]

    def plans(self, athlete: int) -> list[StoredPlan]:
        """Those that were begun, as of `Care`."""
        return self._plans[athlete]

    def practices(self, plan_id: int) -> list[Practice]:
        """As of `Care`."""
        return care.last_words(self._practices[plan_id])


class Group:
    """People of one moment. Get one from `Reading.groups`."""

    def __init__(self, db: Session, athlete_ids: Sequence[int]) -> None:
        self.care = GroupCare(db, athlete_ids)
        self._sessions = _grouped(_session_rows(db, athlete_ids))
        self._rows: defaultdict[str, list[TrialRow]] = defaultdict(list)
        self._trials: defaultdict[int, list[TrialRow]] = defaultdict(list)
        for row in _trial_rows(db, athlete_ids):
            self._rows[row.session_id or ""].append(row)
            self._trials[row.athlete_id or 0].append(row)
        self._corrected = _corrected(db, athlete_ids)

    def sessions(self, athlete: int) -> list[StoredSession]:
        """The sessions of a person with their counts, the newest last."""
        return [sessions.value(row, self._rows[row.id]) for row in self._sessions[athlete]]

    def trials(self, athlete: int) -> list[BriefTrial]:
        """The trials of a person, the newest last."""
        return [_brief(row) for row in self._trials[athlete]]

    def session_holds(self, athlete: int, *, include_replay: bool = False) -> list[SessionHolds]:
        """What the decision reads, as of `Store`."""
        return sessions.holds_of(
            self._sessions[athlete], self._rows, self._latest, include_replay=include_replay
        )

    def results(self, trial_ids: Sequence[int]) -> dict[int, list[BriefResult]]:
        """Values of these trials by the one metric that legs are compared by and that is no
        column of a trial."""
        return {trial_id: self._corrected[trial_id] for trial_id in trial_ids}

    def _latest(self, trial_ids: Sequence[int]) -> Mapping[int, float]:
        known = self._corrected
        return {trial_id: known[trial_id][-1].value for trial_id in trial_ids if known[trial_id]}


def _session_rows(db: Session, athlete_ids: Sequence[int]) -> Iterable[SessionRow]:
    query = (
        select(*sessions.columns(SessionRow))
        .where(SessionRow.athlete_id.in_(athlete_ids))
        .order_by(SessionRow.started_at, SessionRow.id)
    )
    return cast("Iterable[Any]", db.execute(query))


def _trial_rows(db: Session, athlete_ids: Sequence[int]) -> Iterable[TrialRow]:
    query = (
        select(
            TrialRow.id,
            TrialRow.session_id,
            TrialRow.athlete_id,
            TrialRow.purpose,
            TrialRow.firmware,
            TrialRow.stance_leg,
            TrialRow.valid,
            TrialRow.reasons,
            TrialRow.end_reason,
            TrialRow.hold_time_s,
            TrialRow.force_sd_n,
            TrialRow.rules_id,
        )
        .where(TrialRow.athlete_id.in_(athlete_ids))
        .order_by(sessions.HAPPENED_AT, TrialRow.board_uid, TrialRow.journal_id, TrialRow.seq)
    )
    return cast("Iterable[Any]", db.execute(query))


def _brief(row: TrialRow) -> BriefTrial:
    return BriefTrial(
        row.id,
        row.session_id,
        cast("PurposeName", row.purpose),
        row.firmware,
        BriefHold(
            cast("Leg", row.stance_leg),
            row.valid,
            tuple(row.reasons.split(",")) if row.reasons else (),
            row.end_reason,
            row.hold_time_s,
            row.force_sd_n,
            row.rules_id,
        ),
    )


def _corrected(db: Session, athlete_ids: Sequence[int]) -> defaultdict[int, list[BriefResult]]:
    """Force SDs with the filter's loss given back, of each trial the newest version last."""
    found: defaultdict[int, list[BriefResult]] = defaultdict(list)
    query = (
        select(ResultRow.trial_id, ResultRow.method_id, MethodRow.version, ResultRow.value)
        .join(TrialRow, TrialRow.id == ResultRow.trial_id)
        .join(MethodRow, MethodRow.id == ResultRow.method_id)
        .where(
            TrialRow.athlete_id.in_(athlete_ids),
            MethodRow.metric_id == sessions.CORRECTED,
            ResultRow.value.is_not(None),
        )
        .order_by(MethodRow.version, ResultRow.computed_at)
    )
    for trial_id, method_id, version, value in db.execute(query):
        if value is not None:
            result = BriefResult(method_id, sessions.CORRECTED, version, value)
            found[trial_id].append(result)
    return found


def _grouped(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    """By person, in the same order."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.athlete_id].append(row)
    return found
