"""`evenstance assign`: trials made without a laptop get their person."""

from __future__ import annotations

import click

from evenstance.commands.common import (
    json_option,
    listed,
    open_history,
    say,
    show_json,
    tell,
)
from evenstance.commands.conditions import conditions_from, conditions_options
from evenstance.errors import UsageError


@click.command("assign")
@click.argument("ids", nargs=-1, type=int)
@click.option("--athlete", required=True, metavar="NAME", help="Whose trials they are.")
@click.option("--all", "take_all", is_flag=True, help="Every unassigned trial.")
@click.option("--practice", is_flag=True, help="They were practice and are never scored.")
@conditions_options
@json_option
def command(
    ids: tuple[int, ...],
    athlete: str,
    take_all: bool,
    practice: bool,
    eyes: str,
    surface: str,
    footwear: str,
    arms: str,
    gaze_mark: bool,
    as_json: bool,
) -> None:
    """Give unassigned trials (ids from `evenstance results --unassigned`) to a person."""
    if bool(ids) == take_all:
        raise UsageError(
            "Say which trials: ids or --all.",
            next_step="`evenstance results --unassigned` lists them with their ids.",
        )
    conditions = conditions_from(eyes, surface, footwear, arms, gaze_mark)
    with open_history("measure") as store:
        chosen = list(ids) or [t.id for t in store.trials(unassigned=True)]
        if not chosen:
            raise UsageError("There is no unassigned trial.")
        person = listed(store.athlete(athlete, create=True))
        undated = sum(t.lift_off_at is None for t in store.trials() if t.id in set(chosen))
        sessions = store.assign(
            chosen, person.id, conditions, purpose="practice" if practice else "scored"
        )
    if as_json:
        show_json({"athlete": person.name, "trials": chosen, "sessions": sessions})
        return
    if undated:
        tell(
            f"Warning: nobody knows when {undated} of them were made. Their session has the day "
            "of the pull, and says so."
        )
    say(f"{len(chosen)} trial(s) now belong to {person.name}, in {len(sessions)} session(s).")
