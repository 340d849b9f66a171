"""Options and outputs that several commands share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from evenstance.errors import InputError, UsageError
from evenstance.report.clean_text import clean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from evenstance.clinic.access import Role
    from evenstance.flows.spread import Workers
    from evenstance.store.records import Athlete
    from evenstance.store.repository import Store

F = TypeVar("F", bound=Callable[..., Any])


def port_option(function: F) -> F:
    """`--port`: device, pseudo-terminal or pySerial URL; none finds the only board."""
    return click.option(
        "--port",
        metavar="PORT",
        shell_complete=_ports,
        help="Serial device, pseudo-terminal or pySerial URL; without it the only attached board.",
    )(function)


def wait_option(function: F) -> F:
    """`--wait`: how long a command waits for a board that went away."""
    return click.option(
        "--wait",
        "wait_s",
        metavar="SECONDS",
        type=click.FloatRange(min=0),
        default=60.0,
        show_default=True,
        help="How long to wait for a board that went away; it may come back on another port.",
    )(function)


def _ports(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What a shell offers behind `--port`: the ports of this computer."""
    from click.shell_completion import CompletionItem

    from evenstance.device.ports import list_ports

    return [
        CompletionItem(port.port, help=port.description)
        for port in list_ports()
        if port.port.startswith(incomplete)
    ]


def json_option(function: F) -> F:
    """`--json`: one JSON value on standard output, nothing else there."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(
        function
    )


def workers_options(default: str = "one for each core") -> Callable[[F], F]:
    """`--workers` and `--scheduler`: who computes."""

    def add(function: F) -> F:
        scheduler = click.option(
            "--scheduler",
            metavar="ADDRESS",
            help="Compute on the workers of this Dask scheduler, such as tcp://HOST:8786.",
        )
        workers = click.option(
            "--workers", type=click.IntRange(1, 64), help=f"Processes; default: {default}."
        )
        return workers(scheduler(function))

    return add


def workers_of(workers: int | None, scheduler: str | None) -> Workers:
    """Who computes, from these two options."""
    from evenstance.flows.spread import Workers

    if workers is not None and scheduler is not None:
        raise UsageError(
            "--workers and --scheduler are two choices.",
            next_step="A scheduler has its own workers; leave --workers out.",
        )
    return Workers(workers, scheduler)


def athlete_option(function: F) -> F:
    """`--athlete`: whose holds; the only person of the history may be left out."""
    return click.option("--athlete", metavar="NAME", help="Whose results; default: the only one.")(
        function
    )


def tell(text: str) -> None:
    """Progress and warnings go to standard error."""
    click.echo(clean(text), err=True)


def say(text: str = "") -> None:
    """Results go to standard output; nothing in a name or a note acts on the terminal."""
    click.echo(clean(text))


def show_json(value: object) -> None:
    """One JSON value on standard output."""
    click.echo(json.dumps(value, indent=2, allow_nan=False, default=str))


def open_history(needs: Role = "read") -> Store:
    """The clinic's history if EVENSTANCE_STORE names one, else that of this computer.

    The latter is created or upgraded when needed. A clinic lets people in to `read`, to `measure`
    or as `admin`: a command that will store says so here, before anything is measured.
    """
    from evenstance.store.location import clinic_address

    address = clinic_address()
    if address is not None:
        from evenstance.clinic.database import open_clinic

        return open_clinic(address, needs)
    from evenstance.store.database import open_store

    return open_store()


def need_own_history(what: str) -> None:
    """UsageError while EVENSTANCE_STORE names a clinic's: that one is copied on its server."""
    from evenstance.store.location import STORE_VARIABLE, clinic_address

    if clinic_address() is not None:
        raise UsageError(
            f"{STORE_VARIABLE} is set: the clinic's history is backed up and restored on its "
            "server.",
            cause="Nothing was touched here.",
            next_step=f"docs/clinic.md says how. For this computer's own history: "
            f"`{STORE_VARIABLE}= evenstance {what}`.",
            anchor="the-clinics-history-is-backed-up-on-its-server",
        )


def chosen_athlete(store: Store, name: str | None, *, create: bool = False) -> Any:
    """The person meant: by name, or the only one that is not a replay.

    With `create` something new is stored of the person: refused for somebody archived.
    """
    if name:
        return listed(store.athlete(name, create=create)) if create else store.athlete(name, False)
    people = [a for a in store.athletes() if a.name != "replay"]
    if len(people) == 1:
        return people[0]
    if not people and create:
        return store.athlete("me", create=True)
    raise UsageError(
        "Nobody is in the history yet."
        if not people
        else f"{len(people)} people are in the history: {', '.join(a.name for a in people)}.",
        next_step="Say who is meant with --athlete NAME."
        if people
        else "Measure somebody first: `evenstance session --athlete NAME`.",
        anchor="" if people else "nobody-is-in-the-history-yet",
    )


def listed(person: Athlete) -> Athlete:
    """The person, unless archived: then nothing new is stored."""
    if person.archived:
        raise InputError(
            f"{person.name} is archived: nothing new is stored.",
            next_step="Back into the lists: `evenstance athlete archive NAME --undo`.",
        )
    return person


def refuse_with_team(*options: tuple[str, object]) -> None:
    """UsageError for an option about one person beside `--team`; each with its value."""
    for name, value in options:
        if value:
            raise UsageError(
                f"--team is about everybody, {name} is not.",
                next_step=f"Leave one of the two out: --team or {name}.",
            )


def need_terminal(what: str) -> None:
    """UsageError unless a person sits at a terminal."""
    if not interactive():
        raise UsageError(
            f"{what} asks for things to be done and needs a terminal.",
            next_step="Run it from a terminal, not from a script.",
        )


def wait_for_enter(what: str) -> None:
    """Ask for something to be done, on standard error, and wait for it."""
    click.prompt(f"{what}, press Enter", default="", show_default=False, err=True)


def day_of(given: datetime | None, today: date) -> date:
    """The day that an option gives, else today."""
    return today if given is None else given.date()


def interactive() -> bool:
    """True when a person sits at a terminal; otherwise nothing may prompt."""
    return sys.stdin.isatty() and sys.stdout.isatty()
