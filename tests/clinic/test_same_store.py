"""What the laptop's history is held to holds for a clinic's: the same tests, on PostgreSQL."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import pytest
import test_store_care
import test_store_people
import test_store_roster
import test_store_sessions
import test_store_trials

from evenstance.store.repository import Store

MODULES = (
    test_store_care,
    test_store_people,
    test_store_roster,
    test_store_sessions,
    test_store_trials,
)
OF_A_FILE = {
    "test_values_of_a_new_trial",
    "test_missing_values_stay_missing_and_zero_stays_zero",
    "test_the_file_itself_refuses_a_second_row_of_one_number",
    "test_what_was_saved_is_on_disk_when_the_call_returns",
}
"""They look into the file with SQLite's own driver; so does what asks for a path."""


def _tests(module: ModuleType) -> dict[str, Any]:
    """The tests of a module that ask for nothing but an open history."""
    return {
        name: value
        for name, value in vars(module).items()
        if name.startswith("test_")
        and name not in OF_A_FILE
        and not {"path", "tmp_path"} & set(inspect.signature(value).parameters)
    }


for _module in MODULES:
    for _name, _test in _tests(_module).items():
        globals()[f"{_name}__{_module.__name__.removeprefix('test_store_')}"] = _test


@pytest.fixture
def anna(store: Store) -> int:
    """The person of those tests."""
    return store.athlete("Anna").id


@pytest.fixture
def plan(store: Store, anna: int) -> int:
    """The plan of those tests."""
    return test_store_care.save_plan(store, anna)


def test_those_left_out_are_there() -> None:
    names = {name for module in MODULES for name in vars(module)}
    assert names >= OF_A_FILE
