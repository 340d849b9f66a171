"""Sessions: start, end, list, and the scored holds that the decision reads."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta, timezone
from math import inf
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from evenstance.errors import InputError
from evenstance.store import results
from evenstance.store.records import Conditions, ProtocolName, StoredSession, ZeroCheck
from evenstance.store.schema import SessionRow, TrialRow

if TYPE_CHECKING:
    from evenstance.decision.parameters import PrimaryMetric
    from evenstance.decision.types import SessionHolds

CORRECTED: Literal["force_sd_droop_corrected_n"] = "force_sd_droop_corrected_n"
AT_ONCE = 50  # rows in memory while a whole history is read
# Lift-off, or the pull when the board had no clock; within one pull, seq keeps the order.
HAPPENED_AT = func.coalesce(TrialRow.lift_off_at, TrialRow.pulled_at)


def start(
    db: Session,
    *,
    athlete_id: int | None,
    board_uid: str | None,
    protocol_name: ProtocolName,
    started_at: datetime,
    conditions: Conditions,
    familiarisation: bool | None,
    host_version: str,
    note: str = "",
) -> SessionRow:
    """Add a session. `started_at` carries the local offset, from which `day` follows."""
    offset = started_at.utcoffset()
    if offset is None:
        raise ValueError("started_at has no zone")
    if familiarisation is None:
        familiarisation = (
            athlete_id is not None
            and protocol_name != "replay"
            and not _measured_before(db, athlete_id, started_at)
        )
    row = SessionRow(
        id=uuid.uuid4().hex,
        athlete_id=athlete_id,
        board_uid=board_uid,
        protocol_name=protocol_name,
        started_at=started_at,
        utc_offset_minutes=round(offset.total_seconds() / 60),
        familiarisation=familiarisation,
        note=note,
        host_version=host_version,
        **asdict(conditions),
    )
    db.add(row)
    db.flush()
    return row


def _measured_before(db: Session, athlete_id: int, moment: datetime) -> bool:
    """Whether an earlier session of the person holds a trial; one left empty taught nothing."""
    earlier = (
        select(SessionRow.id)
        .where(
            SessionRow.athlete_id == athlete_id,
            SessionRow.protocol_name != "replay",
            SessionRow.started_at < moment,
            exists().where(TrialRow.session_id == SessionRow.id),
        )
        .limit(1)
    )
    return db.scalars(earlier).first() is not None


def require(db: Session, session_id: str) -> SessionRow:
    """Return the session with that id; InputError when there is none."""
    row = db.get(SessionRow, session_id)
    if row is None:
        raise InputError(f"There is no session {session_id}", next_step="List the sessions.")
    return row


def end(
    db: Session,
    session_id: str,
    *,
    ended_at: datetime,
    zero_shift_left_n: float | None,
    zero_shift_right_n: float | None,
    note: str | None,
    zero_checks: Sequence[ZeroCheck] | None,
) -> None:
    """Close a session; values that are None leave what was stored."""
    row = require(db, session_id)
    row.ended_at = ended_at
    if zero_shift_left_n is not None:
        row.zero_shift_left_n = zero_shift_left_n
    if zero_shift_right_n is not None:
        row.zero_shift_right_n = zero_shift_right_n
    if note is not None:
        row.note = note
    if zero_checks is not None:
        row.zero_checks = [asdict(check) for check in zero_checks]


def add_note(db: Session, session_id: str, note: str) -> None:
    """Add to what the session's note says already."""
    row = require(db, session_id)
    row.note = "; ".join(part for part in (row.note, note) if part)


def annotate(row: SessionRow, on: date, text: str) -> None:
    """Add a line with its day to a session's note; what stands there stays."""
    line = f"{on.isoformat()}: {text}"
    row.note = f"{row.note}\n{line}" if row.note else line


def local_day(row: SessionRow) -> date:
    """Return the date on the wall calendar when the session began."""
    return day_at(row.started_at, row.utc_offset_minutes)


def day_at(moment: datetime, utc_offset_minutes: int) -> date:
    """Return the date on the wall calendar at a moment."""
    return moment.astimezone(timezone(timedelta(minutes=utc_offset_minutes))).date()


def conditions_of(row: SessionRow | TrialRow) -> Conditions:
    """Return the conditions columns as one value."""
    return Conditions(row.eyes, row.surface, row.footwear, row.arms, row.gaze_mark)


def rows_of(db: Session, athlete_id: int | None) -> Sequence[SessionRow]:
    """Return the sessions of a person (of everybody when None), the newest last."""
    query = select(SessionRow).order_by(SessionRow.started_at, SessionRow.id)
    if athlete_id is not None:
        query = query.where(SessionRow.athlete_id == athlete_id)
    return db.scalars(query).all()


def listed(db: Session, athlete_id: int | None) -> list[StoredSession]:
    """Return sessions with their counts, the newest last."""
    rows = rows_of(db, athlete_id)
    trials = _trials_by_session(db, athlete_id)
    return [value(row, trials[row.id]) for row in rows]


def holds(
    db: Session,
    athlete_id: int,
    *,
    include_replay: bool,
    session_id: str | None = None,
    plain: bool = False,
) -> list[SessionHolds]:
    """Return force SD (N) of the valid scored holds of each session, the newest session last;
    with `session_id` of that one alone; `plain`: never the corrected one.

    Sessions without a scored trial are left out. A scored trial that is not valid, or that has
    no force SD above zero, counts as `invalid`; practice counts nowhere.
    """
    return holds_of(
        [row for row in rows_of(db, athlete_id) if session_id in (None, row.id)],
        _trials_by_session(db, athlete_id),
        lambda trial_ids: {} if plain else results.latest(db, trial_ids, CORRECTED),
        include_replay=include_replay,
    )


