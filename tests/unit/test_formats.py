"""Force files of other plates: what is read, and what is refused with which words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evenstance.errors import InputError, UsageError
from evenstance.formats import columns, kinvent, wii
from evenstance.formats.block import STANDARD_GRAVITY_M_S2
from evenstance.formats.detect import detect

G = STANDARD_GRAVITY_M_S2
N = 400
STEP_S = 0.01
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to


def kinvent_block(side: str, repetition: int, cells_kg: tuple[float, ...]) -> str:
    rows = [f"{n * STEP_S:.4f},{','.join(map(str, cells_kg))},,0.5,0.5" for n in range(N)]
    return "\n".join(
        [
            f"Side: ,{side},,,,,,",
            f"Repetition:,{repetition},,,,,,",
            "Ellipse Surface (mm2),1551.5,,,,,,",
            ",,,,,,,",
            ",K-Plate,,,,,K-Plate,",
            "Time (sec),CHANNEL_1,CHANNEL_2,CHANNEL_3,CHANNEL_4,,AP COP (y),ML COP (x)",
            *rows,
        ]
    )


KINVENT_HEAD = "KINVENT Physio 2.17.3,Devices: ,A,B,,,,\nEyes Condition: ,Open,,,,,,\n"
KINVENT = (
    KINVENT_HEAD
    + kinvent_block("Left", 1, (20.0, 10.0, 30.0, 15.0))
    + "\n"
    + kinvent_block("Right", 2, (1.0, 2.0, 3.0, 4.0))
    + "\n"
)
WII_HEAD = "Time (s),Top Left (kg),Top Right (kg),Bottom Left (kg),Bottom Right (kg)\n"


def wii_board(start_s: float = 0.0, *, kg: float = 10.0, head: str = WII_HEAD) -> str:
    """Rows at irregular times, as such a board gives them."""
    times = start_s + STEP_S * np.arange(N) + 0.004 * (np.arange(N) % 2)
    return head + "".join(f"{t:.4f},{kg},{kg + 1},{kg + 2},{kg + 3}\n" for t in times)


def test_kinvent_blocks(write: Write) -> None:
    path = write("export.csv", KINVENT)
    assert detect(path) == "kinvent"
    left, right = kinvent.read(path)
    assert (left.label, right.label) == ("left 1", "right 2")
    assert left.right is None and right.left is None
    assert left.left is not None and right.right is not None
    assert left.left.force_n == pytest.approx(75.0 * G)
    assert right.right.force_n == pytest.approx(10.0 * G)
    assert len(left.left.t_s) == N


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (KINVENT_HEAD, "no export of a single-leg test"),
        ("a,b\n1,2\n", "no export of a single-leg test"),
        (KINVENT.replace("Side: ,Left", "Side: ,Both"), "names the side 'Both'"),
        (KINVENT.replace("Time (sec)", "Zeit", 1), "has no table of channels"),
        (KINVENT.replace("CHANNEL_4", "CHANNEL_5", 1), "does not name each of"),
        (KINVENT.replace("30.0,15.0", "nan,15.0", 1), "not finite"),
        (KINVENT.replace("30.0,15.0", "x,15.0", 1), "'x', which is not a number"),
        (KINVENT_HEAD + kinvent_block("Left", 1, (1, 2, 3, 4))[:600], "has"),
    ],
)
def test_kinvent_files_that_are_refused(write: Write, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says.replace("(", r"\(")):
        kinvent.read(write("export.csv", text))


@pytest.mark.parametrize(
    "head", [WII_HEAD, "t_s,tl,tr,bl,br\n", "timestamp,TopLeft,TopRight,BottomLeft,BottomRight\n"]
)
def test_two_wii_boards(write: Write, head: str) -> None:
    left = write("left.csv", wii_board(head=head))
    right = write("right.csv", wii_board(0.5, kg=5.0, head=head))
    assert detect(left) == "wii"
    block = wii.read(left, right)
    assert block.left is not None and block.right is not None
    assert block.left.force_n == pytest.approx(46.0 * G)
    assert block.right.force_n == pytest.approx(26.0 * G)
    assert block.right.t_s[0] == pytest.approx(0.5)
    shifted = wii.read(left, right, right_ahead_s=0.5)
    assert shifted.right is not None
    assert shifted.right.t_s[0] == pytest.approx(0.0)


def test_wii_files_that_are_refused(write: Write) -> None:
    left = write("left.csv", wii_board())
    with pytest.raises(InputError, match=r"0\.0 s in common") as refused:
        wii.read(left, write("late.csv", wii_board(1000.0)))
    assert "--right-ahead" in refused.value.next_step
    with pytest.raises(InputError, match="does not name a time and four corners"):
        wii.read(left, write("other.csv", "t,tl,tr,bl,bl\n1,2,3,4,5\n"))


def test_named_columns(write: Write) -> None:
    rows = "".join(f"{n * 10};1;{70 + n % 2};5\n" for n in range(N))
    path = write("lab.csv", "ms;Fx;Fz1;Fz2\n" + rows)
    assert detect(path) is None
    mapping = columns.parse_mapping("time=ms, left=Fz1, right=4")
    block = columns.read(path, mapping, force_unit="kg", time_unit="ms")
    assert block.left is not None and block.right is not None
    assert block.left.t_s[-1] == pytest.approx(0.01 * (N - 1))
    assert block.left.force_n[:2] == pytest.approx([70.0 * G, 71.0 * G])
    assert block.right.force_n == pytest.approx(5.0 * G)
    one = columns.read(path, columns.parse_mapping("time=1,right=3"), time_unit="ms")
    assert one.left is None
    assert one.right is not None


def test_columns_without_a_header_go_by_number(write: Write) -> None:
    path = write("raw.txt", "".join(f"{n * STEP_S:.3f}\t{700}\n" for n in range(N)))
    block = columns.read(path, columns.parse_mapping("time=1,left=2"))
    assert block.left is not None and len(block.left.t_s) == N
    with pytest.raises(InputError, match="no one column 'Fz'"):
        columns.read(path, columns.parse_mapping("time=1,left=Fz"))


@pytest.mark.parametrize("text", ["", "time=1", "left=1,right=2", "time=1,left", "time=1,time=2"])
def test_mappings_that_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        columns.parse_mapping(text)
    assert "--columns" in refused.value.next_step


def test_a_wrong_unit_is_noticed(write: Write) -> None:
    path = write("lab.csv", "t,f\n" + "".join(f"{n * STEP_S:.3f},700\n" for n in range(N)))
    with pytest.raises(InputError, match="beyond 10000 N"):
        columns.read(path, columns.parse_mapping("time=t,left=f"), force_unit="kN")
    with pytest.raises(InputError, match=r"lasts 0\.004 s"):
        columns.read(path, columns.parse_mapping("time=t,left=f"), time_unit="ms")


def test_a_file_beyond_all_bounds_is_not_read(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evenstance.formats import rows

    path = write("big.csv", KINVENT)
    monkeypatch.setattr(rows, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="more than"):
        kinvent.read(path)


def test_what_is_no_text_is_not_detected(tmp_path: Path) -> None:
    path = tmp_path / "picture.csv"
    path.write_bytes(bytes(range(256)) * 10)
    assert detect(path) is None
    with pytest.raises(InputError, match="cannot be read"):
        detect(tmp_path / "missing.csv")
    with pytest.raises(InputError, match="not a text file"):
        kinvent.read(path)
