"""Opens the clinic's history as the same `Store` that the laptop's own is."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy import Engine, text

from evenstance.clinic.access import ROLES, Role
from evenstance.clinic.address import checked, shown
from evenstance.clinic.engine import clinic_engine
from evenstance.clinic.faults import REACH, ROLE, translated
from evenstance.errors import StoreError
from evenstance.store.repository import Store
from evenstance.store.upgrade import REVISIONS

CLOCK_LIMIT_S = 300.0
# What it may do in the tables is its role, whatever it is called.
WHO = """
SELECT revision(), my_clinic(), statement_timestamp(), CASE
    WHEN has_table_privilege('trial', 'DELETE') THEN 'admin'
    WHEN has_any_column_privilege('trial', 'INSERT') THEN 'measure'
    ELSE 'read' END
"""


def open_clinic(address: str, needs: Role = "read") -> Store:
    """Open the history at the address; StoreError when it cannot be used, and why.

    A login whose role is less than `needs` is told so now, not when there is something to store.
    """
    url = checked(address)
    engine = clinic_engine(url)
    place = shown(url)
    try:
        with translated(place):
            _require_mine(engine, place, needs)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, Path(place), guard=lambda: translated(place))


def _require_mine(engine: Engine, place: str, needs: Role) -> None:
    with engine.begin() as db:
        revision, clinic, now, role = db.execute(text(WHO)).one()
    if clinic is None:
        raise StoreError(
            f"Your login belongs to no clinic of {place}",
            next_step="Its owner runs `evenstance clinic grant LOGIN --clinic NAME --role ROLE`.",
            anchor=REACH,
        )
    if revision != REVISIONS[-1]:
        older = revision in REVISIONS
        raise StoreError(
            f"The history {place} was made by {'an older' if older else 'a newer'} Evenstance",
            cause=f"Its schema is {revision}, that of this program {REVISIONS[-1]}.",
            next_step="Its owner runs `evenstance clinic init` with this version."
            if older
            else "Upgrade this program, for example: pipx upgrade evenstance",
            anchor="the-clinics-history-has-another-version",
        )
    if ROLES.index(role) < ROLES.index(needs):
        raise StoreError(
            f"Your login may not do that in {place}",
            cause=f"Its role is {role}; this needs the role {needs}.",
            next_step=f"Nothing was begun. Its owner runs `evenstance clinic grant LOGIN --clinic "
            f"{clinic} --role {needs}`.",
            anchor=ROLE,
        )
    apart_s = abs((datetime.now(timezone.utc) - now).total_seconds())
    if apart_s > CLOCK_LIMIT_S:
        raise StoreError(
            f"The clock of this computer and that of the server are {apart_s:.0f} s apart",
            cause="The day and the order of sessions would be wrong.",
            next_step="Set the clock (and its zone), then try again.",
            anchor="the-clocks-disagree",
        )
