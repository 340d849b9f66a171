"""`evenstance conditions`: how the person stood, shown or corrected afterwards."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from evenstance.commands.common import (
    athlete_option,
    json_option,
    open_history,
    say,
    show_json,
    tell,
)
from evenstance.store.records import ARMS, EYES, FOOTWEAR, SURFACES

if TYPE_CHECKING:
    from evenstance.store.records import Conditions


@click.command("conditions")
@click.argument("session")
@click.option("--eyes", type=click.Choice(EYES))
@click.option("--surface", type=click.Choice(SURFACES))
@click.option("--footwear", type=click.Choice(FOOTWEAR))
@click.option("--arms", type=click.Choice(ARMS))
@click.option("--gaze-mark/--no-gaze-mark", default=None, help="A mark at eye level to look at.")
@athlete_option
@json_option
def command(
    session: str,
    eyes: str | None,
    surface: str | None,
    footwear: str | None,
    arms: str | None,
    gaze_mark: bool | None,
    athlete: str | None,
    as_json: bool,
) -> None:
    """Show how the person stood in SESSION, or correct what was told wrongly.

    SESSION is `last`, `last-1`, a date as 2026-11-30, or the beginning of a session's id. What is
    not named stays; the session's note keeps what stood there before.
    """
    from evenstance.commands.whose import named_session
    from evenstance.flows.connect import wall_clock

    given = {
        "eyes": eyes,
        "surface": surface,
        "footwear": footwear,
        "arms": arms,
        "gaze_mark": gaze_mark,
    }
    today = wall_clock().astimezone().date()
    with open_history("measure") as store:
        found = named_session(store, session, athlete)
        now: Conditions = replace(
            found.conditions, **{name: value for name, value in given.items() if value is not None}
        )
        changed = store.amend.conditions(found.id, now, on=today)
    if as_json:
        show_json(
            {
                "session": found.id,
                "day": found.day.isoformat(),
                "conditions": asdict(now),
                "changed": [
                    {"name": name, "before": before, "now": after}
                    for name, before, after in changed
                ],
            }
        )
        return
    say(f"Session {found.id[:8]} of {found.day.isoformat()}: {now.key}.")
    if changed:
        tell("Corrected; the note of the session keeps what stood there before.")
        tell("Sessions are compared with those under the same conditions: `evenstance history`.")
