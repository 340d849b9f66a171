"""`evenstance export`: the history as files for other programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from evenstance.commands.common import (
    chosen_athlete,
    json_option,
    open_history,
    show_json,
    tell,
)
from evenstance.errors import UsageError

if TYPE_CHECKING:
    from evenstance.export.tables import TableName
    from evenstance.export.writers import Format
    from evenstance.flows.export import Exported, Request
    from evenstance.store.repository import Store

F = TypeVar("F", bound=Callable[..., Any])
DAY = click.DateTime(["%Y-%m-%d"])
FORMATS = ("csv", "jsonl", "parquet")
PLACE = click.Path(path_type=Path)


@click.group("export")
def command() -> None:
    """Write holds, sessions, traces and results as CSV, JSON lines or Parquet.

    Files are readable by you alone, and nothing is replaced without --force. Units and meanings
    of the columns: `evenstance export dictionary`.
    """


def _options(function: F) -> F:
    for option in (
        json_option,
        click.option("--force", is_flag=True, help="Replace files that exist."),
        click.option(
            "--key",
            metavar="FILE",
            type=PLACE,
            help="Keep who is who in FILE, and use it again when it exists; without it there is "
            "no way back.",
        ),
        click.option("--anonymous", is_flag=True, help="Codes, day numbers and age bands."),
        click.option("--until", type=DAY, metavar="YYYY-MM-DD", help="The last day."),
        click.option("--since", type=DAY, metavar="YYYY-MM-DD", help="The first day."),
        click.option("--all", "everybody", is_flag=True, help="Everybody in the history."),
        click.option("--athlete", metavar="NAME", help="Whose rows; default: the only one."),
        click.option(
            "--format",
            "form",
            type=click.Choice(FORMATS),
            help="Default: what the name of the file ends with.",
        ),
    ):
        function = option(function)
    return function


def _table(name: TableName, text: str) -> None:
    """Add the command of one table."""

    def run(to: Path, form: str | None, as_json: bool, **chosen: Any) -> None:
        from evenstance.flows.export import export_table

        with open_history() as store:
            request = _request(store, form or _ending(to), **chosen)
            found = export_table(store, name, to, request)
        _show(found, request, as_json)

    run.__doc__ = text
    to = click.option("--to", metavar="PATH", type=PLACE, required=True, help="The file to write.")
    command.command(name)(to(_options(run)))


_table("holds", "Write one row for each trial: what the board computed, and how it was measured.")
_table("sessions", "Write one row for each session: who, when, under which conditions.")
_table(
    "traces",
    "Write one row for each conversion of each hold, and an index with one row for each hold.\n\n"
    "The index has the name of the file with `_index` before its ending.",
)
_table("results", "Write one row for each metric of each hold, with method, unit and error.")


@command.command("dataset")
@click.option("--to", metavar="FOLDER", type=PLACE, required=True, help="The folder to fill.")
@_options
def dataset_command(to: Path, form: str | None, as_json: bool, **chosen: Any) -> None:
    """Write all tables of one moment and their dictionary into a folder.

    The codes of --anonymous are then the same in all of them, without a key.
    """
    from evenstance.flows.export import export_dataset

    with open_history() as store:
        request = _request(store, form or "csv", **chosen)
        found = export_dataset(store, to, request)
    _show(found, request, as_json)


@command.command("lake")
@click.option("--to", metavar="FOLDER", type=PLACE, required=True, help="The lake.")
@click.option("--clinic", metavar="NAME", required=True, help="Whose history this is.")
@click.option(
    "--month",
    type=click.DateTime(["%Y-%m"]),
    metavar="YYYY-MM",
    help="This month only; default: all, and months that are no longer there go.",
)
@click.option("--anonymous", is_flag=True, help="Codes and day numbers; no summaries, no traces.")
@click.option("--key", metavar="FILE", type=PLACE, help="Keep who is who in FILE, as above.")
@json_option
def lake_command(
    to: Path,
    clinic: str,
    month: datetime | None,
    anonymous: bool,
    key: Path | None,
    as_json: bool,
) -> None:
    """Write everybody's trials as Parquet files by clinic and month, with traces and results.

    A month that is there is replaced whole. `recompute`, `reliability analyse` and any number of
    machines read such a folder: docs/lake.md.
    """
    from evenstance.flows.lake_export import export_lake

    if month is not None and anonymous:
        raise UsageError(
            "--month and --anonymous do not go together.",
            next_step="Codes know no calendar: leave --month out.",
        )
    last = None if month is None else (month + timedelta(days=31)).replace(day=1)
    with open_history() as store:
        request = _request(
            store,
            "parquet",
            athlete=None,
            everybody=True,
            since=month,
            until=None if last is None else last - timedelta(days=1),
            anonymous=anonymous,
            key=key,
            force=True,
        )
        found = export_lake(store, to, clinic, request)
    _show(found, request, as_json)


@command.command("dictionary")
@click.option("--format", "form", type=click.Choice(("md", "csv", "json")), default="md")
def dictionary_command(form: str) -> None:
    """Show every column of every table: type, unit, meaning, and what an empty cell means."""
    from evenstance.export import dictionary

    if form == "json":
        show_json(dictionary.entries())
    elif form == "csv":
        click.echo(dictionary.as_csv(), nl=False)
    else:
        click.echo(dictionary.as_markdown())


def _request(
    store: Store,
    form: str,
    *,
    athlete: str | None,
    everybody: bool,
    since: datetime | None,
    until: datetime | None,
    anonymous: bool,
    key: Path | None,
    force: bool,
) -> Request:
    from evenstance.flows.export import Request

    if athlete is not None and everybody:
        raise UsageError("--athlete and --all are two choices.", next_step="Give one of them.")
    if key is not None and not anonymous:
        raise UsageError(
            "--key belongs to --anonymous.", next_step="Add --anonymous, or leave --key out."
        )
    first, last = _day(since), _day(until)
    if first is not None and last is not None and last < first:
        raise UsageError(
            f"--until {last} is before --since {first}.", next_step="Exchange the two days."
        )
    return Request(
        form=cast("Format", form),
        athlete=None if everybody else chosen_athlete(store, athlete),
        since=first,
        until=last,
        anonymous=anonymous,
        key=key,
        force=force,
    )


def _day(value: datetime | None) -> date | None:
    return None if value is None else value.date()


def _ending(path: Path) -> str:
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise UsageError(
            f"The name {path} does not say which format is wanted.",
            next_step=f"Add --format ({', '.join(FORMATS)}), or let the name end so.",
        )
    return ending


def _show(found: Exported, request: Request, as_json: bool) -> None:
    if as_json:
        show_json(
            {
                "format": request.form,
                "anonymous": request.anonymous,
                "people": found.people,
                "left_out_unassigned": found.left_out,
                "files": [
                    {"table": one.table, "file": str(one.path), "rows": one.rows}
                    for one in found.files
                ],
            }
        )
        return
    for one in found.files:
        click.echo(f"{one.rows} rows written to {one.path}.")
    if found.left_out:
        tell(f"{found.left_out} trials belong to nobody yet and are not in an anonymous export.")
