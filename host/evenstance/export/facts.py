"""What the rows of all tables are made from, and the columns that say whose they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from evenstance.export.anonymous import Codes, age_band, age_y
from evenstance.export.columns import NEVER, Column, Field, Type, Where
from evenstance.store.records import Athlete, Conditions, PlacedTrial, ResultOf, StoredSession

UNASSIGNED = "the hold belongs to nobody yet"
NOT_STATED = "not stated"


@dataclass(frozen=True)
class Owner:
    """Whose row it is, on which day; codes are used by anonymous exports only."""

    codes: Codes
    athlete: Athlete | None
    day: date

    @property
    def age_y(self) -> int | None:
        """Age on that day."""
        return None if self.athlete is None else age_y(self.athlete.born_on, self.day)


@dataclass(frozen=True)
class SessionFacts(Owner):
    """One session."""

    session: StoredSession


@dataclass(frozen=True)
class HoldFacts(Owner):
    """One trial with its place in its session."""

    placed: PlacedTrial

    @property
    def since_start_s(self) -> float | None:
        """Lift-off, seconds after the start of the session."""
        lift_off, started = self.placed.trial.lift_off_at, self.placed.started_at
        if lift_off is None or started is None:
            return None
        return (lift_off - started).total_seconds()


@dataclass(frozen=True)
class ResultFacts(HoldFacts):
    """One result of a trial."""

    result: ResultOf


def field(
    name: str,
    kind: Type,
    unit: str,
    value: Callable[[Any], Any],
    meaning: str,
    missing: str = NEVER,
    where: Where = "both",
) -> Field[Any]:
    """A field, written in one line of a table."""
    return Field(Column(name, kind, unit, meaning, missing, where), value)


PERSON: tuple[Field[Any], ...] = (
    field(
        "person",
        "text",
        "-",
        lambda f: None if f.athlete is None else f.athlete.name,
        "name of the person",
        UNASSIGNED,
        "named",
    ),
    field(
        "person_code",
        "text",
        "-",
        lambda f: f.codes.person(f.athlete),
        "code of the person, A001 and so on in a random order",
        where="anonymous",
    ),
)
DAY: tuple[Field[Any], ...] = (
    field(
        "day",
        "date",
        "-",
        lambda f: f.day,
        "local date on which the session began; of a hold without a session its date in UTC",
        where="named",
    ),
    field(
        "day_number",
        "integer",
        "days",
        lambda f: f.codes.day_number(f.athlete, f.day),
        "days from the person's first session to this one",
        where="anonymous",
    ),
)
AGE: tuple[Field[Any], ...] = (
    field(
        "age_y",
        "integer",
        "years",
        lambda f: f.age_y,
        "age on that day",
        "no date of birth is known",
        "named",
    ),
    field(
        "age_band",
        "text",
        "years",
        lambda f: age_band(f.age_y),
        "age on that day as a band of five years; from 90 on one band",
        "no date of birth is known",
        "anonymous",
    ),
)


def conditions(of: Callable[[Any], Conditions]) -> tuple[Field[Any], ...]:
    """How the person stood."""
    return (
        field("eyes", "text", "-", lambda f: of(f).eyes, "open or closed", NOT_STATED),
        field("surface", "text", "-", lambda f: of(f).surface, "firm or foam", NOT_STATED),
        field(
            "footwear",
            "text",
            "-",
            lambda f: of(f).footwear,
            "barefoot, socks, shoes or sandals",
            NOT_STATED,
        ),
        field("arms", "text", "-", lambda f: of(f).arms, "hips, free or crossed", NOT_STATED),
        field(
            "gaze_mark",
            "boolean",
            "-",
            lambda f: of(f).gaze_mark,
            "whether there was a mark to look at",
            NOT_STATED,
        ),
    )
