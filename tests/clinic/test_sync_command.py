"""`evenstance sync` as it is called: what it prints, its exit codes, what it needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clinic.conftest import Login
from clinic.laptops import laptop
from clinic.server import Server
from evenstance.cli import cli
from evenstance.clinic.setup import Owner
from evenstance.errors import IncompleteSyncError, UsageError
from evenstance.store.location import HOME_VARIABLE, STORE_VARIABLE


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.delenv(STORE_VARIABLE, raising=False)
    return tmp_path


@pytest.fixture
def clinic(
    home: Path, server: Server, owner: Owner, login: Login, monkeypatch: pytest.MonkeyPatch
) -> str:
    """EVENSTANCE_STORE names a new clinic."""
    owner.add_clinic(name := f"command_{home.name[-20:].strip('_').lower()}")
    url = server.url(login(name, "measure"))
    monkeypatch.setenv(STORE_VARIABLE, url)
    return url


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["sync", *words])


def test_it_says_what_moved_and_then_that_nothing_is_new(home: Path, clinic: str) -> None:
    laptop(home / "history.sqlite3").close()
    first = run()
    assert first.exit_code == 0, first.output
    assert "2 people" in first.stdout and "28 trials" in first.stdout
    assert "sessions looked at" in first.stderr and "looked at" not in first.stdout
    assert run().stdout == "Nothing new: the clinic has it all.\n"


def test_json_has_every_figure(home: Path, clinic: str) -> None:
    laptop(home / "history.sqlite3").close()
    found = json.loads(run("--json").stdout)
    assert found["new"]["session"] == 11 and found["new"]["plan"] == 2
    again = json.loads(run("--json").stdout)
    assert again == {
        "new": {},
        "changed": 0,
        "held_back": [],
        "conflicts": [],
        "differences": [],
    }


def test_what_stays_behind_is_printed_and_ends_with_16(
    home: Path,
    clinic: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laptop(home / "history.sqlite3").close()
    run()
    other = tmp_path_factory.mktemp("other")
    laptop(other / "history.sqlite3", people=1).close()
    monkeypatch.setenv(HOME_VARIABLE, str(other))
    held = run("--json")
    error = held.exception
    assert isinstance(error, IncompleteSyncError) and error.exit_code == 16
    assert error.anchor == "not-everything-moved-into-the-clinic"
    assert "Person 1-0: the clinic has this name, too" in error.cause
    assert json.loads(held.stdout)["held_back"][0]["name"] == "Person 1-0"


def test_without_an_address_or_a_history_nothing_is_tried(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = run().exception
    assert isinstance(error, UsageError) and STORE_VARIABLE in error.what
    monkeypatch.setenv(STORE_VARIABLE, "postgresql+psycopg://nobody@/nowhere?host=/nowhere")
    error = run().exception
    assert isinstance(error, UsageError) and "no history of its own" in error.what
    assert list(home.iterdir()) == []
