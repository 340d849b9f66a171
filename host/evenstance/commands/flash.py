"""`evenstance flash`: the firmware onto a board."""

from __future__ import annotations

from dataclasses import asdict

import click

from evenstance.commands.common import json_option, open_history, port_option, show_json, tell


@click.command("flash")
@port_option
@click.option("--verify", "verify_only", is_flag=True, help="Copy nothing, only check the board.")
@json_option
def command(port: str | None, verify_only: bool, as_json: bool) -> None:
    """Put the firmware on a board with mpremote, check it there, start it.

    Trials not pulled yet are pulled first; the board's journal and calibration stay.
    """
    from evenstance.flows.flash import flash

    with open_history("read" if verify_only else "measure") as store:
        done = flash(port, store, tell, verify_only=verify_only)
    if as_json:
        show_json(asdict(done))
        return
    what = "is as it should be" if verify_only else "is on the board and checked"
    click.echo(
        f"Firmware {done.firmware} ({done.files} files) {what}; board {done.board_uid} answers."
    )
