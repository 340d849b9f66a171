"""`evenstance watch`: the live view alone."""

from __future__ import annotations

import sys

import click

from evenstance.commands.common import json_option, port_option, wait_option
from evenstance.commands.display import display_options, shown_on


@click.command("watch")
@port_option
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="How long, in the board's time; without it until q or Ctrl-C.",
)
@wait_option
@display_options
@json_option
def command(
    port: str | None,
    seconds: float | None,
    wait_s: float,
    display: bool,
    no_browser: bool,
    as_json: bool,
) -> None:
    """Show both plates' loads, the load share and the board's state; nothing is recorded.

    Key q ends it. With --json one JSON object a line on standard output, ten a second.
    """
    from evenstance.commands.keys import Keys
    from evenstance.commands.show_live import JsonLines, LiveLine
    from evenstance.flows.connect import connected
    from evenstance.flows.returns import Returns
    from evenstance.flows.together import Together
    from evenstance.flows.watch import watch

    with Keys() as keys, shown_on(display, "Live view", open_browser=not no_browser) as hub:
        view = (
            JsonLines(keys.get) if as_json else LiveLine(keys.get, on_terminal=sys.stderr.isatty())
        )
        show = view if hub is None else Together(view, hub)
        try:
            with connected(port) as (client, info):
                client.returns = Returns(info, show.say, wait_s=wait_s)
                watch(client, show, seconds=seconds)
        finally:
            view.close()
