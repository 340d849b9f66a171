"""People whom practice does nothing: how often is an improvement of the difference printed?

    python tests/proof/no_effect.py

Everybody is measured in three sessions; the ladder gives some a block; they are measured in three
sessions again, and the verdict on the re-test is made. Nothing changes in between but chance. True
log ratios are drawn from several spreads between people, each person's CV within a leg from 7 to
15 %, the ratio wanders 5 % between sessions and both legs together 10 %. Whoever gets a block is
judged by the product's own code (`decide`, `judge`); the others are sorted out by the vectorised
ladder, which is held against `decide` on a sample. Then the same people with a true difference
that practice closed, and by the vectorised form many more people, also with other wanders.

Prints the tables of docs/evidence/retest.md; exit code 1 when a limit is not met.
"""

from __future__ import annotations

import argparse
import datetime
import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evenstance.decision.change import change
from evenstance.decision.ladder import decide
from evenstance.decision.parameters import LADDER
from evenstance.decision.types import SessionHolds
from evenstance.decision.vectorised import CODES, Judged
from evenstance.decision.vectorised import judge as judge_many
from evenstance.reliability.pooling import log_variance_from_pct
from evenstance.reliability.student import t_quantile
from evenstance.retest.judge import judge
from evenstance.retest.parameters import RULES, Rules

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SPREADS: dict[str, tuple[float, ...]] = {
    "4 %": (4.0,),
    "6 %": (6.0,),
    "8 %": (8.0,),
    "10 %": (10.0,),
    "12 %": (12.0,),
    "15 %": (15.0,),
    "4, 8 and 15 %, a third each": (4.0, 8.0, 15.0),
}
CV_PCT = (7.0, 15.0)
WANDER_PCT, COMMON_WANDER_PCT = 5.0, 10.0
LIMIT_PCT = 5.0
SAMPLE = 200
FIRST = datetime.date(2026, 1, 5)


@dataclass(frozen=True)
class People:
    """Kind of people: spreads of the true ratio (%), its wander (%), holds, what stays of it."""

    spreads_pct: tuple[float, ...]
    holds: int = 3
    wander_pct: float = WANDER_PCT
    stays: float = 1.0
    cv_pct: tuple[float, float] = CV_PCT


@dataclass
class Count:
    """What was printed: of all people, and of those with a block."""

    people: int = 0
    blocks: int = 0
    smaller: int = 0
    smaller_and_better: int = 0
    leg_better: int = 0
    raw_smaller: int = 0
    not_confirmed: int = 0
    rows: Counter[str] = field(default_factory=Counter[str])

    def of_all(self, number: int) -> float:
        return 100.0 * number / self.people

    def of_blocks(self, number: int) -> float:
        return 100.0 * number / self.blocks if self.blocks else 0.0


def sd(pct: float) -> float:
    """SD of the logs."""
    return math.sqrt(log_variance_from_pct(pct))


def ratios(kind: People, people: int, rng: np.random.Generator) -> Floats:
    """True ln(R/L) of each person."""
    spread = np.array([sd(pct) for pct in kind.spreads_pct])
    return rng.standard_normal(people) * spread[rng.integers(len(spread), size=people)]


def draw(ratio: Floats, cv: Floats, kind: People, rng: np.random.Generator) -> Floats:
    """Logs of force SD about 5 N: people x three sessions x 2 legs x holds."""
    n, sessions = len(ratio), LADDER.sessions
    x = math.log(5.0) + cv[:, None, None, None] * rng.standard_normal((n, sessions, 2, kind.holds))
    x += sd(COMMON_WANDER_PCT) * rng.standard_normal((n, sessions, 1, 1))
    now = ratio[:, None] + sd(kind.wander_pct) * rng.standard_normal((n, sessions))
    x[:, :, 1] += now[..., None] / 2.0
    x[:, :, 0] -= now[..., None] / 2.0
    return x


