"""Sessions for the tests of the decision ladder."""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import get_args

from evenstance.decision.types import ScreenState, SessionHolds

STEADY = (5.0, 5.4, 4.6)
LESS_STEADY = (6.7, 7.1, 6.3)  # 25 % of its value above STEADY


def session(
    left: Sequence[float] = STEADY,
    right: Sequence[float] = STEADY,
    *,
    on: int = 1,
    familiarisation: bool = False,
    conditions: str = "barefoot",
) -> SessionHolds:
    return SessionHolds(
        session_id=f"day-{on}",
        day=datetime.date(2026, 1, on),
        familiarisation=familiarisation,
        conditions=conditions,
        left_n=tuple(left),
        right_n=tuple(right),
        invalid=0,
    )


def cases() -> Iterator[tuple[list[SessionHolds], ScreenState]]:
    """Histories around every corner of the ladder; counted sessions from log ratios."""
    familiar = session(familiarisation=True)
    short = session(STEADY, (5.0, 5.1))
    for history in ([], [familiar], [short], [familiar, short]):
        for screen in get_args(ScreenState):
            yield history, screen
    days = {1: ((1,),), 2: ((1, 1), (1, 2)), 3: ((1, 1, 1), (1, 1, 2), (1, 2, 3))}
    ratios = (-0.4, -0.05, 0.14, 0.4, 1.2)
    scatter = ((0.02, 1), (0.02, 12), (0.2, 1), (0.21, 2), (0.3, 1))
    for n, (spread, many) in itertools.product((1, 2, 3), scatter):
        wobble = [math.exp(x) for x in (-spread, 0.0, spread)] * many
        for d, on in itertools.product(itertools.product(ratios, repeat=n), days[n]):
            screen: ScreenState = "blocked" if d == (0.4,) * n else "clear"
            yield (
                [
                    session(
                        [5.0 * w for w in wobble],
                        [5.0 * math.exp(x) * w for w in wobble],
                        on=k,
                    )
                    for x, k in zip(d, on, strict=True)
                ],
                screen,
            )
