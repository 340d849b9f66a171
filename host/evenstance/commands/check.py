"""`evenstance check`: guided tests of a board that was built or moved."""

from __future__ import annotations

from dataclasses import asdict

import click

from evenstance.commands.common import (
    json_option,
    need_terminal,
    port_option,
    show_json,
    wait_for_enter,
)
from evenstance.errors import CheckFailedError
from evenstance_wire import units

STEPS = {
    "empty": "Step off: both plates empty",
    "stand": "Stand with one foot on each plate, more load on one of them (a bag of 5 to 10 kg in "
    "one hand), and keep still for 20 s",
    "off": "Step off: both plates empty",
    "stand turned": "Face the other way, so that each foot stands on the other plate; bag in the "
    "same hand; keep still for 20 s",
}


@click.group("check")
def command() -> None:
    """Test the board: press each plate, move a mass to the corners, or face both ways.

    A test that fails ends with exit code 14.
    """


@command.command("sides")
@port_option
@json_option
def sides_command(port: str | None, as_json: bool) -> None:
    """Press one plate after the other: is left left, and does a load read as a load?

    Needs no calibration; with one it also tells a reversed cell.
    """
    from evenstance.flows.connect import connected
    from evenstance.flows.sides import check_sides
    from evenstance.report.sides import CAUSES, NEXT, OUTCOMES, sides_json, sides_lines

    need_terminal("This test")

    def ready(side: str | None) -> None:
        wait_for_enter(
            "Take everything off both plates"
            if side is None
            else f"Press the {side.upper()} plate hard in the middle, or put 5 kg or more on it; "
            "keep it there until the next question"
        )

    with connected(port) as (client, _):
        found = check_sides(client, ready)
    if as_json:
        show_json(sides_json(found))
    else:
        for line in sides_lines(found):
            click.echo(line)
    if not found.passed:
        names = sorted({name for side in found.faults.values() for name in side})
        reversed_too = f" ({', '.join(names)})" if names else ""
        what = OUTCOMES[found.outcome] if found.outcome != "right_way" else "a plate is reversed"
        raise CheckFailedError(
            f"{what.capitalize()}{reversed_too}.",
            cause=CAUSES[found.outcome],
            next_step=NEXT[found.outcome],
        )


@command.command("corners")
@port_option
@click.option(
    "--plate", type=click.Choice(units.PLATES), required=True, help="Which plate is tested."
)
@click.option(
    "--mass",
    "mass_kg",
    type=float,
    required=True,
    metavar="KG",
    help="The mass that is moved about (kg); 10 kg or more.",
)
@json_option
def corners_command(port: str | None, plate: str, mass_kg: float, as_json: bool) -> None:
    """Read one mass at the centre and at four corners of a plate; they must agree to 0.5 %."""
    from evenstance.flows.check import check_corners
    from evenstance.flows.connect import connected

    need_terminal("This test")

    def place(spot: str | None) -> None:
        what = f"Empty the {plate} plate"
        if spot is not None:
            where = "at the centre" if spot == "centre" else f"at the corner {spot}"
            what = f"Put the mass on the {plate} plate, {where}, and let it settle"
        wait_for_enter(what)

    with connected(port) as (client, _):
        found = check_corners(client, units.PLATES.index(plate), mass_kg, place)
    if as_json:
        show_json(asdict(found))
    else:
        for spot, off_pct in found.off_pct.items():
            reads = "" if found.reads_kg is None else f"{found.reads_kg[spot]:9.3f} kg"
            click.echo(f"{spot:<12}{reads} {off_pct:+7.3f} %")
        click.echo(
            f"spread {found.spread_pct:.3f} % of the load, limit {found.limit_pct} %: "
            f"{'passed' if found.passed else 'FAILED'}"
        )
    if not found.passed:
        raise CheckFailedError(
            f"The {plate} plate reads the same mass differently at its corners "
            f"({found.spread_pct:.2f} %, limit {found.limit_pct} %).",
            cause="the cells under it are unequal, a foot of the plate does not bear, or it rubs",
            next_step="See docs/build-the-board.md, load cells; level the plate and test again.",
        )


@command.command("swap")
@port_option
@json_option
def swap_command(port: str | None, as_json: bool) -> None:
    """Compare one person facing both ways: the split of the load must change its side."""
    from evenstance.flows.check import check_swap
    from evenstance.flows.connect import connected

    need_terminal("This test")
    with connected(port) as (client, _):
        found = check_swap(client, lambda step: wait_for_enter(STEPS[step]))
    if as_json:
        show_json(asdict(found))
    else:
        for name, stance in (("first", found.first), ("turned", found.second)):
            click.echo(
                f"{name:<7}left {stance.left_n:6.1f} N, right {stance.right_n:6.1f} N, "
                f"split {stance.split_pct:+.2f} %"
            )
        click.echo(
            f"split of the person {found.person_pct:+.2f} %, of the plates "
            f"{found.plates_pct:+.2f} % (limit {found.limit_pct} %); the right one reads "
            f"{found.right_over_left:.3f} times the left: "
            f"{'passed' if found.passed else 'FAILED'}"
        )
    if not found.passed:
        raise CheckFailedError(
            "The split of the load stayed on its side."
            if not found.sign_changed
            else f"The plates themselves split the load by {found.plates_pct:+.1f} % "
            f"(limit {found.limit_pct} %).",
            cause="the plates do not agree on a newton, or the person stood differently",
            next_step="Repeat it once; if it fails again, calibrate with known masses.",
        )
