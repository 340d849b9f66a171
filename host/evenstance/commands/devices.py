"""`evenstance devices`: the serial ports of this computer."""

from __future__ import annotations

from dataclasses import asdict

import click

from evenstance.commands.common import json_option, say, show_json


@click.command("devices")
@json_option
def command(as_json: bool) -> None:
    """List serial ports and say which are boards."""
    from evenstance.device.ports import list_ports

    ports = list_ports()
    if as_json:
        show_json([{**asdict(p), "is_board": p.is_board} for p in ports])
        return
    if not ports:
        click.echo("No serial ports. Plug a board in, or try `evenstance sim`.")
    for port in ports:
        mark = "board" if port.is_board else "     "
        say(f"{mark}  {port.port}  {port.description}")  # a device says what it likes
