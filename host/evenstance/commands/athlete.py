"""`evenstance athlete`: the people of the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from evenstance.commands.athlete_forget import counts, forget_command
from evenstance.commands.common import json_option, open_history, say, show_json
from evenstance.errors import InputError, UsageError

if TYPE_CHECKING:
    from evenstance.store.records import Athlete
    from evenstance.store.roster_records import PersonSummary


@click.group("athlete")
def command() -> None:
    """Keep the list of people: add, list, show, rename, merge, archive, forget."""


command.add_command(forget_command)


@command.command("add")
@click.argument("name")
@json_option
def add_command(name: str, as_json: bool) -> None:
    """Add a person; a first session with a new name does the same."""
    with open_history("measure") as store:
        person = store.roster.add(name)
    _told(person, f"{person.name} is in the history now.", as_json)


@command.command("list")
@click.option("--archived", is_flag=True, help="Archived people, too.")
@json_option
def list_command(archived: bool, as_json: bool) -> None:
    """Show everybody with their sessions; archived people only when asked for."""
    with open_history() as store:
        people = store.roster.summaries(archived=archived)
    if as_json:
        show_json([_json(one) for one in people])
        return
    for one in people:
        say(_line(one))
    if not people:
        say("Nobody is in the history yet: `evenstance athlete add NAME`.")


@command.command("show")
@click.argument("name")
@json_option
def show_command(name: str, as_json: bool) -> None:
    """Show what there is of one person: sessions, screening, clearances, plans."""
    from evenstance.report.plain import plain

    with open_history() as store:
        person = store.athlete(name, create=False)
        summary = next(
            one for one in store.roster.summaries(archived=True) if one.athlete.id == person.id
        )
        screen = store.care.latest_screen(person.id)
        clearances = len(store.care.clearances(person.id))
        plans = [plan for plan in store.care.plans(person.id) if plan.kind != "wait"]
    if as_json:
        show_json(
            {
                **_json(summary),
                "born_on": plain(person.born_on),
                "screened_on": None if screen is None else screen.answered_on.isoformat(),
                "clearances": clearances,
                "plans": len(plans),
            }
        )
        return
    say(_line(summary))
    say(
        "  screening: "
        + ("not answered yet" if screen is None else f"of {screen.answered_on.isoformat()}")
    )
    say(f"  clearances: {clearances}; plans begun: {len(plans)}")
    say(f"  next: `evenstance history --athlete {person.name!r}`")


@command.command("rename")
@click.argument("name")
@click.argument("new_name")
@json_option
def rename_command(name: str, new_name: str, as_json: bool) -> None:
    """Give a person another name."""
    with open_history("measure") as store:
        before = _real(store.athlete(name, create=False))
        person = store.roster.rename(before.id, new_name)
    _told(person, f"{before.name} is called {person.name} now.", as_json)


@command.command("merge")
@click.argument("name")
@click.argument("into")
@click.option("--yes", is_flag=True, help="Do it; without it nothing is changed.")
@json_option
def merge_command(name: str, into: str, yes: bool, as_json: bool) -> None:
    """Move everything of NAME to the person INTO, who is the same one, and forget NAME.

    Sessions, trials, screenings, health events, clearances and plans are moved at once or not at
    all. It cannot be undone.
    """
    from evenstance.flows.connect import wall_clock

    today = wall_clock().astimezone().date()
    with open_history("admin" if yes else "read") as store:
        source, target = store.athlete(name, create=False), store.athlete(into, create=False)
        would = store.roster.would_move(source.id, target.id)
        if not yes:
            raise UsageError(
                f"This would move {counts(would)} of {source.name} to {target.name} and forget "
                f"{source.name}. Nothing was changed.",
                cause="It cannot be undone.",
                next_step="Say so with --yes.",
            )
        done = store.roster.merge(source.id, target.id, on=today)
    if as_json:
        show_json({"athlete": done.into.name, "merged": source.name, "moved": done.moved})
        return
    say(f"{counts(done.moved)} of {source.name} belong to {done.into.name} now.")
    say("The first session of each name stays familiarisation: no hold was judged anew.")


@command.command("archive")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Back into the lists.")
@json_option
def archive_command(name: str, undo: bool, as_json: bool) -> None:
    """Leave a person out of lists and of new sessions; nothing stored is lost."""
    with open_history("measure") as store:
        before = _real(store.athlete(name, create=False))
        person = store.update_athlete(before.id, archived=not undo)
    _told(
        person,
        f"{person.name} is in the lists again." if undo else f"{person.name} is archived.",
        as_json,
    )


def _real(person: Athlete) -> Athlete:
    """The sessions of a replay have a name that the program looks for."""
    if person.name == "replay":
        raise InputError("`replay` is no person: its name stays.", next_step="Name a person.")
    return person


def _told(person: Athlete, text: str, as_json: bool) -> None:
    if as_json:
        show_json({"athlete": person.name, "archived": person.archived})
    else:
        say(text)


def _line(one: PersonSummary) -> str:
    sessions = {0: "no session", 1: "1 session"}.get(one.sessions, f"{one.sessions} sessions")
    last = "" if one.last_day is None else f", the last on {one.last_day.isoformat()}"
    plan = "" if one.open_plan is None else f"; {one.open_plan.replace('_', ' ')} running"
    archived = " (archived)" if one.athlete.archived else ""
    return f"{one.athlete.name}{archived}: {sessions}{last}{plan}"


def _json(one: PersonSummary) -> dict[str, Any]:
    return {
        "athlete": one.athlete.name,
        "number": one.athlete.id,
        "archived": one.athlete.archived,
        "created_at": one.athlete.created_at.isoformat(),
        "sessions": one.sessions,
        "first_day": None if one.first_day is None else one.first_day.isoformat(),
        "last_day": None if one.last_day is None else one.last_day.isoformat(),
        "open_plan": one.open_plan,
    }
