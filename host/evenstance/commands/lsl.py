"""`evenstance lsl`: both plates as streams for a laboratory's recorder."""

from __future__ import annotations

import click

from evenstance.commands.common import json_option, port_option, show_json, tell


@click.command("lsl")
@port_option
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="How long, in the board's time; without it until q or Ctrl-C.",
)
@json_option
def command(port: str | None, seconds: float | None, as_json: bool) -> None:
    """Stream both plates in newtons over the Lab Streaming Layer.

    Two streams, left and right, each conversion with its own time on the laboratory's clock.
    Everybody on the local network can receive them. Needs the extra `lsl` and a calibrated board.
    """
    from evenstance.commands.keys import Keys
    from evenstance.flows.connect import connected
    from evenstance.flows.lsl import name_of, stream
    from evenstance.flows.lsl_outlet import LslOutlet, load_lsl

    lsl = load_lsl()
    with Keys() as keys, connected(port) as (client, info):
        done = stream(
            client,
            info,
            lambda about: LslOutlet(lsl, about),
            lsl.local_clock,
            seconds=seconds,
            tell=tell,
            read_key=keys.get,
        )
    rates = {
        one.side: None
        if one.first_s is None or one.last_s is None or one.sent < 2
        else (one.sent - 1) / (one.last_s - one.first_s)
        for one in done.plates
    }
    if as_json:
        show_json(
            {
                "clock_error_s": done.clock_error_s,
                "zero_changes": done.zero_changes,
                "streams": [
                    {
                        "name": name_of(one.side),
                        "unit": "N",
                        "samples": one.sent,
                        "lost": one.lost,
                        "samples_per_s": rates[one.side],
                    }
                    for one in done.plates
                ],
            }
        )
        return
    for one in done.plates:
        rate = rates[one.side]
        shown = "" if rate is None else f", {rate:.2f} a second"
        click.echo(f"{name_of(one.side)}: {one.sent} samples{shown}, {one.lost} lost.")
    click.echo(f"Times are within {1000 * done.clock_error_s:.1f} ms of this computer's clock.")
