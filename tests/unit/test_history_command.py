"""Sessions over time: what is compared, band, trend, bars, blocks, widths, JSON."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from histories import empty_history
from made_sessions import FIRST, LOOSE, STEADY, add_session, add_weeks
from set_clock import set_clock

from evenstance import cli
from evenstance.decision.band import bands
from evenstance.decision.change import change_over_time
from evenstance.errors import InputError, UsageError
from evenstance.flows.history import history_of
from evenstance.report.history import (
    WHY_NOT,
    History,
    WhyNot,
    history_json,
    show_history,
)
from evenstance.report.results import show_results
from evenstance.report.sparkline import BLOCKS, can_draw
from evenstance.report.terminal import Terminal
from evenstance.store.database import open_store
from evenstance.store.location import store_path
from evenstance.store.records import STANDARD_CONDITIONS
from evenstance.store.repository import Store

TODAY = date(2026, 11, 26)
SOCKS = replace(STANDARD_CONDITIONS, footwear="socks")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path))
    set_clock(monkeypatch, TODAY)
    for name in ("NO_COLOR", "COLUMNS", "TERM"):
        monkeypatch.delenv(name, raising=False)
    with open_store(empty_history(store_path())) as opened:
        yield opened


@pytest.fixture
def anna(store: Store) -> int:
    return store.athlete("Anna").id


def history(store: Store, metric: str | None = None) -> History:
    return history_of(store, store.athlete("Anna", create=False), TODAY, metric)


class Screen(io.StringIO):
    """A terminal of a given width."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def shown(
    monkeypatch: pytest.MonkeyPatch, found: History, width: int, last: int = 20
) -> list[str]:
    """The printed lines on a terminal, without colours."""
    screen = Screen()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stdout", screen)
    show_history(found, last, Terminal(screen))
    return re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).split("\n")


def test_every_session_says_why_it_is_not_compared(store: Store, anna: int) -> None:
    first = add_session(store, anna, FIRST, familiarisation=True)
    counted = add_session(store, anna, FIRST + timedelta(days=1))
    socks = add_session(store, anna, FIRST + timedelta(days=2), conditions=SOCKS)
    few = add_session(store, anna, FIRST + timedelta(days=3), STEADY[:2], LOOSE)
    bad = add_session(store, anna, FIRST + timedelta(days=4), reasons=1)
    add_session(store, anna, FIRST + timedelta(days=5), purpose="practice")
    last = add_session(store, anna, FIRST + timedelta(days=6))
    found = history(store)
    assert {row.session.id: row.why_not for row in found.rows} == {
        first: "familiarisation",
        counted: None,
        socks: "other_conditions",
        few: "too_few_holds",
        bad: "too_few_holds",
        last: None,
    }
    assert found.practice_only == 1
    assert found.change is not None
    assert [one.session_id for one in found.change.base] == [counted, last]
    rows = {row.session.id: row for row in found.rows}
    assert rows[bad].left is rows[bad].gap is None
    assert rows[last].left is not None
    assert rows[last].left.value == pytest.approx((4.0 * 4.2 * 3.9) ** (1 / 3))
    text = CliRunner().invoke(cli.cli, ["history"]).output
    for session, why in (
        (first, "familiarisation"),
        (socks, "other_conditions"),
        (few, "too_few_holds"),
    ):
        name: WhyNot = why  # type: ignore[assignment]
        [line] = [one for one in text.split("\n") if f"{session[:8]}: not compared" in one]
        assert WHY_NOT[name].split()[0] in line
    assert "Compared: 2 of 6" in text
    assert "and 1 session(s) of practice only" in text


