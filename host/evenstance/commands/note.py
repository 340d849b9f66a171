"""`evenstance note`: words added to a session."""

from __future__ import annotations

import click

from evenstance.commands.common import (
    athlete_option,
    json_option,
    open_history,
    say,
    show_json,
)


@click.command("note")
@click.argument("session")
@click.argument("text")
@athlete_option
@json_option
def command(session: str, text: str, athlete: str | None, as_json: bool) -> None:
    """Add a line with today's date to the note of SESSION; nothing written before is lost.

    SESSION is `last`, `last-1`, a date as 2026-11-30, or the beginning of a session's id.
    """
    from evenstance.commands.whose import named_session
    from evenstance.flows.connect import wall_clock

    today = wall_clock().astimezone().date()
    with open_history("measure") as store:
        found = named_session(store, session, athlete)
        note = store.amend.note(found.id, text, on=today)
    if as_json:
        show_json({"session": found.id, "day": found.day.isoformat(), "note": note})
        return
    say(f"Session {found.id[:8]} of {found.day.isoformat()}:")
    for line in note.split("\n"):
        say(f"  {line}")
