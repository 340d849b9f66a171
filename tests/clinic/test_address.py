"""EVENSTANCE_STORE: what is an address, what is local, when TLS is asked for; never a password."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evenstance import cli
from evenstance.clinic.address import checked, shown
from evenstance.errors import StoreError

SECRET = "hunter2-and-more"
HERE = "postgresql+psycopg://anna"
AWAY = f"{HERE}@clinic.example/balance"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "address",
    [
        f"{HERE}@/balance",
        f"{HERE}@/balance?host=/run/postgresql",
        f"{HERE}@localhost/balance",
        f"{HERE}@127.0.0.1:5433/balance",
        f"{HERE}@127.3.2.1/balance",
        f"{HERE}@[::1]/balance",
        f"{HERE}@/balance?host=localhost,127.0.0.1",
        f"{HERE}@/balance?host=localhost&hostaddr=127.0.0.1",
        "postgresql://anna@localhost/balance",
    ],
)
def test_this_computer_needs_no_tls(address: str) -> None:
    url = checked(address)
    assert "sslmode" not in url.query
    assert url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    "address",
    [
        AWAY,
        f"{HERE}@192.0.2.7/balance",
        f"{HERE}@[2001:db8::1]/balance",
        f"{HERE}@localhost.clinic.example/balance",
        f"{HERE}@/balance?host=clinic.example",
        f"{HERE}@localhost/balance?host=clinic.example",  # the one in the options is used
        f"{HERE}@/balance?host=localhost,clinic.example",
        f"{HERE}@/balance?host=localhost&host=clinic.example",
        f"{HERE}@localhost/balance?hostaddr=192.0.2.7",
        f"{HERE}@/balance?service=clinic",
        f"{HERE}@localhost/balance?service=clinic",
    ],
)
@pytest.mark.parametrize("weaker", ["disable", "allow", "prefer", "verify-ful"])
def test_another_computer_is_asked_for_its_certificate(address: str, weaker: str) -> None:
    assert checked(address).query["sslmode"] == "verify-full"
    with_mode = f"{address}{'&' if '?' in address else '?'}sslmode="
    for enough in ("require", "verify-ca", "verify-full"):
        assert checked(f"{with_mode}{enough}").query["sslmode"] == enough
    with pytest.raises(StoreError, match="without encryption"):
        checked(f"{with_mode}{weaker}")


@pytest.mark.parametrize("name", ["PGHOST", "PGHOSTADDR", "PGSERVICE"])
def test_the_driver_s_own_variables_count(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "192.0.2.7")
    assert checked(f"{HERE}@/balance").query["sslmode"] == "verify-full"


def test_a_number_in_the_environment_wins_over_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.7")
    for place in ("@localhost/balance", "@/balance?host=/run/postgresql"):
        assert checked(f"{HERE}{place}").query["sslmode"] == "verify-full"


def test_a_mode_in_the_environment_weakens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "disable")
    assert checked(AWAY).query["sslmode"] == "verify-full"


def test_waiting_for_a_server_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(AWAY).query["connect_timeout"] == "10"
    assert checked(f"{AWAY}?connect_timeout=3").query["connect_timeout"] == "3"


@pytest.mark.parametrize(
    "address",
    [
        "north",
        "sqlite:///history.sqlite3",
        "mysql://anna@localhost/balance",
        "postgresql+psycopg2://anna@localhost/balance",
        "postgresql+psycopg://",
        f"{HERE}@localhost",
        f"{HERE}:{SECRET}@localhost:port/balance",
        f"{SECRET}@localhost/balance",
    ],
)
def test_what_is_no_address_is_told_without_repeating_it(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVENSTANCE_STORE", address)
    assert cli.run(["results", "--json"]) == StoreError.exit_code
    said = "".join(capsys.readouterr())
    assert "not the address of a clinic's history" in said
    assert SECRET not in said and "Traceback" not in said


@pytest.fixture
def nobody_listens() -> Iterator[int]:
    """A port of this computer that nothing listens on, and that nobody else gets."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


@pytest.mark.parametrize("words", [("results", "--json"), ("clinic", "list", "--json"), ("sync",)])
@pytest.mark.parametrize(
    "place", ["/balance", "/balance?password={secret}", "/balance?foo={secret}"]
)
def test_a_password_is_never_said(
    words: tuple[str, ...],
    place: str,
    nobody_listens: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    address = f"{HERE}:{SECRET}@127.0.0.1:{nobody_listens}{place.format(secret=SECRET)}"
    monkeypatch.setenv("EVENSTANCE_STORE", address)
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path))
    assert cli.run(list(words)) in (2, StoreError.exit_code)
    said = "".join(capsys.readouterr())
    assert said and SECRET not in said and "Traceback" not in said
    assert SECRET not in shown(checked(address))


def test_without_the_driver_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv("EVENSTANCE_STORE", f"{HERE}@localhost/balance")
    for words in (["results"], ["clinic", "list"]):
        assert cli.run(words) == StoreError.exit_code
        said = capsys.readouterr().err
        assert "driver for PostgreSQL" in said and ".[clinic]" in said


def test_backup_and_restore_leave_this_computer_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path))
    assert cli.run(["athlete", "add", "Anna", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)
    monkeypatch.setenv("EVENSTANCE_STORE", f"{HERE}:{SECRET}@localhost/balance")
    for words in (["backup"], ["backup", f"{tmp_path}/kept"], ["restore", f"{tmp_path}/kept"]):
        assert cli.run(words) == 2
        said = capsys.readouterr().err
        assert "on its server" in said and "docs/clinic.md" in said and SECRET not in said
    assert list(tmp_path.glob("*kept*")) == list(tmp_path.glob("backups")) == []