def test_the_band_is_that_of_one_more_session(store: Store, anna: int) -> None:
    for day in range(3):
        add_session(store, anna, FIRST + timedelta(days=day), [4.0] * 5, [5.0] * 5)
    found = change_over_time(store.session_holds(anna))
    left, right, gap = bands(found)
    # three base sessions and one to come, each of 5 holds: 11 % between, 14.5 % within, assumed
    of_one = math.log(1 + 0.11**2) + math.log(1 + 0.145**2) / 5
    half = 1.96 * math.sqrt(of_one / 3 + of_one)
    assert (left.low, left.high) == (
        pytest.approx(4.0 * math.exp(-half), rel=1e-6),
        pytest.approx(4.0 * math.exp(half), rel=1e-6),
    )
    assert (left.source, left.unit, right.mean) == ("assumed", "N", pytest.approx(5.0))
    gap_half = 1.96 * math.sqrt((math.log(1 + 0.05**2) + 2 * math.log(1 + 0.145**2) / 5) * (4 / 3))
    assert math.log(1.25) < gap_half  # the band reaches to where the left leg is larger
    assert gap.low == pytest.approx(-100 * (1 - math.exp(math.log(1.25) - gap_half)), rel=1e-6)
    assert gap.high == pytest.approx(100 * (1 - math.exp(-math.log(1.25) - gap_half)), rel=1e-6)
    assert (gap.unit, gap.mean) == ("%", pytest.approx(20.0))
    for band in (left, right, gap):
        assert band.outside(band.mean) is None
        assert band.outside(band.low - 0.01) == "below"
        assert band.outside(band.high + 0.01) == "above"
    assert bands(change_over_time([])) == ()


def test_a_session_outside_is_marked_and_no_verdict(store: Store, anna: int) -> None:
    for day in range(3):
        add_session(store, anna, FIRST + timedelta(days=day), [4.0] * 5, [4.0] * 5)
    add_session(store, anna, FIRST + timedelta(days=9), [2.0] * 5, [4.1] * 5)
    rows = history(store).rows
    assert [dict(row.outside) for row in rows] == [{}, {}, {}, {"left": "below", "gap": "above"}]
    text = CliRunner().invoke(cli.cli, ["history"]).output
    assert "2.00v" in text
    assert "+51.2^" in text
    assert "1 in 20 is by chance" in text


def test_trend_and_own_error_are_those_of_the_change(store: Store, anna: int) -> None:
    add_weeks(store, anna, 7)
    found = history(store)
    assert found.change == change_over_time(store.session_holds(anna))
    assert [one.subject for one in found.change.trends] == ["left", "right", "gap"]
    assert {band.source for band in found.bands} == {"own"}
    text = CliRunner().invoke(cli.cli, ["history"]).output
    assert text.count("95 % interval") == 3


def test_blocks_of_practice_are_marked(
    store: Store, anna: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_weeks(store, anna, 6)
    found = history(store)
    assert {row.block for row in found.rows} == {None}
    from evenstance.plan.history import PastBlock

    block = PastBlock(
        plan_id=1,
        kind="balance_block",
        block_number=1,
        starts_on=FIRST + timedelta(weeks=3),
        last_day=FIRST + timedelta(weeks=9),
        ended_on=FIRST + timedelta(weeks=4),
        ended_why="moved",
        clinician=None,
        state="ended_early",
        done=3,
        partly=0,
        not_done=1,
        planned_so_far=4,
        planned=18,
        stage=1,
        reasons=(),
        retest_sessions=0,
        row_id=None,
        verdict=None,
        next=None,
    )
    monkeypatch.setattr("evenstance.flows.history.past_blocks", lambda *_: (block,))
    found = history(store)
    assert [row.block for row in found.rows] == [None, None, None, 1, 1, None, None]
    lines = shown(monkeypatch, found, 60)
    assert any(re.match(r"block --==--  ", line) for line in lines)
    assert any("=1 balance block from 2026-09-22 to 2026-09-29: 3 of 18" in one for one in lines)


def test_a_blocking_answer_stands_first_and_nothing_is_compared(store: Store, anna: int) -> None:
    add_weeks(store, anna, 5)
    store.care.save_screen(
        anna, answered_on=TODAY, age_y=40, answers={"ces_saddle": True}, state="blocked"
    )
    found = history(store)
    assert (found.change, found.bands) == (None, ())
    assert {row.why_not for row in found.rows} == {"familiarisation", "blocked"}
    text = CliRunner().invoke(cli.cli, ["history"]).output
    assert found.first is not None
    assert "EMERGENCY" in text.upper()
    assert "Trend" not in text
    assert "MDC band" not in text


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("hold_time_s", 25.0),
        ("touch_down_count", 0.0),
        ("load_share_mean_pct", 99.5),
        ("stray_load_pct_bw", 0.5),
    ],
)
def test_other_metrics_have_neither_band_nor_trend(
    store: Store, anna: int, metric: str, value: float
) -> None:
    add_weeks(store, anna, 5)
    found = history(store, metric)
    assert (found.change, found.bands) == (None, ())
    for row in found.rows:
        assert row.left is not None
        assert (row.left.value, row.gap) == (pytest.approx(value), pytest.approx(0.0))
    text = CliRunner().invoke(cli.cli, ["history", "--metric", metric]).output
    assert "no error size is known" in text


