"""The ladder over many people at once, for simulation: the same steps as `decide`, with numpy.

A test holds it against `decide` on thousands of random histories. It takes counted or uncounted
sessions of equal conditions, none of them familiarisation, in order of time, and judges every
person after every session.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenstance.decision.parameters import LADDER, Ladder
from evenstance.decision.rungs import (
    NO_SIDE_BELOW,
    REASONS,
    STEPS,
    Reason,
    smallest_printed_above,
    smallest_printed_as,
)
from evenstance.reliability.outlier import MIN_HOLDS, TIE
from evenstance.reliability.pooling import log_variance_from_pct
from evenstance.reliability.student import t_quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
CODES: dict[Reason, int] = {reason: code for code, reason in enumerate(REASONS)}
STEP_OF_CODE = np.array([STEPS[reason] for reason in REASONS], dtype=np.int8)


@dataclass(frozen=True)
class Judged:
    """One look at many people: code of the reason (`REASONS`), and the numbers behind it.

    Where nothing was compared (`too_few_holds`) the numbers are NaN and `set_aside` is False.
    """

    code: NDArray[np.int8]
    log_ratio: Floats
    standard_error: Floats
    cv_pct: Floats
    set_aside: Bools

    @property
    def step(self) -> NDArray[np.int8]:
        """Step of the ladder, 0 to 3."""
        return STEP_OF_CODE[self.code]


def judge_after_each(
    logs: Floats, day: Ints | None = None, ladder: Ladder = LADDER
) -> list[Judged]:
    """Judge after the first session, after the second, and so on: `judge` of each beginning."""
    looks = range(1, logs.shape[1] + 1)
    return [judge(logs[:, :k], None if day is None else day[..., :k], ladder) for k in looks]


def judge(logs: Floats, day: Ints | None = None, ladder: Ladder = LADDER) -> Judged:
    """Judge everybody once, with all of `logs`.

    `logs`: natural logs of force SD (N), people x sessions x 2 legs (left, right) x holds, NaN
    where a hold is missing. `day`: day numbers, sessions or people x sessions; none: each session
    has a day of its own.
    """
    held = ~np.isnan(logs)
    counts = held.sum(-1)
    counted = (counts >= ladder.min_holds_per_leg).all(-1)
    latest = counted & (np.cumsum(counted[:, ::-1], 1)[:, ::-1] <= ladder.sessions)
    held = held & latest[..., None, None]
    x = np.where(held, logs, 0.0)
    each: Ints = np.arange(logs.shape[1], dtype=np.int64) if day is None else day
    days: Ints = np.broadcast_to(each, latest.shape)
    some = latest.any(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = _pool(x, held, latest, ladder)
        code = _codes(found, latest, days, ladder)
    none = CODES["too_few_holds"]
    return Judged(
        code=np.where(some, code, none).astype(np.int8),
        log_ratio=np.where(some, found.log_ratio, np.nan),
        standard_error=np.where(some, found.standard_error, np.nan),
        cv_pct=np.where(some, found.cv_pct, np.nan),
        set_aside=found.set_aside,
    )


@dataclass(frozen=True)
class _Pooled:
    log_ratio: Floats
    standard_error: Floats
    cv_pct: Floats
    within: Floats
    df: Ints
    session_log_ratios: Floats
    mean_holds: Floats
    set_aside: Bools


def _pool(x: Floats, held: Bools, latest: Bools, ladder: Ladder) -> _Pooled:
    """`evenstance.reliability.pooling.pool` over people."""
    prior = ladder.prior_df * log_variance_from_pct(ladder.assumed_cv_pct)
    aside: Bools = np.zeros(len(x), dtype=np.bool_)
    if ladder.outlier_chance_pct > 0.0:
        aside, weighed = _outliers(x, held, prior, ladder)
        held = held & weighed
    n = _count(held)
    centre, squares = _scatter(x, held, n)
    df: Ints = (n - latest[..., None]).sum((1, 2)) + ladder.prior_df
    within: Floats = (prior + squares.sum((1, 2, 3))) / df
    model = ladder.error_model()
    inverse: Floats = (1.0 / np.maximum(n, 1)).sum(-1)
    error = model.dependence * within[:, None] * inverse + log_variance_from_pct(
        model.between_session_sd_pct
    )
    weight = np.where(latest, 1.0 / error, 0.0)
    weights = weight.sum(1)
    ratios = np.where(latest, centre[..., 1] - centre[..., 0], 0.0)
    return _Pooled(
        log_ratio=(weight * ratios).sum(1) / weights,
        standard_error=np.sqrt(1.0 / weights),
        cv_pct=100.0 * np.sqrt(np.expm1(np.minimum(within, 700.0))),
        within=within,
        df=df,
        session_log_ratios=ratios,
        mean_holds=np.where(latest, 2.0 / inverse, 0.0).sum(1) / np.maximum(latest.sum(1), 1),
        set_aside=aside,
    )


def _count(held: Bools) -> Ints:
    return held.sum(-1, dtype=np.int64)


def _scatter(x: Floats, held: Bools, n: Ints) -> tuple[Floats, Floats]:
    """Mean of each leg in each session, and the squares about it; 0 where there is no hold."""
    centre: Floats = np.where(held, x, 0.0).sum(-1) / np.maximum(n, 1)
    return centre, np.where(held, (x - centre[..., None]) ** 2, 0.0)


def _outliers(x: Floats, held: Bools, prior: float, ladder: Ladder) -> tuple[Bools, Bools]:
    """Who has an outlier, and which holds keep their weight: `find_outlier` over people."""
    n = _count(held)
    _, squares = _scatter(x, held, n)
    holds: Ints = n.sum((1, 2))
    legs: Ints = (n > 0).sum((1, 2))
    df: Ints = holds - legs + ladder.prior_df - 1
    share = np.where(n >= MIN_HOLDS, n / np.maximum(n - 1, 1), 0.0)
    spread: Floats = np.reshape(squares * share[..., None], (len(x), math.prod(x.shape[1:])))
    place: Ints = spread.argmax(1)
    everybody = np.arange(len(x))
    largest = spread[everybody, place]
    tied = (spread >= largest[:, None] * TIE).sum(1) > 1
    chance = ladder.outlier_chance_pct / 100.0
    every = int(holds.max(initial=0)) + 1

    def limit_of(pair: int) -> float:
        d, h = divmod(pair, every)
        return t_quantile(d, 1.0 - chance / (2 * h)) if d >= 1 and h >= 1 else math.inf

    limit = _looked_up(np.maximum(df, 0) * every + holds, limit_of)
    rest = (prior + squares.sum((1, 2, 3)) - largest) / np.maximum(df, 1)
    aside: Bools = (largest > limit**2 * rest) & ~tied & (largest > 0.0)
    weighed: Bools = np.ones(spread.shape, dtype=np.bool_)
    weighed[everybody[aside], place[aside]] = False
    return aside, np.reshape(weighed, x.shape)


def _codes(p: _Pooled, latest: Bools, days: Ints, ladder: Ladder) -> NDArray[Any]:
    """The rungs of `evenstance.decision.rungs` over people, the first that holds back."""
    size = np.abs(p.log_ratio)
    pct = -100.0 * np.expm1(-size)
    side = np.where(size < NO_SIDE_BELOW, 0.0, np.sign(p.log_ratio))
    sides = np.where(np.abs(p.session_log_ratios) < NO_SIDE_BELOW, 0, p.session_log_ratios)
    same = latest & (np.sign(sides) == side[:, None]) & (side != 0.0)[:, None]
    alike = same.sum(1)
    n_days = _distinct_days(days, same)
    looks = latest.sum(1)
    beyond = size > _t(p.df, ladder.confidence_pct) * p.standard_error
    strict = size > _t(p.df, ladder.strict_confidence_pct) * p.standard_error
    made_up = p.within * ladder.min_holds_per_leg <= p.mean_holds * log_variance_from_pct(
        ladder.made_up_cv_pct
    )
    above = p.cv_pct >= smallest_printed_above(ladder.cv_limit_pct, ladder.decimals)
    far_above = p.cv_pct >= smallest_printed_above(ladder.cv_limit_strict_pct, ladder.decimals)
    rungs: list[tuple[Bools, Reason]] = [
        (~beyond, "interval_includes_zero"),
        (pct < smallest_printed_as(ladder.threshold_pct, ladder.decimals), "small_but_consistent"),
        (looks == 1, "seen_once"),
        (alike < ladder.min_same_side, "sides_disagree"),
        (n_days < ladder.min_days, "one_day_only"),
        (looks < ladder.sessions, "third_session_needed"),
        (~strict, "strict_interval_includes_zero"),
    ]
    code = np.select(
        [holds_back for holds_back, _ in rungs],
        [CODES[reason] for _, reason in rungs],
        CODES["difference"],
    )
    scatter = ~made_up & (far_above | (above & (code != CODES["difference"])))
    return np.where(scatter, CODES["holds_scatter"], code)


def _distinct_days(days: Ints, chosen: Bools) -> Ints:
    """How many different days the chosen sessions of each person lie on."""
    found = np.zeros(len(chosen), dtype=np.int64)
    for k in range(chosen.shape[1]):
        seen = (chosen[:, :k] & (days[:, :k] == days[:, k : k + 1])).any(1)
        found += chosen[:, k] & ~seen
    return found


def _t(df: Ints, confidence_pct: float) -> Floats:
    return _looked_up(df, lambda value: t_quantile(value, 0.5 + confidence_pct / 200.0))


def _looked_up(keys: Ints, value: Callable[[int], float]) -> Floats:
    """`value` of every key; asked once for each, since few people differ in these numbers."""
    table: Floats = np.zeros(int(keys.max(initial=0)) + 1)
    for key in np.flatnonzero(np.bincount(keys)).tolist():
        table[key] = value(key)
    return table[keys]
