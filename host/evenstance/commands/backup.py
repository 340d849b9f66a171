"""`evenstance backup`: the whole history as one verified file."""

from __future__ import annotations

from pathlib import Path

import click

from evenstance.commands.common import (
    json_option,
    need_own_history,
    open_history,
    say,
    show_json,
    tell,
)


@click.command("backup")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@json_option
def command(file: Path | None, force: bool, as_json: bool) -> None:
    """Write the whole history of one moment into FILE, and verify it.

    It may be in use meanwhile. Without FILE it goes into the folder `backups` beside the history.
    FILE is readable by you alone; keep a copy of it on another disk.
    """
    from evenstance.flows.backup import default_place, make_backup
    from evenstance.flows.connect import wall_clock
    from evenstance.report.backup import backup_json, backup_lines
    from evenstance.store.location import store_path

    need_own_history("backup")
    history, now = store_path(), wall_clock()
    to = default_place(history, now) if file is None else file
    found = make_backup(history, to, now, force=force)
    if file is not None and not found.older:  # looking into an older history would upgrade it
        with open_history() as store:
            store.files.note("backup", [to], [one.id for one in store.athletes(archived=True)])
    if as_json:
        show_json({"file": str(to), **backup_json(found)})
        return
    say(f"Wrote {to}.")
    for line in backup_lines(found):
        say(line)
    if file is None:
        tell("It is on the same disk as the history: copy it to another one.")
