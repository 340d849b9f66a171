"""The guided tests of a board on a terminal: sound boards pass, others fail with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from boards import Images, SwitchOn, client_on
from standing import Standing
from terminal import Hands, Terminal, settled

from evenstance.device.client import BoardClient
from evenstance.errors import CheckFailedError, MeasurementError
from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.loads import Masses, Timeline
from evenstance_wire import messages

CORNERS = ("check", "corners", "--plate")
UNEQUAL = {"front left": 0.004, "back right": -0.003}


# -- corners


def test_a_sound_plate_passes_the_corner_test_calibrated_or_not(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    for image in (images.calibrated, None):
        masses = Masses(({"front left": 0.002, "back right": -0.002}, {}))
        board = switch_on_copy(image, masses)
        hands = Hands(board, masses, mass_kg=20.0)
        with Terminal(*CORNERS, "left", "--mass", "20", "--port", board.port, home=home) as shown:
            assert shown.obey(hands) == 0, shown.text
            assert "passed" in shown.text
            assert ("20.0" in shown.text.partition("centre  ")[2]) == (image is not None)
        assert [spot for _, mass_kg, spot in hands.done if mass_kg] == [
            "centre",
            "front left",
            "front right",
            "back left",
            "back right",
        ]
        assert {side for side, _, _ in hands.done} == {"left"}
        with client_on(board.port) as client:
            assert client.status()["next_seq"] == 1, "a mass is no hold"


@pytest.mark.parametrize("side", ["left", "right"])
def test_unequal_corners_fail_on_the_plate_that_has_them_only(
    side: str, switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    masses = Masses(({}, UNEQUAL))
    board = switch_on_copy(images.calibrated, masses)
    hands = Hands(board, masses, mass_kg=25.0)
    arguments = (*CORNERS, side, "--mass", "25", "--json", "--port", board.port)
    with Terminal(*arguments, home=home) as shown:
        code = shown.obey(hands)
        found, text = shown.json(), shown.text
    assert found["plate"] == side
    assert found["limit_pct"] == 0.5
    assert found["passed"] == (side == "left")
    if side == "left":
        assert code == 0
        assert found["spread_pct"] < 0.05
        return
    assert code == CheckFailedError.exit_code == 14
    assert found["spread_pct"] == pytest.approx(0.7, abs=0.03)
    assert found["off_pct"]["front left"] == pytest.approx(0.38, abs=0.03)
    assert found["reads_kg"]["centre"] == pytest.approx(25.0, rel=1e-3)
    assert "differently at its corners" in text
    assert "Next:" in text


@pytest.mark.parametrize(
    ("asked", "real_kg", "words"),
    [("left", 0.0, "no load cell"), ("right", 20.0, "the other one moved")],
    ids=["no mass at all", "the mass on the other plate"],
)
def test_a_corner_test_without_the_mass_says_so(
    asked: str, real_kg: float, words: str, switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    masses = Masses()
    board = switch_on_copy(images.calibrated, masses)

    def wrongly(prompt: str) -> None:
        hands = Hands(board, masses, {20.0: real_kg}, mass_kg=20.0)
        hands(prompt.replace("right plate", "left plate"))

    arguments = (*CORNERS, asked, "--mass", "20", "--port", board.port)
    with Terminal(*arguments, home=home) as shown:
        assert shown.obey(wrongly) == MeasurementError.exit_code
        assert words in shown.text


# -- swap


class Feet:
    """Somebody who steps on and off as a prompt of the swap test asks."""

    def __init__(
        self, board: VirtualBoard, timeline: Timeline, first: Standing, second: Standing
    ) -> None:
        self._board = board
        self._timeline = timeline
        self._stances = {"Stand with": first, "Face the other way": second}

    def __call__(self, asked: str) -> None:
        """Do what the prompt asks for."""
        stance = next((s for words, s in self._stances.items() if asked.startswith(words)), None)
        settled(self._board, self._timeline.append(Masses() if stance is None else stance))


def swapped(
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
    *,
    first: Standing,
    second: Standing,
    left_gain: float = 1.0,
) -> Terminal:
    """The swap test, over; the board's left sensitivity is wrong by `left_gain`."""
    timeline = Timeline(Masses())
    board = switch_on_copy(images.calibrated, timeline)
    with client_on(board.port) as client:
        spoil(client, left_gain)
    with Terminal("check", "swap", "--json", "--port", board.port, home=home) as shown:
        shown.obey(Feet(board, timeline, first, second))
    return shown


def spoil(client: BoardClient, left_gain: float) -> None:
    """Make the left plate read `left_gain` times the truth."""
    values = client.request(messages.GET_CALIBRATION, calibration_id=0)
    client.request(
        messages.SET_CALIBRATION,
        left_counts_per_kn=round(values["left_counts_per_kn"] / left_gain),
        right_counts_per_kn=values["right_counts_per_kn"],
        rating_left_mn=None,
        rating_right_mn=None,
        made_unix_ms=None,
    )


def test_a_person_who_turns_round_turns_the_split_of_a_sound_board(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    shown = swapped(
        switch_on_copy,
        images,
        home,
        first=Standing(320.0, 400.0),
        second=Standing(322.0, 398.0, turned=True),
    )
    assert shown.code == 0, shown.text
    found = shown.json()
    assert found["passed"]
    assert found["first"]["split_pct"] == pytest.approx(11.1, abs=0.5)
    assert found["second"]["split_pct"] == pytest.approx(-10.6, abs=0.5)
    assert found["person_pct"] == pytest.approx(10.8, abs=0.4)
    assert abs(found["plates_pct"]) < 0.6


@pytest.mark.parametrize(
    ("left_gain", "words"),
    [(1.08, "The plates themselves split the load by -3."), (1.35, "stayed on its side")],
)
def test_plates_that_disagree_fail(
    left_gain: float, words: str, switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    shown = swapped(
        switch_on_copy,
        images,
        home,
        first=Standing(390.0, 330.0),
        second=Standing(390.0, 330.0, turned=True),
        left_gain=left_gain,
    )
    found = shown.json()
    assert shown.code == CheckFailedError.exit_code
    assert not found["passed"]
    assert words in shown.text


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (Standing(355.0, 365.0), Standing(355.0, 365.0, turned=True), "too evenly"),
        (Standing(320.0, 400.0), Standing(320.0, 440.0, turned=True), "stood on the board"),
        (Standing(720.0, 5.0), Standing(0.0, 0.0), "Nobody stood on both plates"),
    ],
    ids=["even", "another person", "one foot"],
)
def test_what_cannot_be_told_is_neither_passed_nor_failed(
    first: Standing,
    second: Standing,
    words: str,
    switch_on_copy: SwitchOn,
    images: Images,
    home: Path,
) -> None:
    shown = swapped(switch_on_copy, images, home, first=first, second=second)
    assert shown.code == MeasurementError.exit_code
    assert words in shown.text
