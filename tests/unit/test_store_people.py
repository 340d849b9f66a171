"""People, screens, plans, boards and calibrations in the history."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from histories import empty_history

from evenstance.errors import InputError, StoreError
from evenstance.store.database import open_store
from evenstance.store.faults import store_error
from evenstance.store.repository import Store

BOARD = "e66164084319a12b"
MADE = datetime(2025, 3, 1, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(empty_history(tmp_path / "history.sqlite3")) as opened:
        yield opened


def test_one_person_however_the_name_is_typed(store: Store) -> None:
    ines = store.athlete("Inês  Silva")
    assert ines.name == "Inês Silva"
    assert ines.created_at.utcoffset() == timedelta(0)
    for typed in (" inês silva ", "INÊS SILVA", "Ine\u0302s Silva"):
        assert store.athlete(typed) == ines
    assert store.athlete("Inês", create=True).id != ines.id
    assert [athlete.name for athlete in store.athletes()] == ["Inês", "Inês Silva"]


def test_an_unknown_person_is_named_with_those_that_are_known(store: Store) -> None:
    with pytest.raises(InputError, match="'Ana'") as caught:
        store.athlete("Ana", create=False)
    assert "no athletes yet" in caught.value.cause
    store.athlete("Anna")
    with pytest.raises(InputError) as caught:
        store.athlete("Ana", create=False)
    assert "Anna" in caught.value.cause
    assert len(store.athletes()) == 1


@pytest.mark.parametrize("name", ["", "  \t"])
def test_a_person_needs_a_name(store: Store, name: str) -> None:
    with pytest.raises(InputError, match="needs a name"):
        store.athlete(name)
    assert store.athletes() == []


def test_birth_date_and_archive(store: Store) -> None:
    anna = store.athlete("Anna")
    assert (anna.born_on, anna.archived) == (None, False)
    store.update_athlete(anna.id, born_on=date(1990, 2, 28))
    changed = store.update_athlete(anna.id, archived=True)
    assert (changed.born_on, changed.archived) == (date(1990, 2, 28), True)
    assert store.athletes() == []
    assert store.athletes(archived=True) == [changed]
    with pytest.raises(InputError, match="number 7"):
        store.update_athlete(7, archived=True)


def test_the_latest_screen_is_that_of_the_latest_date(store: Store) -> None:
    anna, ben = store.athlete("Anna").id, store.athlete("Ben").id
    assert store.care.latest_screen(anna) is None
    answers: dict[str, object] = {"numb": False, "pain_0_10": 0, "note": "Knöchel", "x": [1, None]}
    for day, state in ((5, "clear"), (9, "blocked"), (9, "restricted"), (7, "clear")):
        store.care.save_screen(
            anna, answered_on=date(2025, 3, day), age_y=40, answers=answers, state=state
        )
    found = store.care.latest_screen(anna)
    assert found is not None
    assert (found.state, found.answered_on, found.age_y) == ("restricted", date(2025, 3, 9), 40)
    assert found.answers == answers
    assert found.created_at.utcoffset() == timedelta(0)
    assert store.care.latest_screen(ben) is None


def test_the_latest_plan_comes_back_whole(store: Store) -> None:
    anna = store.athlete("Anna").id
    assert store.care.latest_plan(anna) is None
    store.care.save_plan(anna, verdict={"step": 1}, body={}, kind="block")
    last = store.care.save_plan(
        anna, verdict={"step": 3, "low_pct": 15.2}, body={"weeks": [1, 2]}, kind="block"
    )
    found = store.care.latest_plan(anna)
    assert found is not None
    assert (found.id, found.verdict, found.body) == (
        last,
        {"step": 3, "low_pct": 15.2},
        {"weeks": [1, 2]},
    )


def test_records_of_nobody_and_values_that_are_no_json_are_refused(store: Store) -> None:
    with pytest.raises(InputError, match="number 3"):
        store.care.save_plan(3, verdict={}, body={}, kind="block")
    with pytest.raises(InputError, match="number 3"):
        store.care.save_screen(3, answered_on=MADE.date(), age_y=40, answers={}, state="clear")
    anna = store.athlete("Anna").id
    for body in ({"value": float("nan")}, {"value": object()}):
        with pytest.raises(StoreError):
            store.care.save_plan(anna, verdict={}, body=body, kind="block")
    assert store.care.latest_plan(anna) is None


def test_a_board_keeps_what_it_told_before(store: Store) -> None:
    store.seen_board(BOARD, firmware="0.1.0", protocol=1)
    [first] = store.boards()
    store.seen_board(BOARD, label="blue")
    store.seen_board(BOARD, firmware="0.2.0")
    [board] = store.boards()
    assert (board.label, board.firmware, board.protocol) == ("blue", "0.2.0", 1)
    assert board.last_seen >= first.last_seen
    assert board.last_seen.utcoffset() == timedelta(0)


def test_calibrations_newest_last_with_their_signs(store: Store) -> None:
    for number, made_at, right in ((7, MADE, -101.25), (8, None, 99.0)):
        store.save_calibration(
            BOARD,
            number,
            made_at=made_at,
            left_counts_per_n=100.5,
            right_counts_per_n=right,
            detail={"loads_kg": [0, 20, 40], "residual_pct": 0.1},
        )
    found = store.calibrations(BOARD)
    assert [(c.calibration_id, c.made_at, c.right_counts_per_n) for c in found] == [
        (7, MADE, -101.25),
        (8, None, 99.0),
    ]
    assert found[0].detail == {"loads_kg": [0, 20, 40], "residual_pct": 0.1}
    assert store.calibrations("ff" * 8) == []


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ("database or disk is full", "disk is full"),
        ("disk I/O error", "could not be read or written"),
        ("something never seen", "could not be used"),
    ],
)
def test_failures_of_the_disk_are_told_with_a_next_step(message: str, what: str) -> None:
    error = store_error(sqlite3.OperationalError(message), Path("history.sqlite3"))
    assert what in error.what
    assert (error.cause, bool(error.next_step)) == (message, True)