def sessions_of(logs: Floats, start: int) -> list[SessionHolds]:
    """One person's sessions as the history gives them, every third day from day `start`."""
    return [
        SessionHolds(
            f"s{start + 3 * k}",
            FIRST + datetime.timedelta(days=start + 3 * k),
            False,
            "barefoot",
            tuple(math.exp(x) for x in left),
            tuple(math.exp(x) for x in right),
            0,
        )
        for k, (left, right) in enumerate(logs.tolist())
    ]


def simulate(kind: People, people: int, seed: int, rules: Rules = RULES) -> Count:
    """Measure, block, re-test; everybody with a block by the product's own code."""
    rng = np.random.default_rng([seed, people, *(round(10 * s) for s in kind.spreads_pct)])
    ratio = ratios(kind, people, rng)
    cv = np.sqrt(np.log1p((rng.uniform(*kind.cv_pct, people) / 100.0) ** 2))
    before = draw(ratio, cv, kind, rng)
    after = draw(kind.stays * ratio, cv, kind, rng)
    code = judge_many(before).code
    chosen = np.flatnonzero(code == CODES["difference"])
    for one in rng.integers(people, size=min(SAMPLE, people)).tolist():
        assert CODES[decide(sessions_of(before[one], 0)).reason] == code[one]
    shortcut = smaller_many(judge_many(before[chosen]), judge_many(after[chosen]), kind, rules)
    found = Count(people=people, blocks=len(chosen))
    for one, quick in zip(chosen.tolist(), shortcut.tolist(), strict=True):
        base, retest = sessions_of(before[one], 0), sessions_of(after[one], 60)
        given = decide(base, "clear")
        assert given.block_allowed and given.comparison is not None
        step = decide([*base, *retest], "clear").step
        leg = given.comparison.less_steady
        verdict = judge(base, retest, 15, 18, step, less_steady=leg, rules=rules)
        assert (verdict.gap_state == "smaller") == quick
        moved = change(base, retest).gap
        assert moved is not None
        found.smaller += verdict.gap_state == "smaller"
        found.smaller_and_better += verdict.row_id.startswith("better_smaller")
        found.leg_better += verdict.leg_state == "better"
        found.raw_smaller += moved.outcome == "improved"
        found.not_confirmed += verdict.still == "no"
        found.rows[verdict.row_id] += 1
    return found


def smaller_many(before: Judged, after: Judged, kind: People, rules: Rules = RULES) -> Bools:
    """`retest.expected.expected` over people, less steady leg as the base reading says."""
    sign = np.sign(before.log_ratio)
    base, now = np.abs(before.log_ratio), sign * after.log_ratio
    own_df = 2 * LADDER.sessions * (kind.holds - 1) + LADDER.prior_df
    kept = log_variance_from_pct(rules.spread_between_people_pct)
    kept = kept / (kept + before.standard_error**2)
    error = np.sqrt(kept * before.standard_error**2 + after.standard_error**2)
    df_before, df_after = own_df - before.set_aside, own_df - after.set_aside
    smallest = np.minimum(df_before, df_after)
    half = _t(smallest, rules.confidence_pct) * error
    other_side = now < -_t(df_after, LADDER.confidence_pct) * after.standard_error
    middle = kept * base
    return (now < middle - half) & (np.abs(now) < middle) & ~other_side


def _t(df: NDArray[np.int64], confidence_pct: float) -> Floats:
    values = {
        int(one): t_quantile(int(one), 0.5 + confidence_pct / 200.0) for one in set(df.tolist())
    }
    return np.array([values[int(one)] for one in df.tolist()])


def many(kind: People, people: int, seed: int) -> tuple[int, float]:
    """How many got a block, and the share (%) of them told "smaller", by the vectorised form."""
    rng = np.random.default_rng([seed, 7, people, *(round(10 * s) for s in kind.spreads_pct)])
    blocks = smaller = 0
    for _ in range(0, people, 50_000):
        size = min(50_000, people)
        ratio = ratios(kind, size, rng)
        cv = np.sqrt(np.log1p((rng.uniform(*kind.cv_pct, size) / 100.0) ** 2))
        first = draw(ratio, cv, kind, rng)
        given = judge_many(first).code == CODES["difference"]
        later = draw(kind.stays * ratio[given], cv[given], kind, rng)
        blocks += int(given.sum())
        smaller += int(smaller_many(judge_many(first[given]), judge_many(later), kind).sum())
    return blocks, 100.0 * smaller / blocks if blocks else 0.0


