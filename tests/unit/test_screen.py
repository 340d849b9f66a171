"""The red-flag screen: every question, every state, and the screen file."""

from __future__ import annotations

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_cases import TODAY, clear_answers, firing, harmless, screen_with, two_step

from evenstance.errors import InputError
from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.question import BLOCKING
from evenstance.screen.evaluate import evaluate, follow_up_id, follow_ups_for, questions_for
from evenstance.screen.file import blank_screen, read_screen
from evenstance.screen.types import Screen

OLD = 72
# the bank, question by question: what a yes (for tandem10 a no) leads to, follow-ups harmless
EXPECTED = {
    "ces_saddle": ("emergency", "blocked"),
    "ces_bladder": ("emergency", "blocked"),
    "ces_legs": ("emergency", "blocked"),
    "stroke": ("emergency", "blocked"),
    "vertigo_new": ("emergency", "blocked"),
    "chest": ("clinician", "blocked"),
    "faint": ("clinician", "blocked"),
    "head_flag": ("emergency", "blocked"),
    "head_recent": ("clinician", "blocked"),
    "clot": ("same_day", "blocked"),
    "leg_nerve": ("clinician", "blocked"),
    "foot_feel": ("measure_only", "measure_only"),
    "pain_now": ("clinician", "blocked"),
    "injury": ("clinician", "blocked"),
    "heart_bp": ("restrict", "restricted"),
    "chronic_med": ("restrict", "restricted"),
    "msk": ("clinician", "blocked"),
    "supervised_only": ("clinician", "blocked"),
    "preg": ("restrict", "restricted"),
    "ill_today": ("not_today", "blocked"),
    "neuro": ("measure_only", "measure_only"),
    "osteo": ("restrict", "restricted"),
    "fall_1y": ("restrict", "restricted"),
    "discharge": ("clinician", "blocked"),
    "tandem10": ("clinician", "blocked"),
    "inactive70": ("clinician", "blocked"),
    "mass": ("do_not_step_on", "blocked"),
}
FOLLOW_UPS = {
    "chest.now": "emergency",
    "clot.breath": "emergency",
    "leg_nerve.drop": "same_day",
    "injury.cannot_bear": "same_day",
    "heart_bp.changed": "clinician",
    "heart_bp.limited": "clinician",
    "heart_bp.symptoms": "clinician",
    "chronic_med.changed": "clinician",
    "chronic_med.limited": "clinician",
    "chronic_med.symptoms": "clinician",
    "chronic_med.sedating": "restrict",
    "preg.cleared": "clinician",
    "osteo.untreated": "clinician",
    "fall_1y.again": "clinician",
    "fall_1y.hurt": "clinician",
    "fall_1y.blackout": "clinician",
    "fall_1y.floor": "clinician",
}
CHOICES = {
    "neither": "clear",
    "unsteady": "restricted",
    "worried": "restricted",
    "both": "blocked",
}
FROM_AGE = {"fall_1y": 65, "fall_worry": 65, "discharge": 65, "tandem10": 65, "inactive70": 70}


def test_the_table_covers_the_whole_bank() -> None:
    bank = questions()
    assert set(EXPECTED) | {"age_min", "fall_worry"} == set(bank)
    asked = {follow_up_id(q, item) for q in bank.values() for item in q.follow_ups}
    assert set(FOLLOW_UPS) == asked
    assert {q.id: q.min_age for q in bank.values() if q.min_age is not None} == FROM_AGE


def test_all_harmless_is_clear_and_only_the_age_restricts() -> None:
    young = evaluate(screen_with(34), None, None, TODAY)
    assert (young.state, young.findings, young.missing) == ("clear", (), ())
    assert young.restrictions == frozenset()
    old = evaluate(screen_with(65), None, None, TODAY)
    assert old.state == "clear"
    assert old.restrictions == {"no_eyes_closed", "no_foam", "no_hop", "second_adult"}


@pytest.mark.parametrize(
    ("question_id", "action", "state"), [(k, *v) for k, v in EXPECTED.items()]
)
def test_each_question_leads_to_its_state(question_id: str, action: str, state: str) -> None:
    outcome = evaluate(screen_with(OLD, two_step(questions()[question_id])), None, None, TODAY)
    assert [(f.question_id, f.action) for f in outcome.findings] == [(question_id, action)]
    assert outcome.state == state
    assert outcome.findings[0].say
    assert outcome.findings[0].see


@pytest.mark.parametrize(("answer_id", "action"), FOLLOW_UPS.items())
def test_each_follow_up_adds_its_action(answer_id: str, action: str) -> None:
    parent, follow_up = answer_id.split(".")
    outcome = evaluate(
        screen_with(OLD, two_step(questions()[parent], follow_up)), None, None, TODAY
    )
    found = {f.answer_id: f.action for f in outcome.findings}
    assert found[answer_id] == action
    assert outcome.state == ("blocked" if action in BLOCKING else "restricted")


