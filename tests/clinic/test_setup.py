"""The owner's commands and what a laptop is told: through the command line, each fault made."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from made_sessions import add_weeks

from clinic.conftest import Login
from clinic.server import Server
from evenstance import cli
from evenstance.clinic import standing
from evenstance.clinic.database import open_clinic
from evenstance.clinic.setup import Owner
from evenstance.errors import InputError, StoreError
from evenstance.store.upgrade import REVISIONS

Run = Callable[..., Any]
STORE = StoreError.exit_code


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Runs a command on an address; what it printed, as JSON when it succeeded with --json."""
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path / "home"))

    def once(url: str, *words: str, code: int = 0) -> Any:
        monkeypatch.setenv("EVENSTANCE_STORE", url)
        capsys.readouterr()
        ended = cli.run(list(words))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert ended == code, said
        if code:
            assert "Next:" in said.err
            return said.err
        return json.loads(said.out) if "--json" in words else said.out

    return once


@pytest.fixture
def empty(server: Server) -> str:
    """The owner's address of an empty database."""
    server.sql("DROP DATABASE IF EXISTS empty WITH (FORCE)", database="postgres")
    server.sql("CREATE DATABASE empty", database="postgres")
    return server.url(database="empty")


def test_the_owner_s_commands(run: Run, server: Server, empty: str) -> None:
    assert run(empty, "clinic", "list", code=STORE).count("clinic init") == 1
    assert run(empty, "clinic", "init", "--json") == {"created": True, "statistics_hidden": True}
    assert run(empty, "clinic", "init", "--json") == {"created": False, "statistics_hidden": True}
    assert "No clinic yet" in run(empty, "clinic", "list")
    assert run(empty, "clinic", "add", "north", "--json") == {"clinic": "north"}
    assert "is a clinic north already" in run(
        empty, "clinic", "add", "north", code=InputError.exit_code
    )
    server.sql('CREATE ROLE "Zoë O\'Hara" LOGIN')
    name = "Zoë O'Hara"
    words = ("clinic", "grant", name, "--clinic", "north", "--role")
    assert run(empty, *words, "read", "--json")["role"] == "read"
    assert run(empty, "clinic", "list", "--json") == [
        {"clinic": "north", "logins": [{"login": name, "role": "read"}]}
    ]
    run(empty, *words, "admin")  # in the place of the role before
    assert "(admin)" in run(empty, "clinic", "list")
    assert run(empty, "clinic", "revoke", name, "--json") == {"login": name}
    assert "nobody yet" in run(empty, "clinic", "list")
    assert "belongs to no clinic" in run(
        empty, "clinic", "revoke", name, code=InputError.exit_code
    )


@pytest.mark.parametrize("name", ["North", "north street", "", "1st", "n" * 32, "a;b", "ä"])
def test_names_that_no_clinic_has(run: Run, server: Server, owner: Owner, name: str) -> None:
    said = run(server.url(), "clinic", "add", name, code=InputError.exit_code)
    assert "cannot be the name of a clinic" in said


def test_whom_nobody_can_let_in(
    run: Run, server: Server, owner: Owner, new_clinic: Callable[[], str]
) -> None:
    clinic = new_clinic()
    for login, where, told in (
        ("nobody_there", clinic, "has no login 'nobody_there'"),
        ("owner", clinic, "is a superuser"),
        ("nobody_there", "nowhere", "There is no clinic 'nowhere'"),
    ):
        words = ("clinic", "grant", login, "--clinic", where, "--role", "read")
        assert told in run(server.url(), *words, code=InputError.exit_code)


