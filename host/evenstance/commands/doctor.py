"""`evenstance doctor`: what keeps Evenstance from working here, and the next command."""

from __future__ import annotations

import click

from evenstance.commands.common import json_option, port_option, say, show_json, tell
from evenstance.errors import CheckFailedError


@click.command("doctor")
@port_option
@click.option(
    "--stop-firmware",
    is_flag=True,
    help="Also ask MicroPython for its version: stops an idle firmware for a moment and starts "
    "it again, which sets its counters to zero.",
)
@json_option
def command(port: str | None, stop_firmware: bool, as_json: bool) -> None:
    """Check the set-up: computer, history, port, MicroPython, firmware, board.

    Each check is ok, to look at, wrong, or not checked with the reason; what is not ok comes with
    the next command. Ends with exit code 14 when something is wrong.
    """
    from evenstance.doctor.examine import examine
    from evenstance.doctor.text import examined_json, examined_text
    from evenstance.flows.connect import wall_clock

    examined = examine(port, tell, now=wall_clock(), stop_firmware=stop_firmware)
    if as_json:
        show_json(examined_json(examined))
    else:
        for line in examined_text(examined):
            say(line)
    wrong = [check for check in examined.checks if check.state == "wrong"]
    if wrong:
        raise CheckFailedError(
            f"{len(wrong)} of {len(examined.checks)} checks are wrong: "
            + ", ".join(check.name.replace("_", " ") for check in wrong)
            + ".",
            cause="the advice stands below each of them",
            next_step="Do what the first of them says, then run `evenstance doctor` again.",
            anchor=wrong[0].anchor,
        )
