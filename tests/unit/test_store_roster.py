"""People renamed, merged and archived; notes and conditions amended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from histories import empty_history
from made_sessions import FIRST, add_session
from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.errors import InputError
from evenstance.store import merging
from evenstance.store.database import open_store
from evenstance.store.records import STANDARD_CONDITIONS
from evenstance.store.repository import Store
from evenstance.store.schema import AthleteRow, Base

TODAY = date(2026, 11, 26)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(empty_history(tmp_path / "history.sqlite3")) as opened:
        yield opened


def everything(store: Store, athlete: int, day: date = FIRST) -> str:
    """One row of every kind; returns the session."""
    session = add_session(store, athlete, day)
    care = store.care
    care.save_screen(athlete, answered_on=day, age_y=40, answers={}, state="clear")
    care.save_event(athlete, kind="fall", happened_on=day)
    care.save_clearance(
        athlete, answer_id="x", given_on=day, given_by="GP", allowed="all", expires_on=TODAY
    )
    if store.is_file:
        page = store.path.with_name(f"report-{athlete}.html")
        page.write_text("a report")
        store.files.note("report", [page], [athlete])
    return session


def begun(store: Store, athlete: int, kind: str = "balance_block") -> int:
    return store.care.save_plan(athlete, verdict={}, body={}, kind=kind, started_on=FIRST)


def test_a_name_is_given_once(store: Store) -> None:
    anna = store.roster.add("  Anna   Berg ")
    assert anna.name == "Anna Berg"
    for name in ("Anna Berg", "anna berg", "ANNA  BERG"):
        with pytest.raises(InputError, match="already"):
            store.roster.add(name)
    store.update_athlete(anna.id, archived=True)
    with pytest.raises(InputError, match="already, archived"):
        store.roster.add("anna berg")


def test_rename_to_the_same_name_in_other_letters(store: Store) -> None:
    anna = store.roster.add("anna")
    assert store.roster.rename(anna.id, "Anna").name == "Anna"
    assert store.roster.rename(anna.id, " Anna  Berg").name == "Anna Berg"
    assert store.athlete("ANNA BERG", create=False).id == anna.id
    with pytest.raises(InputError, match="needs a name"):
        store.roster.rename(anna.id, " ")


def test_rename_takes_nobodys_name(store: Store) -> None:
    anna, ben = store.roster.add("Anna"), store.roster.add("Ben")
    with pytest.raises(InputError, match="'Ben' already"):
        store.roster.rename(anna.id, "BEN")
    store.update_athlete(ben.id, archived=True)
    with pytest.raises(InputError, match="archived"):
        store.roster.rename(anna.id, "Ben")
    assert [one.name for one in store.athletes(archived=True)] == ["Anna", "Ben"]


def test_merge_moves_all_of_it_and_forgets_the_name(store: Store) -> None:
    ana, anna = store.roster.add("Ana"), store.roster.add("Anna")
    moved = everything(store, ana.id)
    kept = everything(store, anna.id, FIRST + timedelta(days=7))
    plan = begun(store, ana.id)
    store.care.save_practice(plan, day=FIRST, state="done", stage=1)
    would = store.roster.would_move(ana.id, anna.id)
    assert [one.name for one in store.athletes()] == ["Ana", "Anna"]
    done = store.roster.merge(ana.id, anna.id, on=TODAY)
    assert (
        done.moved
        == would
        == {
            "session": 1,
            "trial": 6,
            "screen": 1,
            "health_event": 1,
            "clearance": 1,
            "plan": 1,
            "written_file": int(store.is_file),
        }
    )
    assert [one.name for one in store.athletes(archived=True)] == ["Anna"]
    assert [one.id for one in store.sessions(anna.id)] == [moved, kept]
    assert {one.session_id for one in store.trials(athlete=anna.id)} == {moved, kept}
    assert [one.id for one in store.care.plans(anna.id)] == [plan]
    assert len(store.care.practices(plan)) == 1
    assert len(store.care.events(anna.id)) == len(store.care.clearances(anna.id)) == 2
    assert len(store.session_holds(anna.id)) == 2
    notes = {one.id: one.note for one in store.sessions(anna.id)}
    assert notes == {moved: "2026-11-26: moved here from 'Ana' (merged)", kept: ""}


def test_every_table_that_names_a_person_is_moved() -> None:
    moved = {column.table.name for column in merging._columns()}
    naming = {t.name for t in Base.metadata.sorted_tables if "athlete_id" in t.columns}
    assert moved == naming
    assert len(moved) == 7


def test_nobody_is_merged_into_themselves(store: Store) -> None:
    anna = store.roster.add("Anna")
    session = add_session(store, anna.id, FIRST)
    with pytest.raises(InputError, match="same person"):
        store.roster.merge(anna.id, anna.id, on=TODAY)
    assert [(one.id, one.note) for one in store.sessions(anna.id)] == [(session, "")]
    with pytest.raises(InputError, match="number 99"):
        store.roster.merge(anna.id, 99, on=TODAY)


@pytest.mark.parametrize("which", [0, 1])
def test_archived_people_are_not_merged(store: Store, which: int) -> None:
    people = [store.roster.add("Ana"), store.roster.add("Anna")]
    store.update_athlete(people[which].id, archived=True)
    with pytest.raises(InputError, match="archived"):
        store.roster.merge(people[0].id, people[1].id, on=TODAY)
    assert len(store.athletes(archived=True)) == 2


def test_the_replay_is_no_person(store: Store) -> None:
    replay, anna = store.athlete("replay"), store.roster.add("Anna")
    for pair in ((replay.id, anna.id), (anna.id, replay.id)):
        with pytest.raises(InputError, match="no person's"):
            store.roster.merge(*pair, on=TODAY)


def test_birth_dates(store: Store) -> None:
    ana, anna = store.roster.add("Ana"), store.roster.add("Anna")
    store.update_athlete(ana.id, born_on=date(1990, 1, 2))
    store.update_athlete(anna.id, born_on=date(1990, 1, 3))
    with pytest.raises(InputError, match="different birth dates"):
        store.roster.merge(ana.id, anna.id, on=TODAY)
    ben = store.roster.add("Ben")
    assert store.roster.merge(ana.id, ben.id, on=TODAY).into.born_on == date(1990, 1, 2)


def test_two_running_plans_are_never_one_persons(store: Store) -> None:
    ana, anna = store.roster.add("Ana"), store.roster.add("Anna")
    everything(store, ana.id)
    first, second = begun(store, ana.id), begun(store, anna.id, "wait")
    with pytest.raises(InputError, match="each of them has a plan that runs"):
        store.roster.merge(ana.id, anna.id, on=TODAY)
    assert len(store.sessions(ana.id)) == 1
    assert store.sessions(ana.id)[0].note == ""
    store.care.end_plan(second, ended_on=TODAY, why="merged")
    with pytest.raises(InputError, match="a later one of the other person was ended"):
        store.roster.merge(ana.id, anna.id, on=TODAY)
    store.care.end_plan(first, ended_on=TODAY, why="merged")
    store.roster.merge(ana.id, anna.id, on=TODAY)
    assert [one.id for one in store.care.plans(anna.id)] == [first, second]


def test_a_running_plan_that_is_the_latest_goes_on(store: Store) -> None:
    ana, anna = store.roster.add("Ana"), store.roster.add("Anna")
    old = begun(store, ana.id)
    store.care.end_plan(old, ended_on=FIRST, why="over")
    running = begun(store, anna.id)
    store.roster.merge(ana.id, anna.id, on=TODAY)
    assert [(p.id, p.ended_on) for p in store.care.plans(anna.id)] == [
        (old, FIRST),
        (running, None),
    ]


def test_a_merge_that_fails_half_way_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, anna = store.roster.add("Ana"), store.roster.add("Anna")
    everything(store, ana.id)

    def broken(db: Session, _source: int, _into: int, _on: date) -> None:
        for column in merging._columns():
            db.execute(column.table.update().values({column.name: anna.id}))
        assert len(db.scalars(select(AthleteRow)).all()) == 2
        raise OSError("cable")

    monkeypatch.setattr(merging, "merge", broken)
    with pytest.raises(OSError, match="cable"):
        store.roster.merge(ana.id, anna.id, on=TODAY)
    assert len(store.sessions(ana.id)) == 1
    assert store.sessions(anna.id) == []


def test_summaries_leave_archived_people_out(store: Store) -> None:
    anna, ben = store.roster.add("Anna"), store.roster.add("Ben")
    for day in (3, 0):
        add_session(store, anna.id, FIRST + timedelta(days=day))
    begun(store, anna.id)
    store.update_athlete(ben.id, archived=True)
    [one] = store.roster.summaries()
    assert (one.athlete.name, one.sessions) == ("Anna", 2)
    assert (one.first_day, one.last_day) == (FIRST, FIRST + timedelta(days=3))
    assert one.open_plan == "balance_block"
    both = store.roster.summaries(archived=True)
    assert [(s.athlete.name, s.sessions, s.last_day) for s in both][1] == ("Ben", 0, None)


def test_notes_are_added_never_replaced(store: Store) -> None:
    session = add_session(store, store.roster.add("Anna").id, FIRST, note="tired")
    store.amend.note(session, "slept  badly\nnot today", on=TODAY)
    assert store.sessions()[0].note == "tired\n2026-11-26: slept badly not today"
    with pytest.raises(InputError, match="needs words"):
        store.amend.note(session, " \n", on=TODAY)
    with pytest.raises(InputError, match="no session"):
        store.amend.note("ffff", "x", on=TODAY)


def test_corrected_conditions_leave_a_trace_and_reach_the_holds(store: Store) -> None:
    anna = store.roster.add("Anna").id
    session = add_session(store, anna, FIRST)
    socks = replace(STANDARD_CONDITIONS, footwear="socks", gaze_mark=None)
    changed = store.amend.conditions(session, socks, on=TODAY)
    assert changed == (("footwear", "barefoot", "socks"), ("gaze_mark", True, None))
    [stored] = store.sessions(anna)
    assert stored.conditions == socks
    assert {trial.conditions for trial in store.trials(session=session)} == {socks}
    assert store.session_holds(anna)[0].conditions == socks.key
    assert stored.note == (
        "2026-11-26: conditions corrected: footwear barefoot -> socks, gaze mark yes -> not stated"
    )
    assert store.amend.conditions(session, socks, on=TODAY) == ()
    assert store.sessions(anna)[0].note == stored.note
