"""Two sessions side by side: numbers, refusals by name, warnings."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from histories import empty_history
from made_sessions import FIRST, LOOSE, STEADY, add_session

from evenstance import cli
from evenstance.errors import InputError, ScreenBlockedError, UsageError
from evenstance.flows.comparability import hours_apart
from evenstance.flows.compare import REFUSALS, compare_sessions
from evenstance.report.compare import Compared
from evenstance.store.database import open_store
from evenstance.store.location import store_path
from evenstance.store.records import STANDARD_CONDITIONS
from evenstance.store.repository import Store

TODAY = date(2026, 11, 26)
LATER = FIRST + timedelta(days=14)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path))
    with open_store(empty_history(store_path())) as opened:
        yield opened


@pytest.fixture
def anna(store: Store) -> int:
    return store.athlete("Anna").id


def compared(store: Store, one: str, other: str, metric: str | None = None) -> Compared:
    by_id = {session.id: session for session in store.sessions()}
    return compare_sessions(store, by_id[one], by_id[other], TODAY, metric)


def refused(store: Store, one: str, other: str, metric: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        compared(store, one, other, metric)
    assert caught.value.next_step
    return caught.value.what


def test_the_numbers_are_those_of_the_two_alone_whatever_the_order(
    store: Store, anna: int
) -> None:
    before = add_session(store, anna, FIRST, STEADY, LOOSE)
    add_session(store, anna, FIRST + timedelta(days=7), [9.0] * 3, [1.0] * 3)
    after = add_session(store, anna, LATER, [2.0] * 5, [5.2] * 5)
    found = compared(store, after, before)
    assert (found.before.id, found.after.id) == (before, after)
    left, right = found.change.legs
    assert left.before_n == pytest.approx((4.0 * 4.2 * 3.9) ** (1 / 3))
    assert left.after_n == pytest.approx(2.0)
    # one session before and one after: 1.96 sqrt(sum of variances), 11 and 14.5 % assumed
    variances = [math.log(1 + 0.11**2) + math.log(1 + 0.145**2) / n for n in (3, 5)]
    mdc = 1.959964 * math.sqrt(sum(variances))
    assert left.drop_needed_pct == pytest.approx(100 * (1 - math.exp(-mdc)), rel=1e-4)
    assert (left.outcome, right.outcome) == ("improved", "unchanged")
    assert found.change.gap is not None
    assert found.change.gap.after_pct == pytest.approx(100 * (1 - 2.0 / 5.2))
    assert found.differences == ()
    assert found.few_holds == ()
    assert (found.metric, found.method) == ("force_sd_n", "summary of the board")


def test_every_refusal_has_its_name(store: Store, anna: int) -> None:
    plain = add_session(store, anna, FIRST)
    ben = add_session(store, store.athlete("Ben").id, FIRST)
    nobody = add_session(store, None, FIRST)
    other_nobody = add_session(store, None, LATER)
    imported = add_session(store, anna, LATER, protocol="import", board="import-wii")
    one_leg = add_session(store, anna, LATER, STEADY, [])
    practice = add_session(store, anna, LATER, purpose="practice")
    first = add_session(store, anna, LATER, droop="droop@1")
    second = add_session(store, anna, LATER, droop="droop@2")
    told = {
        "same_session": refused(store, plain, plain),
        "other_person": refused(store, plain, ben),
        "other_plates": refused(store, plain, imported),
        "no_holds": refused(store, plain, one_leg),
        "other_metric": refused(store, plain, first),
        "other_method": refused(store, first, second),
    }
    assert set(told) == set(REFUSALS)
    for name, what in told.items():
        assert f"({name})" in what
        assert REFUSALS[name] in what
    assert "(other_person)" in refused(store, nobody, other_nobody)
    assert "(no_holds)" in refused(store, plain, practice)
    assert "(no_holds)" in refused(store, plain, first, "force_sd_droop_corrected_n")
    assert compared(store, plain, first, "force_sd_n").metric == "force_sd_n"
    assert compared(store, first, add_session(store, anna, TODAY, droop="droop@1")).metric == (
        "force_sd_droop_corrected_n"
    )


def test_metrics_without_an_error_and_numbers_nobody_knows(store: Store, anna: int) -> None:
    one, other = add_session(store, anna, FIRST), add_session(store, anna, LATER)
    with pytest.raises(UsageError, match="error is not known"):
        compared(store, one, other, "hold_time_s")
    with pytest.raises(InputError, match="cannot know it"):
        compared(store, one, other, "cop_velocity")
    with pytest.raises(UsageError, match="no metric 'force'"):
        compared(store, one, other, "force")


def test_a_blocking_answer_comes_first(store: Store, anna: int) -> None:
    one, other = add_session(store, anna, FIRST), add_session(store, anna, LATER)
    store.care.save_screen(
        anna,
        answered_on=TODAY,
        age_y=40,
        answers={"ces_saddle": True},
        state="blocked",
    )
    with pytest.raises(ScreenBlockedError, match="No comparison"):
        compared(store, one, other)


CHANGES: dict[str, dict[str, Any]] = {
    "eyes": {"conditions": replace(STANDARD_CONDITIONS, eyes="closed")},
    "surface": {"conditions": replace(STANDARD_CONDITIONS, surface="foam")},
    "footwear": {"conditions": replace(STANDARD_CONDITIONS, footwear="socks")},
    "arms": {"conditions": replace(STANDARD_CONDITIONS, arms=None)},
    "gaze_mark": {"conditions": replace(STANDARD_CONDITIONS, gaze_mark=False)},
    "time_of_day": {"at": time(11, 1)},
    "kind": {"familiarisation": True},
    "board": {"board": "e66164084319a12c"},
    "firmware": {"firmware": "0.5.0"},
    "rules": {"rules_id": 1},
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_difference_alone_is_warned_of(store: Store, anna: int, name: str) -> None:
    one = add_session(store, anna, FIRST)
    other = add_session(store, anna, LATER, **CHANGES[name])
    found = compared(store, one, other)
    assert [difference.name for difference in found.differences] == [name]
    shown = CliRunner().invoke(cli.cli, ["compare", "last", "last-1"]).output
    assert "Compare with care" in shown
    assert name.replace("_", " ") in shown


@pytest.mark.parametrize(("hour", "apart"), [(11, 2.0), (23, 10.0), (21, 12.0), (0, 9.0)])
def test_hours_apart_are_those_of_the_clocks_face(
    store: Store, anna: int, hour: int, apart: float
) -> None:
    add_session(store, anna, FIRST, at=time(9, 0))
    add_session(store, anna, LATER, at=time(hour, 0))
    one, other = store.sessions(anna)
    assert hours_apart(one, other) == hours_apart(other, one) == pytest.approx(apart)


def test_at_most_two_hours_apart_is_no_difference(store: Store, anna: int) -> None:
    one = add_session(store, anna, FIRST)
    assert compared(store, one, add_session(store, anna, LATER, at=time(11, 0))).differences == ()


def test_a_time_that_nobody_knows_is_said(store: Store, anna: int) -> None:
    one = add_session(store, anna, FIRST)
    note = "The board had no clock: the day is that of the pull."
    [found] = compared(store, one, add_session(store, anna, LATER, note=note)).differences
    assert (found.name, found.before, found.after) == ("time_of_day", "09:00", "not known")


def test_fewer_holds_than_count_are_said(store: Store, anna: int) -> None:
    one = add_session(store, anna, FIRST, [4.0], LOOSE)
    [line] = compared(store, one, add_session(store, anna, LATER)).few_holds
    assert line.startswith("2026-09-01: 1 valid hold(s) on the left leg")


def test_the_json_object(store: Store, anna: int) -> None:
    add_session(store, anna, FIRST)
    add_session(store, anna, LATER, at=time(18, 0))
    done = CliRunner().invoke(cli.cli, ["compare", "last-1", "last", "--json"])
    shown = json.loads(done.stdout)
    assert list(shown) == [
        "athlete",
        "metric",
        "method",
        "before",
        "after",
        "legs",
        "gap",
        "errors",
        "differences",
        "few_holds",
        "caution",
        "rules",
    ]
    assert list(shown["before"]) == ["id", "day", "time_of_day", "conditions"]
    assert list(shown["before"]["conditions"]) == [
        "eyes",
        "surface",
        "footwear",
        "arms",
        "gaze_mark",
    ]
    assert (shown["before"]["day"], shown["after"]["time_of_day"]) == ("2026-09-01", "18:00")
    assert [d["name"] for d in shown["differences"]] == ["time_of_day"]
    assert list(shown["differences"][0]) == ["name", "before", "after", "why", "text"]


def test_the_page_names_every_refusal() -> None:
    from doc_pages import page

    rows = page("docs/history.md").table("reason", "what it means", under="compare")
    assert [row[0].strip("`") for row in rows] == list(REFUSALS)
