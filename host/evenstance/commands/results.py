"""`evenstance results`: what the history says."""

from __future__ import annotations

import click

from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    json_option,
    open_history,
    show_json,
)


@click.command("results")
@athlete_option
@click.option("--unassigned", is_flag=True, help="Only trials that belong to nobody yet.")
@json_option
def command(athlete: str | None, unassigned: bool, as_json: bool) -> None:
    """Show sessions, holds, the comparison of the legs and the verdict."""
    from evenstance.flows.connect import wall_clock
    from evenstance.flows.results import athlete_results
    from evenstance.report.results import results_json, show_results, trial_json, when
    from evenstance.report.terminal import Terminal

    with open_history() as store:
        if unassigned:
            trials = store.trials(unassigned=True)
            if as_json:
                show_json([trial_json(t) for t in trials])
            elif not trials:
                click.echo("Every trial in the history belongs to somebody.")
            else:
                for t in trials:
                    click.echo(f"id {t.id}: {when(t)}, board {t.board_uid}")
                Terminal().holds([t.hold for t in trials])
            return
        person = chosen_athlete(store, athlete)
        results = athlete_results(store, person, wall_clock().astimezone().date())
    if as_json:
        show_json(results_json(results))
    else:
        show_results(results)