def test_a_hold_that_ended_early_has_a_time_and_no_force_sd(store: Store, anna: int) -> None:
    add_session(store, anna, FIRST)
    add_session(store, anna, FIRST + timedelta(days=1), reasons=1, end_us=9_000_000)
    [_, early] = history(store, "hold_time_s").rows
    assert early.left is not None
    assert (early.left.value, early.left.holds) == (9.0, 3)
    [_, early] = history(store, "force_sd_n").rows
    assert early.left is None


def test_values_of_another_method_are_not_compared(store: Store, anna: int) -> None:
    for day, method in enumerate(("droop@1", "droop@2", "droop@2")):
        add_session(store, anna, FIRST + timedelta(days=day), droop=method)
    found = history(store)
    assert found.metric.id == "force_sd_droop_corrected_n"
    assert [row.why_not for row in found.rows] == ["other_method", None, None]
    assert found.change is not None
    assert len(found.change.base) == 2


def test_metrics_that_are_not_there(store: Store, anna: int) -> None:
    with pytest.raises(InputError, match="cannot know it"):
        history(store, "cop_path")
    with pytest.raises(UsageError, match="two-legged"):
        history(store, "sum_force_sd_n")
    with pytest.raises(UsageError, match="no metric"):
        history(store, "nothing")


def test_what_is_compared_but_not_alike_is_said(store: Store, anna: int) -> None:
    add_session(store, anna, FIRST, at=time(18, 0), firmware="0.3.0")
    add_session(store, anna, FIRST + timedelta(days=1))
    [evening, latest] = history(store).rows
    assert [one.name for one in evening.differs] == ["time_of_day", "firmware"]
    assert latest.differs == ()


