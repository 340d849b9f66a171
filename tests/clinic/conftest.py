"""One server for all tests of a worker; each test has clinics of its own there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from clinic.server import Server, set_up
from evenstance.clinic.access import Role
from evenstance.clinic.database import open_clinic
from evenstance.clinic.setup import Owner
from evenstance.store.repository import Store

_numbers = itertools.count(1)
Login = Callable[[str, Role], str]


@pytest.fixture(scope="session")
def _set_up() -> Iterator[tuple[Server, Owner]]:
    with set_up() as found:
        yield found


@pytest.fixture(scope="session")
def server(_set_up: tuple[Server, Owner]) -> Server:
    """A running PostgreSQL with an empty database that was set up for clinics."""
    return _set_up[0]


@pytest.fixture(scope="session")
def owner(_set_up: tuple[Server, Owner]) -> Owner:
    """The database as its owner sees it."""
    return _set_up[1]


@pytest.fixture
def new_clinic(owner: Owner) -> Callable[[], str]:
    """Makes a clinic; returns its name."""

    def make() -> str:
        name = f"clinic_{next(_numbers)}"
        owner.add_clinic(name)
        return name

    return make


@pytest.fixture
def login(server: Server, owner: Owner) -> Login:
    """Makes a login of a clinic in a role; returns its name."""

    def make(clinic: str, role: Role) -> str:
        name = f"login_{next(_numbers)}"
        server.sql(f"CREATE ROLE {name} LOGIN")
        owner.grant(name, clinic, role)
        return name

    return make


@pytest.fixture(scope="session")
def somebody(server: Server) -> str:
    """A login that goes from one new clinic to the next."""
    server.sql("CREATE ROLE somebody LOGIN")
    return "somebody"


@pytest.fixture
def store(
    server: Server, owner: Owner, new_clinic: Callable[[], str], somebody: str
) -> Iterator[Store]:
    """An empty history of a new clinic, opened by somebody who may do all in it."""
    owner.grant(somebody, new_clinic(), "admin")
    with open_clinic(server.url(somebody)) as opened:
        yield opened
