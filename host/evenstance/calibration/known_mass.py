"""Sensitivity of a plate from counts under known masses, signed and with its residual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenstance.errors import MeasurementError
from evenstance_wire import units

STANDARD_GRAVITY_M_S2 = units.STANDARD_GRAVITY_UM_S2 / 1e6
MIN_MASS_KG = 2.0
MAX_RESIDUAL_PCT = 0.2  # field-notes section 5: residual at most 0.2 % of the load [D]
_SENSIBLE_COUNTS_PER_N = (20.0, 200_000.0)  # what the board accepts


@dataclass(frozen=True)
class Point:
    """Mean counts of a plate above its zero under a known mass."""

    mass_kg: float
    counts: float


@dataclass(frozen=True)
class Sensitivity:
    """Signed counts per newton and the largest residual (% of the load it occurred at)."""

    counts_per_n: float
    residual_pct: float


def fit(points: Sequence[Point], gravity_m_s2: float = STANDARD_GRAVITY_M_S2) -> Sensitivity:
    """Least squares through zero: counts_per_n = sum(F counts) / sum(F^2), F = mass * gravity.

    Example: 10 kg giving 98,066.5 counts at standard gravity is 1000 counts per newton. Raises
    MeasurementError for no point, a mass below 2 kg, or counts that cannot be a load.
    """
    if not points:
        raise MeasurementError("No known mass was measured.")
    for point in points:
        if not point.mass_kg >= MIN_MASS_KG:
            raise MeasurementError(
                f"A mass of {point.mass_kg:g} kg is too light to calibrate with.",
                next_step=f"Use at least {MIN_MASS_KG:g} kg, better 10 kg or more.",
            )
    forces = [p.mass_kg * gravity_m_s2 for p in points]
    slope = sum(f * p.counts for f, p in zip(forces, points, strict=True)) / sum(
        f * f for f in forces
    )
    low, high = _SENSIBLE_COUNTS_PER_N
    if not low <= abs(slope) <= high:
        raise MeasurementError(
            f"The plate changed by {slope:.3g} counts per newton, which no load cell gives.",
            cause="the mass stands on the other plate or beside it, or a bridge wire is open",
            next_step="Check where the mass stands and the wiring of this plate.",
        )
    residual = max(
        abs(p.counts - slope * f) / abs(slope * f) * 100.0
        for f, p in zip(forces, points, strict=True)
    )
    return Sensitivity(counts_per_n=slope, residual_pct=residual)