def holds_of(
    rows: Iterable[SessionRow],
    trials: Mapping[str, Sequence[TrialRow]],
    corrected_of: Callable[[Sequence[int]], Mapping[int, float]],
    *,
    include_replay: bool,
) -> list[SessionHolds]:
    """The same from rows that were read already; `corrected_of` gives the values (N) by CORRECTED
    of the trials with these ids."""
    from evenstance.decision.types import SessionHolds

    chosen = [
        (row, scored)
        for row in rows
        if (scored := [trial for trial in trials.get(row.id, ()) if trial.purpose == "scored"])
        and (row.protocol_name != "replay" or include_replay)
    ]
    metric, values = compared_n([t for _, scored in chosen for t in scored], corrected_of)
    found: list[SessionHolds] = []
    for row, scored in chosen:
        left_n, right_n = _of_leg(scored, "left", values), _of_leg(scored, "right", values)
        found.append(
            SessionHolds(
                session_id=row.id,
                day=local_day(row),
                familiarisation=row.familiarisation,
                conditions=conditions_of(row).key,
                left_n=left_n,
                right_n=right_n,
                invalid=len(scored) - len(left_n) - len(right_n),
                metric=metric,
            )
        )
    return found


def compared_n(
    trials: Sequence[TrialRow], corrected_of: Callable[[Sequence[int]], Mapping[int, float]]
) -> tuple[PrimaryMetric, Mapping[int, float]]:
    """What the legs are compared by: the metric, and its value (N) of each valid trial by its id.

    Force SD with the loss of the converter's filter given back, if every trial has it; else the
    board's own of all of them, never a mixture.
    """
    plain = _plain_n(trials)
    corrected = corrected_of(list(plain))
    if plain and corrected.keys() == plain.keys() and all(0 < v < inf for v in corrected.values()):
        return CORRECTED, corrected
    return "force_sd_n", plain


def _of_leg(
    trials: Sequence[TrialRow], leg: str, values: Mapping[int, float]
) -> tuple[float, ...]:
    return tuple(values[t.id] for t in trials if t.stance_leg == leg and t.id in values)


def _plain_n(trials: Sequence[TrialRow]) -> dict[int, float]:
    """The board's force SD (N) of each valid trial by its id; no person's is zero."""
    return {t.id: t.force_sd_n for t in trials if t.valid and t.force_sd_n}


def _trials_by_session(db: Session, athlete_id: int | None) -> dict[str, list[TrialRow]]:
    # Few plain columns: a mapped object of all of them takes several times as long.
    query = (
        select(
            TrialRow.id,
            TrialRow.session_id,
            TrialRow.purpose,
            TrialRow.stance_leg,
            TrialRow.valid,
            TrialRow.force_sd_n,
        )
        .join(SessionRow, TrialRow.session_id == SessionRow.id)
        .order_by(HAPPENED_AT, TrialRow.board_uid, TrialRow.journal_id, TrialRow.seq)
    )
    if athlete_id is not None:
        query = query.where(SessionRow.athlete_id == athlete_id)
    grouped: defaultdict[str, list[TrialRow]] = defaultdict(list)
    for row in cast("Iterable[Any]", db.execute(query)):
        grouped[row.session_id or ""].append(row)
    return grouped


def streamed(db: Session, athlete_id: int | None) -> Iterator[StoredSession]:
    """Yield the sessions of a person (None: of nobody), the newest last, never all in memory."""
    # Plain columns: mapped objects would be garbage in circles, collected late.
    query = (
        select(*columns(SessionRow))
        .where(SessionRow.athlete_id == athlete_id)
        .order_by(SessionRow.started_at, SessionRow.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for row in cast("Iterable[Any]", db.execute(query)):
        own = select(*columns(TrialRow)).where(TrialRow.session_id == row.id)
        yield value(row, cast("Sequence[Any]", db.execute(own).all()))


def columns(kind: Any) -> Sequence[Any]:
    """All columns of a table, plain: mapped objects take several times as long."""
    return list(kind.__table__.c)


def value(row: SessionRow, trials: Sequence[TrialRow]) -> StoredSession:
    """A session with its counts."""
    scored = [trial for trial in trials if trial.purpose == "scored"]
    values = _plain_n(scored)
    left, right = (len(_of_leg(scored, leg, values)) for leg in ("left", "right"))
    return StoredSession(
        id=row.id,
        athlete_id=row.athlete_id,
        board_uid=row.board_uid,
        protocol_name=cast(ProtocolName, row.protocol_name),
        started_at=row.started_at,
        utc_offset_minutes=row.utc_offset_minutes,
        day=local_day(row),
        ended_at=row.ended_at,
        familiarisation=row.familiarisation,
        conditions=conditions_of(row),
        note=row.note,
        zero_shift_left_n=row.zero_shift_left_n,
        zero_shift_right_n=row.zero_shift_right_n,
        zero_checks=tuple(_zero_check(values) for values in row.zero_checks or ()),
        host_version=row.host_version,
        scored_left=left,
        scored_right=right,
        invalid=len(scored) - left - right,
        practice=sum(trial.purpose == "practice" for trial in trials),
    )


def _zero_check(values: dict[str, object]) -> ZeroCheck:
    return ZeroCheck(
        moment=str(values["moment"]),
        left_n=cast("float | None", values["left_n"]),
        right_n=cast("float | None", values["right_n"]),
        reason=cast("str | None", values["reason"]),
    )
