"""A person's screening answers and what they lead to."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evenstance.knowledge.plain import JsonValue, as_plain_dict
from evenstance.knowledge.question import Action, Answer, Mark, When

State = Literal["unscreened", "clear", "restricted", "measure_only", "blocked"]


ScreenAnswers = Mapping[str, Answer]


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
