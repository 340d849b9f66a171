"""Files that `evenstance replay` cannot use: one clear sentence, exit code 3, nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from programs import Run
from stitched import screen_file

BAD_INPUT = 3
HEADER = "t_s,left_n,right_n\n"
ROWS = 300


def recording(*, step_s: float = 0.01, changes: dict[int, str] | None = None) -> str:
    """A person of 700 N on both feet for `ROWS` rows; `changes` replaces rows by number."""
    rows = [f"{n * step_s:.4f},350.0,350.0" for n in range(ROWS)]
    for number, row in (changes or {}).items():
        rows[number] = row
    return HEADER + "\n".join(rows) + "\n"


@dataclass(frozen=True)
class Bad:
    """A file's text and what the error must name."""

    text: str
    says: tuple[str, ...]


def with_gap(gap_s: float) -> str:
    rows = [f"{n * 0.01 + (gap_s if n >= 200 else 0):.4f},350.0,350.0" for n in range(ROWS)]
    return HEADER + "\n".join(rows) + "\n"


BAD = {
    "empty": Bad("", ("is empty",)),
    "one column": Bad("left_n\n1.0\n2.0\n", ("single column", "t_s, left_n, right_n")),
    "header only": Bad(HEADER, ("0 rows",)),
    "wrong header": Bad(recording().replace("left_n", "fz1"), ("other columns", "fz1")),
    "time goes back": Bad(recording(changes={150: "0.5000,350,350"}), ("Line 152", "back")),
    "time repeats": Bad(recording(changes={150: "1.4900,350,350"}), ("Line 152", "repeats")),
    "not a number": Bad(recording(changes={99: "0.9900,nan,350"}), ("Line 101", "not finite")),
    "infinity": Bad(recording(changes={99: "0.9900,350,inf"}), ("Line 101", "not finite")),
    "text in a cell": Bad(recording(changes={9: "0.0900,abc,350"}), ("Line 11", "'abc'")),
    "too few values": Bad(recording(changes={9: "0.0900,350"}), ("Line 11", "2 values")),
    "too coarse": Bad(recording(step_s=0.021), ("too coarse", "21 ms", "20 ms")),
    "gap": Bad(with_gap(0.1), ("gap of 110 ms", "line 202", "100 ms")),
    "huge force": Bad(recording(changes={42: "0.4200,70000000,350"}), ("Line 44", "10000 N")),
    "too short": Bad(HEADER + "0.00,350,350\n0.01,350,350\n", ("0.010 s", "1 s")),
}


@pytest.fixture
def refused(evenstance: Run) -> Callable[..., str]:
    """Runs a replay that must fail, and returns the error's sentence with its cause."""

    def run(file: Path, *options: str) -> str:
        said = evenstance("replay", str(file), "--json", "--speed", "0", *options)
        assert said.code == BAD_INPUT, said.err
        assert said.out == ""
        assert said.advice.endswith(".")
        lines = said.err.splitlines()
        assert [line[:6] for line in lines] in (
            ["Error:", "Cause:", "Next: "],
            ["Error:", "Next: "],
        )
        assert lines[0].endswith((".", ":")), lines[0]
        return "\n".join(lines[:-1])

    return run


@pytest.mark.parametrize("name", BAD)
def test_a_bad_recording_is_refused(
    name: str, refused: Callable[..., str], tmp_path: Path, home: Path
) -> None:
    file = tmp_path / "walk.csv"
    file.write_text(BAD[name].text)
    error = refused(file)
    assert "walk.csv" in error
    for word in BAD[name].says:
        assert word in error
    assert not home.exists(), "a refused file leaves no trace in the history"


def test_a_binary_file_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "picture.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe\x00")
    assert "picture.csv is not a text file" in refused(file)


def test_a_missing_file_is_named(refused: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "nowhere.csv"
    error = refused(file)
    assert str(file) in error
    assert "No such file" in error


def test_a_folder_is_no_recording(refused: Callable[..., str], tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert str(tmp_path) in error
    assert "directory" in error


def broken_screens() -> dict[str, tuple[Callable[[dict[str, object]], str], str]]:
    """Ways to spoil a screen file, and what the error must name."""
    return {
        "no JSON": (lambda screen: json.dumps(screen)[:-1], "no JSON"),
        "a list": (lambda screen: json.dumps([screen]), "JSON object"),
        "no day": (lambda screen: json.dumps({**screen, "answered_on": None}), "answered_on"),
        "no answers": (
            lambda screen: json.dumps({"age_y": 40, "answered_on": "2026-01-01"}),
            "answers",
        ),
        "unknown question": (
            lambda screen: json.dumps({**screen, "answers": {"tired": True}}),
            "tired",
        ),
        "an answer of the wrong kind": (
            lambda screen: json.dumps({**screen, "answers": {"faint": "no"}}),
            "faint",
        ),
    }


@pytest.mark.parametrize("how", broken_screens())
def test_a_malformed_screen_file_is_refused(
    how: str, refused: Callable[..., str], tmp_path: Path, home: Path
) -> None:
    spoil, word = broken_screens()[how]
    good = tmp_path / "good.csv"
    good.write_text(recording())
    file = screen_file(tmp_path)
    file.write_text(spoil(json.loads(file.read_text())))
    assert word in refused(good, "--screen", str(file))
    assert not home.exists()


def test_a_missing_screen_file_is_named(refused: Callable[..., str], tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text(recording())
    file = tmp_path / "answers.json"
    assert str(file) in refused(good, "--screen", str(file))