def no_effect_table(people: int, seed: int) -> float:
    """Print the main table; the worst share of all people."""
    print(f"**No effect: {people} people a row**\n")
    print(
        "| true spread | holds | with a block | difference smaller: of all "
        "| of those with a block | and the leg better | leg better | not confirmed any more "
        "| before/after alone |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    worst = 0.0
    for name, spreads in SPREADS.items():
        for holds in (3, 5):
            c = simulate(People(spreads, holds), people, seed)
            worst = max(worst, c.of_all(c.smaller))
            print(no_effect_row(name, holds, c), flush=True)
    return worst


def no_effect_row(name: str, holds: int, c: Count) -> str:
    return (
        f"| {name} | {holds} | {c.blocks} | {c.of_all(c.smaller):.2f} % "
        f"| {c.of_blocks(c.smaller):.1f} % | {c.of_blocks(c.smaller_and_better):.1f} % "
        f"| {c.of_blocks(c.leg_better):.1f} % | {c.of_blocks(c.not_confirmed):.0f} % "
        f"| {c.of_blocks(c.raw_smaller):.1f} % |"
    )


def power_table(people: int, seed: int) -> None:
    print(f"\n**The true difference closed to zero: {people} people a row**\n")
    print(
        "| true spread | holds | with a block | difference smaller | and the leg better "
        "| leg better | not confirmed any more |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, spreads in SPREADS.items():
        for holds in (3, 5):
            c = simulate(People(spreads, holds, stays=0.0), people, seed)
            print(
                f"| {name} | {holds} | {c.blocks} | {c.of_blocks(c.smaller):.0f} % "
                f"| {c.of_blocks(c.smaller_and_better):.0f} % | {c.of_blocks(c.leg_better):.0f} % "
                f"| {c.of_blocks(c.not_confirmed):.0f} % |",
                flush=True,
            )


def precise_table(people: int, seed: int) -> float:
    """Print shares of those with a block; the worst at a spread of 6 % or more, wander 5 %."""
    print(f'\n**No effect, "smaller" of those with a block, {people} people a cell**\n')
    kinds = {
        "3 holds": {},
        "5 holds": {"holds": 5},
        "CV 7 %": {"cv_pct": (7.0, 7.0)},
        "CV 15 %": {"cv_pct": (15.0, 15.0)},
        "CV 15 %, 5 holds": {"cv_pct": (15.0, 15.0), "holds": 5},
        "wander 0 %": {"wander_pct": 0.0},
        "wander 10 %": {"wander_pct": 10.0},
    }
    print(f"| true spread | {' | '.join(kinds)} |")
    print(f"| --- |{' --- |' * len(kinds)}")
    worst = 0.0
    for name, spreads in SPREADS.items():
        cells: list[str] = []
        for what, changed in kinds.items():
            _, share = many(People(spreads, **changed), people, seed)  # type: ignore[arg-type]
            cells.append(f"{share:.1f} %")
            if min(spreads) >= 6.0 and not what.startswith("wander"):
                worst = max(worst, share)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    return worst


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--precise-people", type=int, default=400_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    of_all = no_effect_table(options.people, options.seed)
    power_table(options.people, options.seed)
    of_blocks = precise_table(options.precise_people, options.seed)
    print(f"\nWorst share of all people: {of_all:.2f} % (limit {LIMIT_PCT:g} %).")
    print(
        f"Worst share of those with a block, true spread 6 % or more, wander {WANDER_PCT:g} %: "
        f"{of_blocks:.1f} % (limit {LIMIT_PCT:g} %)."
    )
    return int(of_all > LIMIT_PCT or of_blocks > LIMIT_PCT)


if __name__ == "__main__":
    raise SystemExit(main())
