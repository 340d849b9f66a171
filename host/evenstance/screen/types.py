"""A person's screening answers, events and clearances, and what they lead to."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evenstance.knowledge.exercise import Statement
from evenstance.knowledge.plain import JsonValue, as_plain_dict
from evenstance.knowledge.question import Action, Answer, Mark, When
from evenstance.screen.grades import grade_of

State = Literal["unscreened", "clear", "restricted", "measure_only", "blocked"]


EventKind = Literal[
    "fall", "injury", "illness", "operation", "medicine", "near_fall", "pain", "fear"
]
"""What makes earlier answers void."""


EVENT_WORDS: dict[str, str] = {
    "fall": "a fall",
    "injury": "an injury",
    "illness": "an illness",
    "operation": "an operation",
    "medicine": "a new or changed medicine",
    "near_fall": "a near-fall",
    "pain": "pain in practice",
    "fear": "fear in practice",
}


ScreenAnswers = Mapping[str, Answer]


@dataclass(frozen=True)
class Screen:
    """A person's answers by question id; None means "not answered", never "no".

    `told_at` (aware) is when the product was told, None while it is not stored.
    """

    answers: ScreenAnswers
    age_y: int | None
    answered_on: datetime.date
    told_at: datetime.datetime | None = None


@dataclass(frozen=True)
class HealthEvent:
    """Something that makes older answers and clearances void; `told_at` as in `Screen`."""

    kind: str
    happened_on: datetime.date
    told_at: datetime.datetime | None = None

    @property
    def words(self) -> str:
        """What it was, for a sentence."""
        return EVENT_WORDS.get(self.kind, self.kind.replace("_", " "))


@dataclass(frozen=True)
class Clearance:
    """What somebody allowed for one answer; both `given_on` and `expires_on` are days of it."""

    answer_id: str
    given_on: datetime.date
    given_by: str
    allowed: str
    expires_on: datetime.date
    ended_on: datetime.date | None = None
    told_at: datetime.datetime | None = None


@dataclass(frozen=True)
class Finding:
    """One answer that matters: the action, the words for the person, and the basis.

    `unverified` names what was not checked of it. `clearable`: a written clearance lifts it;
    `clinician_mode`: a clinician who leads the practice lifts it.
    """

    answer_id: str
    question_id: str
    action: Action
    say: str
    see: str
    basis: str
    marks: tuple[Mark, ...]
    sources: tuple[str, ...]
    restrictions: tuple[str, ...] = ()
    unverified: str = ""
    clearable: bool = False
    clinician_mode: bool = False

    @property
    def statement(self) -> Statement:
        """What to tell the person, with its grade; what nobody checked is said so."""
        unverified = f" Unverified: {self.unverified}." if self.unverified else ""
        grade = grade_of(self.marks, self.sources)
        return Statement(f"{self.say} {self.see}{unverified}", grade, self.sources)

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`."""
        return {**as_plain_dict(self), "statement": self.statement.as_dict()}


@dataclass(frozen=True)
class Lifted:
    """A finding that does not count for now; without a clearance, through clinician mode."""

    finding: Finding
    clearance: Clearance | None

    @property
    def statement(self) -> Statement:
        """What lifted it: who, when, what was allowed, until when."""
        given = self.clearance
        if given is None:
            how = "clinician mode; the clinician who leads the practice answers for it."
        else:
            how = (
                f"cleared by {given.given_by} on {given.given_on.isoformat()}: "
                f"{given.allowed.rstrip('. ')}. It counts until {given.expires_on.isoformat()}, "
                "or until a health event."
            )
        return Statement(f"Answer {self.finding.answer_id}: {how}", "D")

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`."""
        return {**as_plain_dict(self), "statement": self.statement.as_dict()}


@dataclass(frozen=True)
class ScreenOutcome:
    """The state of a screening on one day; only a full ("start") one can lead to a plan.

    `findings` are sorted, the most urgent first. `missing` are answer ids still needed.
    `notes` are sentences: why it is unscreened, which answers were left aside because of age.
    `lifted` are findings that do not count for now. `voided_by` is the event that came after
    the answers. `clinician_mode`: a clinician leads the practice.
    """

    state: State
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    restrictions: frozenset[str]
    notes: tuple[str, ...]
    age_y: int | None
    answered_on: datetime.date
    evaluated_on: datetime.date
    when: When = "start"
    lifted: tuple[Lifted, ...] = ()
    voided_by: HealthEvent | None = None
    clinician_mode: bool = False

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Everything that a person is told, graded: findings, what was lifted, notes (ours)."""
        return (
            *(finding.statement for finding in self.findings),
            *(one.statement for one in self.lifted),
            *(Statement(note, "D") for note in self.notes),
        )

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`."""
        notes: list[JsonValue] = [Statement(note, "D").as_dict() for note in self.notes]
        return {**as_plain_dict(self), "note_statements": notes}
