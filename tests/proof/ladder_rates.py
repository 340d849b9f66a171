"""How often the decision ladder is wrong: simulated people, judged by the real `decide`.

    python tests/proof/ladder_rates.py --seed 1 --people 20000

Holds are log-Gaussian with a within-leg CV; a person's right/left ratio wanders from session to
session. Prints the tables of docs/evidence/decision.md; needs numpy and evenstance on the path.
"""

from __future__ import annotations

import argparse
import datetime
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evenstance.decision.ladder import compare, decide
from evenstance.decision.types import MIN_SAME_SIDE, THRESHOLD_PCT, Comparison, SessionHolds
from evenstance.reliability.pooling import log_variance_from_pct

CVS_PCT = (7.0, 10.0, 12.0, 15.0, 20.0)
TYPICAL_FORCE_SD_N = 5.0
FIRST_DAY = datetime.date(2026, 1, 1)


@dataclass(frozen=True)
class Cell:
    """One kind of person: within-leg CV, true difference (right larger), wander of the ratio."""

    cv_pct: float
    true_pct: float = 0.0
    wander_pct: float = 5.0
    sessions: int = 3
    holds: int = 3


class Simulation:
    """Draws people; every table row is a cell and a measure of its people."""

    def __init__(self, seed: int, people: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._people = people

    def people(self, cell: Cell) -> Iterator[list[SessionHolds]]:
        """People of this kind, one session a day."""
        ratio = -math.log1p(-cell.true_pct / 100.0)
        hold_sd = math.sqrt(log_variance_from_pct(cell.cv_pct))
        wander_sd = math.sqrt(log_variance_from_pct(cell.wander_pct))
        for _ in range(self._people):
            d = ratio + wander_sd * self._rng.standard_normal(cell.sessions)
            noise = hold_sd * self._rng.standard_normal((2, cell.sessions, cell.holds))
            left = TYPICAL_FORCE_SD_N * np.exp(noise[0] - d[:, None] / 2)
            right = TYPICAL_FORCE_SD_N * np.exp(noise[1] + d[:, None] / 2)
            yield [
                SessionHolds(
                    session_id=str(k),
                    day=FIRST_DAY + datetime.timedelta(days=k),
                    familiarisation=False,
                    conditions="same",
                    left_n=tuple(left[k].tolist()),
                    right_n=tuple(right[k].tolist()),
                    invalid=0,
                )
                for k in range(cell.sessions)
            ]

    def shares(
        self, cell: Cell, judge: Callable[[list[SessionHolds]], Sequence[bool]]
    ) -> list[float]:
        """Share (%) of people for whom each answer of `judge` is true."""
        answers = np.array([judge(person) for person in self.people(cell)])
        return [100.0 * float(x) for x in answers.mean(axis=0)]


def steps(person: list[SessionHolds]) -> tuple[bool, ...]:
    """Step 1, 2, 3."""
    step = decide(person).step
    return tuple(step == k for k in (1, 2, 3))


def step_three(person: list[SessionHolds]) -> tuple[bool, ...]:
    """Step 3."""
    return (decide(person).step == 3,)


def ever_step_three(person: list[SessionHolds]) -> tuple[bool, ...]:
    """Step 3 after any of the sessions, each one being judged."""
    return (any(decide(person[: k + 1]).step == 3 for k in range(len(person))),)


def other_rules(person: list[SessionHolds]) -> tuple[bool, ...]:
    """The ladder; two sessions enough, after the second and by the third; 95 % enough."""
    after_two = _would_do(compare(person[:2]), strict=True)
    three = compare(person)
    by_three = after_two or _would_do(three, strict=True)
    return decide(person).step == 3, after_two, by_three, _would_do(three, strict=False)


def _would_do(c: Comparison, *, strict: bool) -> bool:
    low, high = c.interval_low_pct, c.interval_high_pct
    if strict:
        low, high = c.strict_low_pct, c.strict_high_pct
    beyond = not low <= 0.0 <= high
    return (
        beyond and abs(c.difference_pct) >= THRESHOLD_PCT and c.same_side_sessions >= MIN_SAME_SIDE
    )


def table(title: str, head: Sequence[str], rows: Sequence[tuple[float, list[float]]]) -> str:
    """A markdown table: the first column is the within-leg CV, the others are per cents."""
    lines = [
        f"{title}\n",
        f"| within-leg CV | {' | '.join(head)} |",
        "|" + " --- |" * (len(head) + 1),
    ]
    for cv_pct, shares in rows:
        lines.append(f"| {cv_pct:g} % | " + " | ".join(f"{x:.2f}" for x in shares) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=20_000, help="people per cell")
    args = parser.parse_args()
    sim = Simulation(args.seed, args.people)

    for true_pct in (0.0, 10.0, 15.0, 25.0):
        rows = [(cv, sim.shares(Cell(cv, true_pct), steps)) for cv in CVS_PCT]
        print(table(f"True difference {true_pct:g} %", ["step 1", "step 2", "step 3"], rows))

    wanders = (0.0, 5.0, 10.0, 15.0)
    rows = [
        (cv, [sim.shares(Cell(cv, wander_pct=w), step_three)[0] for w in wanders])
        for cv in CVS_PCT
    ]
    head = [f"wander {w:g} %" for w in wanders]
    print(table("Equal legs at step 3, by the true wander of the ratio", head, rows))

    rows = [
        (cv, [sim.shares(Cell(cv, t, holds=5), step_three)[0] for t in (0.0, 25.0)])
        for cv in CVS_PCT
    ]
    print(table("Step 3 with 5 holds per leg", ["equal legs", "true 25 %"], rows))

    head = ["the ladder", "two enough: after 2", "two enough: by 3", "95 % enough"]
    for true_pct, wander_pct in ((0.0, 5.0), (0.0, 10.0), (25.0, 5.0)):
        rows = [(cv, sim.shares(Cell(cv, true_pct, wander_pct), other_rules)) for cv in CVS_PCT]
        print(table(f"Step 3 by rule, true {true_pct:g} %, wander {wander_pct:g} %", head, rows))

    rows = [(cv, sim.shares(Cell(cv, sessions=10), ever_step_three)) for cv in CVS_PCT]
    print(table("Equal legs, ever at step 3 in ten sessions", ["ever"], rows))


if __name__ == "__main__":
    main()
