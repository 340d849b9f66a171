"""The conditions of an exercise: for whom it may stand in a plan at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from evenstance.knowledge.fields import Fields

PlanOutcome = Literal["block", "practice"]
Restriction = Literal[
    "support_lower",
    "second_adult",
    "no_eyes_closed",
    "no_foam",
    "no_hop",
    "no_lunge_depth",
    "one_hand",
    "supported_only",
    "shoes_on",
]
"""What an answer of the screen can forbid or ask for."""


@dataclass(frozen=True)
class Gates:
    """Conditions that must all hold; the empty value lets everyone through.

    Ages in years, `age_below_y` excluded. `hold_from_s` is the shorter leg's eyes-open hold (s).
    `needs_stage` holds stages `exercise:rung` that were completed. `never_in` names the kinds of
    plan in which the exercise has no place whoever asks.
    """

    age_from_y: int | None = None
    age_below_y: int | None = None
    hold_from_s: float | None = None
    needs_holds_at_cap: bool = False
    needs_unrestricted: bool = False
    forbidden_restrictions: tuple[Restriction, ...] = ()
    needs_stage: tuple[str, ...] = ()
    weekly_sport: bool = False
    injury_free_weeks: int | None = None
    never_in: tuple[PlanOutcome, ...] = ()

    @property
    def empty(self) -> bool:
        """No condition at all."""
        return self == Gates()


@dataclass(frozen=True)
class PersonFacts:
    """What is known of a person; None is unknown, and the unknown never opens a gate."""

    age_y: int | None
    shorter_hold_s: float | None
    holds_at_cap: bool
    restricted: bool
    restrictions: frozenset[str] = frozenset()
    stages_done: frozenset[str] = frozenset()
    weekly_sport: bool | None = None
    injury_free_weeks: int | None = None


def gates_from(reader: Fields | None) -> Gates:
    """The checked `[gates]` table of an exercise; an empty table is a mistake."""
    if reader is None:
        return Gates()
    gates = Gates(
        age_from_y=reader.whole("age_from_y"),
        age_below_y=reader.whole("age_below_y"),
        hold_from_s=reader.number("hold_from_s"),
        needs_holds_at_cap=_flag(reader, "needs_holds_at_cap"),
        needs_unrestricted=_flag(reader, "needs_unrestricted"),
        forbidden_restrictions=cast(
            "tuple[Restriction, ...]", _some_of(reader, "forbidden_restrictions", Restriction)
        ),
        needs_stage=reader.texts("needs_stage", ()),
        weekly_sport=_flag(reader, "weekly_sport"),
        injury_free_weeks=reader.whole("injury_free_weeks"),
        never_in=cast("tuple[PlanOutcome, ...]", _some_of(reader, "never_in", PlanOutcome)),
    )
    reader.finish()
    if gates.empty:
        raise reader.fail("there is no condition")
    if None not in (gates.age_from_y, gates.age_below_y) and (
        cast("int", gates.age_from_y) >= cast("int", gates.age_below_y)
    ):
        raise reader.fail("no age is left between age_from_y and age_below_y")
    return gates


def allows(gates: Gates, person: PersonFacts, outcome: PlanOutcome | None = None) -> bool:
    """Whether every condition holds, in a plan of this kind if one is named."""
    return refusal(gates, person, outcome) is None


def refusal(gates: Gates, person: PersonFacts, outcome: PlanOutcome | None = None) -> str | None:
    """The first condition that does not hold, in words; None when all hold."""
    return next(_refusals(gates, person, outcome), None)


def conditions(gates: Gates) -> tuple[str, ...]:
    """All conditions in words, for people to read."""
    nobody = PersonFacts(None, None, holds_at_cap=False, restricted=True)
    texts = list(_refusals(gates, nobody, None))
    if gates.forbidden_restrictions:
        texts.append(f"none of these restrictions: {', '.join(gates.forbidden_restrictions)}")
    names = {"block": "balance block", "practice": "general practice"}
    texts += [f"never part of a {names[kind]}" for kind in gates.never_in]
    return tuple(texts)


def _refusals(gates: Gates, person: PersonFacts, outcome: PlanOutcome | None) -> Iterator[str]:
    if outcome is not None and outcome in gates.never_in:
        yield "it has no place in a plan of this kind"
    if gates.age_from_y is not None and (person.age_y is None or person.age_y < gates.age_from_y):
        yield f"from {gates.age_from_y} years"
    if gates.age_below_y is not None and (
        person.age_y is None or person.age_y >= gates.age_below_y
    ):
        yield f"below {gates.age_below_y} years"
    if gates.hold_from_s is not None and (
        person.shorter_hold_s is None or person.shorter_hold_s < gates.hold_from_s
    ):
        yield f"eyes-open holds from {gates.hold_from_s:g} s on both legs"
    if gates.needs_holds_at_cap and not person.holds_at_cap:
        yield "holds of both legs at the time limit"
    if gates.needs_unrestricted and (person.restricted or person.restrictions):
        yield "no restriction from the screen"
    for name in gates.forbidden_restrictions:
        if name in person.restrictions:
            yield f"not with the restriction {name}"
    for stage in gates.needs_stage:
        if stage not in person.stages_done:
            yield f"first {stage.replace(':', ' at ')} completed on both legs"
    if gates.weekly_sport and person.weekly_sport is not True:
        yield "running or playing sport every week already"
    if gates.injury_free_weeks is not None and (
        person.injury_free_weeks is None or person.injury_free_weeks < gates.injury_free_weeks
    ):
        yield f"no leg injury in {gates.injury_free_weeks} weeks"


def _flag(reader: Fields, key: str) -> bool:
    return reader.flag(key) if reader.has(key) else False


def _some_of(reader: Fields, key: str, kind: object) -> tuple[str, ...]:
    return reader.some_of(key, kind) if reader.has(key) else ()
