"""What the owner of the database does: make or renew the history, add clinics, let people in."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import URL, Connection, MetaData, text

from evenstance.clinic import access
from evenstance.clinic.access import ROLES, Role
from evenstance.clinic.address import checked, shown
from evenstance.clinic.engine import SCHEMA, plain_engine
from evenstance.clinic.faults import translated
from evenstance.clinic.tables import CLINIC, clinic_metadata
from evenstance.errors import InputError, StoreError
from evenstance.store.contents import quoted
from evenstance.store.upgrade import REVISIONS

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


@dataclass(frozen=True)
class Member:
    """A login, its clinic and its role."""

    login: str
    clinic: str
    role: Role | None


@dataclass(frozen=True)
class SetUp:
    """Whether the tables are new, and whether the server's statistics are hidden."""

    created: bool
    statistics_hidden: bool


def open_as_owner(address: str) -> Owner:
    """The database at the address; StoreError when the address cannot be used."""
    return Owner(checked(address))


class Owner:
    """The database as its owner sees it; each method is one transaction."""

    def __init__(self, url: URL) -> None:
        self._place = shown(url)
        self._engine = plain_engine(url, pool_pre_ping=True)

    def __enter__(self) -> Owner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._engine.dispose()

    def init(self) -> SetUp:
        """Make tables, roles and rules, or renew them after an upgrade of this program.

        Doing it again changes nothing. Hiding the server's statistics needs a superuser; without
        one it is left out and said.
        """
        metadata = clinic_metadata()
        with self._begin() as db:
            database = str(db.scalar(text("SELECT current_database()")))
            db.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            db.exec_driver_sql(f"SET LOCAL search_path = {SCHEMA}, pg_temp")
            created = db.scalar(text("SELECT to_regclass('trial') IS NULL")) is True
            if created:
                _make_tables(db, metadata)
                db.execute(
                    text("INSERT INTO schema_revision VALUES (:now)"), {"now": REVISIONS[-1]}
                )
            _require_revision(db, self._place)
            db.exec_driver_sql(access.FUNCTIONS)
            for statement in (
                *access.make_roles(database),
                *access.grants(database, metadata),
                *access.row_security(metadata),
            ):
                db.exec_driver_sql(statement)
            hidden = bool(
                db.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
            )
            if hidden:
                db.exec_driver_sql(
                    access.HIDE_STATISTICS, execution_options={"no_parameters": True}
                )
        return SetUp(created, hidden)

    def add_clinic(self, name: str) -> None:
        """Add a clinic; InputError for a name that is taken or not a plain one."""
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name!r} cannot be the name of a clinic",
                cause="It is part of every row: small letters, digits and _, at most 31.",
                next_step="For example: north_street",
            )
        with self._begin() as db:
            added = db.execute(
                text(f"INSERT INTO {SCHEMA}.clinic (name) VALUES (:n) ON CONFLICT DO NOTHING"),
                {"n": name},
            )
            if not added.rowcount:
                raise InputError(f"There is a clinic {name} already", next_step="Nothing changed.")

    def grant(self, login: str, clinic: str, role: Role) -> None:
        """Let a login in: to one clinic, in one role. It replaces what it was before."""
        with self._begin() as db:
            _require_clinic(db, clinic)
            login_is = {"login": login}
            if db.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = :login"), login_is):
                raise InputError(
                    f"{login} is a superuser of the server",
                    cause="Nothing separates a superuser from any clinic.",
                    next_step="Make a login of its own for the clinic.",
                )
            database = str(db.scalar(text("SELECT current_database()")))
            if not db.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :login"), login_is):
                raise InputError(
                    f"The server has no login {login!r}",
                    next_step=f"Make it first: CREATE ROLE {quoted(login)} LOGIN PASSWORD ...",
                )
            _leave(db, database, login)
            db.execute(
                text(f"INSERT INTO {SCHEMA}.member VALUES (:login, :clinic)"),
                {"login": login, "clinic": clinic},
            )
            db.exec_driver_sql(
                f"GRANT {quoted(access.role_name(database, role))} TO {quoted(login)}"
            )

    def revoke(self, login: str) -> None:
        """Let a login in no more; what it stored stays."""
        with self._begin() as db:
            known = {"login": login}
            if not db.scalar(text(f"SELECT 1 FROM {SCHEMA}.member WHERE login = :login"), known):
                raise InputError(f"{login} belongs to no clinic", next_step="Nothing changed.")
            _leave(db, str(db.scalar(text("SELECT current_database()"))), login)

    def clinics(self) -> list[str]:
        """The names of all clinics."""
        with self._begin() as db:
            return list(db.scalars(text(f"SELECT name FROM {SCHEMA}.clinic ORDER BY name")))

    def members(self) -> list[Member]:
        """Every login that was let in, with its clinic and role."""
        with self._begin() as db:
            database = str(db.scalar(text("SELECT current_database()")))
            rows = db.execute(
                text(f"SELECT login, clinic FROM {SCHEMA}.member ORDER BY clinic, login")
            )
            return [Member(row[0], row[1], _role(db, database, row[0])) for row in rows]

    @contextmanager
    def _begin(self) -> Generator[Connection, None, None]:
        with translated(self._place), self._engine.begin() as db:
            yield db


def _make_tables(db: Connection, metadata: MetaData) -> None:
    """The functions stand between: they read the first tables, and fill the others' columns."""
    metadata.tables[CLINIC].create(db)
    db.exec_driver_sql(access.BOOKKEEPING)
    db.exec_driver_sql(access.FUNCTIONS)
    metadata.create_all(db)


def _require_revision(db: Connection, place: str) -> None:
    found = db.scalar(text("SELECT revision FROM schema_revision"))
    if found != REVISIONS[-1]:
        raise StoreError(
            f"The history {place} has schema {found}, this program has {REVISIONS[-1]}",
            next_step="Use the program of that version, or the newest one.",
            anchor="the-clinics-history-has-another-version",
        )


def _require_clinic(db: Connection, clinic: str) -> None:
    names = list(db.scalars(text(f"SELECT name FROM {SCHEMA}.clinic ORDER BY name")))
    if clinic not in names:
        raise InputError(
            f"There is no clinic {clinic!r}",
            cause=f"There are: {', '.join(names)}." if names else "There is none yet.",
            next_step="Add it first: `evenstance clinic add NAME`.",
        )


def _leave(db: Connection, database: str, login: str) -> None:
    db.execute(text(f"DELETE FROM {SCHEMA}.member WHERE login = :login"), {"login": login})
    for role in ROLES:
        db.exec_driver_sql(
            f"REVOKE {quoted(access.role_name(database, role))} FROM {quoted(login)}"
        )


def _role(db: Connection, database: str, login: str) -> Role | None:
    for role in reversed(ROLES):
        asked = {"login": login, "role": access.role_name(database, role)}
        if db.scalar(text("SELECT pg_has_role(:login, :role, 'member')"), asked):
            return role
    return None
