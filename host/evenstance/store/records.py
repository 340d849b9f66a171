"""What goes into the history and comes out of it: plain frozen values, no database objects."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Literal, NamedTuple

from evenstance.errors import InputError
from evenstance.metrics.hold import Trial

ProtocolName = Literal["quick", "standard", "free", "practice", "replay", "import"]
PurposeName = Literal["scored", "practice", "unassigned"]

EYES = ("open", "closed")
SURFACES = ("firm", "foam")
FOOTWEAR = ("barefoot", "socks", "shoes", "sandals")
ARMS = ("hips", "free", "crossed")
_ALLOWED = {"eyes": EYES, "surface": SURFACES, "footwear": FOOTWEAR, "arms": ARMS}


@dataclass(frozen=True)
class Conditions:
    """How the person stood; None is "not stated". Only equal conditions are ever pooled.

    Raises InputError for a word outside EYES, SURFACES, FOOTWEAR or ARMS: a misspelt condition
    would keep sessions apart that belong together.
    """

    eyes: str | None = None
    surface: str | None = None
    footwear: str | None = None
    arms: str | None = None
    gaze_mark: bool | None = None

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            value = getattr(self, name)
            if value is not None and value not in allowed:
                raise InputError(
                    f"{name} cannot be {value!r}", next_step=f"Use one of: {', '.join(allowed)}."
                )

    @property
    def key(self) -> str:
        """One readable text, equal exactly when the conditions are equal."""
        parts: list[str] = []
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool):
                value = "yes" if value else "no"
            parts.append(f"{field.name.replace('_', ' ')} {value or 'not stated'}")
        return ", ".join(parts)


STANDARD_CONDITIONS = Conditions("open", "firm", "barefoot", "hips", True)


@dataclass(frozen=True)
class Athlete:
    """A person who is measured."""

    id: int
    name: str
    born_on: date | None
    created_at: datetime
    archived: bool


@dataclass(frozen=True)
class Board:
    """A board that was seen; None where it never told."""

    uid: str
    label: str | None
    firmware: str | None
    protocol: int | None
    last_seen: datetime


@dataclass(frozen=True)
class ResultOf:
    """One metric of one trial by one method: `value`, or in `missing` why there is none.

    `method_id` names metric, version and parameters; `error` is in `unit`.
    """

    method_id: str
    metric_id: str
    version: int
    unit: str
    parameters: dict[str, object]
    value: float | None
    missing: str | None
    samples: int | None
    error: float | None


@dataclass(frozen=True)
class NewTrial:
    """One trial as pulled: the board's exact summary bytes, and its trace if there is one.

    `lift_off_at` is None when nobody knows the clock time of the lift-off; `results` are what was
    computed from the trace. `firmware` and `protocol` are those that it was pulled from, None for
    a plate that has none.
    """

    seq: int
    summary: bytes
    trace: bytes | None
    trace_complete: bool
    lift_off_at: datetime | None
    pulled_at: datetime
    results: tuple[ResultOf, ...] = ()
    firmware: str | None = None
    protocol: int | None = None


@dataclass(frozen=True)
class SaveResult:
    """How many trials of a batch were new, how many known, how many traces came in."""

    new: int
    known: int
    traces: int = 0


class Purpose(NamedTuple):
    """What a trial was made for; a plain tuple of the three serves as well."""

    session_id: str | None
    athlete_id: int | None
    purpose: PurposeName


@dataclass(frozen=True)
class StoredTrial:
    """One trial of the history; `hold` is the decoded summary."""

    id: int
    board_uid: str
    journal_id: str
    seq: int
    session_id: str | None
    athlete_id: int | None
    purpose: PurposeName
    conditions: Conditions
    lift_off_at: datetime | None
    pulled_at: datetime
    clock_known: bool
    firmware: str | None
    protocol: int | None
    has_trace: bool
    summary: bytes
    hold: Trial

    @property
    def happened_at(self) -> datetime:
        """Lift-off, or the time of the pull when the board had no clock."""
        return self.pulled_at if self.lift_off_at is None else self.lift_off_at


@dataclass(frozen=True)
class PlacedTrial:
    """A trial with what its session says of it; None for one that belongs to nobody.

    `day` is the local date of the session's start; without a session that of the trial in UTC.
    `number` counts the trials of its session, from 1.
    """

    trial: StoredTrial
    trace_complete: bool | None
    started_at: datetime | None
    day: date
    protocol_name: ProtocolName | None
    familiarisation: bool | None
    number: int | None


@dataclass(frozen=True)
class StoredTrace:
    """The raw trace of a trial; `complete` says whether all of it is there."""

    trial_id: int
    data: bytes
    complete: bool


@dataclass(frozen=True)
class ZeroCheck:
    """How far the zero had moved (N) at a moment of a session; `reason` when that is not known.

    The first is since the last zero before the session, the others are since the session's own.
    """

    moment: str
    left_n: float | None
    right_n: float | None
    reason: str | None


@dataclass(frozen=True)
class StoredSession:
    """One session with its counts; practice trials are not among the scored ones.

    The zero shift is that of the last check; `zero_checks` has all of them in order, none for
    sessions of versions that did not keep them.

    `scored_left` and `scored_right` count valid scored holds, `invalid` the other scored ones.
    `day` is the local date of the start.
    """

    id: str
    athlete_id: int | None
    board_uid: str | None
    protocol_name: ProtocolName
    started_at: datetime
    utc_offset_minutes: int
    day: date
    ended_at: datetime | None
    familiarisation: bool
    conditions: Conditions
    note: str
    zero_shift_left_n: float | None
    zero_shift_right_n: float | None
    zero_checks: tuple[ZeroCheck, ...]
    host_version: str
    scored_left: int
    scored_right: int
    invalid: int
    practice: int


@dataclass(frozen=True)
class Calibration:
    """Signed counts per newton of both plates, with how they were found in `detail`."""

    id: int
    board_uid: str
    calibration_id: int
    made_at: datetime | None
    left_counts_per_n: float
    right_counts_per_n: float
    detail: dict[str, object]
