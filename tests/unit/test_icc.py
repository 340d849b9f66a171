"""The ICC family: equal to another implementation, exact where it can be told by hand."""

from __future__ import annotations

import doctest
import math
import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evenstance.reliability import design, icc
from evenstance.reliability.design import DesignError, checked, two_way
from evenstance.reliability.icc import ICC_IDS, IccId

# people, sessions, SD of people, of error, of sessions: from no agreement to nearly full
DESIGNS = [
    (24, 2, 1.0, 0.5, 0.2),
    (20, 2, 0.3, 1.0, 0.0),
    (8, 5, 1.0, 1.0, 1.0),
    (30, 3, 2.0, 0.1, 0.5),
    (5, 2, 1.0, 1.0, 0.0),
    (6, 4, 0.0, 1.0, 0.0),
    (12, 2, 5.0, 0.01, 0.0),
    (50, 5, 0.5, 0.5, 0.1),
    (10, 2, 1.0, 0.3, 3.0),
    (200, 2, 1.0, 0.7, 0.1),
]
SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
OTHERS_NAME = {"2,1": "ICC(A,1)", "2,k": "ICC(A,k)", "3,1": "ICC(C,1)"}

values = st.floats(-100.0, 100.0)
tables = st.integers(2, 4).flatmap(
    lambda k: st.lists(st.lists(values, min_size=k, max_size=k), min_size=3, max_size=8)
)


def drawn(number: int) -> list[list[float]]:
    n, k, people, error, sessions = DESIGNS[number]
    random = np.random.default_rng(1000 + number)
    table = (
        5.0
        + random.normal(0.0, people, (n, 1))
        + random.normal(0.0, sessions, (1, k))
        + random.normal(0.0, error, (n, k))
    )
    return [[float(v) for v in row] for row in table]


@cache
def other_implementation() -> Any:
    # Inside a function: it takes seconds to import, and there is none for Python 3.10.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pingouin = pytest.importorskip("pingouin")
    pingouin.options["round.column.CI95"] = None
    return pingouin


def by_pingouin(table: list[list[float]]) -> Any:
    import pandas

    rows = [(p, s, v) for p, row in enumerate(table) for s, v in enumerate(row)]
    data = pandas.DataFrame(rows, columns=["person", "session", "value"])
    pingouin = other_implementation()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own use of pandas
        found = pingouin.intraclass_corr(data, "person", "session", "value")
    return found.set_index("Type")


def test_docstring_examples() -> None:
    for module, least in ((design, 4), (icc, 4)):
        result = doctest.testmod(module)
        assert result.attempted >= least
        assert result.failed == 0


@pytest.mark.parametrize("number", range(len(DESIGNS)))
def test_value_and_interval_equal_pingouin(number: int) -> None:
    table = drawn(number)
    theirs = by_pingouin(table)
    for kind in ICC_IDS:
        ours, row = icc.icc(table, kind), theirs.loc[OTHERS_NAME[kind]]
        assert ours.value == pytest.approx(row["ICC"], abs=1e-9)
        assert ours.low == pytest.approx(row["CI95"][0], abs=1e-9)
        assert ours.high == pytest.approx(row["CI95"][1], abs=1e-9)
        assert (ours.df1, ours.df2) == (row["df1"], row["df2"])
        assert ours.f == pytest.approx(row["F"], rel=1e-9)


def test_where_a_mean_has_no_lower_limit_none_is_made_up() -> None:
    # Three people: the single limit lies below -1, where the step to a mean of two has a pole.
    # Continued beyond it, as the other implementation does, the "lower" limit exceeds 1.
    rows = [[1.0, 1.5], [2.0, 2.8], [3.0, 2.2]]
    found = icc.icc(rows, "2,k")
    assert icc.icc(rows, "2,1").low < -1.0
    assert found.low == -math.inf
    assert found.value < found.high <= 1.0
    assert by_pingouin(rows).loc["ICC(A,k)", "CI95"][0] > 1.0


