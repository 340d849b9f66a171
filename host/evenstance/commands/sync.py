"""`evenstance sync`: what this laptop measured without the clinic's history moves into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from evenstance.commands.common import json_option, say, show_json, tell
from evenstance.errors import IncompleteSyncError, UsageError

if TYPE_CHECKING:
    from evenstance.clinic.sync_records import Synced

NAMES = {
    "athlete": "people",
    "session": "sessions",
    "trial": "trials",
    "result": "results",
    "board": "boards",
    "calibration": "calibrations",
    "screen": "screenings",
    "health_event": "health events",
    "clearance": "clearances",
    "plan": "plans",
    "practice": "practice days",
}


@click.command("sync")
@click.option(
    "--same",
    multiple=True,
    metavar="NAME",
    help="This person is the one of that name in the clinic. Can be given several times.",
)
@json_option
def command(same: tuple[str, ...], as_json: bool) -> None:
    """Copy this laptop's history into the clinic's, each thing once.

    EVENSTANCE_STORE is the address of the clinic's history. Nothing is removed from the laptop.
    Cut off at any moment, the next sync goes on; running it twice changes nothing.
    """
    from evenstance.store.location import STORE_VARIABLE, clinic_address, store_path

    address = clinic_address()
    if address is None:
        raise UsageError(
            f"{STORE_VARIABLE} does not say where the clinic's history is.",
            next_step=f"{STORE_VARIABLE}=postgresql+psycopg://LOGIN@HOST/DATABASE evenstance sync",
            anchor="the-clinics-history-cannot-be-reached",
        )
    if not store_path().exists():
        raise UsageError(
            "This laptop has no history of its own.",
            cause=f"There is no {store_path()}.",
            next_step="Nothing needs to move: sessions go to the clinic directly.",
        )
    from evenstance.clinic.database import open_clinic
    from evenstance.clinic.sync import sync
    from evenstance.store.database import open_store

    with open_store() as laptop, open_clinic(address) as clinic:
        done = sync(laptop, clinic, same=same, progress=_progress)
    if as_json:
        show_json(_json(done))
    else:
        _show(done)
    if not done.complete:
        raise IncompleteSyncError(
            "Not everything moved into the clinic.",
            cause="; ".join(
                [*(f"{one.name}: {one.why}" for one in done.held_back), *done.conflicts][:5]
            ),
            next_step="Is it the same person? Then `evenstance sync --same NAME`. If not: "
            "`evenstance athlete rename` here, with EVENSTANCE_STORE unset. What is another "
            "person's in the clinic: merge or correct where it is wrong. Then sync again.",
            anchor="not-everything-moved-into-the-clinic",
        )


def _progress(number: int, of: int) -> None:
    tell(f"{number} of {of} sessions looked at.")


def _show(done: Synced) -> None:
    if done.new:
        say(
            "New in the clinic: " + ", ".join(f"{n} {NAMES[t]}" for t, n in done.new.items()) + "."
        )
    elif not done.changed:
        say("Nothing new: the clinic has it all." if done.complete else "Nothing new moved.")
    if done.changed:
        say(f"Brought up to date in the clinic: {done.changed} rows.")
    for line in done.differences:
        say(f"Stays as the clinic has it: {line}.")


def _json(done: Synced) -> dict[str, object]:
    return {
        "new": done.new,
        "changed": done.changed,
        "held_back": [{"name": one.name, "why": one.why} for one in done.held_back],
        "conflicts": done.conflicts,
        "differences": done.differences,
    }
