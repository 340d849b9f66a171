"""The tables, as SQLAlchemy 2 classes. Changes need a new file in migrations/versions.

Times are stored in UTC and come back timezone-aware. NULL means "not known", never zero.
"""

from __future__ import annotations

from datetime import date, datetime, timezone

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

JsonObject = dict[str, object]
JsonRows = list[dict[str, object]]
_NUMBER: Double[float] = Double()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware values only, kept in UTC, returned aware in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a time without a zone is refused with ValueError."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"time without a zone: {value.isoformat()}")
        return value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored moment in UTC (SQLite gives it back without a zone)."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=timezone.utc)
        return value.astimezone(timezone.utc)


class Base(DeclarativeBase):
    """Common metadata: every constraint has a name, so that a migration can change it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy as it stands
        datetime: UtcDateTime(),
        bytes: LargeBinary(),
        float: _NUMBER,
        JsonObject: JSON(),
        JsonRows: JSON(none_as_null=True),
    }


class AthleteRow(Base):
    """A person who is measured."""

    __tablename__ = "athlete"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    born_on: Mapped[date | None]
    created_at: Mapped[datetime]
    archived: Mapped[bool] = mapped_column(default=False)


class BoardRow(Base):
    """A board that was seen; firmware and protocol are those of the last meeting."""

    __tablename__ = "board"

    uid: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str | None]
    firmware: Mapped[str | None]
    protocol: Mapped[int | None]
    last_seen: Mapped[datetime]


class SessionRow(Base):
    """One visit of one person to one board, under one set of conditions."""

    __tablename__ = "session"
    __table_args__ = (
        CheckConstraint(
            "protocol_name IN ('quick', 'standard', 'free', 'practice', 'replay', 'import')",
            name="protocol_name",
        ),
        Index(None, "athlete_id", "started_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    athlete_id: Mapped[int | None] = mapped_column(ForeignKey("athlete.id"))
    board_uid: Mapped[str | None] = mapped_column(ForeignKey("board.uid"))
    protocol_name: Mapped[str]
    started_at: Mapped[datetime]
    utc_offset_minutes: Mapped[int]
    ended_at: Mapped[datetime | None]
    familiarisation: Mapped[bool]
    eyes: Mapped[str | None]
    surface: Mapped[str | None]
    footwear: Mapped[str | None]
    arms: Mapped[str | None]
    gaze_mark: Mapped[bool | None]
    note: Mapped[str]
    zero_shift_left_n: Mapped[float | None]
    zero_shift_right_n: Mapped[float | None]
    host_version: Mapped[str]
    zero_checks: Mapped[JsonRows | None]  # since 0002


class TrialRow(Base):
    """One trial: the board's exact bytes, and the columns that are searched and reported."""

    __tablename__ = "trial"
    __table_args__ = (
        UniqueConstraint("board_uid", "journal_id", "seq"),
        CheckConstraint("purpose IN ('scored', 'practice', 'unassigned')", name="purpose"),
        CheckConstraint("stance_leg IN ('left', 'right')", name="stance_leg"),
        CheckConstraint("(purpose = 'unassigned') = (session_id IS NULL)", name="assigned"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    board_uid: Mapped[str] = mapped_column(ForeignKey("board.uid"))
    journal_id: Mapped[str]
    seq: Mapped[int] = mapped_column(BigInteger)
    session_id: Mapped[str | None] = mapped_column(ForeignKey("session.id"), index=True)
    athlete_id: Mapped[int | None] = mapped_column(ForeignKey("athlete.id"), index=True)
    purpose: Mapped[str]
    eyes: Mapped[str | None]
    surface: Mapped[str | None]
    footwear: Mapped[str | None]
    arms: Mapped[str | None]
    gaze_mark: Mapped[bool | None]
    lift_off_at: Mapped[datetime | None]
    pulled_at: Mapped[datetime]
    clock_known: Mapped[bool]
    firmware: Mapped[str | None]  # that it was pulled from; of 0002 and before nobody knows
    protocol: Mapped[int | None]
    summary: Mapped[bytes]
    rules_id: Mapped[int]
    calibration_id: Mapped[int] = mapped_column(BigInteger)
    stance_leg: Mapped[str]
    valid: Mapped[bool]
    reasons: Mapped[str]  # names joined by commas, empty when valid
    end_reason: Mapped[str]
    hold_time_s: Mapped[float]
    body_weight_n: Mapped[float | None]
    load_share_mean_pct: Mapped[float | None]
    stray_load_pct_bw: Mapped[float | None]
    force_mean_n: Mapped[float | None]
    force_sd_n: Mapped[float | None]
    force_range_p95_p5_n: Mapped[float | None]
    touch_down_count: Mapped[int | None]


class TraceRow(Base):
    """Raw counts and times of a trial, as the board sent them."""

    __tablename__ = "trace"

    trial_id: Mapped[int] = mapped_column(ForeignKey("trial.id"), primary_key=True)
    data: Mapped[bytes]
    complete: Mapped[bool]


class MethodRow(Base):
    """How a result was made: metric, version and parameters; a row is never changed."""

    __tablename__ = "method"

    id: Mapped[str] = mapped_column(primary_key=True)
    metric_id: Mapped[str]
    version: Mapped[int]
    unit: Mapped[str]
    parameters: Mapped[JsonObject]


class ResultRow(Base):
    """A value computed from a trace, or the reason why there is none; never changed."""

    __tablename__ = "result"
    __table_args__ = (
        CheckConstraint("(value IS NULL) = (missing IS NOT NULL)", name="value_or_reason"),
    )

    trial_id: Mapped[int] = mapped_column(ForeignKey("trial.id"), primary_key=True)
    method_id: Mapped[str] = mapped_column(ForeignKey("method.id"), primary_key=True)
    value: Mapped[float | None]
    missing: Mapped[str | None]
    samples: Mapped[int | None]
    error: Mapped[float | None]
    computed_at: Mapped[datetime]
    host_version: Mapped[str]


class PullRow(Base):
    """How far a journal was acknowledged to its board."""

    __tablename__ = "pull"

    board_uid: Mapped[str] = mapped_column(ForeignKey("board.uid"), primary_key=True)
    journal_id: Mapped[str] = mapped_column(primary_key=True)
    acked_through: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]


class CalibrationRow(Base):
    """A calibration of a board: signed counts per newton of each plate."""

    __tablename__ = "calibration"

    id: Mapped[int] = mapped_column(primary_key=True)
    board_uid: Mapped[str] = mapped_column(ForeignKey("board.uid"), index=True)
    calibration_id: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime | None]
    left_counts_per_n: Mapped[float]
    right_counts_per_n: Mapped[float]
    detail: Mapped[JsonObject]


