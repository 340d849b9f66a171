"""`evenstance clinic`: what the owner of a clinic's history does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from evenstance.commands.common import json_option, say, show_json, tell
from evenstance.errors import UsageError

if TYPE_CHECKING:
    from evenstance.clinic.setup import Owner

ROLES = ("read", "measure", "admin")


@click.group("clinic")
def command() -> None:
    """Set up a history in PostgreSQL that several laptops share, and let people in.

    EVENSTANCE_STORE is the address, with the login that owns the database.
    """


@command.command("init")
@json_option
def init_command(as_json: bool) -> None:
    """Make tables, roles and rules; after an upgrade of this program, renew them."""
    with _owner() as owner:
        made = owner.init()
    if as_json:
        show_json({"created": made.created, "statistics_hidden": made.statistics_hidden})
        return
    say("The history is ready." if made.created else "The history is up to date.")
    if not made.statistics_hidden:
        tell(
            "Warning: you are no superuser of the server, so its statistics were left as they "
            "are: a login of one clinic can see how many rows all clinics have together. "
            "Use one database for each clinic, or run this once as a superuser."
        )


@command.command("add")
@click.argument("name")
@json_option
def add_command(name: str, as_json: bool) -> None:
    """Add a clinic: small letters, digits and _."""
    with _owner() as owner:
        owner.add_clinic(name)
    _told({"clinic": name}, f"The clinic {name} is there.", as_json)


@command.command("grant")
@click.argument("login")
@click.option("--clinic", required=True, help="Which clinic.")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the login may do.")
@json_option
def grant_command(login: str, clinic: str, role: Any, as_json: bool) -> None:
    """Let a login of the server into one clinic.

    read: look. measure: store and change, too. admin: remove and merge people, too.
    """
    with _owner() as owner:
        owner.grant(login, clinic, role)
    _told(
        {"login": login, "clinic": clinic, "role": role},
        f"{login} may {role} in {clinic}, and in no other clinic.",
        as_json,
    )


@command.command("revoke")
@click.argument("login")
@json_option
def revoke_command(login: str, as_json: bool) -> None:
    """Let a login in no more; what it stored stays."""
    with _owner() as owner:
        owner.revoke(login)
    _told({"login": login}, f"{login} is in no clinic now.", as_json)


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Show clinics and who is let in."""
    with _owner() as owner:
        clinics, members = owner.clinics(), owner.members()
    if as_json:
        show_json(
            [
                {
                    "clinic": name,
                    "logins": [
                        {"login": m.login, "role": m.role} for m in members if m.clinic == name
                    ],
                }
                for name in clinics
            ]
        )
        return
    for name in clinics:
        own = [f"{m.login} ({m.role or 'no role'})" for m in members if m.clinic == name]
        say(f"{name}: {', '.join(own) if own else 'nobody yet'}")
    if not clinics:
        say("No clinic yet: `evenstance clinic add NAME`.")


def _owner() -> Owner:
    from evenstance.store.location import STORE_VARIABLE, clinic_address

    address = clinic_address()
    if address is None:
        raise UsageError(
            f"{STORE_VARIABLE} says no address.",
            next_step=f"{STORE_VARIABLE}=postgresql+psycopg://OWNER@HOST/DATABASE evenstance "
            "clinic init",
            anchor="the-clinics-history-cannot-be-reached",
        )
    from evenstance.clinic.setup import open_as_owner

    return open_as_owner(address)


def _told(values: dict[str, object], line: str, as_json: bool) -> None:
    if as_json:
        show_json(values)
    else:
        say(line)
