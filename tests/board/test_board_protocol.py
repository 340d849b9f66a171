"""What every board answers, whatever stands behind the port; its plates must be empty.

`pytest tests/board` uses a virtual board, `--port` a real or an emulated one.
"""

from __future__ import annotations

import struct
import time
from typing import Any

import pytest

from evenstance.device.client import BoardClient, NotFoundError
from evenstance.device.transport import SerialPort
from evenstance.errors import BoardRefusedError
from evenstance_wire import PROTOCOL, flags, frames, messages
from evenstance_wire.messages import Table

REPL_S = 60.0
REPLY_S = 60.0
START_S = 60.0
ZERO_S = 60.0
TAG = 200
UNRATED = {"rating_left_mn": None, "rating_right_mn": None}


class Raw:
    """The port itself, for what a client would never send."""

    def __init__(self, port: str) -> None:
        self.port = SerialPort(port)
        self.heard = b""
        self._parser = frames.Parser()
        self._replies: dict[int, tuple[int, int, bytes]] = {}

    def ask(self, line: bytes, tag: int = TAG) -> tuple[int, int, bytes] | None:
        """Send a line; the first reply to `tag`, None when none came."""
        self.port.write(line)
        deadline = time.monotonic() + REPLY_S
        while tag not in self._replies and time.monotonic() < deadline:
            for frame in self._parser.feed(self.port.read()):
                self._replies.setdefault(frame[1], frame)
        return self._replies.get(tag)

    def until(self, text: bytes, limit_s: float) -> float:
        """Seconds until `text` has been heard; fails when it is not in time."""
        began = time.monotonic()
        while text not in self.heard:
            self.heard += self.port.read()
            took = time.monotonic() - began
            assert took < limit_s, f"{text!r} not within {limit_s} s, but {self.heard[-200:]!r}"
        return time.monotonic() - began


def run_for(client: BoardClient, ms: int) -> dict[str, Any]:
    """Ask for the status until `ms` of the board's own time have passed; the last one."""
    end_us = client.status()["device_us"] + 1000 * ms
    while True:
        status = client.status()
        if status["device_us"] >= end_us:
            return status


def test_hello_names_the_board_and_stays_the_same(client: BoardClient) -> None:
    first = client.hello()
    assert first.protocol == PROTOCOL
    assert len(first.board_uid) == len(first.journal_id) == 16
    assert first.firmware.count(".") == 2
    assert client.hello() == first


def test_both_converters_run_at_their_rate(client: BoardClient) -> None:
    before = client.status()
    after = run_for(client, 2000)
    seconds = (after["device_us"] - before["device_us"]) / 1e6
    for side in ("left", "right"):
        names = (f"conversions_{side}", f"dropped_{side}")
        rate_sps = sum(after[name] - before[name] for name in names) / seconds
        assert 74 < rate_sps < 111
        assert after[f"saturated_{side}"] == before[f"saturated_{side}"]


def test_status_of_a_board_at_rest(client: BoardClient) -> None:
    status = run_for(client, 300)
    assert flags.STATES[status["state"]] == "empty"
    assert status["first_seq"] <= status["next_seq"]
    assert status["acked_through"] < status["next_seq"]
    assert status["memory_free_b"] > 50_000
    assert status["flash_free_b"] > 32_768
    assert status["body_weight_un"] is None


def test_measure_gives_mean_and_noise_of_both_plates(client: BoardClient) -> None:
    found = client.request(messages.MEASURE, wait_s=REPLY_S, duration_ms=1000)
    for side in ("left", "right"):
        assert 70 < found[f"samples_{side}"] < 115
        assert 0 < found[f"sd_{side}_mcounts"] < 5_000_000
    assert found["saturated"] == 0


@pytest.mark.parametrize("duration_ms", [0, 99, 20_001, 65_535])
def test_measure_refuses_impossible_durations(client: BoardClient, duration_ms: int) -> None:
    with pytest.raises(BoardRefusedError, match="bad value"):
        client.request(messages.MEASURE, duration_ms=duration_ms)


def test_only_one_measurement_at_a_time(client: BoardClient, board_port: str) -> None:
    client.close()
    raw = Raw(board_port)
    try:
        table = messages.MEASURE
        both = frames.encode(table.kind, 1, table.pack({"duration_ms": 500}))
        both += frames.encode(table.kind, TAG, table.pack({"duration_ms": 500}))
        refused = raw.ask(both)
        measured = raw.ask(b"", 1)
    finally:
        raw.port.close()
    assert refused is not None
    assert messages.ERROR.unpack(refused[2])["error"] == flags.ERR_BUSY
    assert measured is not None
    samples: dict[str, Any] = messages.MEASURE_REPLY.unpack(measured[2])
    assert samples["samples_left"] > 30


