"""Calibrations made on a terminal with known masses, kept on the board, and brought back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from boards import Images, SwitchOn, client_on, wait_for
from programs import Run
from terminal import Hands, Terminal

from evenstance.errors import BoardRefusedError, MeasurementError, UsageError
from evenstance.store.database import open_store
from evenstance.virtual.loads import Masses

MASSES = ("--mass", "20", "--mass", "10", "--mass", "40")
IN_ORDER = [10.0, 20.0, 40.0, 0.0]


def test_three_masses_on_each_plate_then_again_then_back(
    switch_on_copy: SwitchOn, evenstance: Run, home: Path
) -> None:
    masses = Masses()
    board = switch_on_copy(None, masses)
    port = ("--port", board.port)
    assert evenstance("calibration", "list", *port, "--json").json() == []
    assert "never calibrated" in evenstance("calibration", "list", *port).out

    hands = Hands(board, masses)
    with Terminal("calibrate", *MASSES, *port, home=home) as shown:
        assert shown.obey(hands) == 0, shown.text
        text = shown.text
    # Lightest first, and back to zero, on each plate.
    assert [(side, mass) for side, mass, _ in hands.done] == [
        ("left", 0.0),
        ("right", 0.0),
        *[("left", mass) for mass in IN_ORDER],
        *[("right", mass) for mass in IN_ORDER],
    ]
    assert "Calibration 1 is in use." in text
    assert text.count("wired the other way round, which works") == 1
    assert text.count("empty again:") == text.count("rated 200 kg") == 2
    assert "Warning" not in text
    (first,) = evenstance("calibration", "list", *port, "--json").json()
    assert (first["calibration_id"], first["kind"], first["in_use"]) == (1, "measured", True)
    assert first["made_at"] is not None
    assert first["masses_kg"] == [10.0, 20.0, 40.0]
    assert first["residual_pct"] < 0.2
    gains = dict(zip(("left", "right"), board.wiring.counts_per_n, strict=True))
    assert sorted(gain > 0 for gain in gains.values()) == [False, True]
    for side, gain in gains.items():
        assert first[side]["counts_per_n"] == pytest.approx(gain, rel=1e-4)
        assert first[side]["rating_kg"] == pytest.approx(200.0, rel=1e-3)
        full_kg = 0x7FFFFF / abs(gain) / 9.80665
        assert first[side]["capacity_kg"] == pytest.approx(full_kg, rel=0.05)

    # Masses that weigh a tenth more than they say, on plates that are rated far too high.
    heavier = Hands(board, masses, {mass: 1.1 * mass for mass in IN_ORDER})
    arguments = (*MASSES, "--rating", "900", *port, "--json")
    with Terminal("calibrate", *arguments, home=home) as shown:
        assert shown.obey(heavier) == 0, shown.text
        text, found = shown.text, shown.json()
    assert text.count("Warning: the ") == 2
    assert "at its rail before the plate is at its rating" in text
    assert "can be restored" in text
    assert found["calibration_id"] == 2
    for side, gain in gains.items():
        assert found[side]["before_counts_per_n"] == pytest.approx(gain, rel=1e-4)
        assert found[side]["counts_per_n"] == pytest.approx(1.1 * gain, rel=1e-4)
        assert found[side]["rating_kg"] == pytest.approx(900.0, rel=1e-3)
        assert found[side]["reversed"] == (gain < 0)
        assert [one["mass_kg"] for one in found[side]["residuals"]] == IN_ORDER[:-1]

    restored = evenstance("calibration", "restore", "1", *port, "--json")
    assert restored.code == 0, restored.err
    assert "evenstance zero" in restored.err
    before, after = restored.json()["before"], restored.json()["after"]
    assert (before["calibration_id"], after["calibration_id"]) == (2, 3)
    assert (after["kind"], after["restored_from"]) == ("restored", 1)
    assert after["made_at"] == first["made_at"]
    assert {side: after[side] for side in gains} == {side: first[side] for side in gains}
    listed = evenstance("calibration", "list", *port)
    assert [line.split()[0] for line in listed.out.splitlines() if "/N" not in line] == [
        "1",
        "2",
        "3",
    ]
    assert "3 restored from 1" in listed.out
    assert listed.out.count("(in use)") == 1
    with client_on(board.port) as client:
        assert client.status()["next_seq"] == 1, "a mass is no hold"
    with open_store() as store:
        (uid,) = {one.board_uid for one in store.calibrations(b"VIRTUAL1".hex())}
        stored = store.calibrations(uid)
    assert [one.calibration_id for one in stored] == [1, 2, 3]
    assert stored[0].detail["masses_kg"] == [10.0, 20.0, 40.0]
    assert stored[2].detail == {"restored_from": 1}


def test_the_factory_knows_no_calibration_and_that_can_be_undone(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    board = switch_on_copy(images.calibrated)
    port = ("--port", board.port)
    with client_on(board.port) as client:
        before = client.status()
    emptied = evenstance("calibration", "restore", "factory", *port)
    assert emptied.code == 0, emptied.err
    assert "factory: not calibrated" in emptied.out
    assert "not calibrated now" in emptied.err
    refused = evenstance("session", "--protocol", "quick", *port)
    assert refused.code == MeasurementError.exit_code
    assert "not calibrated" in refused.err
    with client_on(board.port) as client:
        status = client.status()
        assert status["left_counts_per_kn"] is None
        assert status["armed"] == 0
    assert evenstance("calibration", "restore", "1", *port).code == 0
    with client_on(board.port) as client:
        after = client.status()
    for name in ("left_counts_per_kn", "right_counts_per_kn", "zero_left_counts"):
        assert after[name] == before[name]
    missing = evenstance("calibration", "restore", "77", *port)
    assert missing.code == BoardRefusedError.exit_code
    assert "calibration list" in missing.advice


def test_a_zero_is_undone_with_the_calibration_it_belongs_to(
    switch_on_copy: SwitchOn, images: Images, evenstance: Run
) -> None:
    masses = Masses()
    board = switch_on_copy(images.calibrated, masses)
    port = ("--port", board.port)
    with client_on(board.port) as client:
        before = client.status()
    masses.place(0, 10.0)
    refused = evenstance("zero", *port)
    assert refused.code == BoardRefusedError.exit_code
    assert "loaded" in refused.err
    assert evenstance("zero", "--accept-load", *port).code == 0
    with client_on(board.port) as client:
        assert client.status()["zero_left_counts"] != before["zero_left_counts"]
    assert evenstance("calibration", "restore", "1", *port).code == 0
    with client_on(board.port) as client:
        assert client.status()["zero_left_counts"] == before["zero_left_counts"]


@pytest.mark.parametrize(
    ("hands", "words"),
    [
        ({"real_kg": {20.0: 20.15}}, "The left plate is off its own line by"),
        ({"stays_kg": 0.2}, "The left plate did not come back to its zero: 0.5"),
    ],
    ids=["a mass that is not what it says", "something stays on the plate"],
)
def test_a_calibration_that_cannot_be_trusted_changes_nothing(
    hands: dict[str, Any], words: str, switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    masses = Masses()
    board = switch_on_copy(images.calibrated, masses)
    with client_on(board.port) as client:
        before = client.status()
    with Terminal("calibrate", *MASSES, "--port", board.port, home=home) as shown:
        code = shown.obey(Hands(board, masses, **hands))
        text = shown.text
    assert code == MeasurementError.exit_code
    assert words in text
    assert "The board's calibration stays." in text
    with client_on(board.port) as client:
        after = wait_for(client, lambda status: status["state"] == 0 and status["armed"] == 1)
    for name in ("calibration_id", "left_counts_per_kn", "right_counts_per_kn", "next_seq"):
        assert after[name] == before[name]


def test_a_mass_that_a_plate_may_not_carry_is_refused_before_it_is_asked_for(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    board = switch_on_copy(images.calibrated)
    heavy = ("--mass", "20", "--mass", "40", "--mass", "60", "--rating", "50")
    corners = ("check", "corners", "--plate", "right", "--mass", "201")
    for arguments in (("calibrate", *heavy), corners):
        with Terminal(*arguments, "--port", board.port, home=home) as shown:
            assert shown.obey(pytest.fail) == UsageError.exit_code
            assert "plate may carry" in shown.text


def test_a_calibration_tells_a_zero_that_has_moved_far(
    switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    """Somebody forgot 8 kg on the left plate when it was to be empty."""
    masses = Masses()
    board = switch_on_copy(images.calibrated, masses)
    forgotten = {0.0: 8.0, **{mass: mass + 8.0 for mass in IN_ORDER if mass}}
    hands = Hands(board, masses, forgotten, stays_kg=8.0)
    with Terminal("calibrate", *MASSES, "--json", "--port", board.port, home=home) as shown:
        assert shown.obey(hands) == 0, shown.text
        found, text = shown.json(), shown.text
    assert found["zero_shift_left_n"] == pytest.approx(78.5, abs=0.5)
    assert "Warning: the empty left plate was +78 N from its last zero" in text


def test_without_masses_they_are_asked_for(switch_on_copy: SwitchOn, home: Path) -> None:
    masses = Masses()
    board = switch_on_copy(None, masses)
    with Terminal("calibrate", "--port", board.port, home=home) as shown:
        shown.wait_for("Known masses in kg")
        shown.type("5 10 20 40")
        assert shown.obey(Hands(board, masses)) == 0, shown.text
        assert "40 kg: off by" in shown.text
    for answer, words in (("10 20", "2 different"), ("a lot", "not a list of masses")):
        with Terminal("calibrate", "--port", board.port, home=home) as shown:
            shown.wait_for("Known masses in kg")
            shown.type(answer)
            assert shown.obey(Hands(board, masses)) == UsageError.exit_code
            assert words in shown.text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("calibrate", "--mass", "20", "--mass", "40"), "2 different known mass"),
        (("calibrate", "--mass", "20", "--mass", "40", "--mass", "1"), "too light"),
        (("calibrate", *MASSES), "terminal"),
        (("calibrate",), "terminal"),
        (("calibration", "restore", "first"), "not the number"),
        (("calibration", "restore", "0"), "not the number"),
        (("check", "corners", "--plate", "left", "--mass", "20"), "terminal"),
        (("check", "swap"), "terminal"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_work_is_refused_before_a_board_is_looked_for(
    arguments: tuple[str, ...], words: str, evenstance: Run
) -> None:
    refused = evenstance(*arguments, timeout_s=60)
    assert (refused.code, refused.out) == (UsageError.exit_code, "")
    assert words in refused.err
    assert refused.advice
