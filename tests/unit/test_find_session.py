"""Which session is meant by `last`, a date, or the beginning of an id."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from histories import empty_history
from made_sessions import FIRST, add_session

from evenstance.errors import InputError, UsageError
from evenstance.flows.find_session import find_session
from evenstance.store.database import open_store
from evenstance.store.repository import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(empty_history(tmp_path / "history.sqlite3")) as opened:
        yield opened


def test_every_way_to_say_it(store: Store) -> None:
    anna = store.athlete("Anna").id
    ids = [add_session(store, anna, FIRST + timedelta(days=day)) for day in (0, 1, 2)]
    practice = add_session(store, anna, FIRST + timedelta(days=3), purpose="practice")
    sessions = store.sessions(anna)
    for given, wanted in (
        ("last", practice),
        ("LAST-1", ids[2]),
        (" last-3", ids[0]),
        ("2026-09-02", ids[1]),
        (ids[1], ids[1]),
        (ids[1][:9].upper(), ids[1]),
    ):
        assert find_session(sessions, given).id == wanted, given
    assert find_session(sessions, "last", measured_only=True).id == ids[2]
    assert find_session(sessions, "last-2", measured_only=True).id == ids[0]
    assert find_session(sessions, practice[:10], measured_only=True).id == practice


@pytest.mark.parametrize("given", ["", "xyz", "last-", "last+1", "2026-13-40", "-1", "last-1-1"])
def test_what_names_nothing_is_refused(store: Store, given: str) -> None:
    add_session(store, store.athlete("Anna").id, FIRST)
    with pytest.raises(UsageError):
        find_session(store.sessions(), given)


def test_what_is_not_there_or_not_one_is_told_with_what_there_is(store: Store) -> None:
    anna = store.athlete("Anna").id
    with pytest.raises(InputError, match="no session to choose from"):
        find_session([], "last")
    morning = add_session(store, anna, FIRST)
    evening = add_session(store, anna, FIRST, at=time(19, 0))
    sessions = store.sessions(anna)
    with pytest.raises(InputError, match="2 sessions are meant") as caught:
        find_session(sessions, FIRST.isoformat())
    assert morning[:8] in caught.value.cause
    assert evening[:8] in caught.value.cause
    with pytest.raises(InputError, match="2 sessions to choose from"):
        find_session(sessions, "last-2")
    with pytest.raises(InputError, match="whose id begins with 0123456789abcdef0") as caught:
        find_session(sessions, "0123456789abcdef0")
    assert morning[:8] in caught.value.cause
    with pytest.raises(InputError, match="of 2020-01-01"):
        find_session(sessions, "2020-01-01")