def test_an_owner_who_is_no_superuser_is_warned(
    run: Run, server: Server, empty: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server.sql("DO $$ BEGIN CREATE ROLE plain LOGIN CREATEROLE; EXCEPTION WHEN duplicate_object "
               "THEN NULL; END $$")  # fmt: skip
    server.sql("ALTER DATABASE empty OWNER TO plain", database="postgres")
    server.sql("ALTER SCHEMA public OWNER TO plain", database="empty")
    made = run(server.url("plain", "empty"), "clinic", "init", "--json")
    assert made == {"created": True, "statistics_hidden": False}


def test_only_the_owner_sets_up(
    run: Run, server: Server, new_clinic: Callable[[], str], login: Login
) -> None:
    clinic = new_clinic()
    url = server.url(login(clinic, "admin"))
    for words in (
        ("clinic", "init"),
        ("clinic", "add", "south"),
        ("clinic", "grant", login(clinic, "read"), "--clinic", clinic, "--role", "admin"),
        ("clinic", "list"),
    ):
        assert "does not allow that" in run(url, *words, code=STORE)


@pytest.mark.parametrize(
    ("revision", "told"),
    [(REVISIONS[0], "an older Evenstance"), ("9999", "a newer Evenstance")],
)
def test_another_schema_is_named(
    run: Run, server: Server, empty: str, revision: str, told: str
) -> None:
    run(empty, "clinic", "init")
    run(empty, "clinic", "add", "north")
    server.sql("DO $$ BEGIN CREATE ROLE dated LOGIN; EXCEPTION WHEN duplicate_object "
               "THEN NULL; END $$")  # fmt: skip
    run(empty, "clinic", "grant", "dated", "--clinic", "north", "--role", "measure")
    server.sql(f"UPDATE evenstance.schema_revision SET revision = '{revision}'", "empty")
    said = run(server.url("dated", "empty"), "results", code=STORE)
    assert told in said and revision in said and REVISIONS[-1] in said
    assert revision in run(empty, "clinic", "init", code=STORE)


def test_what_is_not_there_is_named(run: Run, server: Server) -> None:
    said = run(server.url("owner", "nothing_here"), "results", code=STORE)
    assert "nothing_here" in said and "is not there" in said
    said = run(server.url("owner", "postgres"), "results", code=STORE)
    assert "was never set up" in said
    said = run("postgresql+psycopg://a@/b?host=/nonexistent", "results", code=STORE)
    assert "cannot be reached" in said
    said = run(server.url("no_such_login"), "results", code=STORE)
    assert "no_such_login" in said


def test_clocks_that_are_apart_are_told(
    run: Run,
    server: Server,
    new_clinic: Callable[[], str],
    login: Login,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = server.url(login(new_clinic(), "measure"))
    run(url, "athlete", "add", "Anna")

    class Late(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.fromtimestamp(
                datetime.now(timezone.utc).timestamp() - 400, timezone.utc
            )

    monkeypatch.setattr(standing, "datetime", Late)
    began = time.monotonic()
    said = run(url, "results", code=STORE)
    told = re.search(r"(\d+) s apart", said)
    assert told is not None and "Set the clock" in said
    # The server's answer is older by however long it took.
    assert 399 - (time.monotonic() - began) <= int(told[1]) <= 400


WRITING = (
    ("session", "--port", "/nowhere", "--athlete", "Anna", "--quick-check", "none"),
    ("session", "--port", "/nowhere", "--quick-check", "none"),
    ("pull", "--port", "/nowhere"),
    ("practice", "--port", "/nowhere"),
    ("flash", "--port", "/nowhere"),
    ("assign", "--all", "--athlete", "Anna"),
    ("athlete", "add", "Ben"),
    ("athlete", "archive", "Anna"),
    ("note", "last", "a note"),
    ("screen", "--athlete", "Anna", "--event", "fall"),
    ("recompute",),
    ("plan", "stop", "--reason", "enough"),
)


def test_who_may_read_is_told_so_before_anything_is_measured(
    run: Run,
    server: Server,
    new_clinic: Callable[[], str],
    login: Login,
    tmp_path: Path,
) -> None:
    clinic = new_clinic()
    with open_clinic(server.url(login(clinic, "measure"))) as store:
        add_weeks(store, store.athlete("Anna").id, 3)
    url = server.url(login(clinic, "read"))
    assert run(url, "results", "--json")["athlete"]
    assert run(url, "history", "--json")
    assert run(url, "report", "--to", str(tmp_path / "report.html"), "--json")
    assert run(url, "athlete", "list", "--json")
    run(url, "export", "holds", "--to", str(tmp_path / "holds.csv"))
    for words in WRITING:
        said = run(url, *words, code=STORE)
        assert "Its role is read; this needs the role measure" in said, words
        assert f"--clinic {clinic} --role measure" in said
    with open_clinic(url) as store:
        assert [one.name for one in store.athletes(archived=True)] == ["Anna"]


def test_who_may_measure_merges_nobody(
    run: Run, server: Server, new_clinic: Callable[[], str], login: Login
) -> None:
    url = server.url(login(new_clinic(), "measure"))
    for name in ("Anna", "Ana"):
        run(url, "athlete", "add", name)
    run(url, "athlete", "merge", "Ana", "Anna", code=2)  # says what it would do
    said = run(url, "athlete", "merge", "Ana", "Anna", "--yes", code=STORE)
    assert "Its role is measure; this needs the role admin" in said
