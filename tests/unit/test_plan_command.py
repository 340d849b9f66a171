"""`evenstance plan` from its start to the re-test, on a moved clock, and every refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from plan_people import BETTER, DOSE_WORDS, MONDAY, WORSE, Someone

from evenstance.errors import InputError, ScreenBlockedError, UsageError
from evenstance.knowledge.catalogue import exercises

USAGE, INPUT, BLOCKED = UsageError.exit_code, InputError.exit_code, ScreenBlockedError.exit_code
BLOCK_DAYS = [7 * week + d for week in range(6) for d in (0, 2, 4)]


@pytest.fixture
def ann(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Someone:
    return Someone(tmp_path / "home", capsys, monkeypatch)


def test_a_block_from_start_to_verdict(ann: Someone) -> None:
    ann.base_line()
    proposed = ann.json("plan")
    assert (proposed["plan"]["kind"], proposed["running"]) == ("balance_block", False)
    assert proposed["next"]["kind"] == "begin"
    out, _ = ann.say("plan", "start")
    assert "Begun. Balance block from 2026-11-23: 6 week(s), 3 day(s) a week" in out
    assert "Today, stage 1 of 6" in out
    assert len(ann.json("plan")["plan"]["base_session_ids"]) == 3
    for week in range(6):
        days = BLOCK_DAYS[3 * week : 3 * week + 3]
        step = ann.on(days[0]).json("plan", "next")
        assert (step["kind"], step["stage"]) == ("practise", week + 1)
        ann.say("plan", "done")
        ann.practise(*days[1:])
    assert ann.on(20).json("plan", "next")["kind"] == "look"
    assert ann.on(42).json("plan", "next")["kind"] == "pause"
    for day in (44, 46, 48):
        assert ann.on(day).json("plan", "next")["kind"] == "retest"
        ann.measure(BETTER, BETTER)
    step = ann.json("plan", "next")
    assert step["kind"] == "maintain"
    [block] = ann.json("plan", "history")["blocks"]
    assert (block["done"], block["planned"], block["stage"], block["state"]) == (
        18,
        18,
        6,
        "judged",
    )
    assert block["verdict"]["text"] == step["statements"][0]["text"]
    assert ann.json("plan")["plan"]["reason_id"] == "retested"
    assert "18 of 18" in ann.say("plan", "history")[0]
    results = ann.json("results")
    assert results["retest"]["row_id"] == block["row_id"]
    assert "Re-test" in ann.say("results")[0]
    assert ann.on(42 + 56).json("plan", "next")["kind"] == "follow_up"
    assert ann.say("plan", "start", code=USAGE)


def test_no_change_leads_to_a_second_block_and_no_third(ann: Someone) -> None:
    ann.base_line()
    ann.say("plan", "start")
    ann.practise(*BLOCK_DAYS[:15])
    for day in (44, 46, 48):
        ann.on(day).measure()
    assert ann.json("plan", "next")["kind"] == "second_block"
    _, err = ann.say("plan", "start", code=USAGE)
    assert "at most 7 days old" in err
    ann.answer()
    ann.say("plan", "start")
    plan = ann.json("plan")["plan"]
    assert (plan["block_number"], plan["calendar_weeks"], plan["first_stage"]) == (2, 5, 6)
    assert plan["appointments"][-3]["not_before"] == str(MONDAY + timedelta(days=84))
    for day in (84, 86, 88, 90):  # the first one lies in the pause
        ann.on(day).measure()
    ann.answer()
    assert ann.json("plan", "next")["kind"] == "stopped"
    first, second = ann.json("plan", "history")["blocks"]
    assert (first["ended_on"], second["block_number"]) == ("2027-01-10", 2)
    ann.say("plan", "stop", "--reason", "the end")
    _, err = ann.say("plan", "start", code=USAGE)
    assert "can be looked at anew" in err


def test_half_of_the_sessions_is_too_little_to_judge(ann: Someone) -> None:
    ann.base_line()
    ann.say("plan", "start")
    ann.practise(*BLOCK_DAYS[:9])
    for day in (44, 46, 48):
        ann.on(day).measure(BETTER, BETTER)
    [block] = ann.json("plan", "history")["blocks"]
    assert (block["done"], block["row_id"]) == (9, "too_little_no")


def test_a_plan_that_was_ended_early_is_not_judged(ann: Someone) -> None:
    ann.base_line()
    ann.say("plan", "start")
    ann.practise(*BLOCK_DAYS[:5])
    ann.say("plan", "stop", "--reason", "moved house")
    for day in (44, 46, 48):
        ann.on(day).measure(BETTER, BETTER)
    [block] = ann.json("plan", "history")["blocks"]
    assert (block["state"], block["done"], block["verdict"]) == ("ended_early", 5, None)
    assert "moved house" in ann.say("plan", "next")[0]


def test_a_near_fall_asks_for_the_whole_screen(ann: Someone) -> None:
    ann.base_line()
    ann.say("plan", "start")
    ann.on(2).say("plan", "done", "--near-fall")
    step = ann.on(4).json("plan", "next")
    assert (step["kind"], step["doses"]) == ("screen", [])
    assert ann.json("plan")["plan"]["kind"] == "no_plan"
    ann.answer()
    step = ann.json("plan", "next")
    assert step["kind"] == "practise"
    assert "more hand support" in " ".join(s["text"] for s in step["statements"])


def test_a_red_flag_hides_the_plan_everywhere(ann: Someone, tmp_path: Path) -> None:
    ann.base_line()
    ann.say("plan", "start")
    ann.on(2).say("plan", "done")
    ann.answer({"stroke": True, "msk": True})
    for command in (("plan",), ("plan", "next"), ("plan", "history"), ("plan", "--why")):
        for text in (ann.say(*command)[0], ann.say(*command, "--json")[0]):
            _says_nothing_to_do(text)
    assert ann.say("plan", "next")[0].index("EMERGENCY NOW") < 200
    page, days = tmp_path / "plan.html", tmp_path / "plan.ics"
    for option, path in (("--page", page), ("--ics", days)):
        _, err = ann.say("plan", option, str(path), code=BLOCKED)
        assert "EMERGENCY NOW" in err
        assert not path.exists()
    _says_nothing_to_do(ann.say("plan", "done", "--on", "2026-11-24")[0])
    ann.say("plan", "stop", "--reason", "ill")
    for words in (("plan", "start"), ("plan", "--wait", "3w")):
        _, err = ann.say(*words, code=BLOCKED)
        assert err.startswith("Error: No plan: a screening answer comes first.")
        _says_nothing_to_do(err)


def _says_nothing_to_do(text: str) -> None:
    names = {e.name for e in exercises().values()} | set(exercises())
    assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", text)]
    assert DOSE_WORDS.search(text) is None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("done", "--on", "2026-11-28"), USAGE, "still to come"),
        (("done", "--on", "2026-11-22"), USAGE, "begins on 2026-11-23"),
        (("partly",), USAGE, "Why was it partly?"),
        (("missed",), USAGE, "Why was it missed?"),
        (("missed", "--reason", "rain"), USAGE, "no reason that is known"),
        (("missed", "--reason", "time", "--near-fall"), USAGE, "was missed"),
        (("done", "--reason", "time"), USAGE, "needs no reason"),
        (("done", "--pain", "11"), USAGE, "from 0 to 10"),
        (("done", "--touch-downs", "-1"), USAGE, "from 0"),
        (("done", "--left-out", "sls_eo"), USAGE, "done in part"),
        (("partly", "--reason", "time", "--left-out", "juggling"), USAGE, "no item"),
        (("start",), USAGE, "still running"),
        (("start", "--days", "mon,tue"), INPUT, "next to each other"),
        (("start", "--on", "2026-11-20"), USAGE, "cannot begin"),
        (("start", "--on", "2027-11-20"), USAGE, "cannot begin"),
        (("--wait", "3w"), USAGE, "running already"),
        (("stop", "--reason", " "), USAGE, "Why is it ended?"),
        (("--json", "next"), USAGE, "--json does not belong before"),
        (("--clinician", " "), USAGE, "needs a name"),
    ],
)
def test_what_cannot_be_is_said_in_words(
    ann: Someone, words: tuple[str, ...], code: int, said: str
) -> None:
    ann.base_line()
    ann.say("plan", "start")
    _, err = ann.on(3).say("plan", *words, code=code)
    assert said in err
    assert "Next:" in err
    with ann.store() as store:
        [plan] = store.care.plans(ann.id)
        assert store.care.practices(plan.id) == []
        assert plan.ended_on is None


def test_practice_after_the_block_is_refused(ann: Someone) -> None:
    ann.base_line()
    ann.say("plan", "start")
    _, err = ann.on(43).say("plan", "done", code=USAGE)
    assert "ended before 2027-01-04" in err


@pytest.mark.parametrize(
    "words", [("done",), ("partly", "--reason", "time"), ("stop", "--reason", "x")]
)
def test_without_a_running_plan(ann: Someone, words: tuple[str, ...]) -> None:
    assert "No plan is running" in ann.say("plan", *words, code=USAGE)[1]


def test_the_last_word_of_a_day_counts(ann: Someone) -> None:
    ann.base_line()
    ann.say("plan", "start", "--athlete", "Ann")
    ann.say("plan", "--athlete", "Ann", "missed", "--reason", "ill")
    told = ann.json("plan", "partly", "--reason", "time", "--left-out", "lift_off")
    assert told["practice"]["left_out"] == ["lift_off"]
    [block] = ann.json("plan", "history")["blocks"]
    assert (block["done"], block["partly"], block["reasons"]) == (0, 1, ["time"])


def test_a_proposal_is_kept_once(ann: Someone) -> None:
    ann.base_line()
    for day in (0, 0, 1):
        ann.on(day).say("plan")
    with ann.store() as store:
        kinds = [p.kind for p in store.care.plans(ann.id, started_only=False)]
    assert kinds == ["proposed:balance_block"]
    ann.answer({"msk": True})
    ann.say("plan")
    with ann.store() as store:
        kinds = [p.kind for p in store.care.plans(ann.id, started_only=False)]
    assert kinds == ["proposed:balance_block", "proposed:no_plan"]


def test_waiting_is_the_untreated_comparison(ann: Someone) -> None:
    ann.base_line()
    out, _ = ann.say("plan", "--wait", "3w")
    assert "No practice until 2026-12-14" in out
    assert ann.on(5).json("plan", "next")["kind"] == "wait"
    for day in (21, 23, 25):
        ann.on(day).measure()
    step = ann.json("plan", "next")
    assert step["kind"] == "verdict"
    assert ann.json("results")["retest"]["practised"] == "none"
    assert ann.json("plan")["plan"]["kind"] == "balance_block"
    ann.answer()
    ann.say("plan", "start")
    with ann.store() as store:
        wait, block = store.care.plans(ann.id)
    assert (wait.kind, wait.ended_on, block.kind) == ("wait", ann.today, "balance_block")


@pytest.mark.parametrize("span", ["3", "w", "0d", "90d", "-1w", "3 weeks"])
def test_a_time_to_wait_that_cannot_be(ann: Someone, span: str) -> None:
    assert "no time to wait" in ann.say("plan", "--wait", span, code=INPUT)[1]


def test_waiting_belongs_to_a_difference(ann: Someone) -> None:
    assert "nothing to wait for" in ann.say("plan", "--wait", "3w", code=USAGE)[1]


def test_a_leg_that_never_filled_the_record_gets_general_practice(ann: Someone) -> None:
    for day in (-7, -5, -3):
        ann.on(day).measure(end_s=14.0)
    ann.on(0).answer()
    plan = ann.json("plan")["plan"]
    assert (plan["kind"], plan["difference"]) == ("general_practice", None)
    assert "not a correction" in plan["say"]["text"]
    used = {d["exercise_id"] for w in plan["weeks"] for d in (*w["items"], *w["daily"])}
    assert "sls_supported" in used
    assert not used & {"sls_ec", "sls_foam", "hop_hold", "sl_rdl"}
    ann.say("plan", "start", "--days", "tue,sat")
    assert ann.json("plan", "history")["blocks"][0]["planned"] == 12


def test_clinician_mode_is_chosen_stored_and_printed(ann: Someone, tmp_path: Path) -> None:
    ann.base_line()
    ann.answer({"foot_feel": True})
    assert ann.json("plan")["plan"]["kind"] == "no_plan"
    out, _ = ann.say("plan", "start", "--clinician", "Dr <b>Lee</b>")
    line = "Clinician mode, chosen by Dr <b>Lee</b>"
    assert line in out
    for command in (("plan",), ("plan", "next"), ("plan", "history")):
        assert line in " ".join(ann.say(*command)[0].split())
    assert ann.json("plan", "next")["clinician"] == "Dr <b>Lee</b>"
    page, days = tmp_path / "plan.html", tmp_path / "plan.ics"
    ann.say("plan", "--page", str(page), "--ics", str(days))
    html = page.read_text("utf-8")
    assert "Dr &lt;b&gt;Lee&lt;/b&gt;" in html
    assert "<b>Lee" not in html
    assert b"Clinician mode" in days.read_bytes()
    ann.answer({"foot_feel": True, "stroke": True})
    assert ann.json("plan")["plan"]["reason_id"] == "blocked"


def test_nothing_to_correct_is_said_with_its_rule(ann: Someone) -> None:
    for day in (-9, -7, -5, -3):
        ann.on(day).measure(BETTER, BETTER)
    ann.on(0).answer()
    plan = ann.json("plan")["plan"]
    assert (plan["rule_id"], plan["text"]["grade"]) == ("nothing_to_correct", "D")
    assert ann.json("plan", "next")["kind"] == "nothing"
    assert WORSE[0] > BETTER[0]


def test_every_command_has_help(ann: Someone) -> None:
    say: Callable[..., tuple[str, str]] = ann.say
    for name in ("start", "done", "partly", "missed", "next", "history", "stop"):
        assert say("plan", name, "--help")[0].startswith("Usage: evenstance plan")
