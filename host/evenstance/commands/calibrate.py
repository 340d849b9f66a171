"""`evenstance calibrate`: known masses on each plate."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from evenstance.commands.common import (
    json_option,
    need_terminal,
    open_history,
    port_option,
    show_json,
    tell,
    wait_for_enter,
)
from evenstance.errors import UsageError
from evenstance_wire import rules, units

if TYPE_CHECKING:
    from evenstance.flows.calibrate import PlateCalibration


@click.command("calibrate")
@port_option
@click.option(
    "--mass",
    "masses_kg",
    type=float,
    multiple=True,
    metavar="KG",
    help="A known mass in kg; give it three times or more. Without it the masses are asked for.",
)
@click.option(
    "--rating",
    "rating_kg",
    type=click.FloatRange(11, 2000),
    metavar="KG",
    help="What each plate may carry; without it the board keeps its rating (new: 200 kg).",
)
@json_option
def command(
    port: str | None, masses_kg: tuple[float, ...], rating_kg: float | None, as_json: bool
) -> None:
    """Calibrate both plates with three or more known masses; asks for each to be placed.

    What the board had before stays on it: see `evenstance calibration`.
    """
    from evenstance.calibration.known_mass import check_masses
    from evenstance.flows.calibrate import calibrate
    from evenstance.flows.connect import connected, wall_clock

    if masses_kg:
        check_masses(masses_kg)
    need_terminal("Calibration")
    if not masses_kg:
        masses_kg = _asked_masses()
        check_masses(masses_kg)

    def place(plate: int, mass_kg: float) -> None:
        side = units.PLATES[plate]
        what = f"Put {mass_kg:g} kg on the {side} plate" if mass_kg else f"Empty the {side} plate"
        wait_for_enter(f"{what}, let it settle")

    with open_history("measure") as store, connected(port) as (client, info):
        found = calibrate(client, masses_kg, place, rating_kg=rating_kg, now=wall_clock)
        store.seen_board(info.board_uid, firmware=info.firmware, protocol=info.protocol)
        store.save_calibration(
            info.board_uid,
            found.calibration_id,
            made_at=wall_clock(),
            left_counts_per_n=found.left.counts_per_n,
            right_counts_per_n=found.right.counts_per_n,
            detail={
                "masses_kg": sorted(masses_kg),
                "residual_pct": max(found.left.residual_pct, found.right.residual_pct),
                **asdict(found),
            },
        )
    if as_json:
        show_json(asdict(found))
    else:
        click.echo(f"Calibration {found.calibration_id} is in use.")
        for side, plate in (("left", found.left), ("right", found.right)):
            _show(side, plate)
    for side, plate in (("left", found.left), ("right", found.right)):
        if plate.doubt is not None:
            tell(
                f"Warning: the {side} plate would take {plate.capacity_kg:.0f} kg to its rail and "
                f"is rated {plate.rating_kg:.0f} kg; {plate.doubt}."
            )
    for side, shift_n in (("left", found.zero_shift_left_n), ("right", found.zero_shift_right_n)):
        if shift_n is not None and abs(shift_n) > rules.value("zero_shift_mn") / 1000:
            tell(
                f"Warning: the empty {side} plate was {shift_n:+.0f} N from its last zero. If it "
                "was not empty then, take everything off and run `evenstance zero`."
            )
    if any(p.before_counts_per_n is not None for p in (found.left, found.right)):
        tell("The calibration before can be restored: `evenstance calibration list`.")


def _asked_masses() -> tuple[float, ...]:
    text: str = click.prompt("Known masses in kg, three or more, for example 10 20 40", err=True)
    try:
        return tuple(float(word.rstrip(",;")) for word in text.split())
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a list of masses.",
            next_step="Write numbers with spaces between them, for example 10 20 40.",
        ) from error


def _show(side: str, plate: PlateCalibration) -> None:
    old = plate.before_counts_per_n
    was = "" if old is None else f", before {old:.2f} ({(plate.counts_per_n / old - 1):+.2%})"
    wired = "; wired the other way round, which works" if plate.reversed else ""
    click.echo(f"{side}: {plate.counts_per_n:.2f} counts per newton{was}{wired}")
    for one in plate.residuals:
        click.echo(f"  {one.mass_kg:g} kg: off by {one.off_n:+.3f} N ({one.off_pct:+.3f} %)")
    click.echo(
        f"  empty again: {plate.return_to_zero_n:+.3f} N "
        f"({plate.return_to_zero_pct:+.3f} % of the largest load)"
    )
    click.echo(
        f"  the converter takes {plate.capacity_kg:.0f} kg; the plate is rated "
        f"{plate.rating_kg:.0f} kg"
    )
