"""Faults of a board as a person meets them: `info`, zero and measure, and a guided session."""

from __future__ import annotations

from pathlib import Path

import pytest
from boards import Images, SwitchOn, client_on, wait_for
from people import Scripted, Steps
from programs import Run
from test_session import SHORT, Notes, guided

from evenstance.device.client import BoardClient
from evenstance.errors import BoardRefusedError, MeasurementError
from evenstance.flows.connect import connected, wall_clock
from evenstance.flows.guide import Guide, SessionPlan
from evenstance.flows.plates import measure, zero
from evenstance.report.faults import FAULT_ADVICE
from evenstance.store.database import open_store
from evenstance.store.records import STANDARD_CONDITIONS
from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.broker import SLICE_US
from evenstance.virtual.converter import Fault
from evenstance_wire import flags

S = 1_000_000
APPEARS_S = 2.0


def bits(status: dict[str, object]) -> tuple[object, object]:
    return status["left_faults"], status["right_faults"]


def break_soon(board: VirtualBoard, side: int, fault: Fault) -> float:
    """Break a channel a little later; returns when, at the latest (s of the board's time)."""
    converter = board.converters[side]
    converter.fault_from_us = board.broker.now_us + S
    converter.fault = fault
    return max(converter.fault_from_us, board.broker.now_us + SLICE_US) / S


def seen_in_time(
    board: VirtualBoard, client: BoardClient, wanted: tuple[int, int], from_s: float
) -> dict[str, object]:
    """The first status with these faults; no later one than APPEARS_S may be without them."""
    while True:
        status = client.status()
        late_s = (status["device_us"] - board.ticks_at_power_up_us) / 1e6 - from_s
        if bits(status) == wanted:
            assert late_s > 0
            return status
        assert late_s < APPEARS_S, status


FAULTS: dict[Fault, tuple[int, int]] = {
    "stuck_low": (flags.STUCK_LOW, 0),
    "same_chip": (flags.SAME_CHIP, flags.SAME_CHIP),
    "stretched": (flags.POWERED_DOWN, 0),
    "slow": (flags.WRONG_RATE, 0),
    "open": (flags.OPEN_BRIDGE, 0),
}


def test_each_fault_at_the_pins_comes_and_goes(switch_on_copy: SwitchOn, images: Images) -> None:
    """One after the other on the left channel of one board, which is never switched off."""
    board = switch_on_copy(images.calibrated)
    seen = [0, 0]
    with client_on(board.port) as client:
        for fault, wanted in FAULTS.items():
            wait_for(client, lambda status: bits(status) == (0, 0), board_s=15.0)
            from_s = break_soon(board, 0, fault)
            found = seen_in_time(board, client, wanted, from_s)
            assert found["armed"] == (1 if fault == "stretched" else 0), fault
            board.converters[0].fault = None
            for side in (0, 1):
                seen[side] |= wanted[side]
        healed = wait_for(client, lambda status: bits(status) == (0, 0), board_s=15.0)
        assert healed["armed"] == 1
        assert (healed["left_faults_seen"], healed["right_faults_seen"]) == tuple(seen)


def test_info_names_a_fault_with_advice_and_remembers_it(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    board = switch_on_copy(images.calibrated)
    break_soon(board, 1, "rail")
    with client_on(board.port) as client:
        wait_for(client, lambda status: status["right_faults"] == flags.OPEN_BRIDGE)
    said = evenstance("info", "--port", board.port)
    advice = FAULT_ADVICE["open_bridge"]
    for words in ("right plate: open_bridge", advice.what, advice.cause, advice.next_step):
        assert words in said.out
    assert "ready for a hold" not in said.out
    faults = evenstance("info", "--port", board.port, "--json").json()["faults"]
    assert faults == {
        "left": {"now": [], "seen": []},
        "right": {"now": ["open_bridge"], "seen": ["open_bridge"]},
    }
    refused = evenstance("zero", "--port", board.port)
    assert refused.code == BoardRefusedError.exit_code
    assert "fault (right open_bridge)" in refused.err
    assert "evenstance info" in refused.advice
    session = evenstance("session", "--port", board.port)
    assert session.code == MeasurementError.exit_code
    assert "open_bridge" in session.err
    assert advice.next_step in session.advice
    board.converters[1].fault = None
    with client_on(board.port) as client:
        wait_for(client, lambda status: status["right_faults"] == 0)
        zero(client)
        assert measure(client, 500)["saturated"] == 0
    said = evenstance("info", "--port", board.port)
    assert "right plate: earlier since power-up, over now: open_bridge" in said.out
    assert "ready for a hold" in said.out


class Breaking(Notes):
    """Breaks the board while the first scored hold runs, and mends it when it is over."""

    def __init__(self, board: VirtualBoard, fault: Fault) -> None:
        super().__init__()
        self._board = board
        self._fault: Fault | None = fault

    def live(self, live: object, phase: str, left_s: float | None, *, scored: bool) -> None:
        super().live(live, phase, left_s, scored=scored)  # type: ignore[arg-type]
        if scored and self._fault is not None and left_s is not None and left_s < 24.0:
            break_soon(self._board, 0, self._fault)
            self._fault = None

    def trial(self, trial: object, purpose: str) -> None:
        super().trial(trial, purpose)  # type: ignore[arg-type]
        self._board.converters[0].fault = None


def test_a_session_tells_of_a_fault_and_does_not_count_its_hold(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    board = switch_on_copy(images.calibrated, Scripted())
    notes = Breaking(board, "spikes")
    result = guided(board, notes)
    first, *others = result.scored
    assert "spikes" in first.reasons
    assert not first.valid
    assert [trial.reasons for trial in others] == [()] * len(others)
    advice = FAULT_ADVICE["spikes"]
    assert notes.count(f"left plate: spikes: {advice.what}") == 1, "when it appears"
    assert notes.count(f"spikes: {advice.what}. {advice.next_step}") == 1, "after the hold"
    assert notes.count("left plate: spikes is over") == 1
    with client_on(board.port) as client:
        status = client.status()
    assert status["next_seq"] == 4, "the flash was written"
    assert (status["left_faults_seen"], status["right_faults_seen"]) == (flags.SPIKES, 0)


def test_the_other_leg_in_both_practice_holds_is_called_swapped(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    other: dict[tuple[str, int], Steps] = {
        ("left", 0): ((0.0, "right"),),
        ("right", 0): ((0.0, "left"),),
    }
    board = switch_on_copy(images.calibrated, Scripted(other))
    notes = Notes()
    plan = SessionPlan("quick", 1, rest_s=SHORT.rest_s, practice=True)
    with (
        open_store() as store,
        connected(board.port, patience_s=20.0) as (client, info),
        pytest.raises(MeasurementError, match="swapped") as failed,
    ):
        Guide(
            client,
            info,
            store,
            notes,
            athlete_id=store.athlete("somebody", create=True).id,
            conditions=STANDARD_CONDITIONS,
            plan=plan,
            now=wall_clock,
        ).run()
    assert FAULT_ADVICE["swapped"].next_step in failed.value.next_step
    assert notes.count("That is the wrong leg") == 2
