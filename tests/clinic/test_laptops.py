"""Several laptops: one person on two boards, one board passed on, clocks that disagree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

import pytest
from made_sessions import BOARD, FIRST, JOURNAL, LOOSE, STEADY, add_session
from summaries import summary

from clinic.conftest import Login
from clinic.server import Server
from evenstance.clinic.database import open_clinic
from evenstance.errors import EvenstanceError
from evenstance.flows.results import athlete_results
from evenstance.store.records import STANDARD_CONDITIONS, NewTrial
from evenstance.store.repository import Store

OTHER_BOARD = "e66164084319a12c"
NOON = datetime(2026, 9, 1, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def two(server: Server, new_clinic: Callable[[], str], login: Login) -> tuple[Store, Store]:
    """Two laptops of one clinic, each with its own login."""
    clinic = new_clinic()
    first, second = (open_clinic(server.url(login(clinic, "measure"))) for _ in range(2))
    try:
        yield first, second  # type: ignore[misc]
    finally:
        first.close()
        second.close()


def _trials(clock: timedelta, *seqs: int) -> list[NewTrial]:
    """As a laptop pulls them; the time of a hold is the board's, that of the pull its own."""
    return [
        NewTrial(seq, summary(seq), None, False, NOON + timedelta(minutes=seq), NOON + clock)
        for seq in seqs
    ]


def test_a_person_on_two_boards_is_one_person(two: tuple[Store, Store]) -> None:
    for week, (laptop, board) in enumerate(zip(two * 2, (BOARD, OTHER_BOARD) * 2, strict=True)):
        person = laptop.athlete("Anna")
        day = FIRST + timedelta(weeks=week)
        add_session(laptop, person.id, day, STEADY, LOOSE, board=board, familiarisation=week == 0)
    seen = [athlete_results(s, s.athlete("Anna", False), date(2026, 10, 1)) for s in two]
    assert seen[0] == seen[1]
    assert [s.board_uid for s in seen[0].sessions] == [BOARD, OTHER_BOARD] * 2
    assert len(seen[0].trials) == 4 * (len(STEADY) + len(LOOSE))
    # The same numbers of trials on both boards are different trials.
    assert {t.seq for t in seen[0].trials if t.board_uid == BOARD} == {
        t.seq for t in seen[0].trials if t.board_uid == OTHER_BOARD
    }


def test_a_board_passed_on_is_pulled_once(two: tuple[Store, Store]) -> None:
    first, second = two
    assert first.save_trials(BOARD, JOURNAL, _trials(timedelta(0), 1, 2, 3)).new == 3
    # The second one asks what is stored before it pulls, as the command does.
    assert second.stored_seqs(BOARD, JOURNAL) == {1: False, 2: False, 3: False}
    again = second.save_trials(BOARD, JOURNAL, _trials(timedelta(minutes=4), 2, 3, 4))
    assert (again.new, again.known) == (1, 2)
    second.record_ack(BOARD, JOURNAL, 4)
    first.record_ack(BOARD, JOURNAL, 3)  # late, and never backwards
    assert first.acked_through(BOARD, JOURNAL) == 4
    assert [t.seq for t in first.trials(unassigned=True)] == [1, 2, 3, 4]


def test_a_trial_is_given_to_one_person(two: tuple[Store, Store]) -> None:
    first, second = two
    first.save_trials(BOARD, JOURNAL, _trials(timedelta(0), 1, 2))
    ids = [t.id for t in second.trials(unassigned=True)]
    first.assign(ids, first.athlete("Anna").id, STANDARD_CONDITIONS)
    with pytest.raises(EvenstanceError):
        second.assign(ids, second.athlete("Ben").id, STANDARD_CONDITIONS)
    assert len(second.trials(second.athlete("Anna").id)) == 2
    assert second.trials(second.athlete("Ben").id) == []


@pytest.mark.parametrize("minutes", [-4, 4])
def test_the_order_is_the_board_s_not_that_of_the_laptops(
    two: tuple[Store, Store], minutes: int
) -> None:
    first, second = two
    first.save_trials(BOARD, JOURNAL, _trials(timedelta(0), 1, 2))
    second.save_trials(BOARD, JOURNAL, _trials(timedelta(minutes=minutes), 3, 4))
    trials = first.trials(unassigned=True)
    assert [t.seq for t in trials] == [1, 2, 3, 4]
    assert [t.lift_off_at for t in trials] == [NOON + timedelta(minutes=n) for n in range(1, 5)]