@pytest.mark.parametrize("width", [60, 100])
def test_no_line_is_longer_than_the_window_nor_cut_in_a_number(
    store: Store, anna: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_weeks(store, anna, 30)
    add_session(
        store, anna, date(2027, 6, 1), [104.25] * 5, [98.75] * 5, at=time(18, 30), firmware="0.5.0"
    )
    found = history(store)
    lines = shown(monkeypatch, found, width, last=30)
    assert max(map(len, lines)) <= width
    rows = [line for line in lines if re.match(r"\d{4}-\d\d-\d\d [0-9a-f]{8} ", line)]
    assert len(rows) == 30
    assert re.search(r"104\^? +98\.8\^?", rows[-1])
    [left] = [line for line in lines if line.startswith("left  ")]
    assert set(left.split()[1]) <= set(BLOCKS)
    assert re.search(r"from 3\.9\d to 104$", left)


@pytest.mark.parametrize("width", [60, 80])
def test_results_keep_numbers_whole_in_a_narrow_window(
    store: Store, anna: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evenstance.flows.results import athlete_results

    add_session(store, anna, FIRST, [14.25, 13.75, 15.5], [13.25] * 3)
    results = athlete_results(store, store.athlete("Anna"), TODAY)
    screen = Screen()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("sys.stdout", screen)
    show_results(results)
    text = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    assert max(map(len, text.split("\n"))) <= width
    for value in ("14.25 N (2.04 %BW)", "13.75 N (1.96 %BW)", "15.50 N (2.21 %BW)"):
        assert value in text


def test_no_colour_means_digits_and_no_codes(store: Store, anna: int) -> None:
    add_weeks(store, anna, 5)
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        text = CliRunner(env=env).invoke(cli.cli, ["history"]).output
        assert "\x1b" not in text
        assert text.isascii()
        [left] = [line for line in text.split("\n") if line.startswith("left  ")]
        assert re.fullmatch(r"left  [1-8]{5}  from [\d.]+ to [\d.]+", left)


def test_bars_need_an_encoding_that_has_them() -> None:
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert not can_draw(ascii_only, {})
    assert can_draw(Screen(), {})
    assert not can_draw(Screen(), {"NO_COLOR": "1"})
    assert can_draw(Screen(), {"NO_COLOR": ""})


def test_pages(store: Store, anna: int) -> None:
    add_weeks(store, anna, 7)
    run = CliRunner()
    assert (
        len(re.findall(r"^2026-", run.invoke(cli.cli, ["history", "--last", "3"]).output, re.M))
        == 3
    )
    whole = json.loads(run.invoke(cli.cli, ["history", "--json"]).stdout)
    few = json.loads(run.invoke(cli.cli, ["history", "--json", "--last", "2"]).stdout)
    assert (len(whole["sessions"]), len(few["sessions"]), few["sessions_in_all"]) == (8, 2, 8)
    assert whole["sessions"][-2:] == few["sessions"]
    heads = re.compile(r"^2026-\d\d-\d\d quick", re.M)
    text = run.invoke(cli.cli, ["results"]).output
    assert len(heads.findall(text)) == 5
    assert "The last 5 of 8 sessions" in text
    assert len(heads.findall(run.invoke(cli.cli, ["results", "--last", "9"]).output)) == 8
    assert len(json.loads(run.invoke(cli.cli, ["results", "--json"]).stdout)["sessions"]) == 8


def test_one_session_of_the_results(store: Store, anna: int) -> None:
    ids = add_weeks(store, anna, 4)
    done = CliRunner().invoke(cli.cli, ["results", "--session", ids[2][:10], "--json"])
    one = json.loads(done.stdout)
    assert [session["id"] for session in one["sessions"]] == [ids[2]]
    assert {hold["session_id"] for hold in one["holds"]} == {ids[2]}
    assert one["verdict"]["step"] == 3  # of all sessions
    assert one["sessions"][0]["time_of_day"] == "09:00"
    text = CliRunner().invoke(cli.cli, ["results", "--session", "last-1"]).output
    assert (
        f"09:00, eyes open, firm surface, barefoot, arms hips, gaze mark; id {ids[3][:8]}" in text
    )
    assert ids[4][:8] not in text


def test_results_warn_of_compared_sessions_of_other_hours(store: Store, anna: int) -> None:
    for day, hour in enumerate((9, 11, 11)):
        add_session(store, anna, FIRST + timedelta(days=day), at=time(hour, 0))
    assert "h of the day apart" not in CliRunner().invoke(cli.cli, ["results"]).output
    add_session(store, anna, FIRST + timedelta(days=5), at=time(18, 0))
    done = json.loads(CliRunner().invoke(cli.cli, ["results", "--json"]).stdout)
    [line] = done["times"]
    assert line.startswith("The compared sessions were up to 7.0 h of the day apart")


def test_the_json_object(store: Store, anna: int) -> None:
    add_weeks(store, anna, 4)
    found: dict[str, Any] = history_json(history(store))
    assert json.loads(json.dumps(found)) == found
    assert list(found) == [
        "athlete",
        "metric",
        "unit",
        "method",
        "gap",
        "sessions",
        "sessions_in_all",
        "practice_only",
        "bands",
        "change",
        "retest",
        "blocks",
        "blocked",
        "rules",
    ]
    assert list(found["sessions"][0]) == [
        "id",
        "day",
        "time_of_day",
        "conditions",
        "protocol",
        "left",
        "right",
        "gap",
        "compared",
        "why_not",
        "why_not_text",
        "outside_band",
        "block",
        "differs",
        "note",
    ]
    assert list(found["sessions"][0]["left"]) == ["value", "holds"]
    assert list(found["bands"][0]) == ["subject", "unit", "mean", "low", "high", "source"]
    assert found["gap"] == {"formula": "pct_larger", "unit": "%"}
    assert found["sessions"][0]["why_not"] == "familiarisation"


def test_nothing_measured_yet(store: Store, anna: int) -> None:
    done = CliRunner().invoke(cli.cli, ["history"])
    assert done.exit_code == 0
    assert "No session with a scored hold yet" in done.output
    assert json.loads(CliRunner().invoke(cli.cli, ["history", "--json"]).stdout)["sessions"] == []


def test_the_page_names_every_reason_and_every_key(store: Store, anna: int) -> None:
    from doc_pages import page

    doc = page("docs/history.md")
    told = {row[0].strip("`") for row in doc.table("why_not", "when", under="history")}
    assert told == set(WHY_NOT)
    add_weeks(store, anna, 4)
    found = history_json(history(store))
    for key in (*found, *found["sessions"][0], *found["bands"][0], *found["gap"]):
        assert f"`{key}`" in doc.text, key
