"""A board and a computer with its history, and what may befall both of them."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from evenstance.device.client import BoardClient
from evenstance.device.transport import Port
from evenstance.errors import LinkLostError
from evenstance.flows.connect import wall_clock
from evenstance.flows.pull import Pulled, pull
from evenstance.store.database import open_store
from evenstance_wire import messages
from once_only.board import BLOCK_BYTES, BLOCKS, Board, Firmware, compile_firmware

Bytes = tuple[bytes, "bytes | None"]  # of a trial: summary and trace
MOST_AT_START = 6  # from three on there is no room for another trace
RESERVE_BLOCKS = 8  # docs/journal.md: a trace is stored while so many stay free
NEVER = 1_000_000
_READY_GRACE = 100
_COUNTS_PER_KN = (2_187_000, -2_190_000)


@dataclass(frozen=True)
class Start:
    """How each history begins: the firmware, a calibrated board after 0, 1, ... trials that
    nobody has pulled, an empty store."""

    firmware: Firmware
    images: tuple[Path, ...]
    store: Path


def make_start(micropython: str, folder: Path, breakage: str | None = None) -> Start:
    """Calibrate a new board as a host does, have trials made on it, make a new history; keep all
    as files."""
    at_work = folder / "board.img"
    at_work.write_bytes(b"\xff" * (BLOCKS * BLOCK_BYTES))
    images = [folder / f"board-{trials}.img" for trials in range(MOST_AT_START + 1)]
    (folder / "firmware").mkdir()
    firmware = compile_firmware(micropython, folder / "firmware", breakage)
    board = Board(firmware, at_work, grace=_READY_GRACE)
    try:
        client = BoardClient(board)
        client.hello(patience_s=20.0)
        client.request(messages.ZERO, accept_load=1, wait_s=20.0, tries=1)
        client.request(
            messages.SET_CALIBRATION,
            left_counts_per_kn=_COUNTS_PER_KN[0],
            right_counts_per_kn=_COUNTS_PER_KN[1],
            rating_left_mn=None,
            rating_right_mn=None,
            made_unix_ms=None,
        )
        for trials, image in enumerate(images):
            if trials:
                board.stand(("left", "right")[trials % 2], first=trials == 1)
            shutil.copy(at_work, image)
    finally:
        board.off()
    store = folder / "history.sqlite3"
    open_store(store).close()
    return Start(firmware, tuple(images), store)


class Moments:
    """Counts moments at which something may end, and ends it at the one that was drawn."""

    def __init__(self, number: int, end: Callable[[], None]) -> None:
        self._left = number
        self._end = end

    def __call__(self, *_: object) -> None:
        """One more."""
        if self._left == 0:
            self._end()
        self._left -= 1


class Watched:
    """A port on which every frame is a moment."""

    def __init__(self, port: Port, moment: Moments) -> None:
        self.name = port.name
        self._port = port
        self._moment = moment

    def read(self) -> bytes:
        data = self._port.read()
        for _ in range(data.count(b"\n")):  # a frame each, however the bytes came in pieces
            self._moment()
        return data

    def write(self, data: bytes) -> None:
        self._moment()
        self._port.write(data)

    def close(self) -> None:
        self._port.close()


class World:
    """`known` are the trials that the board has ever said to have, by number, byte for byte."""

    def __init__(self, start: Start, folder: Path, trials: int) -> None:
        self._firmware = start.firmware
        self._image = Path(shutil.copy(start.images[trials], folder))
        self._store = Path(shutil.copy(start.store, folder))
        self._ticks_us = 0
        self._fresh = True  # the board does not know the body weight
        self.board = Board(self._firmware, self._image)
        self.known: dict[int, Bytes] = {}
        self.given_up = 0  # traces for which the board had no room
        self.journal_id = ""
        self._boot_id = 0
        self._acked = 0

    # -- what may befall them

    def stand(self, leg: str) -> None:
        """Somebody makes a trial."""
        self.board.stand(leg, first=self._fresh)
        self._fresh = False

    def power_cycle(self) -> None:
        """The board's power goes and comes; its ticks begin anywhere."""
        self.board.off()
        self._ticks_us = (self._ticks_us + 618_033_989) % (1 << 30)
        self.board = Board(self._firmware, self._image, ticks_us=self._ticks_us)
        self._fresh = True

    def pull(self, port: Port | None = None) -> Pulled | None:
        """Pull as the command does; None when the board went away meanwhile."""
        try:
            with open_store(self._store) as store:
                client = BoardClient(self.board if port is None else port)
                info = client.hello(patience_s=20.0)
                now_ms = int(wall_clock().timestamp() * 1000)
                client.request(messages.SET_CLOCK, unix_ms=now_ms)
                return pull(client, info, store)
        except LinkLostError:
            return None

    def pull_unplugged(self, moment: int) -> None:
        """The cable is pulled out; the board goes on."""

        def unplug() -> None:
            raise LinkLostError("The board on board went away.", cause="unplugged")

        self.pull(Watched(self.board, Moments(moment, unplug)))

    def pull_killed(self, moment: int) -> None:
        """The program is killed: in the middle of a message, before a statement or a commit."""
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # of threads, which it does not use
            child = os.fork()
        if child:
            os.waitpid(child, 0)
            return
        try:
            moments = Moments(moment, lambda: os.kill(os.getpid(), signal.SIGKILL))
            for name in ("before_cursor_execute", "commit"):
                event.listen(Engine, name, moments)
            self.pull(Watched(self.board, moments))
        finally:
            os._exit(0)

    def close(self) -> None:
        """Switch it off."""
        self.board.off()

    # -- what must be true

    def look(self) -> None:
        """Give the board its power back if it is cut, or is cut now; compare board and history."""
        try:
            if not self.board.is_cut:
                self._compare()
                return
        except LinkLostError:
            assert self.board.is_cut, "the board is silent"
        self.power_cycle()
        self._compare()

    def _compare(self) -> None:
        client = BoardClient(self.board)
        info = client.hello(patience_s=20.0)
        status = client.status()
        self.journal_id = self.journal_id or info.journal_id
        assert info.journal_id == self.journal_id, "another journal"
        assert status["quarantined"] == 0, "damaged files"
        if info.boot_id == self._boot_id:
            assert status["acked_through"] >= self._acked, "the acknowledgement fell"
        self._boot_id, self._acked = info.boot_id, status["acked_through"]
        self._compare_board(client, status)
        stored = self.stored()
        for seq in self.known:
            assert seq in stored or seq > status["acked_through"], f"{seq} was acknowledged only"
        for seq, found in stored.items():
            assert found == self.known.get(seq), f"{seq} is stored otherwise than the board had it"

    def _compare_board(self, client: BoardClient, status: dict[str, Any]) -> None:
        """What the board has against what it ever had; and what gave way, and why."""
        acked = status["acked_through"]
        for seq, (_, trace) in self.known.items():
            if seq > acked and trace is not None:
                assert client.trace(seq) == trace, f"the trace of {seq} gave way unacknowledged"
        for seq in range(status["first_seq"], status["next_seq"]):
            if seq in self.known:
                continue
            self.known[seq] = _trial(client, seq)
            if self.known[seq][1] is None:
                self.given_up += 1
                left = [s for s in range(1, acked + 1) if client.trace(s) is not None]
                assert not left, f"{seq} has no trace, and those of {left} could have given way"
                free = status["flash_free_b"] // BLOCK_BYTES
                assert free <= RESERVE_BLOCKS + 1, (
                    f"{seq} has no trace, and {free} blocks are free"
                )
        assert status["next_seq"] == len(self.known) + 1, "a number was used twice or left out"

    def finish(self) -> None:
        """A pull that nobody disturbs leaves every trial in the history, and another one nothing
        to do."""
        if self.board.is_cut:
            self.power_cycle()
        self.board.cut_at(NEVER, 0)  # one that was ordered and has not come yet
        assert self.pull() is not None
        self.look()
        again = self.pull()
        assert again is not None
        assert (again.new, again.lost, again.seqs) == (0, [], [])
        assert self.stored() == self.known
        assert self._acked == len(self.known)

    def stored(self) -> dict[int, Bytes]:
        """Every trial of this journal in the history; a number that is there twice fails."""
        db = sqlite3.connect(f"{self._store.resolve().as_uri()}?mode=ro", uri=True)
        try:
            rows = db.execute(
                "SELECT t.seq, t.summary, x.data FROM trial t LEFT JOIN trace x"
                " ON x.trial_id = t.id"
            ).fetchall()
        finally:
            db.close()
        found = {seq: (summary, trace) for seq, summary, trace in rows}
        assert len(found) == len(rows), "a trial is stored twice"
        return found


def _trial(client: BoardClient, seq: int) -> Bytes:
    """What the board has, read at another time than any pull."""
    summary = client.summary(seq)
    assert summary is not None, f"trial {seq} cannot be read"
    if not messages.SUMMARY.unpack(summary)["trace_bytes"]:
        return summary, None
    trace = client.trace(seq)
    assert trace is not None, f"the trace of trial {seq} is missing"
    return summary, trace
