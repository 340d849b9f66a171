"""Results keep their method, refuse to be mixed, and survive being written down."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenstance.metrics.measured import (
    Measured,
    Method,
    Missing,
    MixedMethodsError,
    difference,
    mean_of,
)

METHOD = Method.of("force_sd_n", 1, windows=4, window_s=5.0)
ONE = Measured(5.0, "N", METHOD, 1860, 0.3, "standard_error", 3, "0.4.0", 2, "e661")
values = st.floats(-1e6, 1e6)
parameters = st.dictionaries(
    st.text("abcdef_", min_size=1, max_size=6),
    st.integers(-9, 9) | st.floats(-1e3, 1e3) | st.booleans() | st.text(max_size=5),
    max_size=4,
)


@st.composite
def results(draw: st.DrawFn) -> Measured:
    kind = draw(st.sampled_from(["standard_error", "accuracy", "not_stated"]))
    return Measured(
        value=draw(values),
        unit=draw(st.sampled_from(["N", "s", "%BW"])),
        method=Method.of("m", draw(st.integers(1, 9)), **draw(parameters)),
        samples=draw(st.integers(0, 10_000)),
        error=None if kind == "not_stated" else draw(st.floats(0, 1e6)),
        error_kind=kind,
        calibration_id=draw(st.none() | st.integers(0, 99)),
        firmware=draw(st.none() | st.text(max_size=8)),
        protocol=draw(st.none() | st.integers(1, 9)),
        board_uid=draw(st.none() | st.text(max_size=8)),
    )


@given(results())
def test_json_gives_back_the_same_result(one: Measured) -> None:
    text = json.dumps(one.to_json(), allow_nan=False)
    assert Measured.from_json(json.loads(text)) == one


def test_json_of_another_method_is_refused() -> None:
    found = ONE.to_json()
    with pytest.raises(ValueError, match="does not belong"):
        Measured.from_json({**found, "parameters": {"windows": 3, "window_s": 5.0}})
    with pytest.raises(ValueError, match="does not belong"):
        Measured.from_json({**found, "version": 2})


def test_the_id_follows_version_and_parameters_but_not_their_order() -> None:
    assert Method.of("m", 1, a=1, b=2).id == Method.of("m", 1, b=2, a=1).id
    others = [Method.of("m", 2, a=1, b=2), Method.of("m", 1, a=1, b=3), Method.of("m", 1, a=1)]
    ids = {method.id for method in [Method.of("m", 1, a=1, b=2), *others]}
    assert len(ids) == 4
    with pytest.raises(ValueError, match="order"):
        Method("m", 1, (("b", 1), ("a", 2)))
    with pytest.raises(ValueError, match="order"):
        Method("m", 1, (("a", 1), ("a", 2)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_no_result(value: float) -> None:
    with pytest.raises(ValueError, match="is not a result"):
        replace(ONE, value=value)


@pytest.mark.parametrize(
    "change",
    [
        {"error": None},
        {"error_kind": "not_stated"},
        {"error": -0.1},
        {"error": math.nan},
        {"error_kind": "guess"},
    ],
)
def test_an_error_and_its_kind_belong_together(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="error"):
        replace(ONE, **change)


@pytest.mark.parametrize(
    "other",
    [
        replace(ONE, method=Method.of("force_sd_n", 2, windows=4, window_s=5.0)),
        replace(ONE, method=Method.of("force_sd_n", 1, windows=3, window_s=5.0)),
        replace(ONE, method=Method.of("force_mean_n", 1, windows=4, window_s=5.0)),
        replace(ONE, unit="kN"),
        replace(ONE, board_uid="other"),
        replace(ONE, board_uid=None),
    ],
)
def test_what_does_not_belong_together_is_refused(other: Measured) -> None:
    for mix in (
        lambda: difference(ONE, other),
        lambda: other - ONE,
        lambda: mean_of([ONE, ONE, other]),
    ):
        with pytest.raises(MixedMethodsError):
            mix()


def test_a_new_calibration_of_the_same_board_may_be_compared_and_is_then_not_claimed() -> None:
    found = difference(ONE, replace(ONE, value=4.0, calibration_id=4, firmware="0.5.0"))
    assert (found.value, found.calibration_id, found.firmware) == (1.0, None, None)
    assert (found.protocol, found.method, found.board_uid) == (2, METHOD, "e661")


@given(values, values)
def test_a_difference_turns_its_sign_with_its_sides(a: float, b: float) -> None:
    one, two = replace(ONE, value=a), replace(ONE, value=b)
    assert (one - two).value == -(two - one).value == a - b
    assert (one - two).samples == 2 * ONE.samples


@given(st.lists(values, min_size=1, max_size=8))
def test_a_mean_lies_between_and_keeps_the_method(found: list[float]) -> None:
    mean = mean_of([replace(ONE, value=v) for v in found])
    assert min(found) - 1e-6 <= mean.value <= max(found) + 1e-6
    assert (mean.method, mean.unit, mean.samples) == (METHOD, "N", ONE.samples * len(found))


def test_errors_of_scatter_shrink_and_those_of_the_chain_do_not() -> None:
    four = [ONE] * 4
    assert mean_of(four).error == pytest.approx(0.15)
    assert difference(ONE, ONE).error == pytest.approx(0.3 * math.sqrt(2))
    chain = replace(ONE, error_kind="accuracy")
    assert mean_of([chain] * 4).error == pytest.approx(0.3)
    assert difference(chain, chain).error == pytest.approx(0.6)
    unknown = replace(ONE, error=None, error_kind="not_stated")
    for found in (mean_of([ONE, unknown]), difference(ONE, chain)):
        assert (found.error, found.error_kind) == (None, "not_stated")


def test_the_mean_of_nothing_is_no_number() -> None:
    with pytest.raises(ValueError, match="no result"):
        mean_of([])


def test_missing_says_why() -> None:
    assert Missing("force_sd_n", "gap").to_json() == {"metric_id": "force_sd_n", "missing": "gap"}
