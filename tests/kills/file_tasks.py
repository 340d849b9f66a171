"""Tasks with the history alone: an upgrade, a backup, a restore; struck, done again, looked at."""

from __future__ import annotations

import signal
from pathlib import Path

from evenstance.cli import COMMANDS
from evenstance.store import upgrade
from evenstance.store.database import open_store
from kills import hosts
from kills.board_tasks import Outcome
from kills.checks import HISTORY, history_is_sound
from kills.histories import (
    columns_in,
    differences,
    history_in,
    is_complete,
    left_over,
    rows_in,
    schema_of,
)
from kills.hosts import Host
from kills.moments import Length, Moment
from kills.prepared import Prepared
from kills.strikes import Strike, armed, changes, folder_state

HAS_BACKUP = "backup" in COMMANDS
HAS_RESTORE = "restore" in COMMANDS


def migrate(prepared: Prepared, folder: Path, moment: Moment | None, length: Length) -> Outcome:
    """A history of an earlier schema, opened: copied, then upgraded."""
    earlier = upgrade.REVISIONS[:-1]
    found = earlier[0 if moment is None else moment.chance % len(earlier)]
    home = folder / "home"
    path = history_in(home, prepared.history(found))
    columns = columns_in(path)
    before = rows_in(path, columns)
    outcome = _struck(home, ("results", "--unassigned", "--json"), moment, length)
    copy = path.with_name(f"{HISTORY}.before-{upgrade.REVISIONS[-1]}")
    outcome.wrong += differences(path, columns, before, "the history")
    if copy.exists():
        outcome.wrong += is_complete(copy, columns, before, found)
    elif schema_of(path) != found:
        outcome.wrong.append("upgraded without a copy")
    outcome.need(hosts.run(home, "results", "--unassigned", "--json"), "opening it again")
    outcome.wrong += history_is_sound(home)
    outcome.wrong += differences(path, columns, before, "the upgraded history")
    outcome.wrong += is_complete(copy, columns, before, found)
    if schema_of(path) != upgrade.REVISIONS[-1]:
        outcome.wrong.append(f"left at schema {schema_of(path)}")
    outcome.wrong += left_over(home, {HISTORY, copy.name})
    return outcome


def backup(prepared: Prepared, folder: Path, moment: Moment | None, length: Length) -> Outcome:
    """A copy of the whole history; without the command, the copy that an upgrade makes."""
    home = folder / "home"
    path = history_in(home, prepared.history(upgrade.REVISIONS[-1]))
    columns = columns_in(path)
    before = rows_in(path, columns)
    copy, other = (home / f"copy-{n}.sqlite3" for n in (1, 2))
    arguments = ("backup", str(copy))
    again = ("backup", str(other))
    if not HAS_BACKUP:
        copy = other = path.with_name(f"{HISTORY}.before-next")
        arguments = again = (hosts.COPY_BEFORE, str(path), upgrade.REVISIONS[-1], "next")
    outcome = _struck(home, arguments, moment, length)
    if copy.exists():
        outcome.wrong += is_complete(copy, columns, before, upgrade.REVISIONS[-1])
    outcome.wrong += history_is_sound(home)
    outcome.need(hosts.run(home, *again), "a backup again")
    outcome.wrong += is_complete(other, columns, before, upgrade.REVISIONS[-1])
    outcome.wrong += differences(path, columns, before, "the history")
    history_is_sound(home)
    outcome.wrong += left_over(home, {HISTORY, copy.name, other.name})
    return outcome


def restore(prepared: Prepared, folder: Path, moment: Moment | None, length: Length) -> Outcome:
    """A backup in the place of a history that somebody was added to: either is there, whole, and
    the later one stays beside the restored one."""
    home = folder / "home"
    path = history_in(home, prepared.history(upgrade.REVISIONS[-1]))
    columns = columns_in(path)
    backed_up = rows_in(path, columns)
    copy = home / "copy.sqlite3"
    made = hosts.run(home, "backup", str(copy))
    assert made.code == 0, made.text
    with open_store(path) as store:
        store.athlete("Berta")
    later = rows_in(path, columns)
    arguments = ("restore", str(copy))
    outcome = _struck(home, arguments, moment, length)

    def kept() -> list[Path]:
        return [
            p for p in home.glob(f"{HISTORY}.replaced-*") if not p.name.endswith(("-wal", "-shm"))
        ]

    now = rows_in(path, columns)
    if now not in (later, backed_up):
        outcome.wrong.append("neither the history nor the backup is there")
    if now == backed_up and later not in [rows_in(one, columns) for one in kept()]:
        outcome.wrong.append("restored without keeping the history")
    outcome.wrong += history_is_sound(home)
    outcome.need(hosts.run(home, *arguments), "a restore again")
    outcome.wrong += differences(path, columns, backed_up, "the restored history")
    if later not in [rows_in(one, columns) for one in kept()]:
        outcome.wrong.append("the history of before is gone")
    outcome.wrong += history_is_sound(home)
    outcome.wrong += left_over(home, {HISTORY, copy.name, *(one.name for one in kept())})
    return outcome


def _struck(
    home: Path, arguments: tuple[str, ...], moment: Moment | None, length: Length
) -> Outcome:
    """The command, killed with a change of the folder or so long after the first one."""
    outcome = Outcome()
    host: Host | None = None

    def blow() -> None:
        outcome.hit = host is not None and host.running
        if moment is not None and host is not None:
            host.kill()

    strike = Strike(
        blow,
        at_step=None if moment is None else moment.at_step(length),
        after_s=None if moment is None else moment.after_s(length),
    )
    with armed(strike):
        host = Host(home, *arguments, dies_at=None if moment is None else moment.at_touch())
        changes(
            lambda: folder_state(home), strike, lambda: host.running and not strike.struck.is_set()
        )
        said = host.ended()
        outcome.judge(said, moment)
        outcome.hit = outcome.hit or said.code == -signal.SIGKILL
    outcome.length = Length(strike.steps, strike.seconds)
    return outcome
