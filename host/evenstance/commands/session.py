"""`evenstance session`: one guided session on a board."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    json_option,
    open_history,
    port_option,
    show_json,
    tell,
)
from evenstance.commands.conditions import conditions_from, conditions_options
from evenstance.errors import UsageError

if TYPE_CHECKING:
    from evenstance.metrics.hold import Leg
    from evenstance.store.records import StoredSession


@click.command("session")
@port_option
@athlete_option
@click.option(
    "--protocol",
    "protocol_name",
    type=click.Choice(["standard", "quick"]),
    default="standard",
    show_default=True,
    help="5 or 3 scored holds per leg.",
)
@click.option(
    "--first-leg",
    type=click.Choice(["left", "right"]),
    default="left",
    show_default=True,
    help="The leg to begin with; a study draws it.",
)
@conditions_options
@json_option
def command(
    port: str | None,
    athlete: str | None,
    protocol_name: str,
    first_leg: Leg,
    eyes: str,
    surface: str,
    footwear: str,
    arms: str,
    gaze_mark: bool,
    as_json: bool,
) -> None:
    """Guide a session: zero, body weight, practice, scored holds left and right, result.

    Keys on a terminal: p pauses a rest, s skips it, q stops. Have something to hold on to within
    reach.
    """
    from evenstance.commands.keys import Keys
    from evenstance.commands.show import SessionView
    from evenstance.flows.connect import connected, wall_clock
    from evenstance.flows.guide import QUICK, STANDARD, Guide
    from evenstance.flows.live import SessionStopped
    from evenstance.flows.results import athlete_results
    from evenstance.flows.screening import refuse_blocked
    from evenstance.report.results import results_json, show_results

    conditions = conditions_from(eyes, surface, footwear, arms, gaze_mark)
    plan = replace(QUICK if protocol_name == "quick" else STANDARD, first_leg=first_leg)
    with open_history() as store, Keys() as keys:
        person = chosen_athlete(store, athlete, create=True)
        if eyes == "closed" and not _passed_with_eyes_open(store.sessions(person.id)):
            raise UsageError(
                "Eyes closed only after a session with eyes open in which holds on both legs "
                "were valid.",
                next_step="Run a session with eyes open first, with support within reach.",
            )
        refuse_blocked(store, person, wall_clock().astimezone().date())
        view = SessionView(keys.get, on_terminal=sys.stderr.isatty())
        with connected(port) as (client, info):
            guide = Guide(
                client,
                info,
                store,
                view,
                athlete_id=person.id,
                conditions=conditions,
                plan=plan,
                now=wall_clock,
            )
            try:
                guide.run()
            except SessionStopped:
                tell("Stopped. Holds measured so far are stored.")
        results = athlete_results(store, person, wall_clock().astimezone().date())
    if as_json:
        show_json(results_json(results))
    else:
        show_results(results, latest_only=True)


def _passed_with_eyes_open(sessions: Sequence[StoredSession]) -> bool:
    return any(
        s.conditions.eyes == "open" and s.scored_left > 0 and s.scored_right > 0 for s in sessions
    )
