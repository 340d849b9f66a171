"""`evenstance calibrate`: known masses on each plate."""

from __future__ import annotations

from dataclasses import asdict

import click

from evenstance.commands.common import (
    interactive,
    json_option,
    open_history,
    port_option,
    show_json,
    tell,
)
from evenstance.errors import UsageError
from evenstance_wire import units


@click.command("calibrate")
@port_option
@click.option(
    "--mass",
    "masses_kg",
    type=float,
    multiple=True,
    required=True,
    metavar="KG",
    help="A known mass in kg; give it three times for three masses (recommended).",
)
@json_option
def command(port: str | None, masses_kg: tuple[float, ...], as_json: bool) -> None:
    """Calibrate both plates with known masses; asks for each to be placed."""
    from evenstance.flows.calibrate import calibrate
    from evenstance.flows.connect import connected, wall_clock

    if not interactive():
        raise UsageError(
            "Calibration asks for masses to be placed and needs a terminal.",
            next_step="Run it from a terminal, not from a script.",
        )

    def place(plate: int, mass_kg: float) -> None:
        side = units.PLATES[plate]
        what = f"Put {mass_kg:g} kg on the {side} plate" if mass_kg else f"Empty the {side} plate"
        click.prompt(
            f"{what}, let it settle, press Enter", default="", show_default=False, err=True
        )

    with open_history() as store, connected(port) as (client, info):
        found = calibrate(client, masses_kg, place, now=wall_clock)
        store.seen_board(info.board_uid, firmware=info.firmware, protocol=info.protocol)
        store.save_calibration(
            info.board_uid,
            found.calibration_id,
            made_at=wall_clock(),
            left_counts_per_n=found.left.counts_per_n,
            right_counts_per_n=found.right.counts_per_n,
            detail={"masses_kg": list(masses_kg), **asdict(found)},
        )
    if as_json:
        show_json(asdict(found))
        return
    for side, plate in (("left", found.left), ("right", found.right)):
        click.echo(
            f"{side}: {plate.counts_per_n:.2f} counts per newton, "
            f"largest residual {plate.residual_pct:.3f} % of the load"
        )
    if len(masses_kg) < 3:
        tell("With fewer than three masses the line through them is hardly checked.")
