"""`evenstance check sides` on a terminal: sound, exchanged, reversed, touching, not pressed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from boards import Images, SwitchOn, client_on
from programs import Run
from terminal import Terminal, settled

from evenstance.device.client import BoardClient
from evenstance.errors import CheckFailedError, UsageError
from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.loads import Masses
from evenstance_wire import messages, units

Loads = dict[str, tuple[float, float]]  # what stands on the plates (kg) when one is pressed
SOUND: Loads = {"LEFT": (8.0, 0.0), "RIGHT": (0.0, 8.0)}
EXCHANGED: Loads = {"LEFT": (0.0, 8.0), "RIGHT": (8.0, 0.0)}
TOUCHING: Loads = {"LEFT": (6.0, 2.0), "RIGHT": (0.0, 8.0)}
BLOCKED: Loads = {"LEFT": (0.5, 0.0), "RIGHT": (0.0, 8.0)}


def hands(board: VirtualBoard, masses: Masses, loads: Loads) -> Callable[[str], None]:
    """Somebody who does what is asked."""

    def do(asked: str) -> None:
        kg = next((kg for name, kg in loads.items() if name in asked), (0.0, 0.0))
        for plate in (units.LEFT, units.RIGHT):
            at_us = masses.place(plate, kg[plate])
        settled(board, at_us)

    return do


def turn_round(client: BoardClient) -> None:
    """The left cell's signal wires are exchanged after the calibration."""
    values = client.request(messages.GET_CALIBRATION, calibration_id=0)
    client.request(
        messages.SET_CALIBRATION,
        left_counts_per_kn=-values["left_counts_per_kn"],
        right_counts_per_kn=values["right_counts_per_kn"],
        rating_left_mn=None,
        rating_right_mn=None,
        made_unix_ms=None,
    )


@pytest.mark.parametrize(
    ("loads", "reverse", "outcome", "faults", "words"),
    [
        (SOUND, False, "right_way", [[], []], "passed"),
        (EXCHANGED, False, "swapped", [["swapped"], ["swapped"]], "Turn the board round"),
        (SOUND, True, "right_way", [["reversed"], []], "A plate is reversed (reversed)."),
        (TOUCHING, False, "both_moved", [[], []], "Free each plate"),
        (BLOCKED, False, "nothing_moved", [[], []], "evenstance diagnose"),
    ],
    ids=["sound", "exchanged", "reversed", "touching", "blocked"],
)
def test_a_calibrated_board(
    loads: Loads,
    reverse: bool,
    outcome: str,
    faults: list[list[str]],
    words: str,
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
) -> None:
    masses = Masses()
    board = switch_on_copy(images.calibrated, masses)
    if reverse:
        with client_on(board.port) as client:
            turn_round(client)
    with Terminal("check", "sides", "--json", "--port", board.port, home=home) as shown:
        code = shown.obey(hands(board, masses, loads))
        found, text = shown.json(), shown.text
    passed = outcome == "right_way" and not reverse
    assert code == (0 if passed else CheckFailedError.exit_code)
    assert (found["passed"], found["outcome"]) == (passed, outcome)
    assert [found["faults"][side] for side in units.PLATES] == faults
    assert passed or words in text
    with client_on(board.port) as client:
        assert client.status()["next_seq"] == 1, "a hand is no hold"


def test_a_new_board_is_told_its_signs(switch_on_copy: SwitchOn, home: Path) -> None:
    masses = Masses()
    board = switch_on_copy(None, masses)
    with Terminal("check", "sides", "--port", board.port, home=home) as shown:
        assert shown.obey(hands(board, masses, SOUND)) == 0
        text = shown.text
    gains = board.wiring.counts_per_n
    for side, gain in zip(units.PLATES, gains, strict=True):
        assert f"{side}: a load takes its counts {'up' if gain > 0 else 'down'} (no cal" in text
    assert "left is left and right is right: passed" in text


def test_no_hands_without_a_terminal(evenstance: Run) -> None:
    refused = evenstance("check", "sides")
    assert refused.code == UsageError.exit_code
    assert "terminal" in refused.err
