"""`evenstance diagnose`: ten seconds of every conversion, and what to do about what is wrong."""

from __future__ import annotations

import click

from evenstance.commands.common import json_option, port_option, say, show_json, tell
from evenstance.errors import CheckFailedError, UsageError


@click.command("diagnose")
@port_option
@click.option(
    "--seconds",
    type=click.FloatRange(3, 60),
    default=10.0,
    show_default=True,
    help="How long to listen, in the board's time.",
)
@click.option(
    "--report", is_flag=True, help="Print a Markdown block to paste into an issue; no names in it."
)
@json_option
def command(port: str | None, seconds: float, report: bool, as_json: bool) -> None:
    """Test the board and its wiring: rates, noise, errors, range, zero, memory.

    Leave the plates empty. Needs no calibration and changes nothing. Ends with exit code 14 when
    a line is a fault.
    """
    from evenstance.flows.connect import connected
    from evenstance.flows.diagnose import diagnose
    from evenstance.report.diagnosis import (
        count,
        diagnosis_json,
        diagnosis_lines,
        diagnosis_text,
        issue_block,
    )

    if report and as_json:
        raise UsageError("--report and --json are two formats.", next_step="Ask for one of them.")
    with connected(port) as (client, info):
        tell(f"Listening for {seconds:g} s; leave the plates empty and still.")
        examined = diagnose(client, seconds)
    lines = diagnosis_lines(examined)
    if as_json:
        show_json(diagnosis_json(info, examined, lines))
    elif report:
        say(issue_block(info, examined, lines))
    else:
        for text in diagnosis_text(lines):
            say(text)
    faults = [f"{line.part} {line.name}" for line in lines if line.state == "fault"]
    if faults:
        raise CheckFailedError(
            f"{count(lines, 'fault')} fault(s): {', '.join(faults)}.",
            cause="the advice stands below each line",
            next_step="Do what the first of them says, then run it again; `evenstance diagnose "
            "--report` prints all for an issue.",
        )
