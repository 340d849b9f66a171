"""How often the ladder, and the rules that it replaces, say what: shares of simulated people."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evenstance.decision.parameters import LADDER, Ladder
from evenstance.decision.rungs import REASONS
from evenstance.decision.simulate import Cell, draw, generator
from evenstance.decision.vectorised import CODES, Floats, judge_after_each

NAIVE_LIMITS_PCT = (10.0, 15.0)
"""Limits of the rules that look at one session's means and at nothing else."""
STEP_COUNT = 4
_PEOPLE_AT_ONCE = 20_000


@dataclass(frozen=True)
class Rates:
    """Shares (%) of the people of one cell.

    `steps_pct[k]`: steps 0 to 3 after session k + 1, each person judged with the latest sessions
    then. `reasons_pct`: reasons after the last session. `ever_block_pct`: step 3 after any of the
    sessions. `naive_pct`: "> 10 %" and "> 15 %" between the leg means of the first session.
    """

    cell: Cell
    people: int
    steps_pct: tuple[tuple[float, ...], ...]
    reasons_pct: dict[str, float]
    ever_block_pct: float
    naive_pct: tuple[float, ...]
    set_aside_pct: float

    @property
    def block_pct(self) -> float:
        """Step 3 after the last session."""
        return self.steps_pct[-1][3]

    def error_pct(self, share_pct: float) -> float:
        """Sampling error (1 SE, points) of a share of these people."""
        p = share_pct / 100.0
        return 100.0 * math.sqrt(p * (1.0 - p) / self.people)


def rates(cell: Cell, people: int, seed: int, ladder: Ladder = LADDER) -> Rates:
    """Simulate one cell."""
    if people < 1:
        raise ValueError("nobody to simulate")
    steps = np.zeros((cell.sessions, STEP_COUNT))
    reasons = np.zeros(len(REASONS))
    naive = np.zeros(len(NAIVE_LIMITS_PCT))
    ever = aside = 0
    for logs in _chunks(cell, people, seed):
        naive += naive_alarms(logs).sum(0)
        looks = judge_after_each(logs, ladder=ladder)
        for k, look in enumerate(looks):
            steps[k] += np.bincount(look.step, minlength=STEP_COUNT)[:STEP_COUNT]
        reasons += np.bincount(looks[-1].code, minlength=len(REASONS))
        ever += int(np.any([look.code == CODES["difference"] for look in looks], axis=0).sum())
        aside += int(looks[-1].set_aside.sum())
    share = 100.0 / people
    return Rates(
        cell=cell,
        people=people,
        steps_pct=tuple(tuple(float(x) * share for x in row) for row in steps),
        reasons_pct={
            name: float(count) * share
            for name, count in zip(REASONS, reasons, strict=True)
            if count
        },
        ever_block_pct=ever * share,
        naive_pct=tuple(float(x) * share for x in naive),
        set_aside_pct=aside * share,
    )


def naive_alarms(logs: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """People x `NAIVE_LIMITS_PCT`: whether the leg means of the first session differ by more.

    The difference is 100 (larger - smaller) / larger of the arithmetic means.
    """
    means = np.exp(logs[:, 0]).mean(-1)
    larger, smaller = means.max(-1), means.min(-1)
    pct = 100.0 * (larger - smaller) / larger
    return pct[:, None] > np.array(NAIVE_LIMITS_PCT)


def _chunks(cell: Cell, people: int, seed: int) -> Iterator[Floats]:
    rng = generator(seed, cell)
    for start in range(0, people, _PEOPLE_AT_ONCE):
        yield draw(cell, min(_PEOPLE_AT_ONCE, people - start), rng)
