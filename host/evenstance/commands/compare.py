"""`evenstance compare`: two sessions of one person."""

from __future__ import annotations

import click

from evenstance.commands.common import athlete_option, json_option, open_history, show_json


@click.command("compare")
@click.argument("first", metavar="SESSION")
@click.argument("second", metavar="SESSION")
@athlete_option
@click.option("--metric", metavar="ID", help="force_sd_n or force_sd_droop_corrected_n.")
@json_option
def command(
    first: str, second: str, athlete: str | None, metric: str | None, as_json: bool
) -> None:
    """Compare two sessions of one person: each leg and the gap, with the MDC of the two.

    A SESSION is `last`, `last-1`, a date as 2026-11-30, or the beginning of its id; `last` and
    dates pass over sessions without a scored hold. Warns when they were not made alike.
    """
    from evenstance.commands.whose import named_session
    from evenstance.flows.compare import compare_sessions
    from evenstance.flows.connect import wall_clock
    from evenstance.report.compare import compared_json, show_compared

    today = wall_clock().astimezone().date()
    with open_history() as store:
        one, other = (
            named_session(store, given, athlete, measured_only=True) for given in (first, second)
        )
        found = compare_sessions(store, one, other, today, metric)
    if as_json:
        show_json(compared_json(found))
    else:
        show_compared(found)
