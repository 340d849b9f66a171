"""The synthetic person: obeys beeps, stands like the real recordings, keeps causality."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenstance.virtual.converter import Converter
from evenstance.virtual.person import SyntheticPerson

S = 1_000_000
MS = 1_000
LONG, SHORT = 600, 100
CODES = {
    "both_feet": (LONG,),
    "left": (SHORT,),
    "right": (SHORT, SHORT),
    "down": (SHORT, SHORT, SHORT),
    "done": (LONG, LONG),
}
BW_77 = 77 * 9.80665


def edges(cue: str, at_us: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for duration_ms in CODES[cue]:
        found += [(at_us, 1), (at_us + duration_ms * MS, 0)]
        at_us += (duration_ms + 100) * MS
    return found


def tell(person: SyntheticPerson, *script: tuple[float, str]) -> None:
    for at_s, cue in script:
        for t_us, level in edges(cue, round(at_s * S)):
            person.hear(t_us, level)


def grid(from_s: float, to_s: float, step_us: int = 4000) -> np.ndarray:
    return np.arange(round(from_s * S), round(to_s * S), step_us)


def holds(person: SyntheticPerson, count: int) -> None:
    """The person steps on and makes `count` holds of about 28 s, left first, in turn."""
    tell(person, (1.0, "both_feet"))
    for n in range(count):
        tell(person, (10 + 40 * n, "right" if n % 2 else "left"), (40 + 40 * n, "down"))
    person.forces_n(np.array([(10 + 40 * count) * S]))


def scored_sd_n(person: SyntheticPerson, lift_us: int, leg: str) -> float:
    sds: list[float] = []
    for window in range(4):
        start_us = lift_us + (5 + 5 * window) * S
        forces = person.forces_n(np.arange(start_us, start_us + 5 * S, 10 * MS))
        sds.append(float(np.std(forces[0 if leg == "left" else 1], ddof=1)))
    return sum(sds) / 4


def test_nobody_stands_on_the_board_at_first() -> None:
    left, right = SyntheticPerson(1).forces_n(grid(-1, 60))
    assert not left.any() and not right.any()


def test_a_whole_session_is_done_as_asked() -> None:
    person = SyntheticPerson(7, 77.0, touch_down_probability=0.0)
    tell(person, (1, "both_feet"), (10, "left"), (40, "down"), (50, "right"), (75, "down"))
    tell(person, (90, "done"))
    left, right = person.forces_n(grid(0, 100))
    total = left + right
    t = grid(0, 100) / S
    assert not total[t < 2.4].any()
    assert np.abs(total[(t > 5) & (t < 10)] - BW_77).max() < 5
    assert not right[(t > 13) & (t < 40)].any()
    assert not left[(t > 53) & (t < 75)].any()
    assert not total[t > 95].any()
    assert left.min() >= 0 and right.min() >= 0
    assert total[(t > 5) & (t < 90)].min() > 0.9 * BW_77
    first, second = person.truth
    assert (first.leg, first.ended_by, second.leg, second.ended_by) == (
        "left", "down", "right", "down",
    )  # fmt: skip
    assert first.end_us is not None and 27 < (first.end_us - first.lift_off_us) / S < 31


def test_the_true_times_are_the_crossings_of_20_n() -> None:
    person = SyntheticPerson(3, touch_down_probability=0.0)
    tell(person, (1, "both_feet"), (10, "right"), (40, "down"))
    t_us = grid(5, 50, 500)
    left, _ = person.forces_n(t_us)
    below = t_us[left < 20]
    (hold,) = person.truth
    assert hold.end_us is not None
    assert hold.lift_off_us == pytest.approx(below[0], abs=1000)
    assert hold.end_us == pytest.approx(below[-1], abs=1000)


@pytest.mark.parametrize("seed", range(12))
def test_reactions_and_movements_take_human_times(seed: int) -> None:
    person = SyntheticPerson(seed)
    tell(person, (1, "both_feet"), (12, "left"), (40, "down"), (55, "done"))
    t_us = grid(0, 70, 1000)
    total = sum(person.forces_n(t_us))
    on = t_us[total > 5]
    heard_us = 1 * S + LONG * MS + 350 * MS
    assert 0.5 * S <= on[0] - heard_us <= 1.6 * S
    settled = t_us[np.abs(total - person.body_weight_n) < 10][0]
    assert settled - on[0] < 1.5 * S
    end_us = 55 * S + (2 * LONG + 100) * MS + 350 * MS
    assert 0.5 * S < on[-1] - end_us <= 2.9 * S
    (hold,) = person.truth
    assert 0.5 < (hold.lift_off_us - (12 * S + 450 * MS)) / S < 2.6


def test_forces_never_jump() -> None:
    person = SyntheticPerson(5, touch_down_probability=1.0)
    tell(person, (1, "both_feet"), (10, "left"), (30, "right"), (60, "done"))
    for force in person.forces_n(grid(0, 70, 1000)):
        assert np.abs(np.diff(force)).max() < 0.012 * person.body_weight_n


def test_a_foot_left_in_the_air_comes_down_by_itself() -> None:
    person = SyntheticPerson(2)
    tell(person, (1, "both_feet"), (10, "left"), (100, "right"))
    person.forces_n(grid(0, 200))
    first, second = person.truth
    for hold in (first, second):
        assert hold.ended_by == "by_itself" and hold.end_us is not None
        assert 28 < (hold.end_us - hold.lift_off_us) / S < 30.3


def test_a_leg_that_cannot_stand_longer_comes_down_by_itself() -> None:
    person = SyntheticPerson(2, longest_hold_s={"right": 14.0})
    holds(person, 4)
    for hold in person.truth:
        assert hold.end_us is not None
        held_s = (hold.end_us - hold.lift_off_us) / S
        if hold.leg == "right":
            assert hold.ended_by == "by_itself"
            assert 12.5 < held_s < 16.0
        else:
            assert held_s > 25.0


@pytest.mark.parametrize("steadiness_pct_bw", [0.4, 1.2])
def test_a_steadier_person_has_smaller_sds_on_both_legs(steadiness_pct_bw: float) -> None:
    person = SyntheticPerson(2, 77.0, steadiness_pct_bw=steadiness_pct_bw)
    usual = SyntheticPerson(2, 77.0)
    for leg in ("left", "right"):
        ratio = person.leg_median_sd_n(leg) / usual.leg_median_sd_n(leg)
        assert ratio == pytest.approx(steadiness_pct_bw / 0.7)


def test_cues_that_make_no_sense_change_nothing() -> None:
    person = SyntheticPerson(2)
    tell(person, (1, "left"), (5, "down"), (9, "done"))
    assert not sum(person.forces_n(grid(0, 20))).any()
    tell(person, (21, "both_feet"), (30, "both_feet"), (35, "left"), (45, "left"))
    for at_ms, level in ((50_000, 1), (50_600, 0), (50_700, 1), (50_800, 0)):
        person.hear(at_ms * MS, level)
    person.forces_n(grid(20, 60))
    assert [(hold.leg, hold.ended_by) for hold in person.truth] == [("left", None)]


def test_asked_for_the_other_leg_the_person_stands_on_both_in_between() -> None:
    person = SyntheticPerson(4)
    tell(person, (1, "both_feet"), (10, "left"), (20, "right"))
    left, right = person.forces_n(grid(20, 30))
    assert ((left > 150) & (right > 150)).sum() * 4 * MS > S
    assert [hold.leg for hold in person.truth] == ["left", "right"]


def test_a_code_cut_off_by_a_power_cut_is_forgotten() -> None:
    person = SyntheticPerson(4)
    for t_us, level in ((S, 1), (S + 100 * MS, 0), (S + 200 * MS, 1)):
        person.hear(t_us, level)
    tell(person, (5, "both_feet"), (12, "right"))
    person.forces_n(grid(0, 20))
    assert [hold.leg for hold in person.truth] == ["right"]


def test_single_leg_sway_has_the_spectrum_of_the_recordings() -> None:
    shares: list[list[float]] = []
    for seed in range(8):
        person = SyntheticPerson(seed, 77.0, touch_down_probability=0.0)
        holds(person, 1)
        start_s = person.truth[0].lift_off_us / S + 4
        force = person.forces_n(grid(start_s, start_s + 20))[0]
        power = np.abs(np.fft.rfft((force - force.mean()) * np.hanning(force.size))) ** 2
        hz = np.fft.rfftfreq(force.size, 0.004)
        bands = ((1, 5), (5, 10), (20, 125))
        shares.append([100 * power[(hz >= a) & (hz < b)].sum() / power.sum() for a, b in bands])
    mid, high, top = np.mean(shares, axis=0)
    assert 70 <= mid <= 80 and 15 <= high <= 25 and top < 0.5


def test_sd_of_the_holds_is_centred_and_spread_as_set() -> None:
    person = SyntheticPerson(11, 77.0, between_session_sd_pct=0.0, within_leg_cv_pct=12.0)
    holds(person, 200)
    sd = np.array([hold.sd_n for hold in person.truth])
    assert sd.size == 200
    assert 100 * math.exp(np.mean(np.log(sd))) / BW_77 == pytest.approx(0.70, abs=0.02)
    assert 100 * np.std(np.log(sd)) == pytest.approx(12.0, abs=1.5)


def test_a_hold_really_has_the_sd_that_the_truth_says() -> None:
    person = SyntheticPerson(13, 77.0, touch_down_probability=0.0)
    holds(person, 10)
    for hold in person.truth:
        assert scored_sd_n(person, hold.lift_off_us, hold.leg) == pytest.approx(
            hold.sd_n, rel=0.03
        )
        early_us = hold.lift_off_us + 300 * MS + np.arange(0, 2 * S, 10 * MS)
        early = person.forces_n(early_us)[0 if hold.leg == "left" else 1]
        assert np.abs(early.mean() - BW_77) < 6


def test_the_first_seconds_sway_more() -> None:
    early: list[float] = []
    late: list[float] = []
    person = SyntheticPerson(17, touch_down_probability=0.0)
    holds(person, 60)
    for hold in person.truth:
        plate = 0 if hold.leg == "left" else 1
        for seconds, into in (((0.3, 1.8), early), ((10.3, 11.8), late)):
            t_us = hold.lift_off_us + grid(*seconds)
            into.append(float(np.var(person.forces_n(t_us)[plate])))
    assert 1.1 < math.sqrt(np.mean(early) / np.mean(late)) < 1.4


@pytest.mark.parametrize("less_steady", ["left", "right"])
def test_the_true_difference_is_what_was_asked(less_steady: str) -> None:
    person = SyntheticPerson(
        19, true_difference_pct=25.0, less_steady=less_steady, between_session_sd_pct=0.0
    )  # type: ignore[arg-type]
    median = {leg: person.leg_median_sd_n(leg) for leg in ("left", "right")}
    steady = "right" if less_steady == "left" else "left"
    assert 100 * (1 - median[steady] / median[less_steady]) == pytest.approx(25.0)
    pct_bw = 100 * math.sqrt(median["left"] * median["right"]) / person.body_weight_n
    assert pct_bw == pytest.approx(0.7)
    holds(person, 200)
    mean = {
        leg: np.mean([math.log(h.sd_n) for h in person.truth if h.leg == leg]) for leg in median
    }
    found = 100 * (1 - math.exp(mean[steady] - mean[less_steady]))
    assert found == pytest.approx(25.0, abs=3.5)


def test_the_ratio_of_the_legs_wanders_between_sessions() -> None:
    person = SyntheticPerson(23)
    shifts: list[float] = []
    for seed in range(400):
        person.new_session(seed)
        shifts.append(math.log(person.leg_median_sd_n("left") / person.leg_median_sd_n("right")))
    assert 100 * np.std(shifts) == pytest.approx(5.0, abs=0.6)
    assert 100 * abs(np.mean(shifts)) < 0.8
    person.new_session(7)
    assert math.log(
        person.leg_median_sd_n("left") / person.leg_median_sd_n("right")
    ) == pytest.approx(shifts[7])


def test_a_new_session_begins_beside_the_board() -> None:
    person = SyntheticPerson(1)
    tell(person, (1, "both_feet"))
    person.forces_n(grid(0, 10))
    with pytest.raises(ValueError, match="beside the board"):
        person.new_session(2)


def test_two_legged_stance_has_the_numbers_of_the_recordings() -> None:
    sums: list[float] = []
    for seed in range(25):
        person = SyntheticPerson(seed, 70.0)
        tell(person, (0.1, "both_feet"))
        left, right = person.forces_n(grid(5, 69, 10 * MS))
        assert 10 <= np.std(left) <= 20 and 10 <= np.std(right) <= 20
        assert np.corrcoef(left, right)[0, 1] < -0.98
        assert 0.42 <= np.mean(left) / person.body_weight_n <= 0.60
        sums.append(float(np.std(left + right)))
    assert min(sums) >= 0.6 and max(sums) <= 1.1


def test_touch_downs_are_pulses_taken_off_the_stance_plate() -> None:
    person = SyntheticPerson(29, touch_down_probability=1.0)
    holds(person, 20)
    touched = 0
    for hold in person.truth:
        stance, swing = (0, 1) if hold.leg == "left" else (1, 0)
        for touch in hold.touch_downs:
            touched += 1
            assert 30 <= touch.peak_n <= 90 and 80 * MS <= touch.duration_us <= 300 * MS
            t_us = np.arange(touch.at_us, touch.at_us + touch.duration_us, 200)
            forces = person.forces_n(t_us)
            assert forces[swing].max() == pytest.approx(touch.peak_n, rel=1e-3)
            dip = person.body_weight_n - forces[stance]
            assert np.corrcoef(dip, forces[swing])[0, 1] > 0.5
            above_us = 200 * np.count_nonzero(forces[swing] > 20)
            assert touch.time_above_us(20.0) == pytest.approx(above_us, abs=400)
            outside = person.forces_n(np.array([touch.at_us - 1, touch.at_us + touch.duration_us]))
            assert outside[swing] == pytest.approx([0, 0], abs=1e-9)
    assert touched >= 18


def test_probabilities_of_touch_downs_are_kept() -> None:
    person = SyntheticPerson(31, touch_down_probability=0.3)
    holds(person, 200)
    assert 0.2 < np.mean([len(hold.touch_downs) for hold in person.truth]) < 0.4


def test_stepping_off_empties_the_board_for_a_moment() -> None:
    person = SyntheticPerson(37, step_off_probability=1.0)
    tell(person, (1, "both_feet"), (10, "left"))
    forces = person.forces_n(grid(0, 60))
    (hold,) = person.truth
    assert hold.ended_by == "step_off" and hold.end_us is not None
    end_s = hold.end_us / S
    t = grid(0, 60) / S
    gone = (t > end_s + 0.3) & (t < end_s + 2)
    assert not forces[0][gone].any() and not forces[1][gone].any()
    back = t > end_s + 6
    assert np.abs(forces[0][back] + forces[1][back] - person.body_weight_n).max() < 6


SCRIPT = ((1, "both_feet"), (8, "left"), (20, "down"), (25, "right"), (62, "left"), (70, "done"))


def slice_by_slice(person: SyntheticPerson, to_s: float, slice_us: int) -> np.ndarray:
    """Forces on a 4 ms grid, asked in slices, each edge heard in the slice after it fell."""
    waiting = [edge for at_s, cue in SCRIPT for edge in edges(cue, at_s * S)]
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    t_us = grid(0, to_s)
    for start in range(0, round(to_s * S), slice_us):
        while waiting and waiting[0][0] < start:
            person.hear(*waiting.pop(0))
        parts.append(person.forces_n(t_us[(t_us >= start) & (t_us < start + slice_us)]))
    return np.array([np.concatenate([p[n] for p in parts]) for n in (0, 1)])


@given(seed=st.integers(0, 1 << 32), slice_us=st.sampled_from([37_000, 100_000, 250_000]))
@settings(max_examples=10)
def test_slices_and_one_call_agree_and_seeds_repeat(seed: int, slice_us: int) -> None:
    sliced = slice_by_slice(SyntheticPerson(seed), 75, slice_us)
    whole = SyntheticPerson(seed)
    tell(whole, *SCRIPT)
    assert np.array_equal(sliced, np.array(whole.forces_n(grid(0, 75))))
    assert np.array_equal(sliced, np.array(whole.forces_n(grid(0, 75))))


def test_other_seeds_and_sessions_are_other_people_and_days() -> None:
    def forces(seed: int, session: int) -> np.ndarray:
        person = SyntheticPerson(seed)
        person.new_session(session)
        tell(person, *SCRIPT)
        return np.array(person.forces_n(grid(0, 75)))

    assert not np.array_equal(forces(1, 0), forces(2, 0))
    assert not np.array_equal(forces(1, 0), forces(1, 1))


@pytest.mark.parametrize("cue", CODES)
def test_hearing_leaves_the_next_300_ms_as_they_were(cue: str) -> None:
    deaf, hearing = SyntheticPerson(41), SyntheticPerson(41)
    for person in (deaf, hearing):
        tell(person, (1, "both_feet"), (8, "left"))
    until = 15.0
    known = [person.forces_n(grid(0, until + 0.1)) for person in (deaf, hearing)]
    tell(hearing, (until, cue))
    last_edge_s = edges(cue, round(until * S))[-1][0] / S
    for n, plate in enumerate(hearing.forces_n(grid(0, until + 0.1))):
        assert np.array_equal(plate, known[1][n])
        assert np.array_equal(plate, known[0][n])
    quiet = deaf.forces_n(grid(0, last_edge_s + 0.3))
    assert np.array_equal(np.array(quiet), np.array(hearing.forces_n(grid(0, last_edge_s + 0.3))))


def test_a_sound_that_comes_too_late_is_refused() -> None:
    person = SyntheticPerson(1)
    person.forces_n(grid(0, 5))
    with pytest.raises(ValueError, match="are known"):
        person.hear(4 * S, 1)


def test_what_a_converter_sees_is_the_true_sd_less_its_droop() -> None:
    person = SyntheticPerson(43, 77.0, touch_down_probability=0.0)
    holds(person, 2)
    (hold, _) = person.truth
    ends_us, counts = Converter(93.0, 4000.0, 0.0, 60.0, 1).convert(person, 0, 45 * S)
    start_us = hold.lift_off_us + 5 * S
    windows = [
        np.std(counts[(ends_us >= start_us + n * 5 * S) & (ends_us < start_us + (n + 1) * 5 * S)])
        for n in range(4)
    ]
    droop_pct = 100 * (1 - np.mean(windows) / 4000 / hold.sd_n)
    assert 0.2 < droop_pct < 3.0


@pytest.mark.parametrize("mass_kg", [0.0, -70.0, float("nan")])
def test_impossible_people_are_refused(mass_kg: float) -> None:
    with pytest.raises(ValueError, match="no person"):
        SyntheticPerson(1, mass_kg)
    with pytest.raises(ValueError, match="difference"):
        SyntheticPerson(1, true_difference_pct=100.0)
