"""Masses on the plates, and one load after another."""

from __future__ import annotations

import numpy as np
import pytest

from evenstance.virtual.loads import Loads, Masses, Timeline

S = 1_000_000
LEFT, RIGHT = 0, 1


def at(loads: Loads, *seconds: float) -> tuple[list[float], list[float]]:
    left, right = loads.forces_n(np.array([round(s * S) for s in seconds], dtype=np.int64))
    return left.tolist(), right.tolist()


def test_masses_weigh_standard_gravity_from_their_time_on() -> None:
    masses = Masses()
    assert masses.place(LEFT, 10.0, 2 * S) == 2 * S
    masses.place(RIGHT, 5.0, 4 * S)
    masses.place(LEFT, 0.0, 6 * S)
    left, right = at(masses, -1, 0, 1.999999, 2, 4, 5.999999, 6, 100)
    assert left == pytest.approx([0, 0, 0, 98.0665, 98.0665, 98.0665, 0, 0])
    assert right == pytest.approx([0, 0, 0, 0, 49.03325, 49.03325, 49.03325, 49.03325])


def test_a_mass_without_a_time_stands_from_the_first_unasked_moment() -> None:
    masses = Masses()
    before = at(masses, 0, 3)
    assert masses.place(RIGHT, 1.0) == 3 * S + 1
    assert at(masses, 0, 3) == before
    assert at(masses, 3.000001)[1] == pytest.approx([9.80665])


def test_steps_may_be_given_in_any_order_and_the_later_word_counts() -> None:
    masses = Masses()
    masses.place(LEFT, 3.0, 3 * S)
    masses.place(LEFT, 1.0, 1 * S)
    masses.place(LEFT, 2.0, 3 * S)
    assert at(masses, 0.5, 1.5, 3.5)[0] == pytest.approx([0, 9.80665, 19.6133])


def test_the_past_of_the_plates_cannot_be_changed() -> None:
    masses = Masses()
    at(masses, 1)
    with pytest.raises(ValueError, match="not in the future"):
        masses.place(LEFT, 1.0, 1 * S)
    assert at(masses, 1, 2) == ([0, 0], [0, 0])


@pytest.mark.parametrize("mass_kg", [-0.1, float("nan"), float("inf")])
def test_impossible_masses_are_refused(mass_kg: float) -> None:
    with pytest.raises(ValueError, match="cannot stand"):
        Masses().place(LEFT, mass_kg, 0)


def test_a_corner_that_is_felt_more_belongs_to_one_plate() -> None:
    masses = Masses(({"front left": 0.01}, {}))
    masses.place(LEFT, 10.0, 1 * S, spot="front left")
    masses.place(RIGHT, 10.0, 1 * S, spot="front left")
    masses.place(LEFT, 10.0, 2 * S, spot="back left")
    assert at(masses, 1, 2) == (
        pytest.approx([98.0665 * 1.01, 98.0665]),
        pytest.approx([98.0665, 98.0665]),
    )


class Heard:
    """Constant loads that note what they hear."""

    def __init__(self, left_n: float) -> None:
        self.left_n = left_n
        self.edges: list[tuple[int, int]] = []

    def forces_n(self, t_us: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full(t_us.shape, self.left_n), np.zeros(t_us.shape)

    def hear(self, t_us: int, level: int) -> None:
        self.edges.append((t_us, level))


def test_a_timeline_hands_over_at_the_given_times() -> None:
    timeline = Timeline(Heard(1.0))
    timeline.append(Heard(2.0), 2 * S)
    timeline.append(Heard(3.0), 4 * S)
    assert at(timeline, -5, 1.999999, 2, 3.999999, 4, 9)[0] == [1, 1, 2, 2, 3, 3]
    assert at(timeline, 2.5, 3)[0] == [2, 2]


def test_a_timeline_grows_only_into_the_future() -> None:
    timeline = Timeline(Heard(1.0))
    timeline.append(Heard(2.0), 2 * S)
    with pytest.raises(ValueError, match="not in the future"):
        timeline.append(Heard(3.0), 2 * S)
    at(timeline, 5)
    with pytest.raises(ValueError, match="not in the future"):
        timeline.append(Heard(3.0), 5 * S)
    assert timeline.append(Heard(3.0)) == 5 * S + 1
    assert at(timeline, 5, 5.000001)[0] == [2, 3]


def test_only_who_stands_on_the_plates_hears() -> None:
    first, second = Heard(1.0), Heard(2.0)
    timeline = Timeline(first)
    timeline.append(second, 2 * S)
    timeline.hear(1 * S, 1)
    timeline.hear(2 * S, 0)
    assert (first.edges, second.edges) == ([(1 * S, 1)], [(2 * S, 0)])


def test_no_times_give_no_forces() -> None:
    for loads in (Masses(), Timeline(Masses())):
        left, right = loads.forces_n(np.empty(0, dtype=np.int64))
        assert left.size == right.size == 0
