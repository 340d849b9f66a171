"""The report: what stands in it for each kind of person, and what never does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from histories import empty_history
from made_sessions import add_session
from plan_people import DOSE_WORDS, MONDAY, Someone
from report_history import DAYS_APART, HOLDS, add_traced, fill_years

from evenstance import cli
from evenstance.errors import InputError
from evenstance.flows import print_pdf
from evenstance.flows import report as flow
from evenstance.flows.report import report_data
from evenstance.knowledge.words import found
from evenstance.report.html.page import report_html
from evenstance.report.html.report_data import MOST_TRACES
from evenstance.store.database import open_store
from evenstance.store.location import STORE_FILE
from evenstance.store.repository import Store

TODAY = date(2026, 11, 26)
HOSTILE = "<script>alert(1)</script> \"><img src=x onerror='a()'> {{ 7*7 }} javascript:a()"
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Tags, attributes and texts of a page; complains where it is not well formed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(empty_history(tmp_path / STORE_FILE)) as opened:
        yield opened


@pytest.fixture
def ann(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Someone:
    return Someone(tmp_path / "home", capsys, monkeypatch)


def made(store: Store, name: str, today: date = TODAY) -> str:
    html = report_html(report_data(store, store.athlete(name, create=False), today))
    assert not found(Page(html).text), found(Page(html).text)
    return html


def of(ann: Someone) -> str:
    with ann.store() as store:
        return made(store, "Ann", ann.today)


def test_a_steady_person(ann: Someone) -> None:
    ann.on(-9).measure((4.0, 4.1, 4.2), (4.0, 4.1, 4.2))
    for day in (-7, -5, -3):
        ann.on(day).measure((4.0, 4.1, 4.2), (4.1, 4.0, 4.2))
    ann.on(0).answer()
    page = Page(of(ann))
    with ann.store() as store:
        data = report_data(store, store.athlete("Ann"), ann.today)
    assert data.results.verdict.text in page.text
    for words in (
        "Balance report: Ann",
        "Made on 2026-11-23",
        "4 sessions, 2026-11-14 to 2026-11-20",
        "[D: own proposal], step",
        "no: a first session, for getting used to the test",
        "eyes open, firm surface, barefoot, arms hips, gaze mark",
        "Steadiness of each leg",
        "Load share",
        "What to do next: Nothing to do",
        "Safety.",
        "Not a medical device.",
        "Appendix for the professional",
        "MDC bands: left:",
        "threshold_pct",
        "cop_velocity",
        "force_sd_n@1",
    ):
        assert words in page.text, words
    assert "Balance block" not in page.text
    assert "fastest stage" not in page.text


def test_a_running_block(ann: Someone) -> None:
    ann.base_line()
    ann.say("plan", "start")
    ann.practise(0, 2)
    page = Page(of(ann.on(4)))
    for words in (
        "Mon 11-23: done",
        "Wed 11-25: done",
        "Fri 11-27: to do",
        "Balance block from 2026-11-23",
        "Done 2 of 18",
        "What to do next: Practice, 2026-11-27",
        "What was found for each exercise",
        "Stop signs",
        "Sources (no paper was read in full)",
    ):
        assert words in page.text, words
    assert page.text.count("1, now") == 1


def test_a_command_is_shown_as_one(ann: Someone) -> None:
    ann.base_line()
    html = of(ann.on(0))
    assert "<code>evenstance plan start</code>" in html
    assert "`" not in Page(html).text


def test_a_missed_day_is_not_called_done(ann: Someone) -> None:
    ann.base_line()
    ann.say("plan", "start")
    assert "Mon 11-23: not told" in Page(of(ann.on(1))).text


def test_a_blocking_answer_comes_first_and_nothing_of_a_plan(ann: Someone) -> None:
    ann.base_line()
    ann.say("plan", "start")
    ann.practise(0)
    ann.on(1).answer({"stroke": True})
    html = of(ann)
    page = Page(html)
    with ann.store() as store:
        data = report_data(store, store.athlete("Ann"), ann.today)
    assert data.blocked and data.running is None
    first = data.results.next.statements[0].text
    assert html.index("A screening answer comes first") < html.index("What was measured")
    assert first in page.text
    assert "3 (6.20)" in page.text, "measurements are shown"
    assert not DOSE_WORDS.search(page.text), DOSE_WORDS.search(page.text)
    for words in ("Balance block", "fastest stage", "gap, %", "Steadiness of each leg", "What to"):
        assert words not in page.text, words
    assert 'class="block"' not in html


def test_nobody_was_measured_yet(ann: Someone) -> None:
    page = Page(of(ann))
    for words in ("no session with a scored hold yet", "Nothing yet.", "Screening questions: not"):
        assert words in page.text, words
    assert "svg" not in page.tags


@pytest.mark.timeout(300)  # hundreds of commits, each of which waits for the disk
def test_two_hundred_sessions_are_bounded_and_small(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    traces, trials, sessions = store.traces, store.trials, store.sessions
    counts = {"trials": 0, "sessions": 0}

    def reading(ids: list[int]) -> object:
        read.extend(ids)
        return traces(ids)

    def counted(name: str, plain: object) -> object:
        def call(*args: object, **more: object) -> object:
            counts[name] += 1
            return plain(*args, **more)  # type: ignore[operator]

        return call

    fill_years(store, 40, date(2026, 1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(store, "traces", reading)
        patch.setattr(store, "trials", counted("trials", trials))
        patch.setattr(store, "sessions", counted("sessions", sessions))
        html = made(store, "Kim")
    assert len(read) == 2 * HOLDS <= MOST_TRACES
    assert counts == {"trials": 1, "sessions": 1}, "a history is read once"
    assert html.count('class="panel"') == 2 * HOLDS
    assert html.count("<svg") == 2 * HOLDS + 4
    kim = store.athlete("Kim").id
    for n in range(40, 200):
        day = date.fromordinal(date(2026, 1, 1).toordinal() + DAYS_APART * n)
        add_session(store, kim, day, (4.0,) * HOLDS, (4.2,) * HOLDS, protocol="standard")
    large = made(store, "Kim")
    assert "200 sessions" in large
    assert len(large) < 3_000_000 / 4
    assert html.count('class="left mark"') < large.count('class="left mark"') <= 200 + 3 + HOLDS


def test_a_long_session_draws_no_more_than_the_largest_number(store: Store) -> None:
    person = store.athlete("Lee").id
    add_traced(store, person, TODAY, holds=10)
    html = made(store, "Lee")
    assert html.count('class="panel"') == MOST_TRACES
    assert f"{20 - MOST_TRACES} scored hold(s) of this session are not drawn" in html


def test_a_damaged_trace_is_one_less(store: Store) -> None:
    add_traced(store, store.athlete("Lee").id, TODAY, broken=True)
    html = made(store, "Lee")
    assert 'class="panel"' not in html
    assert f"{2 * HOLDS} scored hold(s) of this session are not drawn" in html


def test_the_same_history_on_the_same_day_gives_the_same_bytes(store: Store) -> None:
    add_traced(store, store.athlete("Lee").id, TODAY)
    assert made(store, "Lee") == made(store, "Lee")


def test_hostile_words_stay_words(store: Store) -> None:
    person = store.athlete(HOSTILE).id
    add_traced(store, person, TODAY, note=f"{HOSTILE}\n\x1b[2J\u202eevil")
    html = report_html(report_data(store, store.athlete(HOSTILE), TODAY))
    page = Page(html)
    assert not {"script", "img", "a", "link", "iframe", "object", "form"} & set(page.tags)
    names = {name for _, name, _ in page.attributes}
    assert not [name for name in names if name.startswith("on")]
    assert not names & {"href", "src", "style", "action", "xlink:href"}
    assert page.text.count("<script>alert(1)</script>") >= 3, "shown as it was typed"
    assert "{{ 7*7 }}" in page.text
    assert "\x1b" not in html and "\u202e" not in html


def test_nothing_is_fetched_and_nothing_runs(store: Store) -> None:
    add_traced(store, store.athlete("Lee").id, TODAY)
    html = made(store, "Lee")
    page = Page(html)
    (policy,) = [v for t, n, v in page.attributes if t == "meta" and v and v.startswith("default")]
    assert re.fullmatch(
        "default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; "
        "form-action 'none'",
        policy,
    )
    assert not re.findall(r"url\(|@import|https?://", html)
    assert ("html", "lang", "en") in page.attributes
    assert "title" in page.tags
    labels = [v for t, n, v in page.attributes if t == "svg" and n == "aria-label"]
    assert len(labels) == page.tags.count("svg") and all(labels)
    assert page.tags.count("table") == page.tags.count("thead")


def test_files_are_written_whole_and_never_replaced_unasked(ann: Someone, tmp_path: Path) -> None:
    ann.on(-3).measure()
    place = tmp_path / "out.html"
    assert ann.say("report", "--to", str(place))[1] == f"Wrote {place}.\n"
    before = place.read_bytes()
    assert place.stat().st_mode & 0o077 == 0, "for nobody else"
    ann.say("report", "--to", str(place), code=InputError.exit_code)
    ann.say("report", "--to", str(place), "--force")
    assert place.read_bytes() == before
    ann.say("report", "--to", str(tmp_path / "no" / "x.html"), code=InputError.exit_code)


def test_the_default_name(ann: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ann.say("report")
    assert (tmp_path / "report-2026-11-23.html").is_file()


def test_json_writes_nothing_unless_asked(
    ann: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = ann.on(-3).measure()
    told = ann.json("report")
    assert list(told) == [
        "athlete",
        "made_on",
        "version",
        "session",
        "traces",
        "blocked",
        "results",
        "history",
        "written",
    ]
    assert (told["session"], told["written"]) == (session, {"html": None, "pdf": None})
    assert not list(tmp_path.glob("report*"))
    json.dumps(told)


def test_a_session_may_be_named(ann: Someone, tmp_path: Path) -> None:
    first, last = ann.on(-5).measure(), ann.on(-3).measure()
    assert ann.json("report")["session"] == last
    assert ann.json("report", "--session", "last-1")["session"] == first
    ann.say("report", "--session", first[:8], "--to", str(tmp_path / "x.html"))
    assert f"Session 2026-11-18 12:00 {first[:8]}" in (tmp_path / "x.html").read_text("utf-8")


def test_without_a_browser_there_is_no_pdf_and_no_page(
    ann: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(print_pdf.shutil, "which", lambda name: None)
    monkeypatch.setattr(print_pdf, "PLACES", ())
    words = ("report", "--pdf", str(tmp_path / "x.pdf"), "--to", str(tmp_path / "x.html"))
    _, told = ann.say(*words, code=InputError.exit_code)
    assert "No browser of the Chromium family" in told and "--to FILE.html" in told
    assert not list(tmp_path.glob("x.*"))


def test_a_browser_that_fails_leaves_nothing(
    ann: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(print_pdf, "find_browser", lambda: "/bin/false")
    _, told = ann.say("report", "--pdf", str(tmp_path / "x.pdf"), code=InputError.exit_code)
    assert "The browser made no PDF." in told
    assert not list(tmp_path.glob("*x.pdf*"))


def test_the_command_is_known() -> None:
    assert "report" in cli.COMMANDS
    assert flow.MOST_TRACES == MOST_TRACES
    assert MONDAY < TODAY
