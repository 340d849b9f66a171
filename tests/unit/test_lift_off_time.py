"""When a trial began: from the board's clock, counted back, or not known; never a wrong time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from summaries import summary

from evenstance.device.client import BoardClient
from evenstance.device.transport import SerialPort
from evenstance.flows.pull import pull
from evenstance.store.database import open_store
from fuzzing.hostile_board import HostileBoard
from fuzzing.plausible import Sound

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=timezone.utc)
HELLO_BOOT = 7  # what the board says of itself in the handshake


def found(
    folder: Path, *, status_us: int, boot_id: int = HELLO_BOOT, unix_ms: int | None = None
) -> datetime | None:
    """The stored time of a trial whose lift-off was 100 s after power-up number `boot_id`,
    pulled from a board that says in its status that it has run for `status_us`."""
    data = summary(
        1,
        boot_id=boot_id,
        lift_off_device_us=100_000_000,
        lift_off_unix_ms=unix_ms,
        trace_bytes=0,
        trace_complete=0,
    )
    says: dict[str, dict[str, object] | bytes] = {
        "status_reply": {"device_us": status_us, "next_seq": 2},
        "get_hold_reply": {"summary": data},
    }
    with HostileBoard(Sound(says)) as board, open_store(folder / "history.sqlite3") as store:
        client = BoardClient(SerialPort(board.port))
        result = pull(client, client.hello(), store, now=lambda: NOW)
        client.close()
        (trial,) = store.trials()
    assert (result.new, result.time_unknown) == (1, [] if trial.lift_off_at else [1])
    return trial.lift_off_at


def test_it_is_counted_back_while_the_board_has_not_restarted(tmp_path: Path) -> None:
    assert found(tmp_path, status_us=160_000_000) == NOW - timedelta(seconds=60)


def test_a_board_that_restarted_since_the_trial_gives_no_time(tmp_path: Path) -> None:
    assert found(tmp_path, status_us=160_000_000, boot_id=HELLO_BOOT - 1) is None


def test_a_board_that_restarted_between_hello_and_status_gives_no_time(tmp_path: Path) -> None:
    """It said who it is in the power-up of the trial; its status is of the next one already."""
    assert found(tmp_path, status_us=3_000_000) is None


def test_the_time_of_the_board_itself_needs_no_counting(tmp_path: Path) -> None:
    begun = NOW - timedelta(hours=2)
    unix_ms = round(begun.timestamp() * 1000)
    assert found(tmp_path, status_us=3_000_000, unix_ms=unix_ms) == begun
