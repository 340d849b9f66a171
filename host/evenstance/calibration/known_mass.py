"""Sensitivity of a plate from counts under known masses, signed and with its residuals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenstance.errors import MeasurementError, UsageError
from evenstance_wire import units

STANDARD_GRAVITY_M_S2 = units.STANDARD_GRAVITY_UM_S2 / 1e6
MIN_MASS_KG = 2.0
MIN_MASSES = 3
MAX_RESIDUAL_PCT = 0.2  # field-notes section 5: residual at most 0.2 % of the load [D]
_SENSIBLE_COUNTS_PER_N = (20.0, 200_000.0)  # what the board accepts


@dataclass(frozen=True)
class Point:
    """Mean counts of a plate above its zero under a known mass."""

    mass_kg: float
    counts: float


@dataclass(frozen=True)
class Residual:
    """By how much a plate reads one mass off its own line: N, and % of that load."""

    mass_kg: float
    off_n: float
    off_pct: float


@dataclass(frozen=True)
class Sensitivity:
    """Signed counts per newton, with the residual of each mass in the order measured."""

    counts_per_n: float
    residuals: tuple[Residual, ...]

    @property
    def worst(self) -> Residual:
        """The largest residual, as a share of its load."""
        return max(self.residuals, key=lambda one: abs(one.off_pct))


def check_masses(masses_kg: Sequence[float]) -> None:
    """Raise UsageError unless these masses can make and check a line through zero."""
    for mass_kg in masses_kg:
        if not MIN_MASS_KG <= mass_kg < float("inf"):
            raise UsageError(
                f"A mass of {mass_kg:g} kg is too light to calibrate with."
                if mass_kg < MIN_MASS_KG
                else f"{mass_kg:g} kg is no mass.",
                next_step=f"Use at least {MIN_MASS_KG:g} kg, better 10 kg or more.",
            )
    different = len(set(masses_kg))
    if different < MIN_MASSES:
        raise UsageError(
            f"{different} different known mass(es) are not enough for a calibration.",
            cause=f"with fewer than {MIN_MASSES} nothing checks that the plate is linear",
            next_step="Give three or more, each with its own option, for example "
            "--mass 10 --mass 20 --mass 40.",
        )


def check_bearable(masses_kg: Sequence[float], rating_kg: float, side: str) -> None:
    """Raise UsageError for a mass that this plate may not carry."""
    heaviest_kg = max(masses_kg)
    if heaviest_kg > rating_kg:
        raise UsageError(
            f"{heaviest_kg:g} kg are more than the {side} plate may carry ({rating_kg:.0f} kg).",
            cause="a load beyond its rating bends a cell for good",
            next_step="Use a lighter mass. If the rating is wrong, give the right one to "
            "`evenstance calibrate` with --rating.",
        )


def check_sensible(counts_per_n: float) -> None:
    """Raise MeasurementError for a change of counts per newton that no load cell gives."""
    low, high = _SENSIBLE_COUNTS_PER_N
    if not low <= abs(counts_per_n) <= high:
        raise MeasurementError(
            f"The plate changed by {counts_per_n:.3g} counts per newton: no load cell does that.",
            cause="the mass stands beside the plate, or a bridge wire is open",
            next_step="Check where the mass stands and the wiring of this plate.",
        )


def fit(points: Sequence[Point], gravity_m_s2: float = STANDARD_GRAVITY_M_S2) -> Sensitivity:
    """Least squares through zero: counts_per_n = sum(F counts) / sum(F^2), F = mass * gravity.

    Example: 10 kg giving 98,066.5 counts at standard gravity is 1000 counts per newton. Raises
    UsageError for masses that cannot make a line, MeasurementError for counts that cannot be a
    load.
    """
    check_masses([p.mass_kg for p in points])
    forces = [p.mass_kg * gravity_m_s2 for p in points]
    slope = sum(f * p.counts for f, p in zip(forces, points, strict=True)) / sum(
        f * f for f in forces
    )
    check_sensible(slope)
    return Sensitivity(
        counts_per_n=slope,
        residuals=tuple(
            Residual(p.mass_kg, p.counts / slope - f, (p.counts / slope / f - 1.0) * 100.0)
            for f, p in zip(forces, points, strict=True)
        ),
    )