class ScreenRow(Base):
    """Answers to the safety questions, with the state they led to."""

    __tablename__ = "screen"

    id: Mapped[int] = mapped_column(primary_key=True)
    athlete_id: Mapped[int] = mapped_column(ForeignKey("athlete.id"), index=True)
    answered_on: Mapped[date]
    age_y: Mapped[int | None]  # missing only with "each"; since 0004
    answers: Mapped[JsonObject]
    state: Mapped[str]
    created_at: Mapped[datetime]
    asked: Mapped[str]  # "start": all questions, "each": the quick check; since 0004


class HealthEventRow(Base):
    """Something that makes older screening answers void: a fall, an illness, a new medicine."""

    __tablename__ = "health_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    athlete_id: Mapped[int] = mapped_column(ForeignKey("athlete.id"), index=True)
    kind: Mapped[str]
    happened_on: Mapped[date]
    note: Mapped[str]
    created_at: Mapped[datetime]


class ClearanceRow(Base):
    """What a clinician allowed: for which answer, who, when, until when; never changed, ended."""

    __tablename__ = "clearance"

    id: Mapped[int] = mapped_column(primary_key=True)
    athlete_id: Mapped[int] = mapped_column(ForeignKey("athlete.id"), index=True)
    answer_id: Mapped[str]
    given_on: Mapped[date]
    given_by: Mapped[str]
    allowed: Mapped[str]
    expires_on: Mapped[date]
    ended_on: Mapped[date | None]
    created_at: Mapped[datetime]


class PlanRow(Base):
    """A plan as it was given, with the verdict it rests on; `started_on` once it was begun."""

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    athlete_id: Mapped[int] = mapped_column(ForeignKey("athlete.id"), index=True)
    created_at: Mapped[datetime]
    verdict: Mapped[JsonObject]
    body: Mapped[JsonObject]
    kind: Mapped[str]  # since 0004, as the three below
    started_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    ended_why: Mapped[str | None]


class PracticeRow(Base):
    """One practice session of a plan as the person told it; a later row of a day replaces it."""

    __tablename__ = "practice"
    __table_args__ = (CheckConstraint("state IN ('done', 'partly', 'missed')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    day: Mapped[date]
    state: Mapped[str]
    reason: Mapped[str | None]
    near_fall: Mapped[bool]
    touch_downs: Mapped[int | None]  # most in one set
    pain: Mapped[int | None]  # 0 to 10
    stage: Mapped[int]  # the week of the table that was practised
    detail: Mapped[JsonObject]
    created_at: Mapped[datetime]


class ForgottenTrialRow(Base):
    """A board's trial whose person was forgotten: never pulled again. Says nothing of whom."""

    __tablename__ = "forgotten_trial"

    board_uid: Mapped[str] = mapped_column(primary_key=True)
    journal_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    erased: Mapped[bool]  # the board said that it is gone there, too


class WrittenFileRow(Base):
    """A file that was written of a person, to be named when they are forgotten."""

    __tablename__ = "written_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    athlete_id: Mapped[int] = mapped_column(ForeignKey("athlete.id"), index=True)
    kind: Mapped[str]
    path: Mapped[str] = mapped_column(index=True)
    sha256: Mapped[str]
    written_at: Mapped[datetime]
