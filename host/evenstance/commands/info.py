"""`evenstance info`: what a board says of itself."""

from __future__ import annotations

from dataclasses import asdict

import click

from evenstance.commands.common import json_option, port_option, say, show_json


@click.command("info")
@port_option
@json_option
def command(port: str | None, as_json: bool) -> None:
    """Show firmware, state, calibration, rates and counters of a board."""
    from evenstance.flows.connect import connected
    from evenstance.report.board import board_lines, board_values

    with connected(port) as (client, info):
        values = board_values(info, client.status())
    if as_json:
        show_json({"info": asdict(info), **values})
        return
    for line in board_lines(info, values):
        say(line)