def test_the_designs_reach_from_negative_to_nearly_one() -> None:
    found = [icc.icc(drawn(n), "3,1").value for n in range(len(DESIGNS))]
    assert min(found) < 0.0
    assert max(found) > 0.99
    assert {n for n, *_ in DESIGNS} >= {5, 24}
    assert {k for _, k, *_ in DESIGNS} >= {2, 5}


def test_the_example_that_textbooks_print() -> None:
    # Six people, four judges: ICC(2,1) 0.29, ICC(2,4) 0.62, ICC(3,1) 0.71.
    assert [round(icc.icc(SHROUT_FLEISS, k).value, 2) for k in ICC_IDS] == [0.29, 0.62, 0.71]


def test_two_sessions_by_hand() -> None:
    # Means 1, 3, 5 and differences 0, 2, 1: every mean square is a small fraction.
    split = two_way([[1, 1], [2, 4], [4.5, 5.5]])
    assert split.ms_people == pytest.approx(8.0)
    assert split.ms_sessions == pytest.approx(1.5)
    assert split.ms_error == pytest.approx(0.5)
    assert icc.icc_of(split, "3,1").value == pytest.approx(7.5 / 8.5)
    assert icc.icc_of(split, "2,1").value == pytest.approx(7.5 / (8.5 + 2 * 1.0 / 3))
    assert icc.icc_of(split, "2,k").value == pytest.approx(7.5 / (8 + 1.0 / 3))


# -- what cannot be made ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([], "too_few_people"),
        ([[1, 2]], "too_few_people"),
        ([[1], [2], [3]], "too_few_sessions"),
        ([[1, 2], [3, None], [4, 5]], "missing_cell"),
        ([[1, 2], [3], [4, 5]], "missing_cell"),
        ([[1, 2], [3, math.nan], [4, 5]], "not_finite"),
        ([[1, 2], [3, -math.inf], [4, 5]], "not_finite"),
        ([[0.1, 0.1], [0.1, 0.1], [0.1, 0.1]], "no_variance"),
        ([[1, 3], [3, 1], [2, 2]], "no_variance"),  # every person has the mean 2
        ([[0.1, 0.3], [0.3, 0.1], [0.2, 0.2]], "no_variance"),  # the same with rounding
    ],
)
@pytest.mark.parametrize("kind", ICC_IDS)
def test_a_table_without_an_icc_is_refused_by_name(
    table: list[list[float | None]], reason: str, kind: IccId
) -> None:
    with pytest.raises(DesignError, match=f"^{reason}: ") as refused:
        icc.icc(table, kind)
    assert refused.value.reason == reason


def test_a_missing_cell_is_named() -> None:
    with pytest.raises(DesignError, match="person 2 has no value in session 3"):
        checked([[1, 2, 3], [4, 5, None]])


def test_unknown_kind_and_confidence() -> None:
    with pytest.raises(ValueError, match=r"unknown ICC '1,1'"):
        icc.icc(SHROUT_FLEISS, "1,1")  # type: ignore[arg-type]
    for confidence_pct in (0.0, 100.0, math.nan):
        with pytest.raises(ValueError, match="confidence"):
            icc.icc(SHROUT_FLEISS, "3,1", confidence_pct=confidence_pct)


def test_perfect_agreement_is_one_without_dividing_by_zero() -> None:
    for table in ([[1, 1], [2, 2], [4, 4]], [[0.1, 0.1], [0.2, 0.2], [0.7, 0.7]]):
        for kind in ICC_IDS:
            found = icc.icc(table, kind)
            assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
            assert found.f == math.inf


def test_a_shift_of_everybody_is_perfect_consistency_and_poor_agreement() -> None:
    table = [[1, 11], [2, 12], [4, 14]]
    assert icc.icc(table, "3,1").value == pytest.approx(1.0)
    assert icc.icc(table, "2,1").value < 0.1


