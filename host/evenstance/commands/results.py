"""`evenstance results`: what the history says."""

from __future__ import annotations

import click

from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    json_option,
    open_history,
    refuse_with_team,
    say,
    show_json,
)

LAST = 5


@click.command("results")
@athlete_option
@click.option("--team", is_flag=True, help="Everybody, in the order of what is to be done.")
@click.option("--unassigned", is_flag=True, help="Only trials that belong to nobody yet.")
@click.option(
    "--last",
    type=click.IntRange(1),
    default=LAST,
    show_default=True,
    metavar="N",
    help="How many sessions to print, the newest ones; --json has all.",
)
@click.option(
    "--session",
    metavar="SESSION",
    help="One session: `last`, `last-1`, a date, or the beginning of its id.",
)
@json_option
def command(
    athlete: str | None,
    team: bool,
    unassigned: bool,
    last: int,
    session: str | None,
    as_json: bool,
) -> None:
    """Show sessions, holds, the comparison of the legs and the verdict."""
    if team:
        refuse_with_team(
            ("--athlete", athlete), ("--session", session), ("--unassigned", unassigned)
        )
        _team(as_json)
        return
    from evenstance.commands.whose import named_session, owner
    from evenstance.flows.connect import wall_clock
    from evenstance.flows.results import athlete_results, of_session
    from evenstance.report.results import results_json, show_results, trial_json, when
    from evenstance.report.terminal import Terminal

    with open_history() as store:
        if unassigned:
            trials = store.trials(unassigned=True)
            if as_json:
                show_json([trial_json(t) for t in trials])
            elif not trials:
                say("Every trial in the history belongs to somebody.")
            else:
                for t in trials:
                    say(f"id {t.id}: {when(t)}, board {t.board_uid}")
                Terminal().holds([t.hold for t in trials])
            return
        if session is not None:
            found = named_session(store, session, athlete)
            person = owner(store, found)
        else:
            found, person = None, chosen_athlete(store, athlete)
        results = athlete_results(store, person, wall_clock().astimezone().date())
    if found is not None:
        results = of_session(results, found.id)
    if as_json:
        show_json(results_json(results))
    else:
        show_results(results, latest_only=found is not None, last=last)


def _team(as_json: bool) -> None:
    from evenstance.flows.connect import wall_clock
    from evenstance.flows.team import team_of
    from evenstance.report.team import team_json
    from evenstance.report.team_text import show_team

    with open_history() as store:
        team = team_of(store, wall_clock().astimezone().date())
    if as_json:
        show_json(team_json(team))
    else:
        show_team(team)
