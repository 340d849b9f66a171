"""The soak's bookkeeping finds each kind of error, and only that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from summaries import summary

from evenstance.metrics.hold import trial_from_summary
from evenstance_wire import flags
from proving.soak.account import WRAP_US, Account, Seen, Trouble, account, base_of, virtual_us
from proving.soak.person import Stance, Wanderer
from proving.soak.slope import slope

S = 1_000_000
FULL = Stance("left", 100 * S, 127 * S)
SHORT = Stance("right", 140 * S, 150 * S)
STEP = Stance("left", 160 * S, 161 * S)


def seen(stance: Stance, seq: int = 1, *, late_us: int = 0, **changed: object) -> Seen:
    """The trial of a stance as the board would store it."""
    long_s = min(stance.long_s, 25.0)
    plain = trial_from_summary(summary(seq=seq, end_us=round(long_s * S)))
    ended = "time_limit" if long_s == 25.0 else "touch_down"
    values: dict[str, object] = {
        "stance_leg": stance.leg,
        "end_reason": ended,
        "reasons": () if long_s == 25.0 else ("too_short",),
        **changed,
    }
    return Seen(replace(plain, **values), stance.lift_us + late_us)  # type: ignore[arg-type]


GOOD = (seen(FULL), seen(SHORT, 2))
DONE = (FULL, SHORT, STEP)


def kept(
    trials: tuple[Seen, ...], troubles: tuple[Trouble, ...] = (), until_us: int = 200 * S
) -> Account:
    offset_us = WRAP_US - 110 * S
    return account(DONE, trials, troubles, offset_us, until_us=until_us)


def test_what_was_done_is_counted_as_done() -> None:
    found = kept(GOOD)
    assert found.wrong == []
    assert (found.stances, found.as_done, found.steps, found.wrapped) == (3, 2, 1, 1)


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        (GOOD[:1], "right at 140.000 s for 10.00 s: not stored"),
        ((*GOOD, seen(FULL, 3)), "a second trial of one stance"),
        ((*GOOD, seen(Stance("left", 300 * S, 330 * S), 3)), "seq 3: nobody did it"),
        ((seen(FULL, stance_leg="right"), GOOD[1]), "not stored"),
        ((seen(FULL, late_us=S), GOOD[1]), "not stored"),
        ((seen(FULL, hold_time_s=20.0), GOOD[1]), "stored with 20.00 s"),
        ((seen(FULL, reasons=("gap",)), GOOD[1]), "does not count for gap"),
        ((seen(FULL, end_reason="stopped"), GOOD[1]), "ended by stopped, not time_limit"),
    ],
)
def test_each_error_is_named(trials: tuple[Seen, ...], said: str) -> None:
    assert any(said in text for text in kept(trials).wrong), kept(trials).wrong


def test_a_stance_that_lasts_beyond_the_end_may_be_stored_and_need_not() -> None:
    """The record of FULL is over at 125 s, the stance itself at 127 s."""
    for trials, stances in ((), 0), (GOOD[:1], 1), (GOOD, 2):
        found = kept(trials, until_us=126 * S)
        assert (found.wrong, found.stances, found.as_done) == ([], stances, stances)
    wrong = (seen(FULL, hold_time_s=20.0),)
    assert len(kept(wrong, until_us=126 * S).wrong) == 1
    assert len(kept((), until_us=127 * S + 1).wrong) == 1


def test_a_trouble_explains_what_happened_at_its_time_only() -> None:
    near, far = Trouble("power cut", 120 * S, 122 * S), Trouble("power cut", 300 * S, 301 * S)
    assert kept(GOOD[1:], (near,)).lost == {"power cut": 1}
    assert kept(GOOD[1:], (near,)).wrong == []
    assert len(kept(GOOD[1:], (far,)).wrong) == 1
    changed = (seen(FULL, end_reason="stopped"), GOOD[1])
    assert kept(changed, (near,)).otherwise == {"power cut": 1}
    assert len(kept(changed, (far,)).wrong) == 1
    more = (*GOOD, seen(Stance("right", 128 * S, 131 * S), 3))
    assert kept(more, (near,)).more == {"power cut": 1}
    assert len(kept((*GOOD, seen(FULL, 3)), (near,)).wrong) == 1, "a double is never explained"


def test_device_time_is_brought_back_to_the_clock_of_the_simulation() -> None:
    offset_us = 5 * WRAP_US - 30 * S
    for boot_us in (0, 20 * S, 40 * S, 9 * WRAP_US):
        began = (boot_us + offset_us) // WRAP_US * WRAP_US
        now_us = boot_us + 200 * S
        device_us = now_us + offset_us - began
        base = base_of(device_us, now_us + 3 * S, offset_us)
        assert base == began
        assert virtual_us(device_us, base, offset_us) == now_us


def test_a_slope_is_found_within_its_interval_and_levels_of_lives_are_none() -> None:
    rng = np.random.default_rng(1)
    rows = [
        (life, h, 1000.0 * life - 50.0 * h + float(rng.normal(0, 5)))
        for life in (1, 2)
        for h in np.arange(0.0, 4.0, 0.1)
    ]
    found = slope(rows)
    assert abs(found.per_hour + 50.0) < found.half_width < 2.0
    assert slope([(1, 0.0, 5.0)]).half_width == float("inf")


def test_a_wanderer_is_the_same_in_any_slices_and_does_what_it_says() -> None:
    t_us = np.arange(0, 120 * S, 10_000)
    whole, sliced = Wanderer(4, 0), Wanderer(4, 0)
    left, right = whole.forces_n(t_us)
    pieces = [sliced.forces_n(part) for part in np.array_split(t_us, 97)]
    assert np.array_equal(left, np.concatenate([piece[0] for piece in pieces]))
    assert np.array_equal(right, np.concatenate([piece[1] for piece in pieces]))
    done = [each for each in whole.stances if each.end_us < t_us[-1]]
    assert len(done) > 1
    for each in done:
        swing = right if each.leg == "left" else left
        inside = (t_us > each.lift_us) & (t_us < each.end_us)
        if not each.stepped_off:
            assert swing[inside].max() < 20.0
            assert swing[np.flatnonzero(inside)[0] - 1] >= 20.0


def test_the_reasons_the_bookkeeping_names_are_those_of_the_wire() -> None:
    named = {"touch_down", "step_off", "time_limit", "stopped"}
    assert named <= set(flags.END_REASONS)
