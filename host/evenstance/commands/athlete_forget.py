"""`evenstance athlete forget`: a person is removed everywhere, and it is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from evenstance.commands.common import interactive, json_option, open_history, say, show_json, tell
from evenstance.errors import InputError, UsageError

if TYPE_CHECKING:
    from evenstance.flows.forget import Forgotten, Known
    from evenstance.store.name_scan import Place

REPLAY = "replay"
KINDS = {
    "athlete": "name",
    "session": "session(s)",
    "trial": "trial(s)",
    "trace": "trace(s)",
    "result": "result(s)",
    "screen": "screening(s)",
    "health_event": "health event(s)",
    "clearance": "clearance(s)",
    "plan": "plan(s)",
    "practice": "practice session(s)",
    "written_file": "entry(ies) of written files",
}


@click.command("forget")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option(
    "--delete-exports",
    is_flag=True,
    help="Delete the files written of this person, too, if they are unchanged.",
)
@json_option
def forget_command(name: str, yes: bool, delete_exports: bool, as_json: bool) -> None:
    """Remove everything of NAME from the history, its copies, and boards at their next pull.

    Sessions, trials, traces, results, notes, screenings, health events, clearances, plans and
    practice. It cannot be undone. Files written of the person are named, or deleted with
    --delete-exports. At the end the files of the history are searched for the name.
    """
    from evenstance.flows.forget import forget, known, unproven_error

    with open_history("admin") as store:
        person = known(store, name)
        if person.who.name == REPLAY:
            raise InputError("`replay` is no person: its name stays.", next_step="Name a person.")
        if not yes:
            _confirm(person)
        done = forget(store, person, delete_files=delete_exports)
    if as_json:
        show_json(_json(person, done))
    else:
        _told(person, done)
    if not done.proven:
        raise unproven_error(done, person.who.name)


def _confirm(person: Known) -> None:
    would = f"{counts(person.rows)} of {person.who.name}"
    if not interactive():
        raise UsageError(
            f"This would remove {would}. Nothing was changed.",
            cause="It cannot be undone.",
            next_step="Say so with --yes.",
        )
    tell(f"This removes {would}, here and from boards at the next pull. It cannot be undone.")
    if not click.confirm("Remove it all", default=False, err=True):
        raise UsageError(
            "Nothing was changed.",
            cause="The question was not answered with yes.",
            next_step="Run it again and answer y when all of it may go.",
        )


def _told(person: Known, done: Forgotten) -> None:
    say(f"Removed from the history: {counts(done.erased.history)}.")
    for path, rows in done.erased.copies.items():
        say(f"Removed from the copy {path}: {counts(rows)}.")
    for path, why in done.erased.failed.items():
        tell(f"Not changed: {path}. {why}")
    for path in done.deleted:
        say(f"Deleted: {path}")
    for file, why in done.left:
        say(f"Still there: {file.path} ({file.kind}, {why}); delete it yourself.")
    for board, trials in done.waiting.items():
        say(
            f"Board {board} has {trials} trial(s) to remove: connect it and run `evenstance pull`."
        )
    for place in done.elsewhere:
        if place.word:
            say(f"The name also stands in {place.table}.{place.column} {place.key} of others.")
    parts = sum(1 for place in done.elsewhere if not place.word)
    if parts:
        say(f"Its letters are part of {parts} other value(s) of the history.")
    if done.proven and done.scanned:
        what = "nothing else" if done.elsewhere else "nothing"
        files = len(done.scanned)
        say(f"Searched {files} file(s) of the history for the name, byte by byte: {what}.")
    if not done.scanned:
        say(
            "Out of reach: old versions of the rows on the clinic's server until it cleans up "
            "(VACUUM), its logs and its backups: ask who runs it; files written on laptops while "
            "they used the clinic's history, which keeps no list of them; laptops' own histories."
        )
    say(
        "Out of reach: copies of the folder made by other programs, printed pages, the history of "
        "your shell, and flash and disk blocks that are free but not yet written again."
    )


def counts(rows: dict[str, int]) -> str:
    """Rows by table, in words."""
    parts = [f"{count} {KINDS.get(name, name)}" for name, count in rows.items() if count]
    return ", ".join(parts) or "nothing"


def _json(person: Known, done: Forgotten) -> dict[str, Any]:
    return {
        "athlete": person.who.name,
        "removed": done.erased.history,
        "copies": {str(path): rows for path, rows in done.erased.copies.items()},
        "not_changed": {str(path): why for path, why in done.erased.failed.items()},
        "deleted": [str(path) for path in done.deleted],
        "left": [
            {"path": str(file.path), "kind": file.kind, "why": why} for file, why in done.left
        ],
        "boards_waiting": done.waiting,
        "searched": [str(path) for path in done.scanned],
        "name_elsewhere": [_place(place) for place in done.elsewhere],
        "proven": done.proven,
    }


def _place(place: Place) -> dict[str, object]:
    return {
        "file": str(place.file),
        "table": place.table,
        "column": place.column,
        "key": place.key,
        "word": place.word,
    }
