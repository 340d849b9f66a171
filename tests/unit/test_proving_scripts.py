"""What the proofs and benches of the board do without one, and when a limit is not met."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from load_script import load_script

from evenstance.virtual.recording import Recording
from proving import counts
from proving.control import Control, busy_pct, spent
from proving.emulator import DIRECTORY, IMAGE, find
from proving.figures import Bound, Figure, Figures, line, markdown, read

TESTS = Path(__file__).resolve().parents[1]
BOARD_PROOFS = ("board_stream.py", "board_summaries.py", "emulated.py")


COST = load_script("tests/bench/board/cost.py")


@pytest.mark.parametrize("name", BOARD_PROOFS)
def test_without_a_board_one_line_says_so(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DIRECTORY, raising=False)
    monkeypatch.delenv(IMAGE, raising=False)
    done = subprocess.run(
        [sys.executable, str(TESTS / "proof" / name), "--seed", "1"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{name.removesuffix('.py')}: ")
    assert done.stdout.endswith("; left out\n")
    assert done.stdout.count("\n") == 1


def test_an_emulator_that_is_not_there_is_named(tmp_path: Path) -> None:
    image = tmp_path / "image.uf2"
    assert find(tmp_path, image) == f"{tmp_path / 'rig.mjs'} does not exist"
    (tmp_path / "rig.mjs").touch()
    assert find(tmp_path, image) == f"{image} does not exist"


@pytest.mark.parametrize(
    ("bound", "limit", "met", "missed"),
    [
        ("at most", 10, 10, 10.1),
        ("at least", 10, 10, 9.9),
        ("below", 10, 9.99, 10),
        ("equal to", 0, 0, 1),
    ],
)
def test_a_limit_that_is_not_met_gives_exit_code_1(
    bound: Bound, limit: int, met: float, missed: float, tmp_path: Path
) -> None:
    figures = Figures("2")
    figures.add("shown only", 3)
    figures.add("unknown", None, "s", bound, limit)
    figures.add("good", met, "s", bound, limit)
    assert figures.finish(tmp_path / "good.json") == 0
    figures.add("bad", missed, "s", bound, limit)
    assert figures.finish(tmp_path / "bad.json") == 1
    assert read(tmp_path / "bad.json") == figures.all
    assert [one.met for one in read(tmp_path / "bad.json")] == [None, None, True, False]
    table = markdown(figures.all).splitlines()
    assert table[-1].endswith("| **no** |")
    assert table[-2].endswith("| yes |")


def test_a_figure_says_value_limit_and_judgement() -> None:
    assert line(Figure("1", "wrong", 2, "", "equal to", 0)) == "wrong: 2  (equal to 0: NOT MET)"
    assert line(Figure("1", "time", 1.5, "s")) == "time: 1.5 s"
    assert line(Figure("1", "share", None, "%", "below", 10.0)).endswith("(below 10 %: unknown)")


def statistics(emu_s: float, wfe_s: float, reads: int = 0) -> dict[str, Any]:
    names = ("conversions", "reads", "overruns", "collisions", "powerdowns")
    chip = dict.fromkeys(names, 0) | {"reads": reads}
    return {"emu_s": emu_s, "wfe_s": wfe_s, "chips": {"left": chip, "right": chip}}


def test_the_processors_share_is_what_it_did_not_sleep() -> None:
    a, b = statistics(10.0, 4.0, 5), statistics(20.0, 13.0, 12)
    assert busy_pct(a, b) == pytest.approx(10.0)
    assert spent(a, b, "left")["reads"] == 7


def test_shares_keep_holds_writing_and_the_rest_apart() -> None:
    """Busy 20 % in a hold, 60 % while its trace is written, 5 % else."""
    holds = [COST.Span(100e6, 125e6)]
    rows = [statistics(90.0, 50.0)]
    for n in range(1, 121):
        at_s = 90.0 + 0.5 * n
        busy = 0.2 if 100 < at_s <= 125 else 0.6 if 125 < at_s <= 128 else 0.05
        rows.append(statistics(at_s, rows[-1]["wfe_s"] + 0.5 * (1 - busy)))
    found = COST.shares(rows, holds, 0.0)
    assert found["in holds"] == pytest.approx(20.0)
    assert found["between holds"] == pytest.approx(5.0)
    shifted = [{**row, "emu_s": row["emu_s"] + 7.0} for row in rows]
    assert COST.shares(shifted, holds, -7e6) == found
    assert COST.shares(rows, [], 0.0)["in holds"] is None


def test_seconds_with_an_event_are_told_from_the_others() -> None:
    rows = [[32, 168, 0, 0], [0, 185, 0, 0], [64, 185, 3, 1], [16, 185, 3, 0], [0, 185, 3, 1]]
    assert [eventful for _, eventful in COST.told_apart(rows)] == [True, False, True, False, True]


def test_control_takes_a_port_alone_or_an_address() -> None:
    assert Control("3334")._address == ("127.0.0.1", 3334)
    assert Control("10.0.0.2:3334")._address == ("10.0.0.2", 3334)


def test_counts_are_those_of_the_load_at_both_rates() -> None:
    t_s = np.linspace(0.0, 20.0, 2001)
    load_n = np.where(t_s < 10.0, 0.0, 700.0)
    left, right = counts.conversions(Recording(t_s, load_n, np.zeros_like(t_s)))
    assert len(left) == round(20.0 * counts.RATES_SPS[0])
    assert len(right) == round(20.0 * counts.RATES_SPS[1])
    assert np.mean(left[100:900]) == pytest.approx(counts.ZERO_COUNTS[0], abs=10)
    loaded = (np.mean(left[1000:1800]) - counts.ZERO_COUNTS[0]) / counts.COUNTS_PER_KN[0] * 1e3
    assert loaded == pytest.approx(700.0, abs=0.01)
    assert np.mean(right) == pytest.approx(counts.ZERO_COUNTS[1], abs=10)
    assert 40 < np.std(left[100:900]) < 80


def test_a_piece_keeps_its_forces_and_begins_anew() -> None:
    t_s = np.linspace(5.0, 15.0, 1001)
    piece = counts.cut(Recording(t_s, t_s * 10, t_s * 20), 3.0, 2.0)
    assert piece.t_s[0] == pytest.approx(3.0, abs=0.011)
    assert piece.duration_s == pytest.approx(2.0, abs=0.011)
    assert piece.left_n[0] == pytest.approx(80.0, abs=0.2)
