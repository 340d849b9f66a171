"""`evenstance calibration`: the calibrations a board keeps, and how to go back to one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from evenstance.commands.common import json_option, open_history, port_option, show_json, tell
from evenstance.errors import UsageError

if TYPE_CHECKING:
    from evenstance.flows.calibrations import Kept

FACTORY = "factory"


@click.group("calibration")
def command() -> None:
    """Show the last ten calibrations of a board, or restore one."""


@command.command("list")
@port_option
@json_option
def list_command(port: str | None, as_json: bool) -> None:
    """Show the calibrations that the board keeps, the newest last."""
    from evenstance.flows.calibrations import kept_calibrations
    from evenstance.flows.connect import connected

    with open_history() as store, connected(port) as (client, info):
        found = kept_calibrations(client, info, store)
    if as_json:
        show_json([asdict(one) for one in found])
        return
    for one in found:
        _show(one)
    if not found:
        click.echo("The board was never calibrated: `evenstance calibrate`.")


@command.command("restore")
@click.argument("which", metavar="ID")
@port_option
@json_option
def restore_command(which: str, port: str | None, as_json: bool) -> None:
    """Use an earlier calibration again, with its zeros and ratings, under a new number.

    ID is a number of `evenstance calibration list`, or `factory`: then the board is not
    calibrated, as when it was new.
    """
    from evenstance.flows.calibrations import FACTORY_ID, restore
    from evenstance.flows.connect import connected

    if which != FACTORY and not (which.isascii() and which.isdigit() and 0 < int(which) < 2**32):
        raise UsageError(
            f"{which!r} is not the number of a calibration.",
            next_step="`evenstance calibration list` shows the numbers; or write `factory`.",
        )
    number = FACTORY_ID if which == FACTORY else int(which)
    with open_history("measure") as store, connected(port) as (client, info):
        before, after = restore(client, info, store, number)
    if as_json:
        show_json({"before": asdict(before), "after": asdict(after)})
    else:
        click.echo("before:")
        _show(before)
        click.echo("now:")
        _show(after)
    if after.left.counts_per_n is None:
        tell("The board is not calibrated now: `evenstance calibrate`.")
    else:
        tell("Its zeros are as old as it is: run `evenstance zero` with empty plates.")


def _show(one: Kept) -> None:
    when = (
        "at an unknown time"
        if one.made_at is None
        else f"{one.made_at.astimezone():%Y-%m-%d %H:%M}"
    )
    how = f"{one.kind} {when}"
    if one.kind == "restored":
        how = f"restored from {one.restored_from}, measured {when}"
    if one.left.counts_per_n is None:
        how = "factory: not calibrated"
    masses = "" if one.masses_kg is None else " with " + ", ".join(f"{m:g}" for m in one.masses_kg)
    click.echo(
        f"{one.calibration_id:>4} {how}{masses}{' kg' if masses else ''}"
        f"{'  (in use)' if one.in_use else ''}"
    )
    for side, plate in (("left", one.left), ("right", one.right)):
        if plate.counts_per_n is None:
            continue
        takes = (
            "" if plate.capacity_kg is None else f", converter takes {plate.capacity_kg:.0f} kg"
        )
        click.echo(
            f"       {side:<5} {plate.counts_per_n:+.2f} counts/N, rated {plate.rating_kg:.0f} kg"
            f"{takes}"
        )
