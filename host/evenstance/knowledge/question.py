"""The values of the question bank: questions, their outcomes and follow-ups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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


When = Literal["start", "each", "event"]


Mark = Literal["V", "2", "M", "D", "N"]
"""V: source read (excerpt or abstract); 2: read at second hand; M: from memory, unverified;
D: our own proposal; N: taken over from the project's notes."""


Answer = bool | int | float | str | None


@dataclass(frozen=True)
class Outcome:
    """What one answer means: the action, what to tell the person, whom to see.

    `clearable`: a written clearance lifts it; only what waits for a clinician can be.
    `clinician_mode`: it does not count where a clinician leads the practice.
    """

    action: Action
    say: str
    see: str
    restrictions: tuple[str, ...] = ()
    clearable: bool = False
    clinician_mode: bool = False


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
    `min_age` limits the question to people of that age (years) and more. `unverified` names what
    the mark M stands for; people are told.
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
    unverified: str = ""

    def applies_at(self, age_y: int | None) -> bool:
        """Whether a person of this age (years) must answer; without an age everything applies."""
        return self.min_age is None or age_y is None or age_y >= self.min_age
