"""What can happen in a case: days, answers, sessions on the board, commands that are typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from evenstance.knowledge.question import Answer
from evenstance.metrics.hold import Leg

FIRST_DAY = date(2026, 1, 5)  # a Monday
ATHLETE = "A"


@dataclass(frozen=True)
class Truth:
    """The synthetic person of one session: nothing of it ever reaches the product."""

    gap_pct: float = 0.0
    less_steady: Leg = "left"
    cv_pct: float = 10.0
    steadiness_pct_bw: float = 0.7
    longest_hold_s: Mapping[Leg, float] = field(default_factory=dict[Leg, float])


@dataclass(frozen=True)
class Session:
    """One guided session on the board, three scored holds on each leg."""

    day: int
    truth: Truth


@dataclass(frozen=True)
class Screening:
    """The whole screen, harmless but for `answers`."""

    day: int
    age_y: int
    answers: Mapping[str, Answer] = field(default_factory=dict[str, Answer])


@dataclass(frozen=True)
class Typed:
    """A command; what it says is part of the golden file if `shown`."""

    day: int
    words: tuple[str, ...]
    shown: bool = True
    code: int = 0


Step = Session | Screening | Typed


@dataclass(frozen=True)
class Case:
    """One person: `why` says why a physiotherapist should agree with what is said."""

    id: str
    title: str
    why: str
    seed: int
    steps: tuple[Step, ...]


def day_of(number: int) -> date:
    """The calendar day of a case's day; day 0 is a Monday."""
    return FIRST_DAY + timedelta(days=number)


def typed(day: int, line: str, *, shown: bool = True, code: int = 0) -> Typed:
    """A command as it is typed; the person is added by the player."""
    return Typed(day, tuple(line.split()), shown, code)


def base_line(truth: Truth, days: tuple[int, ...] = (0, 2, 4, 7)) -> Iterator[Session]:
    """The first session, which counts in nothing, and three that count."""
    return (Session(day, truth) for day in days)


def practice(from_day: int, weeks: int, *, states: tuple[str, ...] = ("done",)) -> Iterator[Typed]:
    """Monday, Wednesday and Friday of some weeks, each as the next of `states` says."""
    days = [from_day + 7 * week + day for week in range(weeks) for day in (0, 2, 4)]
    for n, day in enumerate(days):
        state = states[n % len(states)]
        yield typed(day, f"plan {state}", shown=False)
