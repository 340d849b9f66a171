"""What shapes a plan: the person's age, holds and restrictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evenstance.knowledge.gates import PersonFacts
from evenstance.screen.evaluate import AGE_CAREFUL_Y

Leg = Literal["left", "right"]


@dataclass(frozen=True)
class Person:
    """Age (years), hold times (s), restrictions of the screen, the leg that goes first."""

    age_y: int
    shorter_best_s: float
    median_hold_s: float | None
    holds_at_cap: bool
    restricted: bool
    restrictions: frozenset[str]
    order: tuple[Leg, Leg]

    @property
    def careful(self) -> bool:
        """65 years and more."""
        return self.age_y >= AGE_CAREFUL_Y

    @property
    def shorter_hold_s(self) -> float:
        """The smaller of best and median hold of the shorter leg (s)."""
        if self.median_hold_s is None:
            return self.shorter_best_s
        return min(self.shorter_best_s, self.median_hold_s)

    @property
    def facts(self) -> PersonFacts:
        """What the conditions of the exercises ask."""
        return PersonFacts(
            age_y=self.age_y,
            shorter_hold_s=self.shorter_hold_s,
            holds_at_cap=self.holds_at_cap,
            restricted=self.restricted,
            restrictions=self.restrictions,
        )
