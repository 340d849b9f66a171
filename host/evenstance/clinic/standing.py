"""What a clinic's server says of a login: its clinic, its role; and what of that is in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal, cast

from sqlalchemy import Engine, text

from evenstance.clinic.access import ROLES, Role
from evenstance.clinic.faults import REACH, ROLE
from evenstance.errors import StoreError
from evenstance.store.upgrade import REVISIONS

CLOCK_LIMIT_S = 300.0
# What it may do in the tables is its role, whatever it is called.
_QUESTION = """
SELECT session_user, my_clinic(), revision(), statement_timestamp(), CASE
    WHEN has_table_privilege('trial', 'DELETE') THEN 'admin'
    WHEN has_any_column_privilege('trial', 'INSERT') THEN 'measure'
    ELSE 'read' END
"""
About = Literal["login", "version", "clock"]


@dataclass(frozen=True)
class Standing:
    """A login as the server knows it; `apart_s` is this computer's clock less the server's."""

    login: str
    clinic: str | None
    role: Role
    revision: str
    apart_s: float
    encrypted: bool


def standing(engine: Engine) -> Standing:
    """Ask the server."""
    with engine.begin() as db:
        login, clinic, revision, now, role = db.execute(text(_QUESTION)).one()
        driver: Any = db.connection.driver_connection
        apart_s = (datetime.now(timezone.utc) - now).total_seconds()
        encrypted = bool(driver.pgconn.ssl_in_use)
    return Standing(login, clinic, cast(Role, role), revision, apart_s, encrypted)


def in_the_way(who: Standing, place: str, needs: Role) -> Iterator[tuple[About, StoreError]]:
    """What keeps this login from doing what needs that role, the first cause first."""
    if who.clinic is None:
        yield (
            "login",
            StoreError(
                f"Your login belongs to no clinic of {place}",
                next_step="Its owner runs `evenstance clinic grant LOGIN --clinic NAME --role "
                "ROLE`.",
                anchor=REACH,
            ),
        )
    if who.revision != REVISIONS[-1]:
        older = who.revision in REVISIONS
        yield (
            "version",
            StoreError(
                f"The history {place} was made by {'an older' if older else 'a newer'} Evenstance",
                cause=f"Its schema is {who.revision}, that of this program {REVISIONS[-1]}.",
                next_step="Its owner runs `evenstance clinic init` with this version."
                if older
                else "Upgrade this program, for example: pipx upgrade evenstance",
                anchor="the-clinics-history-has-another-version",
            ),
        )
    if ROLES.index(who.role) < ROLES.index(needs):
        yield (
            "login",
            StoreError(
                f"Your login may not do that in {place}",
                cause=f"Its role is {who.role}; this needs the role {needs}.",
                next_step="Nothing was begun. Its owner runs `evenstance clinic grant "
                f"{who.login} --clinic {who.clinic} --role {needs}`.",
                anchor=ROLE,
            ),
        )
    if abs(who.apart_s) > CLOCK_LIMIT_S:
        yield (
            "clock",
            StoreError(
                "The clock of this computer and that of the server are "
                f"{abs(who.apart_s):.0f} s apart",
                cause="The day and the order of sessions would be wrong.",
                next_step="Set the clock (and its zone), then try again.",
                anchor="the-clocks-disagree",
            ),
        )
