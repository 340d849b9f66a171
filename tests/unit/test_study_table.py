"""The long CSV of a study: every bad row is named with its line, and nothing is dropped."""

from __future__ import annotations

import random
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenstance.reliability import study_table
from evenstance.reliability.study_table import (
    COLUMNS,
    MAX_BYTES,
    SHOWN,
    LeftOut,
    Problem,
    Row,
    TableError,
    complete_table,
    read_rows,
)

HEADER = "person,session,leg,hold,value\n"


def grid(people: int = 3, sessions: int = 2, holds: int = 2) -> list[str]:
    return [
        f"P{p},{s},{leg},{h},{4 + p + s / 10 + h / 100:.2f}"
        for p in range(1, people + 1)
        for s in range(1, sessions + 1)
        for leg in ("left", "right")
        for h in range(1, holds + 1)
    ]


def text(lines: list[str]) -> bytes:
    return (HEADER + "\n".join(lines) + "\n").encode()


def problems(data: bytes) -> list[tuple[int, str]]:
    with pytest.raises(TableError) as refused:
        read_rows(data)
    return [(one.line, one.reason) for one in refused.value.problems]


# -- what is read ------------------------------------------------------------------------------


def test_rows_come_back_with_their_lines() -> None:
    rows, ignored = read_rows(text(["Ann,1,left,1,4.5", "", "Ann,1,R,2,5e0"]))
    assert rows == [Row("Ann", 1, "left", 1, 4.5, 2), Row("Ann", 1, "right", 2, 5.0, 4)]
    assert ignored == ()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_separators_line_ends_and_the_byte_order_mark(
    separator: str, end: str, mark: bytes
) -> None:
    plain = text(grid()).decode()
    data = mark + plain.replace(",", separator).replace("\n", end).encode()
    assert read_rows(data) == read_rows(text(grid()))


def test_columns_in_any_order_with_others_beside_them() -> None:
    data = b"Value, note ,HOLD,leg,session,Person\n4.5,tired,1,Left,2, P1 \n,,,,,\n"
    rows, ignored = read_rows(data)
    assert rows == [Row("P1", 2, "left", 1, 4.5, 2)]
    assert ignored == ("note",)


def test_names_may_be_quoted_and_need_not_be_ascii() -> None:
    rows, _ = read_rows((HEADER + '"Müller, A.",1,left,1,4.5\n').encode())
    assert rows[0].person == "Müller, A."


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",1,left,1,4.5", "empty_person"),
        ("  ,1,left,1,4.5", "empty_person"),
        (f"{'x' * 101},1,left,1,4.5", "bad_person"),
        ('"P\n1",1,left,1,4.5', "bad_person"),
        ("P1,0,left,1,4.5", "bad_session"),
        ("P1,1.0,left,1,4.5", "bad_session"),
        ("P1,first,left,1,4.5", "bad_session"),
        ("P1,-1,left,1,4.5", "bad_session"),
        ("P1,1,both,1,4.5", "bad_leg"),
        ("P1,1,,1,4.5", "bad_leg"),
        ("P1,1,left,,4.5", "bad_hold"),
        ("P1,1,left,1.5,4.5", "bad_hold"),
        ("P1,1,left,1,", "empty_value"),
        ('P1,1,left,1,"4,52"', "decimal_comma"),
        ("P1,1,left,1,4.5 N", "not_a_number"),
        ("P1,1,left,1,1_000", "not_a_number"),
        ("P1,1,left,1,0x10", "not_a_number"),
        ("P1,1,left,1,\u0664", "not_a_number"),
        ("P1,1,left,1,--4", "not_a_number"),
        ("P1,1,left,1,nan", "not_finite"),
        ("P1,1,left,1,-Inf", "not_finite"),
        ("P1,1,left,1,1e999", "not_finite"),
        ("P1,1,left,1,0", "not_positive"),
        ("P1,1,left,1,-4.5", "not_positive"),
        ("P1,1,left,1,1e-300", "out_of_range"),
        ("P1,1,left,1,2e6", "out_of_range"),
        ("P1,1,left,1,4,52", "wrong_fields"),
        ("P1,1,left,1", "wrong_fields"),
    ],
)
def test_a_bad_row_is_named_with_its_line(line: str, reason: str) -> None:
    last = 4 if "\n" in line else 3  # a row over two lines is named by its last
    assert problems(text(["P1,1,right,1,4.5", line])) == [(last, reason)]


def test_a_decimal_comma_between_semicolons_is_refused_by_name() -> None:
    data = b"person;session;leg;hold;value\nP1;1;left;1;4,52\nP1;1;left;2;1.234,5\n"
    assert problems(data) == [(2, "decimal_comma"), (3, "not_a_number")]


