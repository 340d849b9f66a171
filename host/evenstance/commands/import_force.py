"""`evenstance import`: holds from force files of other plates."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenstance.commands.common import json_option, listed, open_history, say, show_json
from evenstance.commands.conditions import conditions_from, conditions_options
from evenstance.errors import InputError, UsageError

if TYPE_CHECKING:
    from evenstance.formats.block import ForceBlock

FORMATS = ("auto", "tidy", "kinvent", "wii", "columns")


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--athlete", required=True, metavar="NAME", help="Whose holds they are.")
@click.option("--format", "format_id", type=click.Choice(FORMATS), default="auto")
@click.option(
    "--columns",
    metavar="MAP",
    help="time=COLUMN,left=COLUMN,right=COLUMN: names or numbers from 1; one leg is enough.",
)
@click.option("--force-unit", type=click.Choice(("N", "kN", "kg")), default="N", show_default=True)
@click.option("--time-unit", type=click.Choice(("s", "ms", "us")), default="s", show_default=True)
@click.option(
    "--right-ahead",
    "right_ahead_s",
    type=float,
    default=0.0,
    metavar="S",
    help="Two Wii boards: seconds that the right file's clock is ahead of the left one's.",
)
@click.option(
    "--from",
    "from_s",
    type=click.FloatRange(0),
    default=0.0,
    metavar="S",
    help="One plate only: where in the recording the hold begins.",
)
@click.option(
    "--recorded",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    required=True,
    help="When it was recorded, local time.",
)
@click.option(
    "--familiarisation/--no-familiarisation",
    default=None,
    help="Default: a person's first session is one.",
)
@click.option("--dry-run", is_flag=True, help="Show what is in the files and store nothing.")
@conditions_options
@json_option
def command(
    files: tuple[Path, ...],
    athlete: str,
    format_id: str,
    columns: str | None,
    force_unit: str,
    time_unit: str,
    right_ahead_s: float,
    from_s: float,
    recorded: datetime,
    familiarisation: bool | None,
    dry_run: bool,
    eyes: str,
    surface: str,
    footwear: str,
    arms: str,
    gaze_mark: bool,
    as_json: bool,
) -> None:
    """Take holds from a force file of another plate: t_s,left_n,right_n; KINVENT; two Wii boards.

    Two Wii boards are two files, the left one first. Any other file with a column of time and one
    or two of force needs --columns. Importing a file twice changes nothing.
    """
    from evenstance.flows.import_force import digest, holds_of, import_holds
    from evenstance.report.values import hold_json

    started_at = recorded.astimezone()
    chosen, blocks = _read(
        files, format_id, columns, force_unit, time_unit, right_ahead_s=right_ahead_s
    )
    holds = holds_of(blocks, from_s=from_s, started_at=started_at)
    session_id, new = None, 0
    if not dry_run:
        with open_history("measure") as store:
            person = listed(store.athlete(athlete, create=True))
            imported = import_holds(
                store,
                person.id,
                holds,
                format_id=chosen,
                identity=digest(files),
                conditions=conditions_from(eyes, surface, footwear, arms, gaze_mark),
                started_at=started_at,
                familiarisation=familiarisation,
                note=f"imported from {', '.join(path.name for path in files)}",
            )
        session_id, new = imported.session_id, imported.new
    if as_json:
        found: dict[str, Any] = {
            "format": chosen,
            "new": new,
            "session_id": session_id,
            "holds": [{"block": hold.block, **hold_json(hold.trial, 0.0)} for hold in holds],
        }
        show_json(found)
        return
    from evenstance.report.terminal import Terminal

    Terminal().holds([hold.trial for hold in holds])
    if dry_run:
        click.echo(f"{len(holds)} hold(s) found; nothing was stored.")
    elif session_id is None:
        click.echo("These holds were imported before; nothing was stored.")
    else:
        say(f"{new} hold(s) stored for {athlete}.")


def _read(
    files: tuple[Path, ...],
    format_id: str,
    columns: str | None,
    force_unit: str,
    time_unit: str,
    *,
    right_ahead_s: float,
) -> tuple[str, list[ForceBlock]]:
    from evenstance.formats import columns as any_columns
    from evenstance.formats import detect, kinvent, tidy, wii

    chosen = format_id
    if chosen == "auto":
        chosen = "columns" if columns else detect.detect(files[0])
    if chosen is None:
        raise InputError(
            f"What kind of file {files[0].name} is does not show in its first line.",
            cause="It is none of the known exports.",
            next_step=any_columns.FORMAT_HELP,
        )
    wanted = 2 if chosen == "wii" else 1
    if len(files) != wanted:
        raise UsageError(
            f"{len(files)} file(s) were given; this format is read from {wanted}.",
            next_step="Two Wii boards are two files, the left one first; all others are one.",
        )
    if chosen == "wii":
        return chosen, [wii.read(files[0], files[1], right_ahead_s=right_ahead_s)]
    if chosen == "kinvent":
        return chosen, kinvent.read(files[0])
    if chosen == "tidy":
        return chosen, [tidy.read(files[0])]
    if columns is None:
        raise UsageError("Which columns?", next_step=any_columns.FORMAT_HELP)
    mapping = any_columns.parse_mapping(columns)
    block = any_columns.read(files[0], mapping, force_unit=force_unit, time_unit=time_unit)
    return chosen, [block]
