"""Everybody of a history: the decisions of each alone, in order, and nothing told too much."""

from __future__ import annotations

import io
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from big_history import make_history
from histories import empty_history
from made_sessions import add_session
from sqlalchemy import Engine, event
from team_history import NAMES, TODAY, before, fill_team, screen, team_history
from test_report_page import HOSTILE, Page
from test_store_size import looked_through

from evenstance import cli
from evenstance.errors import StoreError, UsageError
from evenstance.flows import connect
from evenstance.flows.history import history_of
from evenstance.flows.results import athlete_results
from evenstance.flows.team import team_of
from evenstance.knowledge.words import found
from evenstance.report.html.team_page import team_html
from evenstance.report.team import MEASURE_ONLY, NEEDS, Member, Team, team_json
from evenstance.report.team_text import show_team
from evenstance.report.terminal import Terminal
from evenstance.store import reading
from evenstance.store.database import open_store
from evenstance.store.location import STORE_FILE
from evenstance.store.repository import Store

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "team.txt"
LATER = date(2000, 4, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return team_history(tmp_path / STORE_FILE)


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """The made team's history."""
    with open_store(path) as opened:
        yield opened


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    with open_store(empty_history(tmp_path / "empty" / STORE_FILE)) as opened:
        yield opened


def test_a_plan_that_cannot_be_read_is_named_with_its_person(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        (name,) = db.execute(
            "SELECT name FROM athlete JOIN plan ON plan.athlete_id = athlete.id "
            "WHERE started_on IS NOT NULL ORDER BY plan.id"
        ).fetchone()
        db.execute("UPDATE plan SET body = '{}' WHERE started_on IS NOT NULL")
        db.commit()
    with open_store(path) as store, pytest.raises(StoreError, match=r"^A plan of ") as told:
        team_of(store, TODAY)
    assert told.value.what.startswith(f"A plan of {name} ")


@pytest.fixture
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is sent to the database, with its values."""
    sent: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        sent.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


class Screen(io.StringIO):
    """A terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def text(team: Team) -> str:
    stream = io.StringIO()
    show_team(team, Terminal(stream))
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def of(team: Team, name: str) -> Member:
    return next(one for one in team.members if one.name == name)


def test_a_team_with_each_need_reads_as_written(store: Store) -> None:
    team = team_of(store, TODAY)
    assert [one.name for one in team.members] == list(NAMES), "the most pressing first"
    assert [one.need for one in team.members] == list(NEEDS)
    assert text(team) == GOLDEN.read_text(encoding="utf-8")


def check_as_alone(store: Store) -> None:
    """Everybody's decision, sessions and next step are those that `results` gives alone."""
    team = team_of(store, TODAY)
    for person in store.athletes():
        member = of(team, person.name)
        alone = athlete_results(store, person, TODAY)
        assert (member.verdict, member.next) == (alone.verdict, alone.next)
        assert member.history == history_of(store, person, TODAY, None)
        assert member.last in (None, *alone.sessions)


def test_everybody_is_decided_on_as_alone(store: Store) -> None:
    check_as_alone(store)


def test_corrected_values_are_used_as_alone(store: Store) -> None:
    ada = store.athlete("Ada", create=False).id
    for days in (8, 6):
        add_session(store, ada, before(days), droop="force_sd_droop_corrected_n@1")
    kim_id = store.athlete("Kim").id
    for n, days in enumerate((9, 7, 5, 3)):
        method = f"force_sd_droop_corrected_n@{1 + n % 2}"
        add_session(store, kim_id, before(days), familiarisation=n == 0, droop=method)
    check_as_alone(store)
    kim = of(team_of(store, TODAY), "Kim")
    assert kim.history.metric.id == "force_sd_droop_corrected_n"
    assert {row.why_not for row in kim.history.rows} == {"familiarisation", "other_method", None}


def test_the_number_of_queries_does_not_grow_with_people_or_sessions(
    tmp_path: Path, asked: list[tuple[str, Any]]
) -> None:
    counts: list[int] = []
    for name, people, sessions in (("few", 2, 2), ("many", reading.PEOPLE_AT_ONCE, 4)):
        made = tmp_path / name / STORE_FILE
        make_history(made, people, sessions)
        with open_store(made) as opened:
            asked.clear()
            assert len(team_of(opened, LATER).members) == people
            counts.append(len(asked))
    assert counts[0] == counts[1] <= 15
    assert looked_through(made, asked) == set(), "no growing table is read from end to end"


def test_people_beyond_one_group_are_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = team_json(team_of(store, TODAY))
    monkeypatch.setattr(reading, "PEOPLE_AT_ONCE", 2)
    assert team_json(team_of(store, TODAY)) == whole


def test_all_of_it_is_of_one_moment(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [one.id for one in store.athletes()]
    monkeypatch.setattr(reading, "PEOPLE_AT_ONCE", 1)
    with store.reading() as at_once, open_store(path) as other:
        groups = at_once.groups(at_once.athletes())
        next(groups)
        add_session(other, ids[-1], TODAY)
        assert len(other.sessions(ids[-1])) == 5
        assert [len(g.sessions(one.id)) for one, g in groups if one.id == ids[-1]] == [4]


def test_of_a_screening_only_that_it_needs_a_look(store: Store) -> None:
    team = team_of(store, TODAY)
    ada = of(team, "Ada")
    alone = athlete_results(store, store.athlete("Ada"), TODAY)
    assert alone.screen is not None and alone.screen.state == "blocked"
    assert (ada.gap, ada.apart, ada.compared) == ("", (), None)
    told = (text(team), json.dumps(team_json(team)), Page(team_html(team)).text)
    for one in told:
        assert "needs a look" in one
        assert "stroke" not in one.lower()
        assert alone.next.statements[0].text not in one
        assert "clinician" not in one
    assert team_json(team)["people"][0]["verdict"] is None
    assert 'aria-label="Ada' not in team_html(team), "no figure of hers"


def test_who_may_only_be_measured_is_nothing_to_look_at(store: Store) -> None:
    dov = store.athlete("Dov", create=False).id
    screen(store, dov, TODAY, {"neuro": True})
    member = of(team_of(store, TODAY), "Dov")
    assert (member.need, member.coming) == ("nothing", MEASURE_ONLY)
    assert member.gap.startswith("left larger by 33.9 %"), "measured and compared all the same"


def test_a_plan_that_was_ended_does_not_tell_why(store: Store) -> None:
    plan = store.care.plans(store.athlete("Fay", create=False).id)[0]
    store.care.end_plan(plan.id, ended_on=before(1), why="pain in the left hip")
    team = team_of(store, TODAY)
    told = text(team) + json.dumps(team_json(team)) + team_html(team)
    assert "hip" not in told


def test_archived_people_and_replays_are_left_out(store: Store) -> None:
    add_session(store, store.athlete("replay").id, TODAY, protocol="replay")
    names = [one.name for one in team_of(store, TODAY).members]
    assert names == list(NAMES)


def test_an_empty_list(empty: Store) -> None:
    team = team_of(empty, TODAY)
    assert "Nobody is in the list yet" in text(team)
    assert "Nobody is in the list yet" in Page(team_html(team)).text
    assert team_json(team)["people"] == []


def test_the_page(store: Store) -> None:
    html = team_html(team_of(store, TODAY))
    page = Page(html)
    assert not found(page.text), found(page.text)
    for words in (
        "Team report: 7 people",
        "This page names 7 people",
        "A re-test, look or follow-up is due (1): Ben",
        "left larger by 33.9 % (-41.9 to -24.8)",
        "footwear: shoes, then barefoot",
        "a leg has fewer than 3 valid holds",
        "time of day (1)",
        "Every panel has its own scale",
        "2 without a figure",
        "threshold_pct",
        "force_sd_n@1",
        "evenstance 0.1",
        "Not a medical device.",
    ):
        assert words in re.sub(r"\s+", " ", page.text.replace(" )", ")")), words
    assert page.tags.count("figure") == 5
    bands = [value for _, name, value in page.attributes if name == "class" and value]
    assert bands.count("left band") == bands.count("right band") == 5
    assert not re.findall(r"url\(|@import|https?://", html)
    labels = [v for t, n, v in page.attributes if t == "svg" and n == "aria-label"]
    assert len(labels) == page.tags.count("svg") and all(labels)
    assert html == team_html(team_of(store, TODAY)), "the same bytes"


def test_hostile_names_stay_names(empty: Store) -> None:
    hostile = [f"{HOSTILE} {n}\x1b[2J\u202e" for n in range(len(NAMES))]
    fill_team(empty, hostile)
    team = team_of(empty, TODAY)
    html = team_html(team)
    page = Page(html)
    assert not {"script", "img", "a", "link", "iframe", "object", "form"} & set(page.tags)
    names = {name for _, name, _ in page.attributes}
    assert not [name for name in names if name.startswith("on")]
    assert not names & {"href", "src", "style", "action", "xlink:href"}
    assert page.text.count("<script>alert(1)</script>") >= 2 * len(NAMES)
    for told in (html, text(team)):
        assert "\x1b" not in told and "\u202e" not in told


def test_without_names_nobody_is_named(empty: Store) -> None:
    names = [f"Zed{n} Qu" for n in range(len(NAMES))]
    ids = fill_team(empty, names)
    team = team_of(empty, TODAY, anonymous=True)
    assert [one.name for one in team.members] == [f"Person {number}" for number in ids]
    sessions = [s.id for s in empty.sessions()]
    for told in (team_html(team), text(team), json.dumps(team_json(team))):
        assert "Zed" not in told and "Qu" not in told
        assert not [one for one in sessions if one[:8] in told]
    assert "by their numbers in the history" in Page(team_html(team)).text


def test_two_hundred_people_fit_a_narrow_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / STORE_FILE
    make_history(made, 200, 1)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    window = Screen()
    with open_store(made) as opened:
        fill_team(opened)
        show_team(team_of(opened, TODAY), Terminal(window))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", window.getvalue()).split("\n")
    assert max(len(line.rstrip()) for line in lines) <= 60
    for n in range(1, 201):
        assert f"  P{n}" in [line.rstrip() for line in lines]
    order = [lines.index(f"{title} ({n})") for title, n in _counts(lines)]
    assert order == sorted(order), "the most pressing first"


def _counts(lines: list[str]) -> list[tuple[str, int]]:
    """The head of the list: how many need what."""
    heads = [re.fullmatch(r" +(\d+)  (.+)", line.rstrip()) for line in lines[1 : 1 + len(NEEDS)]]
    return [(head[2], int(head[1])) for head in heads if head is not None]


def test_many_sessions_apart_are_counted_not_listed(empty: Store) -> None:
    kim = empty.athlete("Kim").id
    screen(empty, kim, TODAY)
    for days in range(30, 20, -1):
        add_session(empty, kim, before(days), (4.0, 4.1), (4.0, 4.1, 4.2))
    add_session(empty, kim, before(3))
    told = text(team_of(empty, TODAY))
    assert told.count("not compared: 20") == 3
    assert "and 7 earlier session(s) that are not compared" in told
    assert "; and 7 earlier" in re.sub(r"\s+;", ";", Page(team_html(team_of(empty, TODAY))).text)


def test_a_wait_that_is_over_makes_a_test_due(store: Store) -> None:
    gil = of(team_of(store, TODAY), "Gil")
    due = replace(gil, next=replace(gil.next, kind="measure", day=TODAY))
    asked_for = replace(gil, next=replace(gil.next, kind="measure", day=None))
    assert (due.need, asked_for.need) == ("test", "measure")


@pytest.fixture
def home(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The history of the command line, on the day of the made team."""
    noon = datetime.combine(TODAY, datetime.min.time()).astimezone() + timedelta(hours=12)
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path))
    monkeypatch.setattr(connect, "wall_clock", lambda: noon)
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def test_the_commands(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["results", "--team"]) == 0
    shown = capsys.readouterr().out
    lines = [line.rstrip() for line in shown.splitlines()]
    assert lines == GOLDEN.read_text(encoding="utf-8").splitlines()
    assert cli.run(["results", "--team", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["needs"] == dict.fromkeys(NEEDS, 1)
    assert [one["name"] for one in told["people"] if one["test_due"]] == ["Ben"]
    assert cli.run(["report", "--team"]) == 0
    assert capsys.readouterr().err == f"Wrote team-report-{TODAY}.html.\n"
    page = home / f"team-report-{TODAY}.html"
    assert page.stat().st_mode & 0o077 == 0, "for nobody else"
    assert cli.run(["report", "--team", "--anonymous", "--to", "x.html", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["anonymous"], told["written"]["html"]) == (True, "x.html")
    with open_store(home / STORE_FILE) as opened:
        person = opened.athlete("Ben", create=False)
        kinds = [one.kind for one in opened.files.of(person.id)]
    assert kinds == ["team report", "anonymous team report"], (
        "`athlete forget` tells of both pages"
    )
    assert "Ben" not in (home / "x.html").read_text("utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ("results", "--team", "--athlete", "Ben"),
        ("results", "--team", "--session", "last"),
        ("results", "--team", "--unassigned"),
        ("report", "--team", "--athlete", "Ben"),
        ("report", "--team", "--session", "last"),
        ("report", "--anonymous"),
    ],
)
def test_options_about_one_person_are_refused(
    home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert cli.run(words) == UsageError.exit_code
    assert not list(home.glob("*.html"))
    assert capsys.readouterr().out == ""