def test_zero_is_taken_and_kept(client: BoardClient) -> None:
    found = client.request(messages.ZERO, wait_s=ZERO_S, accept_load=0)
    status = client.status()
    for side in ("left", "right"):
        zero = found[f"zero_{side}_counts"]
        assert abs(found[f"mean_{side}_mcounts"] - 1000 * zero) <= 500
        assert status[f"zero_{side}_counts"] == zero
        assert abs(found[f"shift_{side}_mn"]) < 1000
    assert status["zero_device_us"] <= status["device_us"]


def test_clock_is_set(client: BoardClient) -> None:
    client.request(messages.SET_CLOCK, unix_ms=1_700_000_000_000)
    assert client.status()["clock_set"] == 1


def test_a_calibration_gets_a_new_number_and_comes_back_under_another(client: BoardClient) -> None:
    """The board's own calibration is in use again at the end."""
    before = client.request(messages.GET_CALIBRATION, calibration_id=0)
    wanted = before["calibration_id"]
    assert before["left_counts_per_kn"] is not None, "this test needs a calibrated board"
    doubled = {name: 2 * before[name] for name in ("left_counts_per_kn", "right_counts_per_kn")}
    made = client.request(messages.SET_CALIBRATION, made_unix_ms=2, **UNRATED, **doubled)
    other = client.request(messages.GET_CALIBRATION, calibration_id=0)
    assert made["calibration_id"] == other["calibration_id"] == wanted + 1
    assert flags.CALIBRATION_KINDS[other["calibration_kind"]] == "measured"
    assert other["made_unix_ms"] == 2
    assert client.status()["left_counts_per_kn"] == doubled["left_counts_per_kn"]
    for name in ("zero_left_counts", "zero_right_counts", "rating_left_mn", "rating_right_mn"):
        assert other[name] == before[name]
    made = client.request(messages.RESTORE_CALIBRATION, calibration_id=wanted)
    after = client.request(messages.GET_CALIBRATION, calibration_id=0)
    assert after["calibration_id"] == made["calibration_id"] == wanted + 2
    assert after["restored_from"] == wanted
    for name in ("made_unix_ms", *doubled, "rating_left_mn", "rating_right_mn"):
        assert after[name] == before[name]
    listed = client.request(messages.LIST_CALIBRATIONS)
    numbers = struct.unpack(f"<{len(listed['kept']) // 4}I", listed["kept"])
    assert listed["calibration_id"] == numbers[-1] == wanted + 2
    assert len(numbers) <= 10
    with pytest.raises(NotFoundError):
        client.request(messages.RESTORE_CALIBRATION, calibration_id=wanted + 3)
    client.request(messages.ZERO, wait_s=ZERO_S, tries=1, accept_load=1)


@pytest.mark.parametrize("left", [0, 999, -999, 200_000_001, -(2**31)])
def test_impossible_sensitivities_change_nothing(client: BoardClient, left: int) -> None:
    before = client.status()
    with pytest.raises(BoardRefusedError, match="bad value"):
        client.request(
            messages.SET_CALIBRATION,
            left_counts_per_kn=left,
            right_counts_per_kn=2_000_000,
            made_unix_ms=None,
            **UNRATED,
        )
    after = client.status()
    for name in ("calibration_id", "left_counts_per_kn", "right_counts_per_kn"):
        assert after[name] == before[name]


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (messages.CUE, {"cue": len(flags.CUES)}),
        (messages.SET_PROTOCOL, {"end_at_touch_down": 2}),
    ],
    ids=lambda x: x.name if isinstance(x, Table) else "",
)
def test_values_outside_the_tables_are_refused(
    client: BoardClient, table: Table, values: dict[str, int]
) -> None:
    with pytest.raises(BoardRefusedError, match="bad value"):
        client.request(table, **values)


