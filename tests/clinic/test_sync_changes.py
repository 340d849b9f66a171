"""What changed after a sync: the laptop's arrives or is named, the clinic's stays."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from histories import empty_history

from clinic.dumping import differences, dump
from clinic.laptops import (
    BAREFOOT,
    BOARDS,
    DAY,
    JOURNAL,
    add_session,
    care,
    result,
    unassigned,
)
from evenstance.clinic.sync import sync
from evenstance.clinic.sync_notes import joined_note
from evenstance.store.database import open_store
from evenstance.store.records import STANDARD_CONDITIONS, NewTrial
from evenstance.store.repository import Store

LATER = DAY + timedelta(days=30)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Store]:
    with open_store(empty_history(tmp_path / "history.sqlite3")) as store:
        yield store


@pytest.fixture
def anna(own: Store) -> int:
    return own.athlete("Anna").id


@pytest.fixture
def rng() -> random.Random:
    return random.Random(1)


def arrived(own: Store, clinic: Store) -> None:
    """A sync moves everything, and a second one nothing."""
    done = sync(own, clinic)
    assert done.complete and not done.differences
    assert differences(dump(own), dump(clinic)) == []
    again = sync(own, clinic)
    assert not again.new and not again.changed


def test_what_is_added_ended_and_set_aside_arrives(
    own: Store, store: Store, anna: int, rng: random.Random
) -> None:
    session = add_session(own, rng, anna, ended=False)
    plan = care(own, anna)
    arrived(own, store)
    own.amend.note(session, "tired", on=LATER)
    scored = next(t for t in own.trials(session=session) if t.purpose == "scored")
    own.set_aside(session, BOARDS[0], JOURNAL, scored.seq, "set aside")
    own.end_session(
        session, ended_at=scored.pulled_at, zero_shift_left_n=0.1, zero_shift_right_n=0.2
    )
    own.care.end_plan(plan, ended_on=LATER, why="done")
    own.care.save_practice(plan, day=LATER, state="partly", stage=2, reason="time")
    [clearance] = own.care.clearances(anna)
    own.care.end_clearance(anna, clearance.id, LATER)
    own.update_athlete(anna, born_on=date(1950, 1, 1))
    own.seen_board(BOARDS[0], firmware="0.5.0", label="blue")
    arrived(own, store)


def test_conditions_corrected_afterwards_arrive_with_every_trial(
    own: Store, store: Store, anna: int, rng: random.Random
) -> None:
    session = add_session(own, rng, anna)
    arrived(own, store)
    own.amend.conditions(session, BAREFOOT, on=LATER)
    arrived(own, store)
    assert {t.conditions for t in store.trials(session=session)} == {BAREFOOT}


def test_conditions_corrected_in_the_clinic_stay_and_the_laptops_note_comes(
    own: Store, store: Store, anna: int, rng: random.Random
) -> None:
    session = add_session(own, rng, anna)
    sync(own, store)
    store.amend.conditions(session, BAREFOOT, on=LATER)
    own.amend.note(session, "tired", on=LATER)
    assert sync(own, store).complete
    [there] = store.sessions()
    assert there.conditions == BAREFOOT
    assert "conditions corrected" in there.note and "tired" in there.note
    assert not sync(own, store).changed


def test_conditions_corrected_otherwise_on_both_sides_are_named_until_they_agree(
    own: Store, store: Store, anna: int, rng: random.Random
) -> None:
    session = add_session(own, rng, anna)
    sync(own, store)
    other = replace(STANDARD_CONDITIONS, eyes="closed")
    store.amend.conditions(session, BAREFOOT, on=LATER)
    own.amend.conditions(session, other, on=LATER)
    for _ in range(2):
        assert "corrected otherwise" in sync(own, store).conflicts[0]
        assert store.sessions()[0].conditions == BAREFOOT
    store.amend.conditions(session, other, on=LATER)
    assert sync(own, store).complete


def test_trials_assigned_later_arrive_and_the_session_of_the_day_grows(
    own: Store, store: Store, anna: int, rng: random.Random
) -> None:
    unassigned(own, rng, 6)
    arrived(own, store)
    ids = [t.id for t in own.trials(unassigned=True)]
    own.assign(ids[:2], anna, STANDARD_CONDITIONS)
    arrived(own, store)
    own.assign(ids[2:], anna, STANDARD_CONDITIONS)
    arrived(own, store)


def test_traces_and_results_that_come_later_arrive(
    own: Store, store: Store, anna: int, rng: random.Random
) -> None:
    unassigned(own, rng, 3)  # with a part of a trace, with none, with all of it
    sync(own, store)
    part, none, whole = own.trials(unassigned=True)
    again = [
        NewTrial(t.seq, t.summary, rng.randbytes(950), True, None, t.pulled_at)
        for t in (part, none)
    ]
    own.save_trials(BOARDS[0], JOURNAL, again)
    own.save_results({whole.id: [result(4.4, 3)]})
    arrived(own, store)


def test_a_shorter_trace_does_not_replace_the_clinics(
    own: Store, store: Store, rng: random.Random, tmp_path: Path
) -> None:
    [seq] = unassigned(own, rng, 1)
    sync(own, store)
    [there] = store.trials()
    whole = NewTrial(seq, there.summary, rng.randbytes(1000), True, None, there.pulled_at)
    store.save_trials(BOARDS[0], JOURNAL, [whole])
    assert not sync(own, store).changed
    found = store.trace(there.id)
    assert found is not None and found.complete and found.data == whole.trace


def test_people_changed_on_one_side_are_named(
    own: Store, store: Store, anna: int, rng: random.Random
) -> None:
    add_session(own, rng, anna)
    own.update_athlete(anna, born_on=date(1950, 1, 1))
    sync(own, store)
    own.roster.rename(anna, "Anna B.")
    own.update_athlete(anna, archived=True, born_on=date(1950, 1, 2))
    done = sync(own, store)
    assert done.complete and len(store.athletes()) == 1
    assert done.differences == [
        "Anna B. is called Anna in the clinic",
        "Anna B. is archived on this laptop only",
        "Anna B. has another birth date in the clinic",
    ]


def test_two_merged_on_the_laptop_are_named_until_the_clinic_merges_them(
    own: Store, store: Store, anna: int, rng: random.Random
) -> None:
    ann = own.athlete("Ann").id
    add_session(own, rng, anna)
    add_session(own, rng, ann, day=LATER)
    care(own, ann)
    sync(own, store)
    own.roster.merge(ann, anna, on=LATER)
    for _ in range(2):
        done = sync(own, store)
        assert any("is another person's in the clinic" in text for text in done.conflicts)
        assert any("plan of Anna are those of Ann " in text for text in done.conflicts)
    there = {a.name: a.id for a in store.athletes()}
    store.roster.merge(there["Ann"], there["Anna"], on=LATER)
    arrived(own, store)


def test_two_merged_in_the_clinic_stay_one(
    own: Store, store: Store, anna: int, rng: random.Random
) -> None:
    ann = own.athlete("Ann").id
    for person in (anna, ann):
        add_session(own, rng, person, day=DAY + timedelta(days=person))
        own.care.end_plan(care(own, person), ended_on=DAY, why="done")
    sync(own, store)
    there = {a.name: a.id for a in store.athletes()}
    store.roster.merge(there["Ann"], there["Anna"], on=LATER)
    before = dump(store)
    done = sync(own, store)
    assert done.complete and done.differences == ["Ann is called Anna in the clinic"]
    assert differences(before, dump(store)) == []
    add_session(own, rng, ann, day=LATER)
    assert sync(own, store).new["session"] == 1
    assert [a.name for a in store.athletes()] == ["Anna"]


def test_what_the_clinic_added_stays(
    own: Store, store: Store, anna: int, rng: random.Random
) -> None:
    session = add_session(own, rng, anna)
    plan = care(own, anna)
    unassigned(own, rng, 2)
    sync(own, store)
    [person] = store.athletes()
    store.amend.note(session, "looked at", on=LATER)
    store.assign([t.id for t in store.trials(unassigned=True)], person.id, STANDARD_CONDITIONS)
    [there] = store.care.plans(person.id)
    store.care.end_plan(there.id, ended_on=LATER, why="moved away")
    own.care.end_plan(plan, ended_on=DAY, why="done")
    store.roster.rename(person.id, "Anna Lund")
    before = dump(store)
    done = sync(own, store)
    assert done.complete and not done.new and not done.changed
    assert differences(before, dump(store)) == []


@pytest.mark.parametrize(
    ("clinic", "laptop", "joined"),
    [
        ("", "a", "a"),
        ("a", "", "a"),
        ("a", "a\nb", "a\nb"),
        ("a\nc", "a\nb", "a\nc\nb"),
        ("a\nc\nb", "a\nb", "a\nc\nb"),
        ("a\nc", "a; set aside", "a; set aside\nc"),
        ("a; set aside\nc", "a\nb", "a; set aside\nc\nb"),
        ("a", "b", "a\nb"),
    ],
)
def test_notes_are_joined_line_by_line_and_once(clinic: str, laptop: str, joined: str) -> None:
    assert joined_note(clinic, laptop) == joined
    assert joined_note(joined, laptop) == joined
