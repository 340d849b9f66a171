"""The stitched session: six holds, one of them with a touch of the swing foot.

Each play of it takes some seconds, so it is made once and shared by all tests.
"""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from plan_cases import clear_answers
from replaying import OTHER, Forces, Once, Replayed, forces, replay

NAME = "stitched_session"
HOLD_S = 25.0
RAMP_S = 0.6
AGE_Y = 40


@dataclass(frozen=True)
class Setting:
    """How a play is asked for: options, plates exchanged or not, answers to the screening."""

    seed: int | None = None
    rates_sps: tuple[float, float] = (93.1, 91.8)  # the command's own, when `seed` is None
    swapped: bool = False
    screen: Literal["clear", "red flag"] | None = None


DEFAULT = "default"
UNEQUAL = "80 and 97 SPS, screen clear"
SIMILAR = "88.8 and 89.1 SPS, red flag"
EXCHANGED = "97 and 80 SPS"
SWAPPED = "97 and 80 SPS, plates exchanged"
SETTINGS = {
    DEFAULT: Setting(),
    UNEQUAL: Setting(2, (80.0, 97.0), screen="clear"),
    SIMILAR: Setting(5, (88.8, 89.1), screen="red flag"),
    EXCHANGED: Setting(2, (97.0, 80.0)),
    SWAPPED: Setting(4, (97.0, 80.0), swapped=True),
}


@dataclass(frozen=True)
class Truth:
    """One hold as the CSV has it: leg, 20 N crossings (s) and peak (N) of the swing foot."""

    leg: str
    lift_off_s: float
    touches: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Play:
    """A finished play with the forces it had to measure."""

    setting: Setting
    run: Replayed
    forces: Forces
    holds: tuple[Truth, ...]
    body_weight_n: float
    folder: str


def screen_file(folder: Path, **changes: object) -> Path:
    """A screen file of today in which every answer is harmless but for `changes`."""
    answers = {**clear_answers(AGE_Y), **changes}
    screen = {"age_y": AGE_Y, "answered_on": date.today().isoformat(), "answers": answers}
    file = folder / "screen.json"
    file.write_text(json.dumps(screen))
    return file


@pytest.fixture(scope="session")
def played(recordings: Path, once: Once[Play]) -> Callable[[str], Play]:
    """The play of that name in `SETTINGS`."""

    def get(name: str) -> Play:
        return once(f"{NAME}-{list(SETTINGS).index(name)}", partial(play, recordings, name))

    return get


def play(recordings: Path, name: str) -> Play:
    """Play the session; its recording lies in a folder whose name exists nowhere else."""
    setting = SETTINGS[name]
    truth = json.loads((recordings / f"{NAME}.truth.json").read_text())
    data = forces(recordings / f"{NAME}.csv")
    data = data.swapped() if setting.swapped else data
    unique = f"{NAME}-{secrets.token_hex(8)}"
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / unique
        folder.mkdir()
        file = folder / "session.csv"
        if setting.swapped:
            data.write(file)
        else:
            shutil.copyfile(recordings / f"{NAME}.csv", file)
        run = replay(file, *options(setting, folder), look=name == DEFAULT)
    holds = tuple(
        truth_of_hold(data, event, swapped=setting.swapped)
        for event in truth["events"]
        if event["what"] == "hold"
    )
    return Play(setting, run, data, holds, truth["body_weight_n"], unique)


def options(setting: Setting, folder: Path) -> list[str]:
    """The command's options; a screen file is written into `folder`."""
    given: list[str] = []
    if setting.seed is not None:
        left_sps, right_sps = setting.rates_sps
        given += ["--seed", str(setting.seed)]
        given += ["--rate-left", str(left_sps), "--rate-right", str(right_sps)]
    if setting.screen is not None:
        changes = {"faint": True} if setting.screen == "red flag" else {}
        given += ["--screen", str(screen_file(folder, **changes))]
    return given


def truth_of_hold(data: Forces, event: dict[str, Any], *, swapped: bool = False) -> Truth:
    """Lift-off on the ramp before the hold, and the touches within its 25 s."""
    leg = OTHER[event["leg"]] if swapped else event["leg"]
    swing = OTHER[leg]
    falls = data.crossings_s(swing, rising=False)
    (lift_off_s,) = falls[(falls > event["from_s"] - RAMP_S) & (falls < event["from_s"])]
    rises = data.crossings_s(swing, rising=True)
    touches: list[tuple[float, float, float]] = []
    for down_s in rises[(rises > lift_off_s) & (rises < lift_off_s + HOLD_S)]:
        up_s = falls[np.searchsorted(falls, down_s)]
        peak_n = data.between(down_s, up_s).of(swing).max()
        touches.append((float(down_s), float(up_s), float(peak_n)))
    return Truth(leg, float(lift_off_s), tuple(touches))