@pytest.mark.parametrize(("value", "state"), CHOICES.items())
def test_unsteady_or_worried(value: str, state: str) -> None:
    assert evaluate(screen_with(OLD, {"fall_worry": value}), None, None, TODAY).state == state


@pytest.mark.parametrize(("age_y", "state"), [(15, "blocked"), (16, "clear")])
def test_under_sixteen_is_for_a_clinician(age_y: int, state: str) -> None:
    assert evaluate(screen_with(age_y), None, None, TODAY).state == state


@pytest.mark.parametrize(
    ("mass_kg", "rating_kg", "state"),
    [
        (150.0, None, "clear"),
        (150.1, None, "blocked"),
        (80.0, 100.0, "clear"),
        (80.1, 100.0, "blocked"),
    ],
)
def test_mass_limits(mass_kg: float, rating_kg: float | None, state: str) -> None:
    outcome = evaluate(screen_with(34), None, mass_kg, TODAY, plate_rating_kg=rating_kg)
    assert outcome.state == state


def test_a_measured_mass_answers_the_mass_question_and_the_larger_one_counts() -> None:
    open_mass = screen_with(34, {"mass": None})
    assert evaluate(open_mass, None, None, TODAY).missing == ("mass",)
    assert evaluate(open_mass, None, 70.0, TODAY).state == "clear"
    assert evaluate(screen_with(34, {"mass": 160}), None, 70.0, TODAY).state == "blocked"


@pytest.mark.parametrize("question_id", sorted(set(EXPECTED) - {"mass"} | {"fall_worry"}))
def test_an_open_answer_is_never_a_no(question_id: str) -> None:
    outcome = evaluate(screen_with(OLD, {question_id: None}), None, None, TODAY)
    assert (outcome.state, outcome.missing) == ("unscreened", (question_id,))


def test_an_open_follow_up_keeps_the_screen_open() -> None:
    outcome = evaluate(screen_with(34, {"heart_bp": True}), None, None, TODAY)
    assert outcome.state == "unscreened"
    assert outcome.missing == ("heart_bp.changed", "heart_bp.limited", "heart_bp.symptoms")


def test_a_blocking_answer_blocks_at_once_and_emergency_comes_first() -> None:
    answers = {"ill_today": True, "msk": True, "clot": True, "stroke": True, "neuro": True}
    outcome = evaluate(Screen(answers, None, TODAY), None, None, TODAY)
    assert outcome.state == "blocked"
    assert outcome.missing
    assert [f.action for f in outcome.findings] == [
        "emergency",
        "same_day",
        "clinician",
        "not_today",
        "measure_only",
    ]


def test_a_worrying_follow_up_counts_even_where_its_parent_says_no() -> None:
    outcome = evaluate(screen_with(34, {"chest": False, "chest.now": True}), None, None, TODAY)
    assert [f.action for f in outcome.findings] == ["emergency"]
    calm = evaluate(screen_with(34, {"preg": False, "preg.cleared": False}), None, None, TODAY)
    assert calm.state == "clear"


@pytest.mark.parametrize(("days", "state"), [(0, "clear"), (90, "clear"), (91, "unscreened")])
def test_answers_expire(days: int, state: str) -> None:
    today = TODAY + datetime.timedelta(days=days)
    outcome = evaluate(screen_with(34), None, None, today)
    assert outcome.state == state
    assert bool(outcome.notes) == (state == "unscreened")


def test_answers_from_the_future_count_as_none() -> None:
    outcome = evaluate(screen_with(34), None, None, TODAY - datetime.timedelta(days=1))
    assert outcome.state == "unscreened"
    assert "still to come" in outcome.notes[0]


def test_age_decides_what_is_asked() -> None:
    assert "inactive70" in {q.id for q in questions_for(70)}
    assert "inactive70" not in {q.id for q in questions_for(69)}
    assert "fall_1y" not in {q.id for q in questions_for(64)}
    assert "age_min" not in {q.id for q in questions_for(None)}
    aged = evaluate(screen_with(64), 65, None, TODAY)
    assert aged.state == "unscreened"
    assert set(aged.missing) == {"fall_1y", "fall_worry", "discharge", "tandem10"}


def test_an_answer_outside_the_age_is_left_aside_and_said() -> None:
    outcome = evaluate(screen_with(40, {"inactive70": True}), None, None, TODAY)
    assert outcome.state == "clear"
    assert "inactive70" in outcome.notes[0]


def test_without_an_age_the_screen_stays_open() -> None:
    answers = clear_answers(OLD)
    assert evaluate(Screen(answers, None, TODAY), None, None, TODAY).missing == ("age_min",)


