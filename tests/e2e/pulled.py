"""Whether a history has all that a board has."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from boards import client_on, trial_bytes

from evenstance.virtual.board import VirtualBoard


def assert_all_pulled_once(board: VirtualBoard, home: Path, at_least: int) -> None:
    """The history has every trial of the board's journal, byte for byte, once."""
    with client_on(board.port) as client:
        on_board = trial_bytes(client)
        status = client.status()
        journal_id = client.hello().journal_id
    assert len(on_board) >= at_least
    assert sorted(on_board) == list(range(1, len(on_board) + 1))
    assert status["acked_through"] == len(on_board)
    assert status["holds_lost"] == status["quarantined"] == 0
    with sqlite3.connect(home / "history.sqlite3") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = db.execute(
            "SELECT t.seq, t.summary, x.data FROM trial t LEFT JOIN trace x ON x.trial_id = t.id"
            " WHERE t.journal_id = ?",
            (journal_id,),
        ).fetchall()
    db.close()
    assert len(rows) == len(on_board)
    assert {seq: (summary, trace) for seq, summary, trace in rows} == on_board
