"""The screen joined with the history: events, clearances, quick checks, and who may start."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from plan_cases import clear_answers, screen_with, two_step
from set_clock import Clock, noon, set_clock

from evenstance.errors import InputError, ScreenBlockedError
from evenstance.flows.clearances import add_clearance, end_clearance, kept_clearances
from evenstance.flows.results import athlete_results
from evenstance.flows.screening import (
    known_age_y,
    outcome_of,
    refuse_blocked,
    store_quick,
    store_screen,
    stored_screen,
)
from evenstance.knowledge.catalogue import exercises, questions
from evenstance.knowledge.question import Answer
from evenstance.plan.types import NoPlan
from evenstance.screen.quick import all_no
from evenstance.screen.types import Clearance, Screen
from evenstance.store.database import open_store
from evenstance.store.records import Athlete
from evenstance.store.repository import Store

TODAY = date(2026, 11, 23)
NOW = noon(TODAY)
DAY = timedelta(days=1)
MSK = two_step(questions()["msk"])


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that rows carry."""
    return set_clock(monkeypatch, TODAY)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history without anybody, made once: making one takes longer than a test."""
    path = tmp_path_factory.mktemp("blank") / "history.sqlite3"
    open_store(path).close()
    return path


@pytest.fixture
def store(blank: Path, tmp_path: Path) -> Generator[Store, None, None]:
    with open_store(Path(shutil.copy(blank, tmp_path))) as opened:
        yield opened


@pytest.fixture
def anna(store: Store) -> Athlete:
    return store.athlete("Anna")


def answered(
    store: Store, person: Athlete, changes: dict[str, Answer] | None = None, on: date = TODAY
) -> None:
    """A full screen of that day, told now."""
    store_screen(store, person.id, Screen(screen_with(34, changes).answers, 34, on), "clear")


def checked(store: Store, person: Athlete, changes: dict[str, Answer], on: date = TODAY) -> str:
    screen = Screen({**all_no(34, on).answers, **changes}, 34, on)
    return store_quick(store, person, screen).state


def state(store: Store, person: Athlete, today: date = TODAY, **options: bool) -> str | None:
    outcome = outcome_of(store, person, today, **options)
    return None if outcome is None else outcome.state


# what the store gives back


def test_nothing_stored_is_no_outcome(store: Store, anna: Athlete) -> None:
    assert outcome_of(store, anna, TODAY) is None
    assert known_age_y(store, anna.id) is None
    refuse_blocked(store, anna, TODAY)


def test_answers_come_back_with_the_time_they_were_told(
    store: Store, anna: Athlete, now: Clock
) -> None:
    answered(store, anna, MSK)
    found = stored_screen(store, anna.id)
    assert found is not None
    assert (found.answers, found.age_y) == (screen_with(34, MSK).answers, 34)
    assert found.told_at is not None
    assert NOW <= found.told_at < now()
    assert stored_screen(store, anna.id, "each") is None
    assert known_age_y(store, anna.id) == 34


def test_a_quick_check_is_kept_beside_the_full_screen_even_without_an_age(
    store: Store, anna: Athlete
) -> None:
    store_quick(store, anna, all_no(None, TODAY))
    kept = store.care.latest_screen(anna.id, "each")
    assert kept is not None
    assert (kept.age_y, kept.state, kept.asked) == (None, "clear", "each")
    assert set(kept.answers) == {f"quick.{n}" for n in ("saddle", "both_legs", "sudden")} | {
        f"quick.{n}" for n in ("chest_faint", "leg", "today")
    }
    assert store.care.latest_screen(anna.id) is None
    with pytest.raises(InputError, match="no age"):
        store_screen(store, anna.id, Screen({}, None, TODAY), "clear")


# events


def test_an_event_voids_what_was_answered_before_it_and_not_what_comes_after(
    store: Store, anna: Athlete
) -> None:
    answered(store, anna)
    assert state(store, anna) == "clear"
    store.care.save_event(anna.id, kind="fall", happened_on=TODAY)
    outcome = outcome_of(store, anna, TODAY)
    assert outcome is not None
    assert outcome.state == "unscreened"
    assert outcome.voided_by is not None
    assert outcome.voided_by.kind == "fall"
    answered(store, anna)
    assert state(store, anna) == "clear"


def test_an_event_of_somebody_else_voids_nothing(store: Store, anna: Athlete) -> None:
    answered(store, anna)
    store.care.save_event(store.athlete("Ben").id, kind="fall", happened_on=TODAY)
    assert state(store, anna) == "clear"


def test_given_answers_stand_for_the_stored_ones_and_know_events(
    store: Store, anna: Athlete, now: Clock
) -> None:
    store.care.save_event(anna.id, kind="illness", happened_on=TODAY)
    screen = Screen(clear_answers(34), 34, TODAY)
    unknown = outcome_of(store, anna, TODAY, screen=screen)
    assert unknown is not None
    assert unknown.state == "unscreened", "it is not known which came first"
    later = replace(screen, told_at=now())
    told = outcome_of(store, anna, TODAY, screen=later)
    assert told is not None
    assert told.state == "clear"


def test_after_an_event_results_have_no_plan(store: Store, anna: Athlete) -> None:
    answered(store, anna)
    store.care.save_event(anna.id, kind="fall", happened_on=TODAY)
    results = athlete_results(store, anna, TODAY)
    assert results.screen is not None
    assert results.screen.state == "unscreened"
    assert isinstance(results.plan, NoPlan)


# clearances


def test_a_clearance_goes_round_through_the_history(store: Store, anna: Athlete) -> None:
    answered(store, anna, MSK)
    assert state(store, anna) == "blocked"
    given = Clearance("msk", TODAY, " physiotherapist ", "one-leg stands", TODAY)
    kept = add_clearance(store, anna, replace(given, told_at=NOW), None, TODAY)
    assert (kept.number, kept.why_not) == (1, None)
    assert kept.clearance.given_by == "physiotherapist"
    outcome = outcome_of(store, anna, TODAY)
    assert outcome is not None
    assert outcome.state == "restricted"
    assert outcome.lifted[0].clearance == kept.clearance
    refuse_blocked(store, anna, TODAY)
    ended = end_clearance(store, anna, 1, TODAY)
    assert ended.why_not is not None
    assert state(store, anna) == "blocked"
    assert [one.number for one in kept_clearances(store, anna, TODAY)] == [1]
    with pytest.raises(InputError, match="was ended"):
        end_clearance(store, anna, 1, TODAY)
    with pytest.raises(InputError, match="no clearance number 2"):
        end_clearance(store, anna, 2, TODAY)


def test_an_event_ends_a_stored_clearance(store: Store, anna: Athlete) -> None:
    given = Clearance("msk", TODAY, "doctor", "one-leg stands", TODAY, told_at=NOW)
    add_clearance(store, anna, given, TODAY + 30 * DAY, TODAY)
    store.care.save_event(anna.id, kind="medicine", happened_on=TODAY)
    answered(store, anna, MSK)
    outcome = outcome_of(store, anna, TODAY)
    assert outcome is not None
    assert outcome.state == "blocked"
    assert "no longer counts" in outcome.notes[0]
    (kept,) = kept_clearances(store, anna, TODAY)
    assert kept.why_not is not None
    assert "medicine" in kept.why_not


def test_a_clearance_told_after_the_event_of_its_day_counts(
    store: Store, anna: Athlete, now: Clock
) -> None:
    store.care.save_event(anna.id, kind="fall", happened_on=TODAY)
    answered(store, anna, MSK)
    given = Clearance("msk", TODAY, "doctor", "one-leg stands", TODAY, told_at=now())
    assert add_clearance(store, anna, given, None, TODAY).why_not is None
    assert state(store, anna) == "restricted"


@pytest.mark.parametrize(
    ("changes", "until", "message"),
    [
        ({"answer_id": "stroke"}, None, "No clearance lifts"),
        ({"answer_id": "age_min"}, None, "No clearance lifts"),
        ({"answer_id": "neuro"}, None, "No clearance lifts"),
        ({"answer_id": "head_recent"}, None, "No clearance lifts"),
        ({"answer_id": "nothing"}, None, "No clearance lifts"),
        ({"given_by": " "}, None, "--by is empty"),
        ({"allowed": ""}, None, "--allowed is empty"),
        ({"given_on": TODAY + DAY}, None, "still to come"),
        ({}, TODAY - DAY, "cannot count until"),
        ({}, TODAY + 367 * DAY, "cannot count until"),
        ({"given_on": TODAY - 30 * DAY}, TODAY - DAY, "was for no longer than"),
        ({"given_on": TODAY - 400 * DAY}, None, "was for no longer than"),
    ],
)
def test_a_clearance_that_cannot_be_is_refused(
    changes: dict[str, object], until: date | None, message: str, store: Store, anna: Athlete
) -> None:
    given = Clearance("msk", TODAY, "doctor", "one-leg stands", TODAY, told_at=NOW)
    with pytest.raises(InputError, match=message) as caught:
        add_clearance(store, anna, replace(given, **changes), until, TODAY)  # type: ignore[arg-type]
    assert caught.value.next_step
    assert store.care.clearances(anna.id) == []


def test_a_clearance_from_before_an_event_is_refused(store: Store, anna: Athlete) -> None:
    store.care.save_event(anna.id, kind="operation", happened_on=TODAY)
    given = Clearance("msk", TODAY - DAY, "doctor", "stands", TODAY, told_at=NOW)
    with pytest.raises(InputError, match="came before an operation"):
        add_clearance(store, anna, given, None, TODAY)


# clinician mode


def test_clinician_mode_is_passed_on(store: Store, anna: Athlete) -> None:
    answered(store, anna, {"neuro": True})
    assert state(store, anna) == "measure_only"
    assert state(store, anna, clinician=True) == "restricted"
    answered(store, anna, {"neuro": True, "stroke": True})
    assert state(store, anna, clinician=True) == "blocked"


# quick checks


def test_a_quick_check_that_blocks_hides_what_the_full_screen_allows(
    store: Store, anna: Athlete
) -> None:
    answered(store, anna)
    assert checked(store, anna, {"quick.today": True, "ill_today": True}) == "blocked"
    assert state(store, anna) == "blocked"
    assert state(store, anna, TODAY + DAY) == "clear", "not today is for its day"
    assert checked(store, anna, {}) == "clear"
    assert state(store, anna) == "clear", "the latest one of the day"


def test_a_warning_in_a_quick_check_stays_until_the_whole_screen_is_answered(
    store: Store, anna: Athlete
) -> None:
    answered(store, anna)
    assert checked(store, anna, {"quick.sudden": True, "stroke": True}) == "blocked"
    assert state(store, anna, TODAY + DAY) == "blocked"
    with pytest.raises(ScreenBlockedError, match="EMERGENCY NOW"):
        refuse_blocked(store, anna, TODAY + DAY, renewed=True)
    answered(store, anna)
    assert state(store, anna) == "clear"
    refuse_blocked(store, anna, TODAY)


def test_an_older_full_screen_does_not_take_back_a_warning(store: Store, anna: Athlete) -> None:
    assert checked(store, anna, {"quick.sudden": True, "stroke": True}) == "blocked"
    answered(store, anna, on=TODAY - DAY)
    assert state(store, anna) == "blocked"
    unstored = outcome_of(store, anna, TODAY, screen=Screen(clear_answers(34), 34, TODAY))
    assert unstored is not None
    assert unstored.state == "blocked", "it is not known which came first"


def test_without_a_full_screen_a_quick_check_blocks_and_never_clears(
    store: Store, anna: Athlete
) -> None:
    assert checked(store, anna, {}) == "clear"
    assert outcome_of(store, anna, TODAY) is None
    assert checked(store, anna, {"quick.leg": True, "clot": True}) == "blocked"
    outcome = outcome_of(store, anna, TODAY)
    assert outcome is not None
    assert (outcome.state, outcome.when) == ("blocked", "each")


# who may start


def test_an_emergency_is_named_first_and_no_exercise_ever(store: Store, anna: Athlete) -> None:
    answered(store, anna, MSK)
    checked(store, anna, {"quick.sudden": True, "stroke": True})
    with pytest.raises(ScreenBlockedError) as caught:
        refuse_blocked(store, anna, TODAY)
    error = caught.value
    assert error.what.startswith("No session. EMERGENCY NOW: A sudden change of face")
    assert "[C: S09]" in error.what
    assert "stroke, msk" in error.cause
    assert "[C: S01]" in error.cause
    assert error.next_step.startswith("Call your emergency number now")
    told = f"{error.what} {error.cause} {error.next_step}"
    assert not any(e.id in told or e.name in told for e in exercises().values())


@pytest.mark.parametrize(
    ("full", "quick", "again"),
    [
        (MSK, {}, "`evenstance screen`"),
        ({}, {"quick.today": True, "ill_today": True}, "`evenstance screen --quick`"),
        ({}, {"quick.today": True, "ill_today": False}, "`evenstance screen --quick`"),
        ({}, {"quick.leg": True, "pain_now": True}, "`evenstance screen`"),
        (MSK, {"quick.today": True, "ill_today": True}, "`evenstance screen`"),
    ],
)
def test_the_way_out_is_named(
    full: dict[str, Answer],
    quick: dict[str, Answer],
    again: str,
    store: Store,
    anna: Athlete,
) -> None:
    answered(store, anna, full)
    checked(store, anna, quick)
    with pytest.raises(ScreenBlockedError) as caught:
        refuse_blocked(store, anna, TODAY)
    assert caught.value.next_step.endswith(f"When that has changed: {again}.")


def test_a_new_quick_check_may_be_answered_after_not_today_and_after_nothing_else(
    store: Store, anna: Athlete
) -> None:
    checked(store, anna, {"quick.today": True, "ill_today": True})
    refuse_blocked(store, anna, TODAY, renewed=True)
    checked(store, anna, {"quick.chest_faint": True, "chest": True})
    with pytest.raises(ScreenBlockedError):
        refuse_blocked(store, anna, TODAY, renewed=True)