def test_negative_coefficients_stay_negative() -> None:
    table = [[1, 3.1], [3, 1], [2, 2.2], [1.5, 2.4]]
    for kind in ("2,1", "3,1"):
        found = icc.icc(table, kind)
        assert found.value < 0.0
        assert found.low < found.value < found.high
    # Two sessions: the coefficient of a mean has no lower end once the single one reaches -1.
    with pytest.raises(DesignError, match="average_unbounded"):
        icc.icc([[1, 3.0001], [3, 1], [2, 2], [2.5, 1.5]], "2,k")


@pytest.mark.parametrize("scale", [1.0, 0.109375, 0.1, 1 / 3, 7.7, 1e6])
@pytest.mark.parametrize("shift", [0.0, 0.3, 50.0])
def test_at_the_pole_of_an_average_rounding_makes_no_number(scale: float, shift: float) -> None:
    # Found by the property below: the denominator is zero, and rounding made -1e16 of the value.
    table = [[scale * v + shift for v in row] for row in ([0, 0], [0, 1], [1, 0])]
    with pytest.raises(DesignError, match="average_unbounded"):
        icc.icc(table, "2,k")


def test_an_interval_that_would_not_hold_the_value_is_refused_by_name() -> None:
    # Found by the property below: one person scatters, nobody differs.
    table = [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 25, -32]]
    with pytest.raises(DesignError, match=r"no_interval: the value is -0\.49"):
        icc.icc(table, "2,1")
    assert icc.icc(table, "3,1").value < 0.0


def test_more_people_make_the_interval_narrower() -> None:
    few, many = icc.icc(drawn(0)[:8], "2,1"), icc.icc(drawn(0), "2,1")
    assert few.width > many.width > 0.0
    assert icc.icc(drawn(0), "2,1", confidence_pct=90.0).width < many.width


# -- properties ------------------------------------------------------------------------------


def found_or_none(table: list[list[float]], kind: IccId) -> icc.Icc | None:
    try:
        return icc.icc(table, kind)
    except DesignError:
        return None


@given(tables)
def test_an_icc_is_at_most_one_and_inside_its_interval(table: list[list[float]]) -> None:
    for kind in ICC_IDS:
        found = found_or_none(table, kind)
        if found is not None:
            assert found.value <= 1.0
            assert found.low <= found.value + 1e-9
            assert found.value <= found.high + 1e-9
            assert found.high <= 1.0
            assert not math.isnan(found.low)


@given(tables, st.floats(-50.0, 50.0), st.floats(0.1, 10.0), st.randoms(use_true_random=False))
def test_unit_origin_and_order_do_not_matter(
    table: list[list[float]], shift: float, scale: float, random: Any
) -> None:
    split = two_way_or_none(table)
    assume(split is not None and min(split.ms_people, split.ms_error) > 1e-3)
    # near the pole of a mean of sessions the last digit of a value moves every other one
    assume(abs(split.ms_people + split.session_variance) > 1e-3 * split.ms_people)
    moved = [[scale * v + shift for v in row] for row in table]
    random.shuffle(moved)
    for kind in ICC_IDS:
        here, there = found_or_none(table, kind), found_or_none(moved, kind)
        assert (here is None) is (there is None)
        if here is not None and there is not None:
            assert there.value == pytest.approx(here.value, rel=1e-6, abs=1e-9)


@given(tables, st.lists(st.floats(-20.0, 20.0), min_size=4, max_size=4))
def test_a_shift_of_a_session_leaves_the_consistency(
    table: list[list[float]], shifts: list[float]
) -> None:
    split = two_way_or_none(table)
    assume(split is not None and min(split.ms_people, split.ms_error) > 1e-3)
    moved = [[v + shifts[s] for s, v in enumerate(row)] for row in table]
    here, there = icc.icc(table, "3,1"), icc.icc(moved, "3,1")
    assert there.value == pytest.approx(here.value, rel=1e-6, abs=1e-9)
    assert there.low == pytest.approx(here.low, rel=1e-6, abs=1e-9)


def two_way_or_none(table: list[list[float]]) -> design.TwoWay | None:
    try:
        return two_way(table)
    except DesignError:
        return None
