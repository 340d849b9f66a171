"""Recordings: what is read, what is refused and why, and how they are played."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenstance.errors import InputError
from evenstance.virtual.recording import Recording, RecordingLoads, read_recording

S = 1_000_000
HEADER = "t_s,left_n,right_n"


def rows(step_s: float = 0.01, count: int = 301) -> list[str]:
    return [f"{n * step_s:.4f},{300 + n % 7}.5,{400 - n % 5}.25" for n in range(count)]


def write(folder: Path, lines: list[str], end: str = "\n") -> Path:
    path = folder / "force.csv"
    path.write_bytes((end.join(lines) + end).encode())
    return path


def with_row(number: int, text: str) -> list[str]:
    changed = rows()
    changed[number] = text
    return [HEADER, *changed]


def test_a_good_recording_is_read_as_it_stands(tmp_path: Path) -> None:
    recording = read_recording(write(tmp_path, [HEADER, *rows()]))
    assert recording.t_s.size == recording.left_n.size == recording.right_n.size == 301
    assert recording.t_s[[0, 1, 300]].tolist() == [0.0, 0.01, 3.0]
    assert recording.left_n[:3].tolist() == [300.5, 301.5, 302.5]
    assert recording.right_n[:3].tolist() == [400.25, 399.25, 398.25]
    assert recording.duration_s == 3.0


def test_byte_order_mark_spaces_crlf_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    lines = ["\ufefft_s, left_n, right_n", *rows(), "", ""]
    assert read_recording(write(tmp_path, lines, "\r\n")).t_s.size == 301


def test_steps_that_were_rounded_unevenly_are_accepted(tmp_path: Path) -> None:
    recording = read_recording(write(tmp_path, [HEADER, *rows(1 / 600, 901)]))
    steps = np.diff(recording.t_s)
    assert 0.00159 < steps.min() < 0.00161 < 0.00169 < steps.max() < 0.00171


REFUSED = {
    "no data": ([HEADER], "0 rows"),
    "one row": ([HEADER, rows()[0]], "1 rows"),
    "no header": (rows(), "no header line"),
    "other columns": (["time,fz1,fz2", *rows()], "other columns"),
    "swapped columns": (["t_s,right_n,left_n", *rows()], "other columns"),
    "semicolons": ([HEADER.replace(",", ";"), *rows()], "single column"),
    "one column": (["left_n", "1", "2"], "single column"),
    "not a number": (with_row(4, "0.0400,three,4"), "Line 6 .*'three'.* not a number"),
    "missing value": (with_row(4, "0.0400,,4"), "Line 6 .*'', which is not a number"),
    "short row": (with_row(4, "0.0400,1"), "Line 6 .* has 2 values"),
    "decimal comma": (with_row(4, "0,0400,1,5,2,5"), "Line 6 .* has 6 values"),
    "nan": (with_row(4, "0.0400,nan,4"), "Line 6 .* not finite"),
    "inf": (with_row(4, "0.0400,4,-inf"), "Line 6 .* not finite"),
    "time nan": (with_row(4, "nan,4,4"), "Line 6 .* not finite"),
    "repeated time": (with_row(4, "0.0300,4,4"), "Line 6 .* repeats the time"),
    "back in time": (with_row(4, "0.0200,4,4"), "Line 6 .* goes back in time"),
    "too short": ([HEADER, *rows(0.01, 100)], r"lasts 0\.990 s"),
    "too coarse": ([HEADER, *rows(0.021)], "too coarse: a row every 21 ms"),
    "milliseconds": ([HEADER, *rows(10.0)], "too coarse"),
    "gap": ([HEADER, *rows()[:50], *rows()[61:]], "gap of 120 ms before line 52"),
    "other unit": (with_row(4, "0.0400,10000.1,4"), "Line 6 .* beyond 10000 N"),
    "other unit, below": (with_row(4, "0.0400,4,-10001"), "Line 6 .* beyond 10000 N"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    lines, what = REFUSED[name]
    with pytest.raises(InputError, match=what) as caught:
        read_recording(write(tmp_path, lines))
    assert "force.csv" in caught.value.what
    assert caught.value.cause and caught.value.next_step
    assert "\n" not in caught.value.what


def test_missing_empty_and_binary_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_recording(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_recording(tmp_path)
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        read_recording(empty)
    binary = tmp_path / "binary.csv"
    binary.write_bytes(bytes(range(128, 256)) * 20)
    with pytest.raises(InputError, match="not a text file"):
        read_recording(binary)


def test_the_limits_themselves_are_allowed(tmp_path: Path) -> None:
    assert read_recording(write(tmp_path, [HEADER, *rows(0.02, 51)])).duration_s == 1.0
    with_gap = [HEADER, *rows()[:50], *rows()[59:]]
    assert np.diff(read_recording(write(tmp_path, with_gap)).t_s).max() == pytest.approx(0.1)
    assert read_recording(write(tmp_path, with_row(4, "0.04,10000,-10000"))).left_n[4] == 10000


def ramp(first_s: float = 0.0) -> Recording:
    t_s = first_s + np.arange(201) * 0.01
    return Recording(t_s, 100 + 50 * (t_s - first_s), 700 - 100 * (t_s - first_s))


def test_playback_holds_its_ends_for_a_second_and_is_empty_around() -> None:
    loads = RecordingLoads(ramp(), 5 * S)
    t_us = np.array([-S, 3_999_999, 4 * S, 5 * S, 6_005_000, 7 * S, 8 * S, 8_000_001, 99 * S])
    left, right = loads.forces_n(t_us)
    assert left == pytest.approx([0, 0, 100, 100, 150.25, 200, 200, 0, 0])
    assert right == pytest.approx([0, 0, 700, 700, 599.5, 500, 500, 0, 0])
    assert loads.end_us == 7 * S


@given(first_s=st.floats(-50, 50), second_s=st.floats(0, 2))
def test_t0_maps_recorded_time_to_virtual_time(first_s: float, second_s: float) -> None:
    loads = RecordingLoads(ramp(first_s), 5 * S)
    t_us = np.array([loads.t0_us + round((first_s + second_s) * 1e6)])
    left, right = loads.forces_n(t_us)
    assert left[0] == pytest.approx(100 + 50 * second_s, abs=2e-4)
    assert right[0] == pytest.approx(700 - 100 * second_s, abs=4e-4)


def test_playback_may_be_asked_again_and_in_slices() -> None:
    loads = RecordingLoads(ramp(), 1_234_567)
    t_us = np.arange(0, 5 * S, 777)
    whole = loads.forces_n(t_us)
    pieces = [loads.forces_n(piece) for piece in np.array_split(t_us, 13)]
    assert np.array_equal(whole[0], np.concatenate([p[0] for p in pieces]))
    assert np.array_equal(whole[1], np.concatenate([p[1] for p in pieces]))


def test_every_real_recording_is_read(recordings: Path) -> None:
    for path in sorted(recordings.glob("*.csv")):
        recording = read_recording(path)
        assert recording.t_s.size == path.read_bytes().count(b"\n") - 1, path.name
        last = path.read_text().splitlines()[-1].split(",")
        assert (recording.left_n[-1], recording.right_n[-1]) == (float(last[1]), float(last[2]))


def test_a_session_of_minutes_is_read_quickly(recordings: Path) -> None:
    path = recordings / "stitched_session.csv"
    started = time.process_time()
    recording = read_recording(path)
    assert time.process_time() - started < 1.0
    assert recording.duration_s == pytest.approx(217.4, abs=0.01)
