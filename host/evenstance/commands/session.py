"""`evenstance session`: one guided session on a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from evenstance.commands.asking import check_before_session
from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    json_option,
    open_history,
    port_option,
    show_json,
    wait_option,
)
from evenstance.commands.conditions import conditions_from, conditions_options
from evenstance.commands.display import display_options, shown_on
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
@click.option(
    "--quick-check",
    metavar="none|FILE",
    help="Answers to the quick check instead of asking: none of the six lines, or a file.",
)
@conditions_options
@wait_option
@display_options
@json_option
def command(
    port: str | None,
    athlete: str | None,
    protocol_name: str,
    first_leg: Leg,
    quick_check: str | None,
    eyes: str,
    surface: str,
    footwear: str,
    arms: str,
    gaze_mark: bool,
    wait_s: float,
    display: bool,
    no_browser: bool,
    as_json: bool,
) -> None:
    """Guide a session: zero, body weight, practice, scored holds left and right, result.

    On a terminal the quick check comes first: six lines, Enter means none of them.
    Keys on a terminal: in a rest p pauses it, s skips it, r makes the last hold again (the first
    one stays as practice, and the session's note says so); q stops. Have something to hold on to
    within reach.
    """
    from evenstance.commands.keys import Keys
    from evenstance.commands.show import shown
    from evenstance.flows.connect import connected, wall_clock
    from evenstance.flows.guide import QUICK, STANDARD, Guide
    from evenstance.flows.live import SessionStopped
    from evenstance.flows.results import athlete_results
    from evenstance.flows.returns import Returns
    from evenstance.flows.together import Together
    from evenstance.report.results import results_json, show_results

    conditions = conditions_from(eyes, surface, footwear, arms, gaze_mark)
    plan = replace(QUICK if protocol_name == "quick" else STANDARD, first_leg=first_leg)
    with open_history("measure") as store:
        person = chosen_athlete(store, athlete, create=True)
        if eyes == "closed" and not _passed_with_eyes_open(store.sessions(person.id)):
            raise UsageError(
                "Eyes closed only after a session with eyes open in which holds on both legs "
                "were valid.",
                next_step="Run a session with eyes open first, with support within reach.",
            )
        check_before_session(store, person, wall_clock().astimezone().date(), quick_check)
        title = f"{person.name}, {plan.name} session, eyes {eyes}"
        page = shown_on(display, title, wanted_n=plan.holds_per_leg, open_browser=not no_browser)
        with (
            Keys() as keys,
            page as hub,
            connected(port) as (client, info),
            shown(keys, title, wanted_n=plan.holds_per_leg) as view,
        ):
            client.returns = Returns(info, view.say, wait_s=wait_s)
            guide = Guide(
                client,
                info,
                store,
                view if hub is None else Together(view, hub),
                athlete_id=person.id,
                conditions=conditions,
                plan=plan,
                now=wall_clock,
            )
            try:
                guide.run()
            except SessionStopped:
                view.say("Stopped. Holds measured so far are stored.")
                if hub is not None:
                    hub.finish("Stopped", "Holds measured so far are stored.")
        results = athlete_results(store, person, wall_clock().astimezone().date())
    if as_json:
        show_json(results_json(results))
    else:
        show_results(results, latest_only=True)


def _passed_with_eyes_open(sessions: Sequence[StoredSession]) -> bool:
    return any(
        s.conditions.eyes == "open" and s.scored_left > 0 and s.scored_right > 0 for s in sessions
    )
