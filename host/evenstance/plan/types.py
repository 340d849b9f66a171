"""The values of screening: questions, a person's answers, and what they lead to."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Literal, cast

Action = Literal[
    "emergency",
    "same_day",
    "do_not_step_on",
    "clinician",
    "not_today",
    "measure_only",
    "restrict",
]
"""What an answer leads to, the most urgent first."""
BLOCKING: tuple[Action, ...] = (
    "emergency",
    "same_day",
    "do_not_step_on",
    "clinician",
    "not_today",
)
"""Actions that end every prescription."""
Kind = Literal["yes_no", "choice", "number", "age"]
State = Literal["unscreened", "clear", "restricted", "measure_only", "blocked"]
When = Literal["start", "each", "event"]
Mark = Literal["V", "2", "M", "D", "N"]
"""V: source read (excerpt or abstract); 2: read at second hand; M: from memory, unverified;
D: our own proposal; N: taken over from the project's notes."""
Answer = bool | int | float | str | None
ScreenAnswers = Mapping[str, Answer]
JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True)
class Outcome:
    """What one answer means: the action, what to tell the person, whom to see."""

    action: Action
    say: str
    see: str
    restrictions: tuple[str, ...] = ()


@dataclass(frozen=True)
class FollowUp:
    """A question asked only after its parent fired; its answer id is `<parent>.<id>`."""

    id: str
    text: str
    fires_on: bool
    outcome: Outcome


@dataclass(frozen=True)
class Choice:
    """One answer of a choice question; without an outcome it is harmless."""

    value: str
    text: str
    outcome: Outcome | None


@dataclass(frozen=True)
class Question:
    """One screening question with its rule; `outcome` is None only for choice questions.

    `fires_on` belongs to yes_no, `above` (in `unit`) to number, `below` (years) to age.
    `min_age` limits the question to people of that age (years) and more.
    """

    id: str
    order: int
    text: str
    kind: Kind
    outcome: Outcome | None
    fires_on: bool
    above: float | None
    below: int | None
    unit: str
    min_age: int | None
    ask: tuple[When, ...]
    follow_ups: tuple[FollowUp, ...]
    choices: tuple[Choice, ...]
    basis: str
    sources: tuple[str, ...]
    marks: tuple[Mark, ...]
    instrument: str

    def applies_at(self, age_y: int | None) -> bool:
        """Whether a person of this age (years) must answer; without an age everything applies."""
        return self.min_age is None or age_y is None or age_y >= self.min_age


@dataclass(frozen=True)
class Screen:
    """A person's answers by question id; None means "not answered", never "no"."""

    answers: ScreenAnswers
    age_y: int | None
    answered_on: datetime.date


@dataclass(frozen=True)
class Finding:
    """One answer that matters: the action, the words for the person, and the basis."""

    answer_id: str
    question_id: str
    action: Action
    say: str
    see: str
    basis: str
    marks: tuple[Mark, ...]
    sources: tuple[str, ...]
    restrictions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScreenOutcome:
    """The state of a screening on one day; only a full ("start") one can lead to a plan.

    `findings` are sorted, the most urgent first. `missing` are answer ids still needed.
    `notes` are sentences: why it is unscreened, which answers were left aside because of age.
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

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`."""
        return as_plain_dict(self)


@dataclass(frozen=True)
class PersonResults:
    """What the plan needs from the holds: age (years) and hands-free hold times (s).

    `holds_at_cap`: the holds of both legs ended at the time limit. `median_hold_s` is the median
    over the shorter leg's valid holds, None when unknown.
    """

    age_y: int | None
    best_hold_left_s: float | None
    best_hold_right_s: float | None
    holds_at_cap: bool
    median_hold_s: float | None = None


@dataclass(frozen=True)
class NoPlan:
    """Why there is no plan, and what to do instead; never an exercise, dose or schedule."""

    reason_id: str
    text: str
    next_steps: tuple[str, ...]
    findings: tuple[Finding, ...] = field(default=())

    def as_dict(self) -> dict[str, JsonValue]:
        """A plain dict for `json.dumps`, with `kind` = "no_plan"."""
        return {"kind": "no_plan", **as_plain_dict(self)}


def as_plain_dict(value: object) -> dict[str, JsonValue]:
    """The fields of a dataclass as JSON values: dates as ISO text, tuples and sets as lists."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} is no dataclass value")
    return {item.name: plain(getattr(value, item.name)) for item in fields(value)}


def plain(value: object) -> JsonValue:
    """One value as JSON; values with an `as_dict` of their own decide themselves."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(map(str, cast("frozenset[object]", value)))  # pyright: ignore[reportReturnType]
    if isinstance(value, tuple):
        return [plain(item) for item in cast("tuple[object, ...]", value)]
    own = getattr(value, "as_dict", None)
    if callable(own):
        return own()  # pyright: ignore[reportReturnType]
    return as_plain_dict(value)
