"""Quantiles made without scipy are those of scipy."""

from __future__ import annotations

import math

import pytest
from scipy.special import chdtri, stdtrit

from evenstance.reliability.chi_squared import chi_squared_upper
from evenstance.reliability.student import t_quantile

T_DF = (1, 2, 3, 4, 5, 7, 12, 24, 59, 99, 200, 399, 400, 401, 402, 500, 1000, 10**6)
CHI_DF = (1, 2, 3, 4, 5, 7, 12, 24, 59, 199, 250, 999, 1000, 1001, 5000)
CHANCES = (1e-6, 0.001, 0.005, 0.025, 0.3, 0.5, 0.8, 0.975, 0.995, 0.9995, 1.0 - 1e-6)


@pytest.mark.parametrize("df", T_DF)
def test_student(df: int) -> None:
    for chance in CHANCES:
        expected = float(stdtrit(df, chance))
        assert math.isclose(t_quantile(df, chance), expected, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize("df", CHI_DF)
def test_chi_squared(df: int) -> None:
    for chance in CHANCES[1:-1]:
        assert math.isclose(chi_squared_upper(df, chance), float(chdtri(df, chance)), rel_tol=1e-9)


@pytest.mark.parametrize("df", [0, -1, 2.5, math.nan])
@pytest.mark.parametrize("quantile", [t_quantile, chi_squared_upper])
def test_what_has_no_quantile(quantile: object, df: float) -> None:
    with pytest.raises(ValueError):
        quantile(df, 0.9)  # type: ignore[operator]


@pytest.mark.parametrize("chance", [0.0, 1.0, -0.1, 1.1, math.nan])
@pytest.mark.parametrize("quantile", [t_quantile, chi_squared_upper])
def test_what_is_no_chance(quantile: object, chance: float) -> None:
    with pytest.raises(ValueError):
        quantile(3, chance)  # type: ignore[operator]
