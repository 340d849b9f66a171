"""What a plan is written as: the chain behind it, the calendar, the page."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from course_cases import plan_of
from icalendar import Calendar
from plan_people import MONDAY, Someone

from evenstance.errors import InputError, UsageError
from evenstance.flows.course import course_of
from evenstance.knowledge.catalogue import exercises, sources
from evenstance.knowledge.rules import rules
from evenstance.metrics.registry import METRICS
from evenstance.report.plan_page import plan_page

USAGE, INPUT = UsageError.exit_code, InputError.exit_code


@pytest.fixture
def ann(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Someone:
    return Someone(tmp_path / "home", capsys, monkeypatch)


def test_every_link_of_the_chain_resolves(ann: Someone) -> None:
    ann.base_line()
    for start in (False, True):
        if start:
            ann.say("plan", "start")
        chain = ann.json("plan", "--why")["why"]
        _resolve(ann, chain)
        assert chain["kind"] == "balance_block"
        assert len(chain["data"]) == 3
        assert chain["doses"]
    text, _ = ann.say("plan", "--why")
    for word in ("Data", "Metric", "Test", "Rule", "Doses", "Sources", "threshold_pct = 15 %"):
        assert word in text


@pytest.mark.parametrize("sessions", [0, 1, 2])
def test_the_chain_of_no_plan_resolves(ann: Someone, sessions: int) -> None:
    for day in range(-9, -9 + 2 * sessions, 2):
        ann.on(day).measure()
    ann.on(0).answer()
    chain = ann.json("plan", "--why")["why"]
    assert chain["doses"] == []
    assert chain["rule"]["rule_id"] in rules()
    _resolve(ann, chain)


def _resolve(ann: Someone, chain: dict[str, Any]) -> None:
    with ann.store() as store:
        course = course_of(store, store.athlete("Ann"), ann.today)
        trials = {t.id: t for t in store.trials(athlete=ann.id)}
        stored = store.results(list(trials))
        sessions = {s.id for s in store.sessions(ann.id)}
    shown = chain
    assert course.screen is not None
    for one in shown["data"]:
        assert one["session_id"] in sessions
        assert one["trials"]
        for trial in one["trials"]:
            assert trials[trial["trial_id"]].session_id == one["session_id"]
            known = {r.method_id for r in stored[trial["trial_id"]]}
            assert set(trial["method_ids"]) <= known
    if shown["metric"] is not None:
        ids = {d.id: d.method.id for d in METRICS}
        assert ids[shown["metric"]["metric_id"]] == shown["metric"]["method_id"]
    assert shown["rule"]["rule_id"] in rules()
    listed = {source["id"] for source in shown["sources"]}
    assert listed <= set(sources())
    for dose in shown["doses"]:
        exercise = exercises()[dose["exercise_id"]]
        assert dose["stages"]
        known_rungs = {rung.text for rung in exercise.ladder}
        kept = re.sub(r"^\d+", "1", exercise.ladder[-1].text)
        for stage in dose["stages"]:
            assert set(stage["rungs"]) <= known_rungs | {kept}
        assert set(dose["sources"]) <= listed
    assert shown["test"]["parameters"]


def test_the_calendar_has_the_days_and_nothing_without_a_plan(
    ann: Someone, tmp_path: Path
) -> None:
    path = tmp_path / "plan.ics"
    _, err = ann.say("plan", "--ics", str(path), code=USAGE)
    assert "Nothing was written" in err
    assert not path.exists()
    ann.base_line()
    ann.say("plan", "--ics", str(path))
    events = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    titles = [str(e["SUMMARY"]) for e in events]
    assert titles.count("Balance practice") == 18
    assert [t for t in titles if t.startswith("Re-test session")] == [
        f"Re-test session {n} of 3, no practice" for n in (1, 2, 3)
    ]
    starts = {str(e["UID"]).split("-2")[0]: e["DTSTART"].dt for e in events}
    assert starts["look"] == MONDAY + timedelta(days=20)
    assert starts["pause"] == MONDAY + timedelta(days=42)
    assert len({str(e["UID"]) for e in events}) == len(events)
    practice = [e["DTSTART"].dt for e in events if e["SUMMARY"] == "Balance practice"]
    tests = [
        e["DTSTART"].dt for e in events if "Re-test" in e["SUMMARY"] or "Look" in e["SUMMARY"]
    ]
    assert not any(0 <= (test - day).days < 2 for test in tests for day in practice)
    assert b"Ann" not in path.read_bytes()


def test_the_page_is_self_contained_and_escapes_names(ann: Someone, tmp_path: Path) -> None:
    ann.base_line()
    path = tmp_path / "plan.html"
    ann.say("plan", "--page", str(path))
    html = path.read_text("utf-8")
    for word in ("<script", "href=", "src=", "url(", "@import", "<link"):
        assert word not in html, word
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;; base-uri" in html
    assert "default-src &#39;none&#39;" in html and "style=" not in html.replace("font-style=", "")
    assert html.count('class="day"') == 18
    for word in ("Stop signs", "Quick check", "Not a medical device.", "Sources", "2027-01-06"):
        assert word in html
    assert "[D: own proposal" in html
    named = plan_page(plan_of(34), "<script>alert(1)</script> & co")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in named
    assert "<script" not in named


def test_a_file_that_cannot_be_written(ann: Someone, tmp_path: Path) -> None:
    ann.base_line()
    _, err = ann.say("plan", "--page", str(tmp_path / "no" / "plan.html"), code=INPUT)
    assert "There is no folder" in err


@pytest.mark.parametrize("option", ["--page", "--ics"])
def test_a_plan_is_private_and_goes_through_no_link(
    ann: Someone, tmp_path: Path, option: str
) -> None:
    ann.base_line()
    out, victim = tmp_path / "out", tmp_path / "victim"
    ann.say("plan", option, str(out))
    assert out.stat().st_mode & 0o777 == 0o600
    ann.say("plan", option, str(out))  # that of last week gives way
    out.unlink()
    victim.write_text("another's")
    out.symlink_to(victim)
    _, err = ann.say("plan", option, str(out), code=INPUT)
    assert "not a plain file" in err
    assert victim.read_text() == "another's"
