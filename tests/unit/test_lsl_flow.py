"""The flow of the laboratory's stream on a board made of messages, and the board's time."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from health_cases import STATUS

from evenstance import cli
from evenstance.device.client import BoardInfo, Notice
from evenstance.errors import LinkLostError, MeasurementError
from evenstance.flows.board_time import SLEW, BoardTime
from evenstance.flows.lsl import DEAD_S, Streamed, stream
from evenstance_wire import PROTOCOL, messages

INFO = BoardInfo(PROTOCOL, "ab12", "00", 1, "0.5.0")
CALIBRATED = {
    "left_counts_per_kn": 2_000_000,
    "right_counts_per_kn": -2_000_000,
    "zero_left_counts": 1000,
    "zero_right_counts": -1000,
    "rate_left_mhz": 80_000,
    "rate_right_mhz": None,
    "calibration_id": 4,
}
AHEAD_S = 1000.0  # of the laboratory's clock


class Board:
    """Half a second passes with each look; each plate gives 40 conversions of 500 N in it."""

    def __init__(self, **status: Any) -> None:
        self.values = {**STATUS, **CALIBRATED, **status}
        self.device_us = 60_000_000
        self.leases: list[int] = []
        self.looks = 0
        self.at_look: dict[int, Callable[[], None]] = {}
        self.silent = False
        self._n = [0, 0]

    def clock(self) -> float:
        return 0.5 * self.looks

    def lab_clock(self) -> float:
        return AHEAD_S + self.device_us / 1e6

    def request(self, table: messages.Table, **values: Any) -> dict[str, Any]:
        if table is messages.SAMPLES:
            self.leases.append(values["lease_ms"])
            return {}
        assert table is messages.STATUS
        return {**self.values, "device_us": self.device_us}

    def notices(self) -> list[Notice]:
        self.looks += 1
        self.at_look.get(self.looks, lambda: None)()
        if self.silent:
            return []
        began_us = self.device_us
        self.device_us += 500_000
        return [self._frame(k, began_us) for k in (0, 1)]

    def lose(self, conversions: int) -> None:
        self._n[0] += conversions

    def restart(self) -> None:
        self.device_us = 1_000_000
        self.silent = True

    def _frame(self, channel: int, began_us: int) -> Notice:
        first_n = self._n[channel]
        self._n[channel] += 40
        counts = (1_001_000, -1_001_000)[channel]
        rows = [struct.pack("<iI", counts, 12_500 * n) for n in range(40)]
        return Notice(
            messages.SAMPLES_FRAME,
            {
                "channel": channel,
                "first_n": first_n,
                "first_device_us": began_us,
                "samples": b"".join(rows),
            },
        )


class Outlet:
    def __init__(self, about: dict[str, Any]) -> None:
        self.about = about
        self.forces_n: list[float] = []
        self.times_s: list[float] = []

    def push(self, forces_n: Sequence[float], times_s: Sequence[float]) -> None:
        assert len(forces_n) == len(times_s) > 0
        self.forces_n += forces_n
        self.times_s += times_s


def run(board: Board, seconds: float | None = 10.0) -> tuple[Streamed, list[Outlet], list[str]]:
    opened: list[Outlet] = []
    said: list[str] = []

    def open_outlet(about: dict[str, Any]) -> Outlet:
        opened.append(Outlet(about))
        return opened[-1]

    done = stream(
        board,  # type: ignore[arg-type]
        INFO,
        open_outlet,
        board.lab_clock,
        seconds=seconds,
        tell=said.append,
        clock=board.clock,
    )
    return done, opened, said


def test_every_conversion_in_newtons_at_its_time() -> None:
    board = Board()
    done, (left, right), _ = run(board)
    for outlet in (left, right):
        assert set(outlet.forces_n) == {500.0}
        assert len(outlet.forces_n) == pytest.approx(800, abs=40)
        for n, time_s in enumerate(outlet.times_s):
            assert time_s == pytest.approx(AHEAD_S + 60.0 + n / 80, abs=1e-9)
    assert [one.sent for one in done.plates] == [len(left.times_s), len(right.times_s)]
    assert board.leases[0] > 0
    assert board.leases[-1] == 0, "the stream is ended"
    assert len([ms for ms in board.leases if ms]) > 3, "the lease is renewed"
    assert done.clock_error_s == pytest.approx(0.0, abs=1e-9)


def test_a_stream_says_what_it_is() -> None:
    _, (left, right), _ = run(Board(), 1.0)
    assert left.about == {
        "name": "Evenstance left",
        "source_id": "evenstance-ab12-left",
        "label": "left plate",
        "unit": "N",
        "board_uid": "ab12",
        "firmware": "0.5.0",
        "calibration_id": 4,
        "measured_rate_sps": 80.0,
        "filter_delay_s": pytest.approx(0.025),
    }
    assert right.about["measured_rate_sps"] is right.about["filter_delay_s"] is None


@pytest.mark.parametrize("missing", ["left_counts_per_kn", "zero_right_counts"])
def test_without_calibration_there_are_no_newtons(missing: str) -> None:
    with pytest.raises(MeasurementError, match="not calibrated"):
        run(Board(**{missing: None}))


def test_lost_conversions_are_counted() -> None:
    board = Board()
    board.at_look[6] = lambda: board.lose(17)
    done, _, _ = run(board)
    assert [one.lost for one in done.plates] == [17, 0]


def test_a_new_zero_counts_from_then_on() -> None:
    board = Board()
    board.at_look[8] = lambda: board.values.update(zero_left_counts=3000)
    done, (left, right), said = run(board)
    assert left.forces_n[0] == 500.0
    assert left.forces_n[-1] == 499.0
    assert set(right.forces_n) == {500.0}
    assert done.zero_changes == 1
    assert any("left plate has a new zero" in text for text in said)


def test_ctrl_c_is_the_way_to_end_it() -> None:
    board = Board()

    def stop() -> None:
        raise KeyboardInterrupt

    board.at_look[5] = stop
    done, _, said = run(board, None)
    assert done.plates[0].sent == 160
    assert said[-1] == "Stopped."
    assert board.leases[-1] == 0


def test_a_board_that_restarts_or_hangs_is_told() -> None:
    board = Board()
    board.at_look[8] = board.restart
    with pytest.raises(LinkLostError, match="restarted"):
        run(board)
    board = Board()
    board.silent = True
    with pytest.raises(LinkLostError, match="time stands still"):
        run(board)
    assert board.clock() < DEAD_S + 1.0


def test_the_shortest_answer_decides() -> None:
    time = BoardTime()
    time.heard(100.0, 10.0, 100.8)  # 0.4 s to either side
    time.heard(101.0, 10.9, 101.002)
    time.heard(102.0, 11.7, 102.9)
    assert time.at(11.0) == pytest.approx(11.0 + 101.001 - 10.9)
    assert time.error_s == pytest.approx(0.001, abs=2e-4)


def test_times_follow_a_drifting_board_and_never_go_back() -> None:
    time, drift = BoardTime(), 1 + 50e-6
    before, offs = -1.0, []
    for step in range(20_000):
        device_s = step * 0.0125
        if step % 160 == 0:
            late_s = 0.004 * ((step // 160) % 5)  # an answer that takes longer
            real_s = 500.0 + device_s * drift
            time.heard(real_s - 0.0005, device_s, real_s + 0.0005 + late_s)
        now = time.at(device_s)
        assert now - before > 0.0125 * (1 - 2 * SLEW) or step == 0
        before = now
        offs.append(abs(now - (500.0 + device_s * drift)))
    assert max(offs) < 0.002


def test_without_the_library_it_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pylsl", None)
    assert cli.run(["lsl", "--seconds", "1"]) == 2
    err = capsys.readouterr().err
    assert "not installed" in err
    assert 'pip install ".[lsl]"' in err
