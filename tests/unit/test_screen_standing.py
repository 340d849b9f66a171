"""What ends answers and clearances, what lifts an answer, and what nothing lifts."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_cases import TODAY, clear_answers, screen_with, two_step

from evenstance.knowledge.catalogue import questions
from evenstance.knowledge.question import BLOCKING, Answer
from evenstance.screen.answers import clearable_ids, follow_up_id
from evenstance.screen.evaluate import evaluate
from evenstance.screen.standing import event_after, why_not_counting, year_later
from evenstance.screen.types import (
    EVENT_WORDS,
    Clearance,
    EventKind,
    HealthEvent,
    Screen,
    ScreenOutcome,
)

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
MSK = two_step(questions()["msk"])


def clearance(answer_id: str = "msk", on: date = TODAY, **changes: object) -> Clearance:
    values = {"expires_on": year_later(on), **changes}
    return Clearance(answer_id, on, "physiotherapist", "standing on one leg", **values)  # type: ignore[arg-type]


def with_clearance(given: Clearance, today: date = TODAY, *events: HealthEvent) -> ScreenOutcome:
    """A person with a problem of a joint and that clearance; the answers are of the day."""
    screen = Screen(screen_with(34, MSK).answers, 34, today)
    return evaluate(screen, None, None, today, clearances=[given], events=events)


# events


@pytest.mark.parametrize("kind", get_args(EventKind))
def test_every_kind_of_event_voids_the_answers_and_says_which(kind: EventKind) -> None:
    event = HealthEvent(kind, TODAY + DAY)
    outcome = evaluate(screen_with(34), None, None, TODAY + 2 * DAY, events=[event])
    assert outcome.state == "unscreened"
    assert outcome.voided_by == event
    assert set(outcome.missing) == set(clear_answers(34))
    (note,) = outcome.notes
    assert EVENT_WORDS[kind] in note
    assert event.happened_on.isoformat() in note
    told = outcome.as_dict()
    assert told["voided_by"] == {
        "kind": kind,
        "happened_on": event.happened_on.isoformat(),
        "told_at": None,
    }
    assert told["note_statements"] == [
        {"text": note, "grade": "D", "sources": [], "own_proposal": True}
    ]


@pytest.mark.parametrize(
    ("happened", "event_told", "screen_told", "voids"),
    [
        (-1, NOON + HOUR, NOON, False),  # answered after it had happened
        (0, NOON - HOUR, NOON, False),  # the same day, and the answers were given later
        (0, NOON, NOON, True),
        (0, NOON + HOUR, NOON, True),
        (0, None, NOON, True),
        (0, NOON, None, True),
        (0, None, None, True),
        (1, NOON - HOUR, NOON, True),
        (1, None, None, True),
    ],
)
def test_only_an_event_after_the_answers_voids_them(
    happened: int, event_told: datetime | None, screen_told: datetime | None, voids: bool
) -> None:
    event = HealthEvent("fall", TODAY + happened * DAY, event_told)
    screen = Screen(clear_answers(34), 34, TODAY, screen_told)
    outcome = evaluate(screen, None, None, TODAY + DAY, events=[event])
    assert outcome.state == ("unscreened" if voids else "clear")
    assert outcome.voided_by == (event if voids else None)


def test_the_latest_of_several_events_is_named() -> None:
    events = [HealthEvent("fall", TODAY + n * DAY) for n in (1, 3, 2)]
    assert event_after(TODAY, None, events) == events[1]
    assert event_after(TODAY, None, []) is None


# what blocks is not taken back by time or by an event


@pytest.mark.parametrize(
    ("days", "state"), [(0, "blocked"), (90, "blocked"), (91, "blocked"), (365, "blocked")]
)
def test_a_blocking_answer_still_blocks_when_the_others_no_longer_count(
    days: int, state: str
) -> None:
    outcome = evaluate(screen_with(34, {"stroke": True}), None, None, TODAY + days * DAY)
    assert outcome.state == state
    assert [f.answer_id for f in outcome.findings] == ["stroke"]
    assert bool(outcome.missing) == (days > 90)


def test_what_only_restricts_is_not_told_of_answers_that_no_longer_count() -> None:
    heart = screen_with(34, two_step(questions()["heart_bp"]))
    outcome = evaluate(heart, None, None, TODAY + 91 * DAY)
    assert (outcome.state, outcome.findings) == ("unscreened", ())


def test_after_twelve_months_no_stored_answer_counts_at_all() -> None:
    outcome = evaluate(screen_with(34, {"stroke": True}), None, None, TODAY + 366 * DAY)
    assert (outcome.state, outcome.findings) == ("unscreened", ())


def test_an_event_does_not_let_a_blocked_person_pass() -> None:
    events = [HealthEvent("medicine", TODAY)]
    outcome = evaluate(screen_with(34, {"chest": True}), None, None, TODAY, events=events)
    assert outcome.state == "blocked"
    assert outcome.voided_by is not None
    assert "ces_saddle" in outcome.missing


def test_not_today_is_for_its_day_and_then_the_screen_is_open_again() -> None:
    ill = screen_with(34, {"ill_today": True})
    assert evaluate(ill, None, None, TODAY).state == "blocked"
    next_day = evaluate(ill, None, None, TODAY + DAY)
    assert (next_day.state, next_day.missing) == ("unscreened", ("ill_today",))
    assert f"for {TODAY.isoformat()} only" in next_day.notes[0]


# clearances


def test_a_clearance_lifts_its_answer_names_it_and_leaves_one_step_more_of_support() -> None:
    assert evaluate(screen_with(34, MSK), None, None, TODAY).state == "blocked"
    outcome = with_clearance(clearance())
    assert (outcome.state, outcome.findings) == ("restricted", ())
    assert outcome.restrictions == {"support_lower"}
    (lifted,) = outcome.lifted
    assert lifted.finding.answer_id == "msk"
    assert lifted.clearance == clearance()
    for words in ("physiotherapist", "2026-11-23", "standing on one leg", "2027-11-23"):
        assert words in lifted.statement.text
    assert lifted.statement in outcome.statements
    told = json.loads(json.dumps(outcome.as_dict()))["lifted"]
    assert told[0]["clearance"]["given_by"] == "physiotherapist"
    assert told[0]["statement"]["own_proposal"] is True


@pytest.mark.parametrize(
    ("given", "today", "counts"),
    [
        (clearance(), TODAY - DAY, False),
        (clearance(), TODAY, True),
        (clearance(), date(2027, 11, 23), True),
        (clearance(), date(2027, 11, 24), False),
        (clearance(expires_on=date(2030, 1, 1)), date(2027, 11, 23), True),
        (clearance(expires_on=date(2030, 1, 1)), date(2027, 11, 24), False),
        (clearance(expires_on=TODAY + 5 * DAY), TODAY + 5 * DAY, True),
        (clearance(expires_on=TODAY + 5 * DAY), TODAY + 6 * DAY, False),
        (clearance(ended_on=TODAY + 3 * DAY), TODAY + 2 * DAY, True),
        (clearance(ended_on=TODAY + 3 * DAY), TODAY + 3 * DAY, False),
        (clearance(on=date(2024, 2, 29)), date(2025, 2, 28), True),
        (clearance(on=date(2024, 2, 29)), date(2025, 3, 1), False),
    ],
)
def test_the_days_of_a_clearance(given: Clearance, today: date, counts: bool) -> None:
    assert (why_not_counting(given, today, ()) is None) == counts
    outcome = with_clearance(given, today)
    assert outcome.state == ("restricted" if counts else "blocked")
    assert bool(outcome.notes) != counts
    assert counts or "no longer counts" in outcome.notes[0]


@pytest.mark.parametrize(
    ("happened", "told_at", "counts"),
    [(-1, NOON, True), (0, NOON - HOUR, True), (0, NOON + HOUR, False), (0, None, False)],
)
def test_an_event_ends_a_clearance(happened: int, told_at: datetime | None, counts: bool) -> None:
    event = HealthEvent("illness", TODAY + happened * DAY, told_at)
    given = clearance(told_at=NOON)
    # answered again on the next day: the event is older than the answers
    outcome = with_clearance(given, TODAY + DAY, event)
    assert outcome.state == ("restricted" if counts else "blocked")
    assert outcome.voided_by is None


def test_a_clearance_lifts_no_other_answer() -> None:
    assert with_clearance(clearance("chest")).state == "blocked"
    both = evaluate(
        screen_with(34, {**MSK, "supervised_only": True}),
        None,
        None,
        TODAY,
        clearances=[clearance()],
    )
    assert [f.answer_id for f in both.findings] == ["supervised_only"]
    assert [one.finding.answer_id for one in both.lifted] == ["msk"]


def test_a_clearance_of_a_question_leaves_its_urgent_follow_up_and_its_open_one() -> None:
    given = [clearance("chest")]
    now = evaluate(
        screen_with(34, {"chest": True, "chest.now": True}), None, None, TODAY, clearances=given
    )
    assert [f.answer_id for f in now.findings] == ["chest.now"]
    left_open = evaluate(screen_with(34, {"chest": True}), None, None, TODAY, clearances=given)
    assert (left_open.state, left_open.missing) == ("unscreened", ("chest.now",))


def test_of_two_clearances_the_one_that_counts_longer_is_named() -> None:
    short, long = clearance(expires_on=TODAY + DAY), clearance()
    outcome = evaluate(screen_with(34, MSK), None, None, TODAY, clearances=[long, short])
    assert outcome.lifted[0].clearance == long


# clinician mode


def test_clinician_mode_lifts_age_and_measure_only_and_nothing_else() -> None:
    young = evaluate(screen_with(15), None, None, TODAY, clinician=True)
    assert (young.state, young.clinician_mode) == ("restricted", True)
    assert young.lifted[0].finding.answer_id == "age_min"
    assert "clinician mode" in young.lifted[0].statement.text
    feet = evaluate(screen_with(34, {"foot_feel": True}), None, None, TODAY, clinician=True)
    assert feet.state == "restricted"
    assert feet.restrictions == {"no_eyes_closed", "no_foam", "shoes_on", "support_lower"}
    plain = evaluate(screen_with(34), None, None, TODAY, clinician=True)
    assert (plain.state, plain.lifted) == ("clear", ())


def test_no_clearance_lifts_measure_only_or_the_age() -> None:
    for answer_id, age_y, answers in (
        ("neuro", 34, {"neuro": True}),
        ("age_min", 15, {}),
    ):
        given = [clearance(answer_id)]
        outcome = evaluate(screen_with(age_y, answers), None, None, TODAY, clearances=given)  # type: ignore[arg-type]
        assert outcome.state in ("measure_only", "blocked")
        assert outcome.lifted == ()


# over whole sets of answers

_BANK = questions().values()
_VALUES: dict[str, st.SearchStrategy[Answer]] = {
    **{q.id: st.sampled_from([True, False, None]) for q in _BANK if q.kind == "yes_no"},
    **{
        follow_up_id(q, item): st.sampled_from([True, False, None])
        for q in _BANK
        for item in q.follow_ups
    },
    "mass": st.sampled_from([70, 149.9, 151, None]),
    "fall_worry": st.sampled_from(["neither", "unsteady", "worried", "both", None]),
}
_AGES = st.integers(0, 100)
_CLEARED = st.lists(st.sampled_from([*_VALUES, "age_min"]), max_size=8)
_EVENTS = st.lists(
    st.tuples(st.sampled_from(get_args(EventKind)), st.integers(-30, 500)), max_size=3
)
_LIFTED_BY_NOBODY = {"emergency", "same_day", "do_not_step_on", "not_today"}


@st.composite
def answer_sets(draw: st.DrawFn) -> tuple[int, dict[str, Answer]]:
    """Any mixture: all random, or harmless with a few changes."""
    age_y = draw(_AGES)
    base = {} if draw(st.booleans()) else clear_answers(age_y)
    changed = draw(st.lists(st.sampled_from(sorted(_VALUES)), max_size=6, unique=True))
    return age_y, {**base, **{name: draw(_VALUES[name]) for name in changed}}


@given(
    one=answer_sets(),
    cleared=_CLEARED,
    events=_EVENTS,
    days=st.sampled_from([-1, 0, 1, 89, 90, 91, 364, 365, 366, 400]),
    clinician=st.booleans(),
)
def test_what_holds_for_every_set_of_answers(
    one: tuple[int, dict[str, Answer]],
    cleared: list[str],
    events: list[tuple[EventKind, int]],
    days: int,
    clinician: bool,
) -> None:
    age_y, answers = one
    screen = Screen(answers, age_y, TODAY)
    today = TODAY + days * DAY
    happened = [HealthEvent(kind, TODAY + n * DAY) for kind, n in events]
    given = [clearance(name) for name in cleared]
    plain = evaluate(screen, None, None, TODAY)
    outcome = evaluate(
        screen, None, None, today, events=happened, clearances=given, clinician=clinician
    )
    # sorted by urgency: an emergency is always the first
    order = ["emergency", "same_day", "do_not_step_on", "clinician", "not_today"]
    ranks = [order.index(f.action) for f in outcome.findings if f.action in order]
    assert ranks == sorted(ranks)
    assert len(ranks) == len(outcome.findings) or outcome.findings[: len(ranks)] == tuple(
        f for f in outcome.findings if f.action in order
    )
    # blocking always blocks
    blocking = {f.answer_id for f in outcome.findings if f.action in BLOCKING}
    assert (outcome.state == "blocked") == bool(blocking)
    # urgent answers stay for 12 months whatever anybody allowed and whatever came after
    urgent = {f.answer_id for f in plain.findings if f.action in _LIFTED_BY_NOBODY - {"not_today"}}
    if days <= 365:
        assert urgent <= blocking
    # only what the contract names is lifted, by what the contract names
    for lifted in outcome.lifted:
        finding = lifted.finding
        assert finding.action in ("clinician", "measure_only")
        if lifted.clearance is None:
            assert clinician
            assert finding.answer_id == "age_min" or finding.action == "measure_only"
        else:
            assert finding.answer_id in clearable_ids()
            assert 0 <= days <= 365
            assert not any(n >= 0 for _, n in events)
    # an event, time or an open answer lets nobody pass
    passes = outcome.state in ("clear", "restricted", "measure_only")
    if any(n >= 0 for _, n in events) or not 0 <= days <= 90 or outcome.missing:
        assert not passes
    if outcome.state == "clear":
        assert not outcome.findings
        assert not outcome.lifted
    assert {f.answer_id for f in outcome.findings} <= {f.answer_id for f in plain.findings}
    json.dumps(outcome.as_dict())