@pytest.mark.parametrize("kind", [0, 14, 0x7F, 0x81, 0xFF])
def test_unknown_requests_are_refused(board_port: str, client: BoardClient, kind: int) -> None:
    client.close()
    raw = Raw(board_port)
    try:
        reply = raw.ask(frames.encode(kind, TAG, b"\x01\x02"))
    finally:
        raw.port.close()
    assert reply is not None
    assert reply[0] == messages.ERROR.kind
    said = messages.ERROR.unpack(reply[2])
    assert (said["error"], said["request"]) == (flags.ERR_BAD_REQUEST, kind)


@pytest.mark.parametrize("pair", messages.REQUESTS, ids=lambda pair: pair[0].name)
def test_requests_of_the_wrong_size_are_refused(
    board_port: str, client: BoardClient, pair: tuple[Table, Table]
) -> None:
    client.close()
    raw = Raw(board_port)
    try:
        reply = raw.ask(frames.encode(pair[0].kind, TAG, bytes(pair[0].size + 1)))
    finally:
        raw.port.close()
    assert reply is not None
    assert reply[0] == messages.ERROR.kind
    said = messages.ERROR.unpack(reply[2])
    assert (said["error"], said["request"]) == (flags.ERR_BAD_VALUE, pair[0].kind)


def test_only_stored_trials_of_this_journal_are_acknowledged(client: BoardClient) -> None:
    journal_id = bytes.fromhex(client.hello().journal_id)
    before = client.status()
    other = bytes(byte ^ 0xFF for byte in journal_id)
    for journal, seq in ((journal_id, before["next_seq"]), (other, before["acked_through"])):
        with pytest.raises(BoardRefusedError, match="bad value"):
            client.request(messages.ACK, journal_id=journal, through_seq=seq)
    again = before["acked_through"]
    found = client.request(messages.ACK, journal_id=journal_id, through_seq=again)
    assert found["acked_through"] == client.status()["acked_through"] == again


def test_a_trial_that_is_not_there_is_not_found(client: BoardClient) -> None:
    nobody = client.status()["next_seq"]
    assert client.summary(nobody) is None
    assert client.trace(nobody) is None


def test_stopping_without_a_hold_stops_nothing(client: BoardClient) -> None:
    assert client.request(messages.STOP_HOLD)["seq"] is None


def test_live_ends_with_its_lease(client: BoardClient) -> None:
    client.request(messages.LIVE, interval_ms=50, lease_ms=1000)
    run_for(client, 1200)
    heard = [n for n in client.notices() if n.table is messages.LIVE_FRAME]
    assert 5 <= len(heard) <= 25
    assert {flags.STATES[n.values["state"]] for n in heard} == {"empty"}
    assert all(abs(n.values["left_mn"]) < 1_000_000 for n in heard)
    run_for(client, 500)
    assert client.notices() == []


def test_live_can_be_given_up_before_its_lease_ends(client: BoardClient) -> None:
    client.request(messages.LIVE, interval_ms=50, lease_ms=60_000)
    run_for(client, 300)
    client.request(messages.LIVE, interval_ms=0, lease_ms=0)
    client.notices()
    run_for(client, 300)
    assert client.notices() == []


def test_a_damaged_frame_is_counted_and_not_answered(client: BoardClient) -> None:
    before = client.status()["frames_damaged"]
    line = bytearray(frames.encode(messages.STOP_HOLD.kind, TAG, b""))
    line[3] = ord("B") if line[3] != ord("B") else ord("C")
    client.port.write(bytes(line) + b"noise ~AAAA\n~half of one ")
    client.port.write(frames.encode(messages.STOP_HOLD.kind, TAG, b""))
    assert client.status()["frames_damaged"] == before + 3


def test_ctrl_c_opens_the_repl_and_a_reset_starts_the_firmware(
    client: BoardClient, board_port: str
) -> None:
    client.request(messages.SET_CLOCK, unix_ms=1_700_000_000_000)
    client.request(messages.LIVE, interval_ms=50, lease_ms=60_000)
    journal_id = client.hello().journal_id
    client.close()
    raw = Raw(board_port)
    try:
        raw.port.write(b"\x03")
        raw.until(b">>> ", REPL_S)
        raw.port.write(b"print(6 * 7)\r")
        raw.until(b"\n42", REPL_S)
        raw.port.write(b"\x04")
        raw.until(b"soft reboot", REPL_S)
    finally:
        raw.port.close()
    again = BoardClient(SerialPort(board_port))
    try:
        assert again.hello(patience_s=START_S).journal_id == journal_id
        assert again.status()["clock_set"] == 0
        assert again.notices() == []
    finally:
        again.close()
