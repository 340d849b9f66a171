"""Several laptops, one clinic: the same board, the same names, clocks apart, a backup restored."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from histories import empty_history

from clinic.conftest import Login
from clinic.dumping import differences, dump
from clinic.laptops import BOARDS, DAY, JOURNAL, add_session, care, laptop, unassigned
from clinic.server import Server
from evenstance.clinic.database import open_clinic
from evenstance.clinic.sync import sync
from evenstance.errors import InputError, StoreError
from evenstance.flows.forget import forget, known
from evenstance.store.database import open_store
from evenstance.store.records import STANDARD_CONDITIONS, NewTrial
from evenstance.store.repository import Store
from evenstance.store.schema import AthleteRow


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Two laptops with empty histories."""
    first, second = (open_store(empty_history(tmp_path / n / "history.sqlite3")) for n in "ab")
    with first, second:
        yield first, second


def pull_the_same(stores: tuple[Store, Store], count: int = 3) -> None:
    """Both laptops pulled the same trials of one board."""
    for store in stores:
        unassigned(store, random.Random(7), count)


def test_the_trials_of_one_board_are_there_once(two: tuple[Store, Store], store: Store) -> None:
    pull_the_same(two)
    assert sync(two[0], store).new["trial"] == 3
    assert "trial" not in sync(two[1], store).new
    assert len(store.trials()) == 3


def test_whom_the_clinic_forgot_no_laptop_brings_back(
    two: tuple[Store, Store], store: Store
) -> None:
    pull_the_same(two)
    first, second = two
    first.assign(
        [t.id for t in first.trials(unassigned=True)],
        first.athlete("Anna").id,
        STANDARD_CONDITIONS,
    )
    assert sync(first, store).complete
    forget(store, known(store, "Anna"))
    assert store.trials() == [] and store.athletes() == []
    done = sync(first, store)
    assert [one.name for one in done.held_back] == ["Anna"]
    assert "forgotten" in done.held_back[0].why
    assert sync(second, store).complete, "nobody's trials of the second are hers, too"
    assert store.trials() == [] and store.athletes() == [] and store.sessions() == []


def test_a_trial_of_two_people_is_named_and_stays_with_the_first(
    two: tuple[Store, Store], store: Store
) -> None:
    pull_the_same(two)
    for one, name in zip(two, ("Anna", "Ben"), strict=True):
        ids = [t.id for t in one.trials(unassigned=True)]
        one.assign(ids, one.athlete(name).id, STANDARD_CONDITIONS)
    assert sync(two[0], store).complete
    before = dump(store)["trial"]
    for _ in range(2):
        done = sync(two[1], store)
        assert len(done.conflicts) == 1 and "not this person's" in done.conflicts[0]
    assert dump(store)["trial"] == before
    assert len(store.sessions()) == 1, "no empty session of the second"


def test_a_trial_assigned_to_the_same_person_on_both_is_no_conflict(
    two: tuple[Store, Store], store: Store
) -> None:
    pull_the_same(two)
    for one in two:
        ids = [t.id for t in one.trials(unassigned=True)]
        one.assign(ids, one.athlete("Anna").id, STANDARD_CONDITIONS)
    sync(two[0], store)
    done = sync(two[1], store, same=["anna"])
    assert done.complete and "of the same person" in done.differences[0]
    assert len(store.sessions()) == 1


def test_one_name_is_held_back_until_somebody_says_who_it_is(
    two: tuple[Store, Store], store: Store
) -> None:
    rng = random.Random(1)
    for one, name, board in zip(two, ("Anna", " anna"), BOARDS, strict=True):
        anna = one.athlete(name).id
        add_session(one, rng, anna, board=board)
        care(one, anna)
    sync(two[0], store)
    before = dump(store)
    held = sync(two[1], store)
    assert [h.name for h in held.held_back] == ["anna"] and not held.complete
    assert dump(store)["session"] == before["session"] and len(store.athletes()) == 1
    with pytest.raises(InputError, match="nobody called hanna"):
        sync(two[1], store, same=["Hanna"])
    assert sync(two[1], store, same=["ANNA"]).new["session"] == 1
    assert len(store.athletes()) == 1 and len(store.sessions(store.athletes()[0].id)) == 2
    again = sync(two[1], store)
    assert again.complete and not again.new, "from now on it is known"