def test_a_duplicate_names_the_first_line() -> None:
    with pytest.raises(TableError, match=r"line 4: duplicate: .*hold 1 stands in line 2 already"):
        read_rows(text(["P1,1,left,1,4.5", "P1,1,left,2,4.5", "P1,1,L,1,4.6"]))


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"", 0, "empty_file"),
        (b"\n \n", 0, "empty_file"),
        (HEADER.encode(), 0, "empty_file"),
        (b"\xef\xbb\xbf", 0, "empty_file"),
        ("person,session".encode("utf-16"), 0, "not_utf8"),
        (text(["P1,1,left,1,4.5"]) + b"M\xfcller,1,left,1,4\n", 3, "not_utf8"),
        (b"person,session,leg,hold\nP1,1,left,1\n", 1, "header"),
        (b"person,person,session,leg,hold,value\n", 1, "header"),
        (b"P1,1,left,1,4.5\n", 1, "header"),
        (HEADER.encode() + b'"P1,1,left,1,4.5\n', 3, "not_csv"),
        (b"x" * (MAX_BYTES + 1), 0, "too_large"),
    ],
)
def test_a_bad_file_is_named(data: bytes, line: int, reason: str) -> None:
    found = problems(data)
    assert found[0] == (line, reason) or found[0][1] == reason == "not_csv"


def test_a_file_of_rows_without_end_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_table, "MAX_ROWS", 10)
    assert problems(text(grid(people=3))) == [(12, "too_large")]


def test_nul_bytes_and_a_field_without_end_do_no_harm() -> None:
    assert problems(text(["P\x001,1,left,1,4.5"]))[0][1] in ("bad_person", "not_csv")
    assert problems(text(["x" * 200_000 + ",1,left,1,4.5"]))[0][1] in ("bad_person", "not_csv")


def test_every_bad_row_is_told_and_many_are_counted() -> None:
    rows = [f"P{k},0,left,1,4.5" for k in range(SHOWN + 7)]
    with pytest.raises(TableError) as refused:
        read_rows(text(rows))
    assert len(refused.value.problems) == SHOWN + 7
    told = str(refused.value)
    assert told.count("bad_session") == SHOWN
    assert "and 7 more" in told


def test_every_reason_is_used() -> None:
    assert str(Problem(0, "empty_file", "x")) == "empty_file: x"
    source = Path(study_table.__file__).read_text("utf-8")
    for reason in get_args(study_table.Reason):
        assert source.count(f'"{reason}"') >= 2, reason


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_named_problems(data: bytes) -> None:
    for given_data in (data, HEADER.encode() + data):
        try:
            rows, _ = read_rows(given_data)
        except TableError as error:
            assert error.problems
        else:
            assert rows


@given(st.integers(0, 2**32))
def test_every_row_is_used_or_refused(seed: int) -> None:
    """Damage some rows: exactly the damaged ones are named, none is lost."""
    chosen = random.Random(seed)
    lines = grid()
    damaged = {k for k in range(len(lines)) if chosen.random() < 0.2}
    for k in damaged:
        lines[k] = lines[k].rsplit(",", 1)[0] + chosen.choice([",x", ",nan", ",", ",0"])
    if damaged:
        assert [line for line, _ in problems(text(lines))] == [k + 2 for k in sorted(damaged)]
    else:
        assert len(read_rows(text(lines))[0]) == len(lines)


# -- complete or refused -----------------------------------------------------------------------


def rows_of(lines: list[str]) -> list[Row]:
    return read_rows(text(lines))[0]


def test_a_complete_table_keeps_the_order_of_people_and_of_holds() -> None:
    lines = grid()
    table = complete_table(rows_of(list(reversed(lines))))
    assert table.people == ("P3", "P2", "P1")
    assert (table.sessions, table.holds) == ((1, 2), 2)
    assert table.values["P2", 1, "left"] == (6.11, 6.12)
    assert len(table.values) == 12
    assert table.left_out == ()


def test_missing_cells_are_named_each() -> None:
    lines = [
        line
        for line in grid(people=4)
        if not line.startswith(("P2,2,right", "P3,1,left,2", "P4,2"))
    ]
    with pytest.raises(TableError) as refused:
        complete_table(rows_of(lines))
    assert [one.text for one in refused.value.problems] == [
        "person P2, session 2, right leg: no hold",
        "person P3, session 1, left leg: no hold 2 of 2",
        "person P4, session 2, left leg: no hold",
        "person P4, session 2, right leg: no hold",
    ]
    assert {one.reason for one in refused.value.problems} == {"missing_cell"}
    table = complete_table(rows_of(lines), complete_only=True)
    assert table.people == ("P1",)
    assert table.left_out == (
        LeftOut("P2", "person P2, session 2, right leg: no hold"),
        LeftOut("P3", "person P3, session 1, left leg: no hold 2 of 2"),
        LeftOut("P4", "person P4, session 2, left leg: no hold and 1 more"),
    )


def test_a_leg_that_nobody_has_is_missing() -> None:
    only_left = [line for line in grid() if "left" in line]
    with pytest.raises(TableError, match="right leg: no hold"):
        complete_table(rows_of(only_left))


def test_the_first_holds_alone_and_how_many_are_set_aside() -> None:
    table = complete_table(rows_of(grid(holds=3)), holds=2)
    assert table.holds == 2
    assert table.set_aside == 12
    assert all(len(values) == 2 for values in table.values.values())
    with pytest.raises(TableError, match="no hold 4, 5 of 5"):
        complete_table(rows_of(grid(holds=3)), holds=5)


def test_the_columns_are_those_of_the_file() -> None:
    assert HEADER.strip().split(",") == list(COLUMNS)
