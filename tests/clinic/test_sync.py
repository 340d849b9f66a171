"""What a laptop has is in the clinic after a sync, equal in content, and exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.dumping import differences, dump, moved_tables
from clinic.laptops import laptop
from evenstance.clinic.sync import sync
from evenstance.store.repository import Store


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Store]:
    """A laptop with something of everything."""
    with laptop(tmp_path / "history.sqlite3") as store:
        yield store


def test_all_of_it_is_in_the_clinic_and_once(own: Store, store: Store) -> None:
    before = dump(own)
    assert all(rows for table, rows in before.items()), "the history has rows in every table"
    first = sync(own, store)
    assert first.complete and not first.differences and first.new["trial"] == 28
    assert differences(before, dump(store)) == []
    for _ in range(2):
        again = sync(own, store)
        assert again.complete and not again.new and not again.changed
    assert differences(before, dump(store)) == []
    assert differences(before, dump(own)) == [], "the laptop is as it was"


def test_the_dump_notices_what_is_missing_or_twice(own: Store, store: Store) -> None:
    sync(own, store)
    before = dump(own)
    for table in moved_tables():
        other = {**before, table.name: before[table.name].copy()}
        one = next(iter(other[table.name]))
        other[table.name][one] += 1
        assert differences(before, other)
        other[table.name][one] = 0
        assert differences(before, other)
