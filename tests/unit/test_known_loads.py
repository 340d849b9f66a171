"""The truth that known loads are judged by: formulas against numbers worked out by other means."""

from __future__ import annotations

import numpy as np
import pytest
from known_filter import filtered
from known_forces import (
    SHAPES,
    BothFeet,
    KnownLoads,
    OneLeg,
    Shape,
    Sway,
    Touch,
    pulse,
    share_above,
)
from known_person import KnownPerson
from known_summary import checks

STILL = Sway(np.array([1.0]), np.array([0.0]), np.array([0.0]))
WEIGHT_N = 700.0


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("height", [0.1, 0.5, 0.9])
def test_share_above_is_what_the_pulse_is_above(shape: Shape, height: float) -> None:
    turn = (np.arange(200_000) + 0.5) / 200_000
    assert share_above(shape, height) == pytest.approx(
        float(np.mean(pulse(shape, turn) > height)), abs=1e-4
    )
    assert pulse(shape, turn).max() == pytest.approx(1.0, abs=1e-6)


def test_sway_has_its_sd() -> None:
    sway = Sway.drawn(np.random.default_rng(1), ((1.0, 2.0, 50.0), (3.0, 4.0, 50.0)), 5.0)
    assert sway.at(np.arange(0.0, 2000.0, 0.01)).std() == pytest.approx(5.0, rel=0.02)


def still_hold(stray_n: float, touches: tuple[Touch, ...] = ()) -> KnownLoads:
    """On both feet alike, then from 10 s on a line of 0.35 s onto the left leg."""
    loads = KnownLoads()
    loads.add(0.0, 1.0, "smooth", BothFeet(WEIGHT_N, 0.5, STILL, STILL))
    loads.add(10.0, 0.35, "line", OneLeg("left", WEIGHT_N, STILL, stray_n, touches))
    return loads


def test_a_line_crosses_20_n_where_a_ruler_has_it() -> None:
    (at_s,) = still_hold(0.0).crossings_s(1, 20.0, 9.5, 11.0, rising=False)
    assert at_s == pytest.approx(10.0 + 0.35 * 330.0 / 350.0, abs=1e-6)


def test_load_share_of_a_stray_load() -> None:
    assert still_hold(7.0).load_share_pct("left", 15.0, 35.0) == pytest.approx(99.0, abs=1e-9)


def test_a_half_sine_is_above_20_n_between_its_arcsines() -> None:
    touch = Touch(12.0, 0.1, 40.0, "half_sine", "long")
    loads = still_hold(0.0, (touch,))
    (up_s,) = loads.crossings_s(1, 20.0, 11.9, 12.2, rising=True)
    (down_s,) = loads.crossings_s(1, 20.0, 11.9, 12.2, rising=False)
    assert up_s == pytest.approx(12.0 + 0.1 / 6.0, abs=1e-6)
    assert down_s == pytest.approx(12.0 + 0.5 / 6.0, abs=1e-6)


def test_the_sum_of_both_plates_is_body_weight_also_in_a_touch() -> None:
    loads = still_hold(3.0, (Touch(12.0, 0.1, 40.0, "half_sine", "long"),))
    left_n, right_n = loads.true_n(np.arange(2.0, 14.0, 0.01))
    assert np.allclose(left_n + right_n, WEIGHT_N)


@pytest.mark.parametrize("seed", range(3))
def test_people_are_what_the_proof_says_of_them(seed: int) -> None:
    person = KnownPerson(seed)
    assert 45 <= person.mass_kg <= 140
    for hold in person.holds:
        for touch in hold.touches:
            if touch.kind == "long":
                assert touch.above_s >= 0.065 and 25 <= touch.peak_n <= 300
            elif touch.kind == "short":
                assert touch.above_s <= 0.035 and 25 <= touch.peak_n <= 300
            elif touch.kind == "near":
                assert 17 <= touch.peak_n <= 25
        assert hold.hold_time_s == 25 or 2.5 < hold.hold_time_s < 25


def row(**changes: object) -> dict[str, object]:
    """A hold that was measured without any error."""
    return {
        "kind": "quiet",
        "found": True,
        "leg": "left",
        "same_leg": True,
        "same_end": True,
        "body_weight_error_pct": 0.0,
        "share_error_points": 0.0,
        "hold_time_error_ms": 0.0,
        "counted": 1,
        "listed": 1,
        "rates_sps": (90.0, 90.0),
        "stages": 4,
        "zero_errors_n": (0.0, 0.0),
        "touches": [{"kind": "long", "peak_n": 50.0, "found": True}],
        "false_touches": [],
        **changes,
    }


@pytest.mark.parametrize(
    ("broken", "claim"),
    [
        ({"found": False}, "holds found"),
        ({"same_end": False}, "holds found"),
        ({"kind": "nothing"}, "holds found"),
        ({"body_weight_error_pct": -0.21}, "body weight"),
        ({"share_error_points": 0.31}, "load share"),
        ({"hold_time_error_ms": -26.0}, "hold time"),
        ({"touches": [{"kind": "long", "peak_n": 50.0, "found": False}]}, "touches of 65 ms"),
        ({"false_touches": [{}]}, "reports that are"),
        ({"touches": [{"kind": "short", "peak_n": 50.0, "found": True}]}, "reports of touches"),
        ({"kind": "quiet"}, "reports in quiet"),
    ],
)
def test_each_claim_fails_for_what_breaks_it(broken: dict[str, object], claim: str) -> None:
    sound = row(kind="touches")
    assert all(check.holds for check in checks([sound]))
    rows = [sound, row(**{"kind": "touches", **broken})]
    assert any(check.name.startswith(claim) and not check.holds for check in checks(rows))


@pytest.mark.parametrize("peak_n", [25.0, 60.0, 125.0, 300.0])
def test_the_rule_tells_65_ms_from_35_behind_the_filter_with_a_zero_1_n_off(peak_n: float) -> None:
    for shape in SHAPES:
        for off_n in (-1.0, 0.0, 1.0):
            assert all(t.counts(off_n) for t in filtered(shape, peak_n, 0.065)), (shape, off_n)
            assert not any(t.counts(off_n) for t in filtered(shape, peak_n, 0.035)), shape


def test_one_limit_for_every_force_would_not_tell_them_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("known_filter.must_last_s", lambda peak_n: 0.050)
    assert any(t.counts(0.0) for t in filtered("half_sine", 265.0, 0.035))
    assert all(t.counts(0.0) for t in filtered("half_sine", 265.0, 0.065))
