"""`evenstance plan`: what to practise, or why nothing."""

from __future__ import annotations

from pathlib import Path

import click

from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    json_option,
    open_history,
    show_json,
)


@click.command("plan")
@athlete_option
@click.option(
    "--screen",
    "screen_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Answers to use instead of the stored ones.",
)
@json_option
def command(athlete: str | None, screen_file: Path | None, as_json: bool) -> None:
    """Make the plan that follows from the verdict and the screening, or say why there is none."""
    from evenstance.decision.types import to_json
    from evenstance.flows.connect import wall_clock
    from evenstance.flows.results import athlete_results
    from evenstance.flows.screening import screen_from_file
    from evenstance.report.results import show_plan
    from evenstance.report.terminal import Terminal

    today = wall_clock().astimezone().date()
    screen = None if screen_file is None else screen_from_file(screen_file)
    with open_history() as store:
        person = chosen_athlete(store, athlete)
        results = athlete_results(store, person, today, screen)
        verdict = to_json(results.verdict)
        store.care.save_plan(
            person.id, verdict=verdict, body=results.plan.as_dict(), kind="proposed"
        )
    if as_json:
        show_json({"athlete": person.name, "verdict": verdict, "plan": results.plan.as_dict()})
        return
    Terminal().verdict(results.verdict)
    click.echo()
    show_plan(results.plan)
