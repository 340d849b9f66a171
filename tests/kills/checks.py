"""What must be true of a history and a board after a kill; each check returns what is wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from boards import client_on, trial_bytes
from cable import Cut, Direction

from evenstance.store.database import open_store
from evenstance_wire import flags, frames, messages
from kills.strikes import Strike

HISTORY = "history.sqlite3"
LOOK_TIMEOUT_S = 30.0


def history_is_sound(home: Path) -> list[str]:
    """SQLite's own checks, and whether the product opens it."""
    path = home / HISTORY
    if not path.exists():
        return []
    wrong: list[str] = []
    with closing(_look(path)) as db:
        integrity = db.execute("PRAGMA integrity_check").fetchall()
        if integrity != [("ok",)]:
            wrong.append(f"integrity_check: {integrity[:3]}")
        broken = db.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            wrong.append(f"foreign_key_check: {broken[:3]}")
    open_store(path).close()
    return wrong


def rows_of_journal(home: Path, journal_id: str) -> list[tuple[int, bytes, bytes | None]]:
    """Every trial stored of a journal: number, summary, trace."""
    path = home / HISTORY
    if not path.exists():
        return []
    with closing(_look(path)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        if "trial" not in tables:
            return []
        return db.execute(
            "SELECT t.seq, t.summary, x.data FROM trial t LEFT JOIN trace x ON x.trial_id = t.id"
            " WHERE t.journal_id = ? ORDER BY t.seq",
            (journal_id,),
        ).fetchall()


def _look(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=LOOK_TIMEOUT_S)


def board_now(port: str) -> tuple[str, dict[str, Any], dict[int, tuple[bytes, bytes | None]]]:
    """What a board says of itself and holds: journal id, status, trials."""
    with client_on(port) as client:
        return client.hello().journal_id, client.status(), trial_bytes(client)


def nothing_acknowledged_is_missing(home: Path, journal_id: str, through_seq: int) -> list[str]:
    """The board may drop what is acknowledged: it must be in the history."""
    stored = {seq for seq, _, _ in rows_of_journal(home, journal_id)}
    missing = sorted(set(range(1, through_seq + 1)) - stored)
    return [f"acknowledged through {through_seq}, not stored: {missing}"] if missing else []


def all_once(home: Path, port: str, witnessed: set[int]) -> list[str]:
    """In the end: every trial of the board and every one that it told of is stored, byte for
    byte, once, and acknowledged."""
    journal_id, status, on_board = board_now(port)
    rows = rows_of_journal(home, journal_id)
    wrong: list[str] = []
    if len(rows) != len({seq for seq, _, _ in rows}):
        wrong.append(f"stored twice: {[seq for seq, _, _ in rows]}")
    if {seq: (summary, trace) for seq, summary, trace in rows} != on_board:
        wrong.append(f"board has {sorted(on_board)}, history {[seq for seq, _, _ in rows]}")
    if sorted(on_board) != list(range(1, status["next_seq"])):
        wrong.append(f"numbers of the journal: {sorted(on_board)}")
    if not witnessed <= set(on_board):
        wrong.append(f"the board had told of {sorted(witnessed)}, has {sorted(on_board)}")
    if status["acked_through"] != len(on_board):
        wrong.append(f"acknowledged through {status['acked_through']} of {len(on_board)}")
    if status["holds_lost"] or status["quarantined"]:
        wrong.append(f"lost {status['holds_lost']}, quarantined {status['quarantined']}")
    return wrong


class Witness:
    """A hand on the cable: every frame is a step; it notes which trials the board told of, and
    looks into the history before an acknowledgement passes."""

    def __init__(self, home: Path, strike: Strike, *, unplug: bool = False) -> None:
        self._home = home
        self.strike = strike
        self._unplug = unplug
        self.stored: set[int] = set()
        self.wrong: list[str] = []
        self.acks = 0

    def __call__(self, direction: Direction, line: bytes) -> bytes | Cut:
        found = frames.decode_line(line[1:-1])
        if found is not None:
            self._note(direction, found[0], found[2])
        if self.strike.step() and self._unplug:
            return Cut()
        return line

    def _note(self, direction: Direction, kind: int, body: bytes) -> None:
        if direction == "to_host" and kind == messages.EVENT.kind:
            values = messages.EVENT.unpack(body)
            if values["event"] == flags.EV_STORED:
                self.stored.add(values["value"])
        elif direction == "to_board" and kind == messages.ACK.kind:
            values = messages.ACK.unpack(body)
            self.acks += 1
            self.wrong += nothing_acknowledged_is_missing(
                self._home, values["journal_id"].hex(), values["through_seq"]
            )
