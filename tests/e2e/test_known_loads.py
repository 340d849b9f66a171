"""Two people with known loads through the whole product; tests/proof/known_loads.py has fifty.

A heavy person on a board whose chips filter as the product assumes, and a light one on chips of
very different rates with half of that filter: each stands a full hold with touches of the foot,
and ends others by a foot that stays down, by stepping off, and by moving over.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from known_person import ALL_KINDS, DrawnWiring, Kind, KnownPerson
from known_play import Row, play
from known_summary import (
    BODY_WEIGHT_PCT,
    HOLD_TIME_MS,
    SHARE_POINTS,
    known,
    touches,
)

PEOPLE: dict[int, tuple[Kind, ...]] = {
    1639: ("touches", "quiet", "step_off"),
    35: ("touches", "foot_down", "moved_over"),
}
STAGES = {1639: 4, 35: 2}
ASSUMED_STAGES = 4
CLOCK_MS = 4.0  # what drift, noise and straight lines between samples may add to a moment


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Every hold of both people, as it was and as it was measured."""
    found: list[Row] = []
    for seed, kinds in PEOPLE.items():
        folder: Path = tmp_path_factory.mktemp(f"person-{seed}")
        found += play(KnownPerson(seed, kinds), DrawnWiring.of(seed), folder)
    return found


def test_the_people_and_boards_are_those_of_the_docstring(rows: list[Row]) -> None:
    assert {row["person"]: row["stages"] for row in rows} == STAGES
    masses_kg = {row["person"]: row["mass_kg"] for row in rows}
    assert masses_kg[35] < 50 and masses_kg[1639] > 100
    left_sps, right_sps = next(row["rates_sps"] for row in rows if row["person"] == 35)
    assert abs(left_sps - right_sps) > 10
    assert {row["kind"] for row in rows} == set(ALL_KINDS)


def test_every_hold_is_found_with_its_leg_and_end_and_no_other(rows: list[Row]) -> None:
    assert len(rows) == sum(map(len, PEOPLE.values()))
    for row in rows:
        assert row["found"], row
        assert (row["same_leg"], row["same_end"], row["dropped"]) == (True, True, 0), row
        assert row["reasons"] == ([] if row["end_reason"] == "time_limit" else ["too_short"])


def test_body_weight_is_within_0_2_pct(rows: list[Row]) -> None:
    for row in rows:
        assert row["body_weight_source"] == "two_legged"
        assert row["body_weight_error_pct"] == pytest.approx(0, abs=BODY_WEIGHT_PCT)


def test_load_share_is_within_0_3_points_also_with_a_stray_load(rows: list[Row]) -> None:
    whole = [row for row in rows if row["end_reason"] == "time_limit"]
    assert len(whole) == 3 and max(row["stray_n"] for row in whole) > 5
    for row in whole:
        assert row["share_error_points"] == pytest.approx(0, abs=SHARE_POINTS)


def test_hold_time_is_within_25_ms_however_it_ends(rows: list[Row]) -> None:
    assert {row["end_reason"] for row in rows} == {"time_limit", "touch_down", "step_off"}
    for row in rows:
        assert row["hold_time_error_ms"] == pytest.approx(0, abs=HOLD_TIME_MS)


def test_a_chip_that_filters_less_shifts_moments_by_what_is_taken_off_too_much(
    rows: list[Row],
) -> None:
    for row in rows:
        swing = 1 if row["leg"] == "left" else 0
        too_much = (ASSUMED_STAGES - row["stages"]) / 2
        shift_ms = -1000.0 * too_much / row["rates_sps"][swing]
        assert row["lift_off_error_ms"] == pytest.approx(shift_ms, abs=CLOCK_MS)


def test_every_touch_of_65_ms_is_reported_and_none_of_35(rows: list[Row]) -> None:
    long, short = touches(rows, "long"), touches(rows, "short")
    assert len(long) >= 8 and len(short) >= 4
    assert max(t["peak_n"] for t in long + short) > 190
    assert all(t["found"] for t in long)
    assert not any(t["found"] for t in short)


def test_nothing_is_reported_beside_the_touches(rows: list[Row]) -> None:
    for row in known(rows):
        assert row["false_touches"] == []
        assert row["counted"] == row["listed"] == sum(t["found"] for t in row["touches"])
    (quiet,) = [row for row in rows if row["kind"] == "quiet"]
    assert quiet["counted"] == 0
