"""Zero and known masses: the product's own calibration of a board."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evenstance.calibration.capacity import capacity_n, doubt
from evenstance.calibration.checks import RETURN_PCT
from evenstance.calibration.known_mass import (
    MAX_RESIDUAL_PCT,
    STANDARD_GRAVITY_M_S2,
    Point,
    Residual,
    Sensitivity,
    check_bearable,
    check_masses,
    check_sensible,
    fit,
)
from evenstance.device.client import BoardClient
from evenstance.errors import MeasurementError
from evenstance.flows.plates import check_plate, holds_paused, mean_counts, zero
from evenstance_wire import messages, units

MN_PER_KG = units.STANDARD_GRAVITY_UM_S2 / 1e3
Place = Callable[[int, float], None]


@dataclass(frozen=True)
class PlateCalibration:
    """One plate: signed sensitivity, how well it fits, and what the converter can take.

    `before_counts_per_n` is what the board had until now; `reversed` says that the bridge is
    wired the other way round, which works; `doubt` why the capacity does not go with the rating.
    """

    counts_per_n: float
    before_counts_per_n: float | None
    reversed: bool
    residuals: tuple[Residual, ...]
    residual_pct: float
    return_to_zero_n: float
    return_to_zero_pct: float
    capacity_kg: float
    rating_kg: float
    doubt: str | None


@dataclass(frozen=True)
class Calibrated:
    """A new calibration as the board has stored it.

    `zero_shift_left_n` and `zero_shift_right_n` are how far the zero at its beginning was from
    the one before (N); None on a board that was not calibrated.
    """

    calibration_id: int
    zero_shift_left_n: float | None
    zero_shift_right_n: float | None
    left: PlateCalibration
    right: PlateCalibration


@dataclass(frozen=True)
class _Loading:
    """Counts of one plate under each mass above the empty plate, and of the plate empty again."""

    sensitivity: Sensitivity
    returned_counts: float


def calibrate(
    client: BoardClient,
    masses_kg: Sequence[float],
    place: Place,
    *,
    rating_kg: float | None = None,
    accept_load: bool = True,
    gravity_m_s2: float = STANDARD_GRAVITY_M_S2,
    now: Callable[[], datetime] | None = None,
) -> Calibrated:
    """Zero, then every mass on every plate, lightest first, and each plate empty again.

    `place(plate, mass)` has a mass put on a plate (0 kg: empty). At least three different masses,
    none above the rating. The zero is taken even if it has moved far, since a rebuilt board begins
    here; by how much is in the result. The sensitivities go to the board, signed. They stay as
    they were when a residual is above 0.2 % of its load, or an emptied plate is further from its
    zero than 0.2 % of the largest load. `rating_kg` is what a plate may carry; None leaves it as
    the board has it.
    """
    check_masses(masses_kg)
    before = client.request(messages.GET_CALIBRATION, calibration_id=0)
    for side in units.PLATES:
        kept_kg = before[f"rating_{side}_mn"] / MN_PER_KG
        check_bearable(masses_kg, kept_kg if rating_kg is None else rating_kg, side)
    loadings: list[_Loading] = []
    with holds_paused(client) as renew:

        def placed(plate: int, mass_kg: float) -> None:
            place(plate, mass_kg)
            renew()

        for plate in (units.LEFT, units.RIGHT):
            placed(plate, 0.0)
        zeros = zero(client, accept_load=accept_load)
        empty = mean_counts(client)
        for plate in (units.LEFT, units.RIGHT):
            loading, empty = _load(client, plate, sorted(masses_kg), placed, empty, gravity_m_s2)
            loadings.append(loading)
    rating_mn = None if rating_kg is None else round(rating_kg * MN_PER_KG)
    gains = [one.sensitivity.counts_per_n for one in loadings]
    reply = client.request(
        messages.SET_CALIBRATION,
        left_counts_per_kn=round(gains[units.LEFT] * 1000),
        right_counts_per_kn=round(gains[units.RIGHT] * 1000),
        rating_left_mn=rating_mn,
        rating_right_mn=rating_mn,
        made_unix_ms=None if now is None else int(now().timestamp() * 1000),
    )
    zero_counts = (zeros.left_counts, zeros.right_counts)
    heaviest_n = max(masses_kg) * gravity_m_s2
    left, right = (
        _described(loadings[plate], plate, zero_counts[plate], before, rating_mn, heaviest_n)
        for plate in (units.LEFT, units.RIGHT)
    )
    return Calibrated(
        calibration_id=reply["calibration_id"],
        zero_shift_left_n=zeros.left_shift_n,
        zero_shift_right_n=zeros.right_shift_n,
        left=left,
        right=right,
    )


def _load(
    client: BoardClient,
    plate: int,
    masses_kg: Sequence[float],
    place: Place,
    empty: tuple[float, float],
    gravity_m_s2: float,
) -> tuple[_Loading, tuple[float, float]]:
    """Every mass on one plate; also the counts of both plates when it is empty again."""
    points: list[Point] = []
    for mass_kg in masses_kg:
        place(plate, mass_kg)
        counts = mean_counts(client)
        change = (counts[0] - empty[0], counts[1] - empty[1])
        check_sensible(max(change, key=abs) / (mass_kg * gravity_m_s2))
        check_plate(plate, change)
        points.append(Point(mass_kg, change[plate]))
    place(plate, 0.0)
    again = mean_counts(client)
    side = units.PLATES[plate]
    sensitivity = fit(points, gravity_m_s2)
    worst = sensitivity.worst
    if abs(worst.off_pct) > MAX_RESIDUAL_PCT:
        raise MeasurementError(
            f"The {side} plate is off its own line by {abs(worst.off_pct):.2f} % of the load at "
            f"{worst.mass_kg:g} kg (limit {MAX_RESIDUAL_PCT} %). The board's calibration stays.",
            cause="a mass is not what it says, stands half off the plate, or the plate rubs",
            next_step="Check the masses and that the plate is free all round; then repeat.",
        )
    returned = again[plate] - empty[plate]
    share_pct = abs(returned / points[-1].counts) * 100.0
    if share_pct > RETURN_PCT:
        raise MeasurementError(
            f"The {side} plate did not come back to its zero: {share_pct:.2f} % of the largest "
            f"load stayed (limit {RETURN_PCT} %). The board's calibration stays.",
            cause="the plate rubs, is not empty, the cell still warms up, or it is overloaded",
            next_step="Empty the plate, see that it is free all round, wait ten minutes, repeat.",
        )
    return _Loading(sensitivity, returned), again


def _described(
    loading: _Loading,
    plate: int,
    zero_counts: int,
    before: dict[str, Any],
    rating_mn: int | None,
    heaviest_n: float,
) -> PlateCalibration:
    side = units.PLATES[plate]
    gain = loading.sensitivity.counts_per_n
    kept = before[f"rating_{side}_mn"] if rating_mn is None else rating_mn
    old = before[f"{side}_counts_per_kn"]
    fits_n = capacity_n(gain, zero_counts)
    return PlateCalibration(
        counts_per_n=gain,
        before_counts_per_n=None if old is None else old / 1000.0,
        reversed=gain < 0,
        residuals=loading.sensitivity.residuals,
        residual_pct=abs(loading.sensitivity.worst.off_pct),
        return_to_zero_n=loading.returned_counts / gain,
        return_to_zero_pct=loading.returned_counts / gain / heaviest_n * 100.0,
        capacity_kg=fits_n * 1000.0 / MN_PER_KG,
        rating_kg=kept / MN_PER_KG,
        doubt=doubt(fits_n, kept / 1000.0),
    )
