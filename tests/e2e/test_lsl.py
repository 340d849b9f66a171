"""A laboratory receives what stands on the virtual board: newtons, at the right rate and times."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boards import SEED, Images, SwitchOn
from programs import Program, Run, until

from evenstance.flows.lsl_outlet import load_lsl
from evenstance.virtual.board import Wiring
from evenstance.virtual.loads import GRAVITY_M_S2, Masses

REAL_TIME = 1.0  # the laboratory's clock cannot be hurried
SECONDS = 4.0  # of samples
KG = (40.0, 2.5)
DEADLINE_S = 60.0


@pytest.fixture
def lsl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The library, which finds streams of this test only, on this computer only."""
    config = tmp_path / "lsl.cfg"
    config.write_text(
        "[multicast]\nResolveScope = machine\n[ports]\nIPv6 = disable\n"
        f"[lab]\nKnownPeers = {{127.0.0.1}}\nSessionID = evenstance-{os.getpid()}\n"
    )
    monkeypatch.setenv("LSLAPICFG", str(config))
    try:
        return load_lsl()
    except Exception as error:
        pytest.skip(f"no liblsl on this computer: {error}")


def received(lsl: Any, board_port: str, home: Path) -> tuple[dict[str, Any], Any]:
    """What inlets get of a run of the command: by side (times, forces, info); what it says."""
    arguments = ("lsl", "--port", board_port, "--json")
    found: dict[str, Any] = {}
    with Program(*arguments, home=home) as program:
        inlets: dict[str, Any] = {}
        for side in ("left", "right"):
            streams = lsl.resolve_byprop("name", f"Evenstance {side}", 1, DEADLINE_S)
            assert len(streams) == 1, f"no stream of the {side} plate"
            inlets[side] = lsl.StreamInlet(streams[0], recover=False)
            inlets[side].open_stream(DEADLINE_S)
            found[side] = ([], [], inlets[side].info(DEADLINE_S))

        def heard() -> bool:
            for side, inlet in inlets.items():
                take(lsl, inlet, found[side])
            return all(times and times[-1] - times[0] > SECONDS for times, _, _ in found.values())

        until(heard, "samples of both plates", DEADLINE_S)
        program.signal(signal.SIGINT)
        said = program.ended()
        for side, inlet in inlets.items():
            take(lsl, inlet, found[side])
            inlet.close_stream()
    assert said.code == 0, said.err
    return found, said.json()


def take(lsl: Any, inlet: Any, into: Any) -> None:
    try:
        forces, times = inlet.pull_chunk(0.05)
    except lsl.util.LostError:  # the command has ended
        return
    into[0].extend(times)
    into[1].extend(row[0] for row in forces)


def test_both_plates_arrive_in_newtons(
    lsl: Any, switch_on_copy: SwitchOn, images: Images, home: Path
) -> None:
    masses = Masses()
    for plate, kg in enumerate(KG):
        masses.place(plate, kg)
    board = switch_on_copy(images.calibrated, masses, speed=REAL_TIME)
    began_s = lsl.local_clock()
    found, said = received(lsl, board.port, home)
    ended_s = lsl.local_clock()
    wiring = Wiring.drawn(SEED)
    assert said["clock_error_s"] < 0.1
    assert said["zero_changes"] == 0
    for n, side in enumerate(("left", "right")):
        times_s, forces_n, info = found[side]
        rate_sps = wiring.rate_sps[n]
        # who listens and how it is described
        assert (info.name(), info.type(), info.channel_count()) == (
            f"Evenstance {side}",
            "Force",
            1,
        )
        assert info.nominal_srate() == lsl.IRREGULAR_RATE == 0.0
        assert info.channel_format() == lsl.cf_double64
        assert info.source_id().endswith(f"-{side}")
        channel = info.desc().child("channels").child("channel")
        assert channel.child_value("unit") == "N"
        assert channel.child_value("label") == f"{side} plate"
        told = info.desc().child("acquisition")
        measured = told.child_value("measured_rate_sps")
        if measured:  # not within the first seconds of a board
            assert float(measured) == pytest.approx(rate_sps, rel=5e-3)
            assert float(told.child_value("filter_delay_s")) == pytest.approx(
                2 / rate_sps, rel=5e-3
            )
        # the samples
        times = np.asarray(times_s)
        steps = np.diff(times)
        assert steps.min() > 0.0
        assert (times.size - 1) / (times[-1] - times[0]) == pytest.approx(rate_sps, rel=3e-3)
        assert steps.max() < 1.5 / rate_sps, "a conversion is missing"
        assert began_s - 1.0 < times[0] < times[-1] < ended_s
        weight_n = KG[n] * GRAVITY_M_S2
        assert np.mean(forces_n) == pytest.approx(weight_n, abs=0.5)
        # what the command says of it
        stream = said["streams"][n]
        assert (stream["name"], stream["unit"], stream["lost"]) == (f"Evenstance {side}", "N", 0)
        assert stream["samples"] >= times.size
        assert stream["samples_per_s"] == pytest.approx(rate_sps, rel=3e-3)


def test_a_board_without_calibration_sends_nothing(
    lsl: Any, switch_on_copy: SwitchOn, evenstance: Run
) -> None:
    said = evenstance("lsl", "--port", switch_on_copy(None).port, "--seconds", "1")
    assert said.code == 12
    assert said.out == ""
    assert "evenstance calibrate" in said.advice
