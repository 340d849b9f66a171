"""The test of sides by made-up presses: right way, swapped, reversed, touching, not moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenstance.health.sides import REVERSED, SWAPPED, press, sides
from evenstance.report.sides import CAUSES, NEXT, OUTCOMES, sides_json, sides_lines
from evenstance_wire import flags

ZEROS = (50_000.0, -30_000.0)
GAINS = (2187.0, -2190.0)
NONE = (None, None)
Pair = tuple[float, float]


def found(
    left_n: Pair, right_n: Pair, wired: Pair = GAINS, known: tuple[float | None, ...] = GAINS
):
    """Loads on the channels while the left, then the right plate is pressed."""
    one, two = (
        press(
            asked, ZEROS, [z + f * g for z, f, g in zip(ZEROS, forces, wired, strict=True)], known
        )
        for asked, forces in (("left", left_n), ("right", right_n))
    )
    return sides(one, two)


@pytest.mark.parametrize("known", [GAINS, NONE])
def test_a_board_wired_as_it_says_passes(known: tuple[float | None, ...]) -> None:
    one = found((100.0, 0.3), (-0.2, 80.0), known=known)
    assert one.outcome == "right_way"
    assert one.passed
    assert one.signs == {"left": 1, "right": -1}
    assert one.faults == {"left": [], "right": []}
    assert ("only stated" in "\n".join(sides_lines(one))) == (known == NONE)


@pytest.mark.parametrize("known", [GAINS, NONE])
def test_exchanged_plates_are_swapped(known: tuple[float | None, ...]) -> None:
    one = found((0.0, 100.0), (80.0, 0.0), known=known)
    assert (one.outcome, one.passed) == ("swapped", False)
    assert one.faults == {"left": [SWAPPED], "right": [SWAPPED]}


def test_a_cell_that_pulls_where_a_load_pushes_is_reversed_and_named() -> None:
    one = found((100.0, 0.0), (0.0, 80.0), wired=(-2187.0, -2190.0))
    assert (one.outcome, one.passed) == ("right_way", False)
    assert one.faults == {"left": [REVERSED], "right": []}
    assert one.signs["left"] == -1
    both = found((0.0, 80.0), (100.0, 0.0), wired=(-2187.0, -2190.0))
    assert both.outcome == "swapped"
    assert both.faults == {"left": [SWAPPED, REVERSED], "right": [SWAPPED]}


def test_without_a_calibration_nothing_is_called_reversed() -> None:
    one = found((100.0, 0.0), (0.0, 80.0), wired=(-2187.0, -2190.0), known=NONE)
    assert one.passed
    assert one.signs == {"left": -1, "right": -1}


@pytest.mark.parametrize(
    ("left_n", "right_n", "outcome"),
    [
        ((19.0, 0.0), (0.0, 80.0), "nothing_moved"),
        ((100.0, 0.0), (0.0, 0.0), "nothing_moved"),
        ((100.0, 11.0), (0.0, 80.0), "both_moved"),
        ((100.0, 9.0), (0.0, 80.0), "right_way"),
        ((100.0, 0.0), (80.0, 0.0), "same_moved"),
    ],
)
def test_what_else_can_be(left_n: Pair, right_n: Pair, outcome: str) -> None:
    one = found(left_n, right_n)
    assert one.outcome == outcome
    assert one.passed == (outcome == "right_way")
    assert SWAPPED not in one.faults["left"]


@given(
    st.floats(25.0, 500.0),
    st.floats(25.0, 500.0),
    st.sampled_from([1.0, -1.0]),
    st.sampled_from([1.0, -1.0]),
    st.booleans(),
)
def test_the_outcome_depends_on_sides_and_signs_only(
    first_n: float, second_n: float, sign_left: float, sign_right: float, exchanged: bool
) -> None:
    wired = (GAINS[0] * sign_left, GAINS[1] * sign_right)
    pair = ((0.0, first_n), (second_n, 0.0)) if exchanged else ((first_n, 0.0), (0.0, second_n))
    one = found(*pair, wired=wired)
    assert one.outcome == ("swapped" if exchanged else "right_way")
    assert (REVERSED in one.faults["left"]) == (sign_left < 0)
    assert (REVERSED in one.faults["right"]) == (sign_right < 0)


def test_every_outcome_has_its_words_and_the_names_are_those_of_the_wire() -> None:
    assert set(OUTCOMES) == set(CAUSES) == set(NEXT)
    assert {SWAPPED, REVERSED} <= {name for _, name in flags.FAULTS}
    shown = sides_json(found((100.0, 0.0), (0.0, 80.0)))
    assert list(shown) == ["passed", "outcome", "faults", "signs", "presses"]
