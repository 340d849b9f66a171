"""`evenstance history`: a person's sessions over time."""

from __future__ import annotations

import click

from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    json_option,
    open_history,
    show_json,
)

LAST = 20


@click.command("history")
@athlete_option
@click.option("--metric", metavar="ID", help="Another metric; default: what the legs decide by.")
@click.option(
    "--last",
    type=click.IntRange(1),
    metavar="N",
    help=f"The newest N sessions; default {LAST}, with --json all.",
)
@json_option
def command(athlete: str | None, metric: str | None, last: int | None, as_json: bool) -> None:
    """Show each leg and the gap from session to session, with MDC band and trend."""
    from evenstance.flows.connect import wall_clock
    from evenstance.flows.history import history_of
    from evenstance.report.history import history_json, show_history

    today = wall_clock().astimezone().date()
    with open_history() as store:
        person = chosen_athlete(store, athlete)
        found = history_of(store, person, today, metric)
    if as_json:
        show_json(history_json(found, last))
    else:
        show_history(found, last or LAST)
