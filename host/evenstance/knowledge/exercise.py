"""The values of the catalogue: exercises, rungs, hand support, sentences with grades, sources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from evenstance.knowledge.gates import Gates
from evenstance.knowledge.plain import JsonValue, as_plain_dict

Grade = Literal["A", "B", "C", "D"]
"""A: review or RCT on single-leg static balance in like people, read in full. B: RCT, trial or
review in other people or on another outcome, or read as an abstract. C: protocol or leaflet.
D: our own proposal."""


Support = Literal["SUP2", "SUP1", "FT2", "FT1", "FREE", "NONE"]


Surface = Literal["firm", "foam"]


Task = Literal["hold", "move", "walk", "hop", "one_leg_hinge"]
"""What the exercise asks for."""


SUPPORT_TEXT: dict[Support, str] = {
    "SUP2": "both hands on the fixed surface",
    "SUP1": "one hand on the fixed surface",
    "FT2": "two fingertips on the fixed surface",
    "FT1": "one fingertip on the fixed surface",
    "FREE": "hands free, fixed surface within 30 cm",
    "NONE": "no support needed",
}


SUPPORT_LADDER: tuple[Support, ...] = ("SUP2", "SUP1", "FT2", "FT1", "FREE")
"""From the most support to none; NONE (lying, walking) is not on it."""


RUNG = re.compile(r"^(\d+)x(\d+) (s|rep|min)/(leg|all) r(\d+)$")


@dataclass(frozen=True)
class Rung:
    """One step of a ladder: sets x amount (s, repetitions or min), per leg or for all, rest (s).

    >>> Rung.parse("3x30 s/leg r30").text
    '3x30 s/leg r30'
    """

    sets: int
    amount: int
    unit: Literal["s", "rep", "min"]
    side: Literal["leg", "all"]
    rest_s: int

    @classmethod
    def parse(cls, text: str) -> Rung:
        """Raises ValueError when the text does not follow the ladder grammar."""
        match = RUNG.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no ladder rung like '3x30 s/leg r30'")
        sets, amount, unit, side, rest = match.groups()
        if int(sets) == 0 or int(amount) == 0:
            raise ValueError(f"{text!r} has no dose")
        return cls(int(sets), int(amount), unit, side, int(rest))  # type: ignore[arg-type]

    @property
    def text(self) -> str:
        """The rung in the ladder grammar."""
        return f"{self.sets}x{self.amount} {self.unit}/{self.side} r{self.rest_s}"


@dataclass(frozen=True)
class Statement:
    """One sentence with its grade and the sources behind it."""

    text: str
    grade: Grade
    sources: tuple[str, ...] = ()

    @property
    def own_proposal(self) -> bool:
        """Grade D: no source carries it."""
        return self.grade == "D"

    def as_dict(self) -> dict[str, JsonValue]:
        """The sentence with its grade and the mark of our own proposals."""
        return {**as_plain_dict(self), "own_proposal": self.own_proposal}


@dataclass(frozen=True)
class Exercise:
    """One exercise of the catalogue with its evidence; all texts are our own words.

    `grade_effect` says whether it moves `grade_effect_for`; `grade_dose` whether sets and seconds
    come from a source; `grade_gap` whether it makes a left-right difference smaller (never above
    B); `grade_force_sd` whether it moves the force SD (always D). `rep_s` is the time (s) of one
    repetition, `one_leg_rep_s` the part of it (s) on one leg: ours. `gates` are the conditions
    without which it is in no plan.
    """

    id: str
    name: str
    purpose: str
    setup: str
    support: tuple[Support, ...]
    ladder: tuple[Rung, ...]
    progress: str
    regress: str
    stop: str
    not_for: str
    equipment: str
    answers: tuple[str, ...]
    evidence: tuple[str, ...]
    counter_evidence: tuple[str, ...]
    population: str
    effect: str
    counter: str
    grade_effect: Grade
    grade_effect_for: str
    grade_dose: Grade
    grade_dose_for: str
    grade_gap: Grade
    grade_force_sd: Grade
    eyes: Literal["open", "closed"]
    surface: Surface
    task: Task
    one_leg: bool
    rep_s: float
    one_leg_rep_s: float
    support_from_65: Support | None
    gates: Gates

    @property
    def guarded(self) -> bool:
        """Eyes closed, foam, hop or one-leg hinge: never without conditions."""
        return (
            self.eyes == "closed"
            or self.surface == "foam"
            or self.task in ("hop", "one_leg_hinge")
        )


@dataclass(frozen=True)
class Source:
    """One entry of the bibliography: the citation, what was read of it, what is unverified."""

    id: str
    citation: str
    read: str
    note: str
    unverified: tuple[str, ...]
