"""`evenstance clearance`: what a clinician allowed in writing, for one answer of the screen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    json_option,
    open_history,
    say,
    show_json,
    tell,
)

if TYPE_CHECKING:
    from evenstance.flows.clearances import Kept

DATE = click.DateTime(["%Y-%m-%d"])


@click.group("clearance")
def command() -> None:
    """Keep what a clinician allowed for an answer of the screen: add, list, end.

    A clearance counts for at most 12 months, until a health event, or until it is ended. It lifts
    only what waits for a clinician, never anything urgent.
    """


@command.command("add")
@athlete_option
@click.option("--answer", "answer_id", required=True, metavar="ID", help="Id of the answer.")
@click.option("--by", "given_by", required=True, metavar="WHO", help="Kind of profession or name.")
@click.option(
    "--on", "given_on", required=True, type=DATE, metavar="DATE", help="Day it was given."
)
@click.option("--allowed", required=True, metavar="TEXT", help="What was allowed.")
@click.option(
    "--until", type=DATE, metavar="DATE", help="Its last day; default and longest: 12 months on."
)
@json_option
def add_command(
    athlete: str | None,
    answer_id: str,
    given_by: str,
    given_on: datetime,
    allowed: str,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Store a clearance; ids of answers stand in the screen file and in what `screen` prints."""
    from evenstance.flows.clearances import add_clearance
    from evenstance.flows.connect import wall_clock
    from evenstance.screen.types import Clearance

    now = wall_clock()
    today = now.astimezone().date()
    day = given_on.date()
    given = Clearance(answer_id, day, given_by, allowed, day, told_at=now)
    with open_history("measure") as store:
        person = chosen_athlete(store, athlete, create=True)
        kept = add_clearance(store, person, given, None if until is None else until.date(), today)
    _tell_or_show(kept, as_json)
    tell("A health event ends it: `evenstance screen --event KIND`.")


@command.command("list")
@athlete_option
@json_option
def list_command(athlete: str | None, as_json: bool) -> None:
    """Show the clearances, the newest last, and which of them count today."""
    from evenstance.flows.clearances import kept_clearances
    from evenstance.flows.connect import wall_clock

    with open_history() as store:
        person = chosen_athlete(store, athlete)
        found = kept_clearances(store, person, wall_clock().astimezone().date())
    if as_json:
        show_json([_json(one) for one in found])
        return
    for one in found:
        say(_line(one))
    if not found:
        say(f"{person.name} has no clearance.")


@command.command("end")
@click.argument("number", type=click.IntRange(1))
@athlete_option
@json_option
def end_command(number: int, athlete: str | None, as_json: bool) -> None:
    """End a clearance from today on; NUMBER is that of `evenstance clearance list`."""
    from evenstance.flows.clearances import end_clearance
    from evenstance.flows.connect import wall_clock

    with open_history("measure") as store:
        person = chosen_athlete(store, athlete)
        kept = end_clearance(store, person, number, wall_clock().astimezone().date())
    _tell_or_show(kept, as_json)


def _tell_or_show(kept: Kept, as_json: bool) -> None:
    if as_json:
        show_json(_json(kept))
    else:
        say(_line(kept))


def _line(kept: Kept) -> str:
    one = kept.clearance
    state = "counts" if kept.why_not is None else f"does not count: it {kept.why_not}"
    return (
        f"{kept.number:>4} {one.answer_id}: by {one.given_by} on {one.given_on.isoformat()}: "
        f"{one.allowed} (until {one.expires_on.isoformat()}; {state})"
    )


def _json(kept: Kept) -> dict[str, Any]:
    one = kept.clearance
    return {
        "number": kept.number,
        "answer_id": one.answer_id,
        "given_on": one.given_on.isoformat(),
        "given_by": one.given_by,
        "allowed": one.allowed,
        "expires_on": one.expires_on.isoformat(),
        "ended_on": None if one.ended_on is None else one.ended_on.isoformat(),
        "counts": kept.why_not is None,
        "why_not": kept.why_not,
    }
