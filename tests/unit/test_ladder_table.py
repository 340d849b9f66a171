from __future__ import annotations

import itertools
import math
import re
from pathlib import Path
from typing import get_args

import pytest
from ladder_cases import LESS_STEADY, STEADY, cases, session

from evenstance.decision.ladder import decide
from evenstance.decision.parameters import LADDER, TABLE
from evenstance.decision.rungs import Reason
from evenstance.decision.types import ScreenState, SessionHolds, Verdict
from evenstance.reliability.pooling import pct_from_log_ratio, pool

DOC = Path(__file__).parents[2] / "docs" / "evidence" / "decision.md"
NEVER = re.compile(
    r"diagnos|weak|corrects? imbalance|prevents? injur|fall-risk|\b(ab)?normal\b", re.IGNORECASE
)

Conditions = dict[str, str]
DOMAINS: Conditions = {
    "screen": "blocked|not blocked",
    "sessions": "none|familiarisation only|too few holds|1 counted|2 counted|3 counted",
    "CV": "up to 15 %|above 15 %|above 18 %",
    "95 % interval": "includes zero|excludes zero",
    "difference": "below 15 %|15 % or more",
    "on this side": "fewer than 2|2 or 3",
    "days of these": "1|2 or 3",
    "99 % interval": "includes zero|excludes zero",
}


def doc_rows(heading: str) -> list[Conditions]:
    section = DOC.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def matching(rows: list[Conditions], combination: Conditions) -> list[int]:
    return [
        k
        for k, row in enumerate(rows)
        if all(row[name] in ("any", value) for name, value in combination.items())
    ]


def conditions_of(history: list[SessionHolds], screen: ScreenState) -> Conditions:
    """The conditions of the table, worked out from the pooled numbers, not by the ladder."""
    found = {name: values.split("|")[0] for name, values in DOMAINS.items()}
    found["screen"] = "blocked" if screen == "blocked" else "not blocked"
    counted = [s for s in history if not s.familiarisation and len(s.right_n) >= 3]
    if not counted:
        kinds = {s.familiarisation for s in history}
        names = {frozenset[bool](): "none", frozenset({True}): "familiarisation only"}
        found["sessions"] = names.get(frozenset(kinds), "too few holds")
        return found
    pooled = pool([(s.left_n, s.right_n) for s in counted], LADDER.error_model())
    found["sessions"] = f"{len(counted)} counted"
    cv_pct = round(pooled.within.cv_pct, 1)
    holds = sum(2 / (1 / left + 1 / right) for left, right in pooled.holds) / len(counted)
    if holds < 3 * pooled.within.log_variance / math.log(1 + 0.12**2):  # else made up for
        kinds_of_cv = DOMAINS["CV"].split("|")
        found["CV"] = kinds_of_cv[(cv_pct > 15.0) + (cv_pct > 18.0)]
    for name, confidence_pct in (("95 % interval", 95.0), ("99 % interval", 99.0)):
        low, high = pooled.interval(confidence_pct)
        found[name] = "excludes zero" if low * high > 0 else "includes zero"
    large = abs(pct_from_log_ratio(pooled.log_ratio)) >= 15.0
    found["difference"] = "15 % or more" if large else "below 15 %"
    ratios = pooled.session_log_ratios
    same = [s.day for s, d in zip(counted, ratios, strict=True) if d * pooled.log_ratio > 0]
    found["on this side"] = "2 or 3" if len(same) > 1 else "fewer than 2"
    found["days of these"] = "2 or 3" if len(set(same)) > 1 else "1"
    return found


def test_the_table_answers_every_combination_exactly_once() -> None:
    rows = doc_rows("Every combination")
    names = list(DOMAINS)
    for values in itertools.product(*(DOMAINS[name].split("|") for name in names)):
        combination = dict(zip(names, values, strict=True))
        assert len(matching(rows, combination)) == 1, combination
    assert {row["reason"] for row in rows} == set(get_args(Reason))


def test_the_table_of_parameters_is_that_of_the_code() -> None:
    rows = doc_rows("The parameters")
    assert [tuple(row.values()) for row in rows] == [
        (row.name, f"{row.value:g}", row.unit, row.meaning, row.ground) for row in TABLE
    ]
    assert all("[D]" in row.ground or "[V]" in row.ground for row in TABLE)
    assert len({row.name for row in TABLE}) == len(TABLE)


@pytest.fixture(scope="module")
def judged() -> list[tuple[list[SessionHolds], ScreenState, Verdict]]:
    return [(history, screen, decide(history, screen)) for history, screen in cases()]


def test_the_ladder_does_what_the_table_says(
    judged: list[tuple[list[SessionHolds], ScreenState, Verdict]],
) -> None:
    rows = doc_rows("Every combination")
    seen: set[int] = set()
    for history, screen, verdict in judged:
        combination = conditions_of(history, screen)
        (k,) = matching(rows, combination)
        assert (str(verdict.step), verdict.reason) == (rows[k]["step"], rows[k]["reason"]), (
            combination
        )
        seen.add(k)
    assert seen == set(range(len(rows)))


def test_the_table_of_screen_states_agrees() -> None:
    rows = doc_rows("What the screen allows")
    history = [session(STEADY, LESS_STEADY, on=k) for k in (1, 2, 3)]
    assert [row["screen"] for row in rows] == list(get_args(ScreenState))
    for row in rows:
        verdict = decide(history, row["screen"])  # type: ignore[arg-type]
        assert str(verdict.step) == row["step of a difference"]
        assert ("yes" if verdict.block_allowed else "no") == row["balance block"]


def test_every_sentence_is_fit_to_be_read(
    judged: list[tuple[list[SessionHolds], ScreenState, Verdict]],
) -> None:
    texts: dict[str, str] = {}
    for _, _, verdict in judged:
        texts[verdict.reason] = verdict.text
        assert not NEVER.search(verdict.text), verdict.text
        assert verdict.text.count(". ") == 0, "one sentence"
        if verdict.comparison is not None:
            assert "this board" in verdict.text
            assert f"{abs(verdict.comparison.difference_pct):.1f} %" in verdict.text
            assert f"{abs(verdict.comparison.interval_high_pct):.1f} %" in verdict.text or (
                verdict.comparison.less_steady is not None
            )
        if verdict.reason in ("small_but_consistent", "difference"):
            assert "15 % (that limit is our proposal)" in verdict.text
    assert set(texts) == set(get_args(Reason))
