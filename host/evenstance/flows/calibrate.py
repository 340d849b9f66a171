"""Zero and known masses: the product's own calibration of a board."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from evenstance.calibration.known_mass import (
    MAX_RESIDUAL_PCT,
    STANDARD_GRAVITY_M_S2,
    Point,
    Sensitivity,
    fit,
)
from evenstance.device.client import BoardClient
from evenstance.errors import MeasurementError
from evenstance_wire import messages, rules, units

MEASURE_MS = 2000
OTHER_PLATE_SHARE = 0.1


@dataclass(frozen=True)
class Zero:
    """Zero of both plates and its shift since the last one (N; None without calibration)."""

    left_counts: int
    right_counts: int
    left_shift_n: float | None
    right_shift_n: float | None


@dataclass(frozen=True)
class Calibrated:
    """New sensitivities as the board has stored them."""

    calibration_id: int
    left: Sensitivity
    right: Sensitivity


def zero(client: BoardClient, *, accept_load: bool = False) -> Zero:
    """Take the present counts of both plates as zero; the board refuses motion and load."""
    reply = client.request(messages.ZERO, wait_s=6.0, tries=1, accept_load=1 if accept_load else 0)
    shifts = (reply["shift_left_mn"], reply["shift_right_mn"])
    return Zero(
        left_counts=reply["zero_left_counts"],
        right_counts=reply["zero_right_counts"],
        left_shift_n=None if shifts[0] is None else shifts[0] / 1000.0,
        right_shift_n=None if shifts[1] is None else shifts[1] / 1000.0,
    )


def mean_counts(client: BoardClient) -> tuple[float, float]:
    """Mean counts of both plates over two seconds; unsteady or saturated is an error."""
    reply = client.request(messages.MEASURE, wait_s=6.0, tries=1, duration_ms=MEASURE_MS)
    if reply["saturated"]:
        raise MeasurementError(
            "A converter is at its rail.",
            cause="the load is beyond the plate, or a bridge wire is open",
            next_step="Take the load off and check the wiring of that plate.",
        )
    limit_counts = rules.value("zero_sd_counts")
    for side in units.PLATES:
        if reply[f"sd_{side}_mcounts"] / 1000.0 > limit_counts:
            raise MeasurementError(
                f"The {side} plate did not keep still.",
                cause="something moves on it or touches it",
                next_step="Let the mass settle, keep hands and cables away, and try again.",
            )
    return reply["mean_left_mcounts"] / 1000.0, reply["mean_right_mcounts"] / 1000.0


def calibrate(
    client: BoardClient,
    masses_kg: Sequence[float],
    place: Callable[[int, float], None],
    *,
    accept_load: bool = True,
    gravity_m_s2: float = STANDARD_GRAVITY_M_S2,
    now: Callable[[], datetime] | None = None,
) -> Calibrated:
    """Zero, then every mass on every plate; `place(plate, mass)` has it put there (0 kg: empty).

    The sensitivities go to the board, signed; a residual above 0.2 % of the load is refused.
    """
    for plate in (units.LEFT, units.RIGHT):
        place(plate, 0.0)
    zero(client, accept_load=accept_load)
    empty = mean_counts(client)
    found: list[Sensitivity] = []
    for plate in (units.LEFT, units.RIGHT):
        points: list[Point] = []
        for mass_kg in masses_kg:
            place(plate, mass_kg)
            counts = mean_counts(client)
            change = (counts[0] - empty[0], counts[1] - empty[1])
            _check_plate(plate, change)
            points.append(Point(mass_kg, change[plate]))
        place(plate, 0.0)
        sensitivity = fit(points, gravity_m_s2)
        if sensitivity.residual_pct > MAX_RESIDUAL_PCT:
            raise MeasurementError(
                f"The {units.PLATES[plate]} plate is off its own line by "
                f"{sensitivity.residual_pct:.2f} % of the load (limit {MAX_RESIDUAL_PCT} %).",
                cause="a mass is not what it says, stands half off the plate, or the plate rubs",
                next_step="Check the masses and that the plate is free all round; then repeat.",
            )
        found.append(sensitivity)
    left, right = found
    made = None if now is None else int(now().timestamp() * 1000)
    reply = client.request(
        messages.SET_CALIBRATION,
        left_counts_per_kn=round(left.counts_per_n * 1000),
        right_counts_per_kn=round(right.counts_per_n * 1000),
        rating_left_mn=None,
        rating_right_mn=None,
        made_unix_ms=made,
    )
    return Calibrated(calibration_id=reply["calibration_id"], left=left, right=right)


def _check_plate(plate: int, change: tuple[float, float]) -> None:
    mine, other = abs(change[plate]), abs(change[1 - plate])
    if other > mine * OTHER_PLATE_SHARE:
        raise MeasurementError(
            f"The mass was expected on the {units.PLATES[plate]} plate, but the other one moved.",
            cause="the mass stands on the wrong plate, touches both, or the plates are wired the "
            "other way round",
            next_step=f"Put the mass on the {units.PLATES[plate]} plate only and repeat.",
        )


def zero_shift_n(client: BoardClient) -> tuple[float, float] | None:
    """How far the empty plates are from their zero now (N); None without calibration."""
    status = client.status()
    gains = (status["left_counts_per_kn"], status["right_counts_per_kn"])
    zeros = (status["zero_left_counts"], status["zero_right_counts"])
    if None in gains or None in zeros:
        return None
    counts = mean_counts(client)
    left, right = (
        (count - zero_counts) / gain * 1000.0
        for count, zero_counts, gain in zip(counts, zeros, gains, strict=True)
    )
    return left, right
