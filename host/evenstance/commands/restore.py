"""`evenstance restore`: a backup in the place of the history, which is kept beside it."""

from __future__ import annotations

from pathlib import Path

import click

from evenstance.commands.common import json_option, need_own_history, say, show_json, tell


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Only look through FILE; nothing is changed.")
@json_option
def command(file: Path, verify: bool, as_json: bool) -> None:
    """Verify the backup FILE, then put it in the place of the history.

    The present history is kept beside it under a name with the moment. A backup of an older
    schema is upgraded. Refused while another Evenstance has the history open.
    """
    from evenstance.flows.connect import wall_clock
    from evenstance.report.backup import backup_json, backup_lines
    from evenstance.store.backup_file import verify_backup
    from evenstance.store.location import store_path
    from evenstance.store.restoring import restore

    if verify:
        found, kept = verify_backup(file), None
        say_first = f"{file} can be restored."
    else:
        need_own_history("restore FILE")
        restored = restore(file, store_path(), wall_clock(), tell)
        found, kept = restored.backup, restored.kept
        say_first = f"Restored {file}."
    if as_json:
        more = {} if verify else {"kept": None if kept is None else str(kept)}
        show_json({"file": str(file), **backup_json(found), **more})
        return
    say(say_first)
    for line in backup_lines(found):
        say(line)
    if kept is not None:
        say(f"The history of before is in {kept}.")
