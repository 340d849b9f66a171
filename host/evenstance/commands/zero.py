"""`evenstance zero`: the empty plates are the zero."""

from __future__ import annotations

from dataclasses import asdict

import click

from evenstance.commands.common import json_option, port_option, show_json


@click.command("zero")
@port_option
@click.option("--accept-load", is_flag=True, help="Take a load on the plates as the zero.")
@json_option
def command(port: str | None, accept_load: bool, as_json: bool) -> None:
    """Take the empty plates as zero (two seconds; refused under motion or load)."""
    from evenstance.flows.connect import connected
    from evenstance.flows.plates import zero

    with connected(port) as (client, _):
        found = zero(client, accept_load=accept_load)
    if as_json:
        show_json(asdict(found))
        return
    for side, counts, shift in (
        ("left", found.left_counts, found.left_shift_n),
        ("right", found.right_counts, found.right_shift_n),
    ):
        moved = "" if shift is None else f", {shift:+.2f} N since the last zero"
        click.echo(f"{side} zero: {counts} counts{moved}")
