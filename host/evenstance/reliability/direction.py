"""Whether the same leg has the larger value again: same side n of m, and kappa over people.

A side is "left", "right" or "none" (neither leg). Two questions, two statistics:

- one person, m sessions: how many are on the commoner side, and how often chance alone gives at
  least so many (sign test, two-sided; sessions without a side are set aside, as the test has it);
- many people, two or more sessions: Cohen's kappa, the agreement beyond what the frequencies of
  the sides give by themselves; with more than two sessions the mean over all pairs of sessions.

In between a person's difference and its direction lies much scatter: 21-38 % of people changed
side between two sessions even on a dynamometer, kappa 0.19-0.59 (Zoger 2025, Front Sports Act
Living 1635685, 29 people, read).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, get_args

from evenstance.reliability.design import DesignError
from evenstance.reliability.pooling import t_quantile

Side = Literal["left", "right", "none"]


@dataclass(frozen=True)
class SameSide:
    """`count` of `sessions` with a side lie on `side`; `without` had none.

    `chance` is the two-sided probability of the sign test: how often sessions whose sides are
    drawn by a coin are at least as one-sided. None without any side.
    """

    side: Side
    count: int
    sessions: int
    without: int
    chance: float | None


def same_side(sides: Sequence[Side]) -> SameSide:
    """The commoner side of one person's sessions; "none" when both are equally common.

    >>> found = same_side(["right", "right", "left", "right", "none"])
    >>> found.side, found.count, found.sessions, found.without, found.chance
    ('right', 3, 4, 1, 0.625)
    >>> same_side(["left"] * 6).chance
    0.03125
    """
    _check(sides)
    counts = Counter(sides)
    left, right, without = counts["left"], counts["right"], counts["none"]
    count, sessions = max(left, right), left + right
    if sessions == 0:
        return SameSide("none", 0, 0, without, None)
    at_least = sum(math.comb(sessions, j) for j in range(count, sessions + 1))
    return SameSide(
        side="none" if left == right else "left" if left > right else "right",
        count=count,
        sessions=sessions,
        without=without,
        chance=min(1.0, 2 * at_least / 2**sessions),
    )


@dataclass(frozen=True)
class Kappa:
    """Agreement of sides over people: kappa with an approximate interval, and the plain share.

    `repeated` of `people` had the same side in every session. The interval is the jackknife's
    (one person left out at a time) with Student's t, cut at 1; None with fewer than three people
    or when a jackknife sample has no kappa.
    """

    value: float
    low: float | None
    high: float | None
    people: int
    sessions: int
    repeated: int
    confidence_pct: float


def kappa(people: Sequence[Sequence[Side]], *, confidence_pct: float = 95.0) -> Kappa:
    """Cohen's kappa of the sides of each person, the mean over pairs of sessions.

    DesignError `one_side_only` when everybody has one side, so that chance agrees fully, too.

    >>> found = kappa([["left", "left"]] * 4 + [["right", "right"]] * 4
    ...               + [["left", "right"], ["right", "left"]])
    >>> round(found.value, 3), found.repeated
    (0.6, 8)
    """
    if len(people) < 2:
        raise DesignError("too_few_people", f"{len(people)} people; at least 2 are needed")
    sessions = len(people[0])
    if sessions < 2:
        raise DesignError("too_few_sessions", f"{sessions} sessions; at least 2 are needed")
    for number, sides in enumerate(people, 1):
        _check(sides)
        if len(sides) != sessions:
            raise DesignError(
                "missing_cell", f"person {number} has {len(sides)} sides instead of {sessions}"
            )
    counts = [_Counts.of(people, i, j) for i, j in combinations(range(sessions), 2)]
    value = _mean_kappa(counts)
    if value is None:
        raise DesignError("one_side_only", "everybody is on one side: chance agrees as well")
    low, high = _jackknife(people, counts, value, confidence_pct)
    return Kappa(
        value=value,
        low=low,
        high=high,
        people=len(people),
        sessions=sessions,
        repeated=sum(len(set(sides)) == 1 for sides in people),
        confidence_pct=confidence_pct,
    )


def _check(sides: Sequence[Side]) -> None:
    for side in sides:
        if side not in get_args(Side):
            raise ValueError(f"unknown side {side!r}")


@dataclass
class _Counts:
    """What kappa of one pair of sessions (`i`, `j`) needs; people can be taken out again."""

    i: int
    j: int
    people: int
    agreed: int
    one: Counter[Side]
    other: Counter[Side]

    @classmethod
    def of(cls, people: Sequence[Sequence[Side]], i: int, j: int) -> _Counts:
        return cls(
            i=i,
            j=j,
            people=len(people),
            agreed=sum(sides[i] == sides[j] for sides in people),
            one=Counter(sides[i] for sides in people),
            other=Counter(sides[j] for sides in people),
        )

    def count(self, sides: Sequence[Side], by: int) -> None:
        a, b = sides[self.i], sides[self.j]
        self.people += by
        self.agreed += by * (a == b)
        self.one[a] += by
        self.other[b] += by


def _mean_kappa(counts: Sequence[_Counts]) -> float | None:
    """None when a pair of sessions agrees fully by chance."""
    found: list[float] = []
    for c in counts:
        whole = c.people * c.people
        by_chance = sum(c.one[side] * c.other[side] for side in c.one)
        if by_chance == whole:
            return None
        found.append((c.people * c.agreed - by_chance) / (whole - by_chance))
    return math.fsum(found) / len(found)


def _jackknife(
    people: Sequence[Sequence[Side]],
    counts: Sequence[_Counts],
    value: float,
    confidence_pct: float,
) -> tuple[float | None, float | None]:
    n = len(people)
    if n < 3:
        return None, None
    without: list[float] = []
    for sides in people:
        for c in counts:
            c.count(sides, -1)
        one = _mean_kappa(counts)
        for c in counts:
            c.count(sides, 1)
        if one is None:
            return None, None
        without.append(one)
    centre = math.fsum(without) / n
    error = math.sqrt((n - 1) / n * math.fsum((v - centre) ** 2 for v in without))
    half = t_quantile(n - 1, 0.5 + confidence_pct / 200.0) * error
    return max(-1.0, value - half), min(1.0, value + half)