def test_the_quick_check_asks_the_each_questions_only() -> None:
    quick = questions_for(34, "each")
    assert [q.id for q in quick] == [
        "ces_saddle",
        "ces_bladder",
        "ces_legs",
        "stroke",
        "vertigo_new",
        "chest",
        "faint",
        "clot",
        "leg_nerve",
        "pain_now",
        "ill_today",
    ]
    answers = {q.id: harmless(q) for q in quick}
    assert evaluate(Screen(answers, 34, TODAY), None, None, TODAY, when="each").state == "clear"
    answers["chest"] = True
    assert evaluate(Screen(answers, 34, TODAY), None, None, TODAY, when="each").state == "blocked"


def test_follow_ups_open_only_for_the_firing_answer() -> None:
    heart = questions()["heart_bp"]
    assert [answer_id for answer_id, _ in follow_ups_for(heart, True)] == [
        "heart_bp.changed",
        "heart_bp.limited",
        "heart_bp.symptoms",
    ]
    assert follow_ups_for(heart, False) == ()
    assert follow_ups_for(heart, None) == ()


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        ({"chset": False}, "chset"),
        ({"chest.nwo": False}, "chest.nwo"),
        ({"chest": "no"}, "chest"),
        ({"chest": 0}, "chest"),
        ({"chest.now": 1}, "chest.now"),
        ({"mass": "70"}, "mass"),
        ({"mass": True}, "mass"),
        ({"mass": 0}, "mass"),
        ({"mass": float("nan")}, "mass"),
        ({"mass": 10**400}, "mass"),
        ({"fall_worry": "maybe"}, "fall_worry"),
        ({"fall_worry": True}, "fall_worry"),
        ({"age_min": 34}, "age_min"),
    ],
)
def test_answers_that_do_not_fit_are_named(answers: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=named) as caught:
        evaluate(Screen(answers, 34, TODAY), None, None, TODAY)  # type: ignore[arg-type]
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("age_y", "mass_kg", "rating_kg"),
    [
        (121, None, None),
        (-1, None, None),
        (34, 0.0, None),
        (34, float("inf"), None),
        (34, None, -5.0),
    ],
)
def test_impossible_numbers_are_refused(
    age_y: int, mass_kg: float | None, rating_kg: float | None
) -> None:
    with pytest.raises(InputError, match="cannot be right"):
        evaluate(screen_with(34), age_y, mass_kg, TODAY, plate_rating_kg=rating_kg)


# the screen file


def _file(**changes: object) -> str:
    table = {"age_y": 34, "answered_on": "2026-11-01", "answers": {"chest": False, "mass": 70.5}}
    return json.dumps({**table, **changes})


def test_a_screen_file_is_read() -> None:
    screen = read_screen(_file())
    assert screen == Screen({"chest": False, "mass": 70.5}, 34, datetime.date(2026, 11, 1))


def test_the_template_names_every_question_and_is_readable_once_dated() -> None:
    blank = blank_screen()
    asked = {q.id for q in questions().values() if q.kind != "age"}
    assert set(blank["answers"]) == asked | set(FOLLOW_UPS)  # type: ignore[arg-type]
    dated = {**blank, "answered_on": TODAY.isoformat()}
    outcome = evaluate(read_screen(json.dumps(dated)), None, None, TODAY)
    assert outcome.state == "unscreened"
    assert "age_min" in outcome.missing


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "no 'age_y'"),
        (_file(extra=1), "unknown key 'extra'"),
        (_file(answers=[]), "'answers' must be"),
        (_file(age_y="34"), "age_y"),
        (_file(age_y=True), "age_y"),
        (_file(age_y=34.5), "age_y"),
        (_file(age_y=200), "200"),
        (_file(answered_on=None), "answered_on"),
        (_file(answered_on="20261101"), "answered_on"),
        (_file(answered_on="2026-02-30"), "no day of the calendar"),
        (_file(answers={"chest": "no"}), "chest"),
        (_file(answers={"unknown": True}), "unknown"),
        ('{"age_y": 34, "answers": {"chest": true, "chest": false}}', "'chest' twice"),
    ],
)
def test_a_bad_screen_file_gets_a_clear_sentence(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_screen(text)
    assert caught.value.next_step


_YES_NO = sorted(q.id for q in questions().values() if q.kind == "yes_no")


@given(st.dictionaries(st.sampled_from(_YES_NO), st.sampled_from([True, False, None])))
def test_state_follows_from_findings_and_gaps(changes: dict[str, bool | None]) -> None:
    outcome = evaluate(screen_with(OLD, dict(changes)), None, None, TODAY)
    fired = {q for q, answer in changes.items() if answer is questions()[q].fires_on}
    assert {f.question_id for f in outcome.findings} == fired
    assert (outcome.state == "blocked") == any(f.action in BLOCKING for f in outcome.findings)
    assert (outcome.state == "clear") == (not outcome.findings and not outcome.missing)
    again = json.loads(json.dumps(outcome.as_dict()))
    assert again["state"] == outcome.state
    assert again["restrictions"] == sorted(outcome.restrictions)


def test_firing_and_harmless_differ() -> None:
    assert all(
        firing(q) != harmless(q) for q in questions().values() if q.kind in ("yes_no", "number")
    )
