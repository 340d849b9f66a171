"""Guided tests of a board: the corners of a plate, and the exchange of the plates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evenstance.calibration import checks
from evenstance.calibration.known_mass import (
    MIN_MASS_KG,
    STANDARD_GRAVITY_M_S2,
    check_bearable,
    check_sensible,
)
from evenstance.device.client import BoardClient
from evenstance.errors import MeasurementError, UsageError
from evenstance.flows.plates import check_plate, holds_paused, mean_counts, measure, zero
from evenstance.metrics.asymmetry import norm_sum
from evenstance_wire import messages, rules, units

SPOTS = ("centre", "front left", "front right", "back left", "back right")
STANCE_MS = 20_000
STEADY_PCT = 5.0  # SD of one foot, of body weight; quiet stance has 2 to 3 % (field-notes 6)


@dataclass(frozen=True)
class Corners:
    """One mass at five spots of a plate; `reads_kg` is None on a board without calibration."""

    plate: str
    mass_kg: float
    off_pct: dict[str, float]
    reads_kg: dict[str, float] | None
    spread_pct: float
    limit_pct: float
    return_to_zero_pct: float
    passed: bool


@dataclass(frozen=True)
class Stance:
    """Quiet two-legged stance: mean force on each plate (N) and the split (%)."""

    left_n: float
    right_n: float
    split_pct: float


@dataclass(frozen=True)
class Swapped:
    """One person facing both ways; see `evenstance.calibration.checks.Swap`."""

    first: Stance
    second: Stance
    person_pct: float
    plates_pct: float
    right_over_left: float
    limit_pct: float
    sign_changed: bool
    passed: bool


def check_corners(
    client: BoardClient, plate: int, mass_kg: float, place: Callable[[str | None], None]
) -> Corners:
    """The mass at the centre and at each corner; `place(spot)` has it put there, None: empty."""
    if not MIN_MASS_KG <= mass_kg < float("inf"):
        raise UsageError(
            f"{mass_kg:g} kg cannot test a plate.",
            next_step=f"Use at least {MIN_MASS_KG:g} kg, better 20 kg.",
        )
    side = units.PLATES[plate]
    used = client.request(messages.GET_CALIBRATION, calibration_id=0)
    check_bearable([mass_kg], used[f"rating_{side}_mn"] / 1e3 / STANDARD_GRAVITY_M_S2, side)
    found: dict[str, float] = {}
    with holds_paused(client) as renew:

        def counts_with(spot: str | None) -> tuple[float, float]:
            place(spot)
            renew()
            return mean_counts(client)

        empty = counts_with(None)
        for spot in SPOTS:
            counts = counts_with(spot)
            change = (counts[0] - empty[0], counts[1] - empty[1])
            check_sensible(max(change, key=abs) / (mass_kg * STANDARD_GRAVITY_M_S2))
            check_plate(plate, change)
            found[spot] = change[plate]
        returned = counts_with(None)[plate] - empty[plate]
    share_pct = abs(returned / found[SPOTS[0]]) * 100.0
    if share_pct > checks.RETURN_PCT:
        raise MeasurementError(
            f"The plate did not come back to its zero: {share_pct:.2f} % of the load stayed "
            f"(limit {checks.RETURN_PCT} %).",
            cause="the plate rubs, is not empty, or the cell still warms up",
            next_step="See that the plate is free all round, wait ten minutes, and repeat.",
        )
    spread = checks.spread(found)
    gain = client.status()[f"{side}_counts_per_kn"]
    return Corners(
        plate=side,
        mass_kg=mass_kg,
        off_pct=spread.off_pct,
        reads_kg=None
        if gain is None
        else {spot: n / gain * 1000.0 / STANDARD_GRAVITY_M_S2 for spot, n in found.items()},
        spread_pct=spread.spread_pct,
        limit_pct=checks.CORNER_SPREAD_PCT,
        return_to_zero_pct=share_pct,
        passed=spread.passed,
    )


def check_swap(client: BoardClient, ready: Callable[[str], None]) -> Swapped:
    """One person, two quiet stances of 20 s, the second with the feet on the other plates.

    `ready(step)` waits until the person has done it: `empty`, `stand`, `off`, `stand turned`.
    """
    with holds_paused(client) as renew:

        def done(step: str) -> None:
            ready(step)
            renew()

        return _swapped(lambda off, on: _stance(client, done, off, on))


def _swapped(stance: Callable[[str, str], Stance]) -> Swapped:
    first = stance("empty", "stand")
    if abs(first.split_pct) < checks.UNEVEN_POINTS:
        raise MeasurementError(
            f"The load was split too evenly ({first.split_pct:+.1f} %) to see it change sides.",
            cause=f"a split below {checks.UNEVEN_POINTS:g} % could change its sign by chance",
            next_step="Repeat with a bag of 5 to 10 kg in one hand, in the same hand both times.",
        )
    second = stance("off", "stand turned")
    whole = (first.left_n + first.right_n, second.left_n + second.right_n)
    found = checks.swap(first.split_pct, second.split_pct)
    if abs(whole[1] / whole[0] / found.loads_ratio - 1.0) * 100.0 > checks.SAME_LOAD_PCT:
        raise MeasurementError(
            f"{whole[0]:.0f} N stood on the board at first, then {whole[1]:.0f} N.",
            cause="another person, another bag, or a foot beside its plate",
            next_step="Repeat with the same person and the same bag, both feet wholly on.",
        )
    return Swapped(
        first=first,
        second=second,
        person_pct=found.person_pct,
        plates_pct=found.plates_pct,
        right_over_left=found.right_over_left,
        limit_pct=checks.SWAP_SHARE_POINTS,
        sign_changed=found.sign_changed,
        passed=found.passed,
    )


def _stance(client: BoardClient, ready: Callable[[str], None], off: str, on: str) -> Stance:
    """A zero, since the board may have been moved, then 20 s of both feet."""
    ready(off)
    zero(client)
    status = client.status()
    if status["left_counts_per_kn"] is None:
        raise MeasurementError(
            "The board is not calibrated.",
            next_step="Run `evenstance calibrate` with known masses first.",
            anchor="the-board-is-not-calibrated",
        )
    ready(on)
    reply = measure(client, STANCE_MS)
    left_n, right_n = (_force_n(reply, status, side) for side in units.PLATES)
    down_n = rules.value("foot_down_mn") / 1e3
    if min(left_n, right_n) < down_n or left_n + right_n < rules.value("min_person_mn") / 1e3:
        raise MeasurementError(
            f"Nobody stood on both plates (left {left_n:.0f} N, right {right_n:.0f} N).",
            cause="a foot was not on its plate",
            next_step="Repeat with one foot on each plate.",
        )
    for side in units.PLATES:
        per_n = abs(status[f"{side}_counts_per_kn"]) / 1e3
        sd_n = reply[f"sd_{side}_mcounts"] / 1e3 / per_n
        if sd_n > (left_n + right_n) * STEADY_PCT / 100.0:
            raise MeasurementError(
                f"The {side} foot was not quiet: force SD {sd_n:.0f} N.",
                cause="the person moved or stepped within the 20 s",
                next_step="Repeat; stand still and look at a fixed mark.",
            )
    return Stance(left_n=left_n, right_n=right_n, split_pct=norm_sum(left_n, right_n))


def _force_n(reply: dict[str, Any], status: dict[str, Any], side: str) -> float:
    above = reply[f"mean_{side}_mcounts"] / 1e3 - status[f"zero_{side}_counts"]
    return above / status[f"{side}_counts_per_kn"] * 1e3