def test_two_people_of_one_name_are_told_apart_by_a_birth_date_or_a_new_name(
    two: tuple[Store, Store], store: Store
) -> None:
    for n, one in enumerate(two):
        anna = one.athlete("Anna").id
        one.update_athlete(anna, born_on=date(1950 + n, 1, 1))
        add_session(one, random.Random(n), anna, board=BOARDS[n])
    sync(two[0], store)
    done = sync(two[1], store, same=["Anna"])
    assert "another birth date" in done.held_back[0].why
    two[1].roster.rename(two[1].athlete("Anna").id, "Anna B.")
    assert sync(two[1], store).complete
    assert [a.name for a in store.athletes()] == ["Anna", "Anna B."]


def test_clocks_that_disagree_change_nothing(two: tuple[Store, Store], store: Store) -> None:
    """The second laptop lives two days earlier: identities are no times of the day."""
    pull_the_same(two)
    for n, one in enumerate(two):
        person = one.athlete(f"P{n}")
        with one.rows(write=True) as db:
            row = db.get_one(AthleteRow, person.id)
            row.created_at -= timedelta(days=2 * n)
        add_session(
            one,
            random.Random(n),
            person.id,
            day=DAY - timedelta(days=2 * n),
            board=BOARDS[1],
            journal=f"{n:016x}",
        )
    for one in (*two, *two):
        assert sync(one, store).complete
    assert len(store.sessions()) == 2 and len(store.trials()) == 7


def test_a_laptop_restored_from_a_backup_goes_on(tmp_path: Path, store: Store) -> None:
    rng = random.Random(1)
    home = tmp_path / "history.sqlite3"
    with laptop(home) as own:
        sync(own, store)
    backup = shutil.copy(home, tmp_path / "backup")
    with open_store(home) as own:
        person = own.athletes()[0].id
        lost = unassigned(own, rng, 2)
        trials = [t for t in own.trials(unassigned=True) if t.seq in lost]
        own.assign([t.id for t in trials], person, STANDARD_CONDITIONS)
        sync(own, store)
        rows = [
            NewTrial(t.seq, t.summary, None, False, t.lift_off_at, t.pulled_at) for t in trials
        ]
    before = dump(store)
    shutil.copy(backup, home)
    with open_store(home) as own:
        own.save_trials(BOARDS[0], JOURNAL, rows)  # pulled again
        assert sync(own, store).complete
        assert differences(before, dump(store))[:1] == [] or "pull" in str(
            differences(before, dump(store))
        )
        assert dump(store)["trial"] == before["trial"]
        add_session(own, rng, own.athletes()[0].id, "quick", day=DAY + timedelta(days=20))
        done = sync(own, store)
        assert done.complete and done.new["session"] == 1
        assert sync(own, store).complete


def test_two_syncs_of_one_laptop_at_once_move_everything_once(
    tmp_path: Path, server: Server, login: Login, new_clinic: Callable[[], str]
) -> None:
    clinic = new_clinic()
    logins = [login(clinic, "measure") for _ in range(2)]
    path = tmp_path / "history.sqlite3"
    laptop(path).close()
    failed: list[BaseException] = []

    def one(name: str) -> None:
        try:
            with open_store(path) as own, open_clinic(server.url(name)) as there:
                sync(own, there)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=one, args=(name,)) for name in logins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with open_store(path) as own, open_clinic(server.url(logins[0])) as there:
        assert differences(dump(own), dump(there)) == []


def test_a_trial_with_other_bytes_is_named_and_the_rest_moves(
    two: tuple[Store, Store], store: Store
) -> None:
    unassigned(two[0], random.Random(1), 3)
    unassigned(two[1], random.Random(2), 3)
    add_session(two[1], random.Random(3), two[1].athlete("Ben").id)
    sync(two[0], store)
    before = dump(store)["trial"]
    done = sync(two[1], store)
    assert len(done.conflicts) == 3 and "other bytes" in done.conflicts[0]
    assert done.new["session"] == 1 and not before - dump(store)["trial"]


def test_who_may_only_read_is_told_before_anything_moves(
    tmp_path: Path, server: Server, login: Login, new_clinic: Callable[[], str]
) -> None:
    name = login(new_clinic(), "read")
    with laptop(tmp_path / "history.sqlite3") as own, open_clinic(server.url(name)) as there:
        with pytest.raises(StoreError, match="does not allow that to your login"):
            sync(own, there)
        assert not any(dump(there).values())
