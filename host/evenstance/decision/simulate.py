"""Synthetic histories of force SD for the operating characteristics of the ladder.

Holds are log-Gaussian about a leg's own level. What a scenario changes is what real holds may do
and the error model does not know of. Seeded: a cell draws the same people whatever else is run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from evenstance.decision.vectorised import Floats
from evenstance.reliability.pooling import log_variance_from_pct


@dataclass(frozen=True)
class Scenario:
    """What the holds of a kind of person do; sizes are zero or one where nothing happens.

    `wander_pct`: SD of the right/left ratio from session to session. `sd_ratio`: scatter of the
    right leg over that of the left, the stated CV being their root mean square. `correlation`: of
    one hold with the next of that leg in a session (AR(1)). `learning_pct`: by how much both legs
    improve from session to session, and a fifth of it from hold to hold. `outlier_times`: one
    hold of each person is that many times too large. `one_leg`: both "legs" are every other hold
    of one leg, so that no difference can be real.
    """

    name: str
    meaning: str
    wander_pct: float = 0.0
    sd_ratio: float = 1.0
    correlation: float = 0.0
    learning_pct: float = 0.0
    outlier_times: float = 1.0
    one_leg: bool = False


SCENARIOS: Final = (
    Scenario("plain", "independent holds, nothing else"),
    Scenario("wander", "the true ratio wanders 5 % between sessions", wander_pct=5.0),
    Scenario("unequal", "one leg scatters twice as much as the other", sd_ratio=2.0),
    Scenario("autocorrelated", "each hold correlates 0.2 with the next", correlation=0.2),
    Scenario(
        "learning",
        "both legs improve 10 % a session and 2 % a hold",
        learning_pct=10.0,
    ),
    Scenario("outlier", "one hold of the person is twice too large", outlier_times=2.0),
)
NEGATIVE_CONTROL: Final = Scenario(
    "one leg",
    "every other hold of one leg is called left, the rest right; learning and correlation 0.2",
    correlation=0.2,
    learning_pct=10.0,
    one_leg=True,
)


@dataclass(frozen=True)
class Cell:
    """One kind of person: scenario, CV within a leg (%), holds per leg and session, sessions,
    and the true difference (%, the right leg larger)."""

    scenario: Scenario
    cv_pct: float
    holds: int
    sessions: int = 3
    difference_pct: float = 0.0


def generator(seed: int, cell: Cell) -> np.random.Generator:
    """Random numbers of a cell: they depend on the seed and on the cell, on nothing else."""
    s = cell.scenario
    sizes = (
        cell.cv_pct,
        cell.holds,
        cell.sessions,
        cell.difference_pct,
        s.wander_pct,
        s.sd_ratio,
        s.correlation,
        s.learning_pct,
        s.outlier_times,
        s.one_leg,
    )
    return np.random.default_rng([seed, *(round(1000 * float(size)) for size in sizes)])


def draw(cell: Cell, people: int, rng: np.random.Generator) -> Floats:
    """Logs of force SD: people x sessions x 2 legs x holds, about a common level of 0."""
    s = cell.scenario
    sd = math.sqrt(log_variance_from_pct(cell.cv_pct))
    if s.one_leg:
        if cell.difference_pct != 0.0:
            raise ValueError("one leg has no difference to itself")
        series = _correlated(rng, (people, cell.sessions, 2 * cell.holds), s.correlation)
        logs = sd * series - _learning(s, 2 * cell.holds, cell.sessions)
        return np.stack([logs[..., 0::2], logs[..., 1::2]], axis=2)
    x = _correlated(rng, (people, cell.sessions, 2, cell.holds), s.correlation)
    rms = math.sqrt((s.sd_ratio**2 + 1.0) / 2.0)
    x[:, :, 0] *= sd / rms
    x[:, :, 1] *= sd * s.sd_ratio / rms
    x -= _learning(s, cell.holds, cell.sessions)[:, None]
    wander_sd = math.sqrt(log_variance_from_pct(s.wander_pct))
    ratio = -math.log1p(-cell.difference_pct / 100.0)
    x[:, :, 1] += (ratio + wander_sd * rng.standard_normal((people, cell.sessions)))[..., None]
    if s.outlier_times != 1.0:
        sizes = (cell.sessions, 2, cell.holds)
        session, leg, hold = (rng.integers(size, size=people) for size in sizes)
        x[np.arange(people), session, leg, hold] += math.log(s.outlier_times)
    return x


def _correlated(rng: np.random.Generator, shape: tuple[int, ...], correlation: float) -> Floats:
    """Standard normal numbers, an AR(1) sequence along the last axis."""
    x = rng.standard_normal(shape)
    fresh = math.sqrt(1.0 - correlation**2)
    if correlation != 0.0:
        for k in range(1, shape[-1]):
            x[..., k] = correlation * x[..., k - 1] + fresh * x[..., k]
    return x


def _learning(scenario: Scenario, holds: int, sessions: int) -> Floats:
    """What is learnt, in logs: sessions x holds."""
    step = -math.log1p(-scenario.learning_pct / 100.0)
    session = step * np.arange(sessions, dtype=np.float64)
    hold = step / 5.0 * np.arange(holds, dtype=np.float64)
    return session[:, None] + hold[None, :]
