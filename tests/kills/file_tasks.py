"""Tasks with the history alone: an upgrade and a backup; each is struck, done again, looked at."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from evenstance.cli import COMMANDS
from evenstance.store import upgrade
from kills import hosts
from kills.board_tasks import Outcome
from kills.checks import HISTORY, history_is_sound
from kills.hosts import Host
from kills.moments import Length, Moment
from kills.prepared import Prepared, columns_of
from kills.strikes import Strike, armed, changes, folder_state

Rows = dict[str, list[tuple[object, ...]]]
HAS_BACKUP = "backup" in COMMANDS


def migrate(prepared: Prepared, folder: Path, moment: Moment | None, length: Length) -> Outcome:
    """A history of an earlier schema, opened: copied, then upgraded."""
    earlier = upgrade.REVISIONS[:-1]
    found = earlier[0 if moment is None else moment.chance % len(earlier)]
    home = folder / "home"
    path = _history_in(home, prepared.history(found))
    columns = _columns(path)
    before = _rows(path, columns)
    outcome = _struck(home, ("results", "--unassigned", "--json"), moment, length)
    copy = path.with_name(f"{HISTORY}.before-{upgrade.REVISIONS[-1]}")
    outcome.wrong += _differences(path, columns, before, "the history")
    if copy.exists():
        outcome.wrong += _is_complete(copy, columns, before, found)
    elif _revision(path) != found:
        outcome.wrong.append("upgraded without a copy")
    outcome.need(hosts.run(home, "results", "--unassigned", "--json"), "opening it again")
    outcome.wrong += history_is_sound(home)
    outcome.wrong += _differences(path, columns, before, "the upgraded history")
    outcome.wrong += _is_complete(copy, columns, before, found)
    if _revision(path) != upgrade.REVISIONS[-1]:
        outcome.wrong.append(f"left at schema {_revision(path)}")
    outcome.wrong += _left_over(home, {HISTORY, copy.name})
    return outcome


def backup(prepared: Prepared, folder: Path, moment: Moment | None, length: Length) -> Outcome:
    """A copy of the whole history; without the command, the copy that an upgrade makes."""
    home = folder / "home"
    path = _history_in(home, prepared.history(upgrade.REVISIONS[-1]))
    columns = _columns(path)
    before = _rows(path, columns)
    copy, other = (home / f"copy-{n}.sqlite3" for n in (1, 2))
    arguments = ("backup", str(copy))
    again = ("backup", str(other))
    if not HAS_BACKUP:
        copy = other = path.with_name(f"{HISTORY}.before-next")
        arguments = again = (hosts.COPY_BEFORE, str(path), upgrade.REVISIONS[-1], "next")
    outcome = _struck(home, arguments, moment, length)
    if copy.exists():
        outcome.wrong += _is_complete(copy, columns, before, upgrade.REVISIONS[-1])
    outcome.wrong += history_is_sound(home)
    outcome.need(hosts.run(home, *again), "a backup again")
    outcome.wrong += _is_complete(other, columns, before, upgrade.REVISIONS[-1])
    outcome.wrong += _differences(path, columns, before, "the history")
    history_is_sound(home)
    outcome.wrong += _left_over(home, {HISTORY, copy.name, other.name})
    return outcome


def _history_in(home: Path, source: Path) -> Path:
    home.mkdir()
    return Path(shutil.copy(source, home / HISTORY))


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
        host = Host(home, *arguments)
        changes(
            lambda: folder_state(home), strike, lambda: host.running and not strike.struck.is_set()
        )
        outcome.judge(host.ended(), moment)
    outcome.length = Length(strike.steps, strike.seconds)
    return outcome


def _columns(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as db:
        names = [
            str(name)
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name != "alembic_version"
        ]
        return {name: columns_of(db, name) for name in names}


def _rows(path: Path, columns: dict[str, list[str]]) -> Rows:
    with closing(sqlite3.connect(path)) as db:
        return {
            table: db.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY 1, 2").fetchall()
            for table, names in columns.items()
        }


def _differences(path: Path, columns: dict[str, list[str]], before: Rows, what: str) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        integrity = db.execute("PRAGMA integrity_check").fetchall()
        broken = db.execute("PRAGMA foreign_key_check").fetchall()
    wrong = [] if integrity == [("ok",)] else [f"{what}: integrity_check {integrity[:3]}"]
    if broken:
        wrong.append(f"{what}: foreign_key_check {broken[:3]}")
    now = _rows(path, columns)
    return wrong + [f"{what}: {table} differs" for table in before if now[table] != before[table]]


def _is_complete(
    path: Path, columns: dict[str, list[str]], before: Rows, revision: str
) -> list[str]:
    if not path.exists():
        return [f"no {path.name}"]
    wrong = _differences(path, columns, before, path.name)
    if _revision(path) != revision:
        wrong.append(f"{path.name} has schema {_revision(path)}")
    if path.stat().st_mode & 0o077:
        wrong.append(f"{path.name} can be read by others: {path.stat().st_mode:o}")
    return wrong


def _revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        return str(db.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _left_over(home: Path, expected: set[str]) -> list[str]:
    found = sorted(path.name for path in home.iterdir() if path.name not in expected)
    return [f"left over: {found}"] if found else []
