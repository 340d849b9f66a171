"""A server on another address is reached under TLS, by whoever proves to be it, or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from clinic import tls
from clinic.server import DATABASE, Server
from evenstance import cli
from evenstance.clinic.setup import open_as_owner
from evenstance.errors import StoreError

SECRET = "a-long-secret"
Said = Callable[[str], tuple[int, str]]


@dataclass(frozen=True)
class Away:
    """The server, its address without options, and both roots."""

    server: Server
    at: str
    root: Path
    wrong_root: Path

    def url(self, login: str = "anna", **options: object) -> str:
        """How a laptop reaches it."""
        words = "&".join(f"{name}={value}" for name, value in options.items())
        return f"postgresql+psycopg://{login}@{self.at}/{DATABASE}?{words}"


@pytest.fixture(scope="module")
def away() -> Iterator[Away]:
    address = tls.own_address()
    if address is None:
        pytest.skip("this computer has no address but its loopback")
    with tempfile.TemporaryDirectory(prefix="evenstance-pg-") as name:
        folder = Path(name)
        server = Server(folder)
        roots = [tls.certificate(folder, who, address) for who in ("true", "false")]
        port = tls.listen(server, address, roots[0])
        server.port = port
        server.start()
        try:
            server.sql(f"CREATE DATABASE {DATABASE}", database="postgres")
            server.sql(f"CREATE ROLE anna LOGIN; CREATE ROLE guarded LOGIN PASSWORD '{SECRET}'")
            owner = open_as_owner(server.url())
            owner.init()
            owner.add_clinic("north")
            for login in ("anna", "guarded"):
                owner.grant(login, "north", "measure")
            owner.close()
            yield Away(server, f"{address}:{port}", *roots)
        finally:
            server.stop("immediate")


@pytest.fixture
def said(
    away: Away,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Said:
    """Exit code and all that a command printed, on an address."""
    monkeypatch.setenv("EVENSTANCE_HOME", str(tmp_path))
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))

    def run(url: str) -> tuple[int, str]:
        monkeypatch.setenv("EVENSTANCE_STORE", url)
        capsys.readouterr()
        code = cli.run(["athlete", "list", "--json"])
        text = "".join(capsys.readouterr())
        assert "Traceback" not in text
        return code, text

    return run


def test_the_server_itself_lets_nobody_in_without_tls(away: Away) -> None:
    plain = away.url(sslmode="disable").replace("+psycopg", "")
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(plain)


def test_the_program_does_not_even_try(away: Away, said: Said) -> None:
    for mode in ("disable", "allow", "prefer"):
        code, text = said(away.url(sslmode=mode))
        assert code == StoreError.exit_code and "without encryption" in text


def test_with_the_right_root_the_server_is_known(away: Away, said: Said) -> None:
    for mode in ({}, {"sslmode": "verify-full"}, {"sslmode": "verify-ca"}):
        code, text = said(away.url(sslrootcert=away.root, **mode))
        assert (code, text) == (0, "[]\n")
    code, _ = said(away.url(sslmode="require"))
    assert code == 0


@pytest.mark.parametrize("mode", [{}, {"sslmode": "verify-full"}])
def test_another_root_or_none_is_refused(
    away: Away, said: Said, mode: dict[str, str], tmp_path: Path
) -> None:
    for root in (away.wrong_root, tmp_path / "missing.crt"):
        code, text = said(away.url(sslrootcert=root, **mode))
        assert code == StoreError.exit_code
        assert "cannot be trusted" in text and "root certificate" in text


def test_a_name_that_the_certificate_is_not_for_is_refused(away: Away, said: Said) -> None:
    address, _, port = away.at.partition(":")
    url = f"postgresql+psycopg://anna@{DATABASE}.example:{port}/{DATABASE}?hostaddr={address}"
    code, text = said(f"{url}&sslrootcert={away.root}")
    assert code == StoreError.exit_code and "cannot be trusted" in text


def test_passwords_are_asked_for_and_not_said(away: Away, said: Said) -> None:
    address = away.url("guarded", sslrootcert=away.root)
    code, text = said(address)
    assert code == StoreError.exit_code and "does not let you in" in text
    code, text = said(address.replace("guarded@", "guarded:another-one@"))
    assert code == StoreError.exit_code and "does not let you in" in text
    assert "PGPASSFILE" in text and "another-one" not in text
    assert said(address.replace("guarded@", f"guarded:{SECRET}@"))[0] == 0
