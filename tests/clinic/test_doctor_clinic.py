"""`evenstance doctor` where EVENSTANCE_STORE names a clinic's history: every fault made."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from clinic.conftest import Login
from clinic.server import Server
from evenstance import cli
from evenstance.clinic import standing
from evenstance.clinic.setup import Owner
from evenstance.doctor import examine as examining
from evenstance.doctor.check import ANCHORS, CLINIC_ANCHORS, ok
from evenstance.doctor.look_port import look_at_port
from evenstance.errors import CheckFailedError
from evenstance.store.upgrade import REVISIONS

Found = dict[str, dict[str, Any]]
Doctor = Callable[..., Found]
SECRET = "hunter2-and-more"


@pytest.fixture
def doctor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Doctor:
    """Runs the command without a board; the checks of the clinic by name."""
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path))
    # The tools of this computer take seconds to answer, and have tests of their own.
    three = [ok(name, "left out") for name in ("python", "package", "tools")]
    monkeypatch.setattr(examining, "look_at_computer", lambda: None)
    monkeypatch.setattr(examining, "computer_checks", lambda _seen: list(three))
    monkeypatch.setattr(examining, "look_at_port", lambda _port: look_at_port("/nowhere"))

    def run(address: str, *wrong: str) -> Found:
        monkeypatch.setenv("EVENSTANCE_STORE", address)
        capsys.readouterr()
        code = cli.run(["doctor", "--json"])
        said = capsys.readouterr()
        assert "Traceback" not in said.err and SECRET not in said.out + said.err
        checks = {check["name"]: check for check in json.loads(said.out)["checks"]}
        assert {*checks} == {*ANCHORS, *CLINIC_ANCHORS}
        assert code == CheckFailedError.exit_code  # there is no port
        found = {name: checks[name] for name in CLINIC_ANCHORS}
        assert [n for n, check in found.items() if check["state"] == "wrong"] == [*wrong]
        assert all(found[name]["advice"] for name in wrong)
        return found

    return run


def test_a_login_in_order(
    doctor: Doctor, server: Server, new_clinic: Callable[[], str], login: Login
) -> None:
    clinic = new_clinic()
    for role, may in (("read", "may look, not measure"), ("admin", "merge")):
        found = doctor(server.url(login(clinic, role)))  # type: ignore[arg-type]
        assert {check["state"] for check in found.values()} == {"ok"}
        assert "on this computer" in found["clinic_server"]["text"]
        assert clinic in found["clinic_login"]["text"] and may in found["clinic_login"]["text"]
        assert REVISIONS[-1] in found["clinic_version"]["text"]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("no address", "not the address"),
        (f"postgresql+psycopg://a:{SECRET}@clinic.example/b?sslmode=prefer", "encryption"),
        (f"postgresql+psycopg://a:{SECRET}@/b?host=/nonexistent", "cannot be reached"),
    ],
)
def test_a_server_that_is_not_reached(doctor: Doctor, address: str, told: str) -> None:
    found = doctor(address, "clinic_server")
    assert told in found["clinic_server"]["text"]
    assert found["clinic_login"]["state"] == "not_checked"


def test_a_database_that_is_not_there_or_not_set_up(doctor: Doctor, server: Server) -> None:
    assert "is not there" in doctor(server.url("owner", "nothing_here"), "clinic_server")[
        "clinic_server"
    ]["text"]  # fmt: skip
    found = doctor(server.url("owner", "postgres"), "clinic_server")["clinic_server"]
    assert "never set up" in found["text"] and "clinic init" in found["advice"]


def test_a_login_that_was_let_in_no_more(
    doctor: Doctor, server: Server, owner: Owner, new_clinic: Callable[[], str], login: Login
) -> None:
    name = login(new_clinic(), "measure")
    owner.revoke(name)
    found = doctor(server.url(name), "clinic_login")
    assert "role" in found["clinic_login"]["advice"]
    # The owner is in no clinic either, and may connect.
    found = doctor(server.url(), "clinic_login")["clinic_login"]
    assert "no clinic" in found["text"] and "clinic grant" in found["advice"]


@pytest.mark.parametrize("revision", [REVISIONS[0], "9999"])
def test_another_version(
    doctor: Doctor,
    server: Server,
    new_clinic: Callable[[], str],
    login: Login,
    revision: str,
) -> None:
    name = login(new_clinic(), "measure")
    server.sql(f"UPDATE evenstance.schema_revision SET revision = '{revision}'")
    try:
        found = doctor(server.url(name), "clinic_version")["clinic_version"]
    finally:
        server.sql(f"UPDATE evenstance.schema_revision SET revision = '{REVISIONS[-1]}'")
    assert revision in found["text"]
    assert ("clinic init" if revision == REVISIONS[0] else "pipx upgrade") in found["advice"]


def test_a_clock_that_is_off(
    doctor: Doctor,
    server: Server,
    new_clinic: Callable[[], str],
    login: Login,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(timezone.utc) + timedelta(minutes=9)

    monkeypatch.setattr(standing, "datetime", Ahead)
    url = server.url(login(new_clinic(), "measure"))
    began = time.monotonic()
    found = doctor(url, "clinic_clock")["clinic_clock"]
    told = re.search(r"(\d+) s apart", found["text"])
    assert told is not None and "Set the clock" in found["advice"]
    # The server's answer is older by however long it took.
    assert 540 <= int(told[1]) <= 541 + time.monotonic() - began


def test_without_an_address_nothing_of_it_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], doctor: Doctor
) -> None:
    monkeypatch.delenv("EVENSTANCE_STORE", raising=False)
    cli.run(["doctor", "--json"])
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert [check["name"] for check in checks] == list(ANCHORS)
