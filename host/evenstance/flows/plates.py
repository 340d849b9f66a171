"""What is asked of both plates at once: their zero, their mean counts, how far the zero moved."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from evenstance.device.client import BoardClient
from evenstance.errors import LinkLostError, MeasurementError
from evenstance.report.faults import FAULT_ADVICE
from evenstance_wire import messages, rules, units

MEASURE_MS = 2000
PAUSE_MS = 500_000
MARGIN_S = 4.0  # for the reply, beyond the measurement itself
OTHER_PLATE_SHARE = 0.1


@dataclass(frozen=True)
class Zero:
    """Zero of both plates and its shift since the last one (N; None without calibration)."""

    left_counts: int
    right_counts: int
    left_shift_n: float | None
    right_shift_n: float | None


@contextmanager
def holds_paused(client: BoardClient) -> Generator[Callable[[], None], None, None]:
    """Masses on the plates are no holds within this; what it gives must be called in between."""

    def renew() -> None:
        client.request(messages.PAUSE_HOLDS, lease_ms=PAUSE_MS)

    renew()
    try:
        yield renew
    finally:
        with suppress(LinkLostError):  # then the pause ends by itself
            client.request(messages.PAUSE_HOLDS, lease_ms=0)


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


def measure(client: BoardClient, duration_ms: int = MEASURE_MS) -> dict[str, Any]:
    """Mean and SD of the counts of both plates; a converter at its rail is an error."""
    wait_s = duration_ms / 1000.0 + MARGIN_S
    reply = client.request(messages.MEASURE, wait_s=wait_s, tries=1, duration_ms=duration_ms)
    if reply["saturated"]:
        raise MeasurementError(
            "A converter is at its rail.",
            cause="the load is beyond the plate, or a bridge wire is open",
            next_step="Take the load off and check the wiring of that plate.",
        )
    return reply


def mean_counts(client: BoardClient) -> tuple[float, float]:
    """Mean counts of both plates over two seconds; unsteady or saturated is an error."""
    reply = measure(client)
    limit_counts = rules.value("zero_sd_counts")
    for side in units.PLATES:
        if reply[f"sd_{side}_mcounts"] / 1000.0 > limit_counts:
            raise MeasurementError(
                f"The {side} plate did not keep still.",
                cause="something moves on it or touches it",
                next_step="Let the mass settle, keep hands and cables away, and try again.",
            )
    return reply["mean_left_mcounts"] / 1000.0, reply["mean_right_mcounts"] / 1000.0


def check_plate(plate: int, change: tuple[float, float]) -> None:
    """Raise MeasurementError unless it is mostly this plate whose counts changed."""
    mine, other = abs(change[plate]), abs(change[1 - plate])
    if other > mine * OTHER_PLATE_SHARE:
        raise MeasurementError(
            f"The mass was expected on the {units.PLATES[plate]} plate, but the other one moved "
            "(swapped).",
            cause="the mass stands on the wrong plate, touches both, or the plates are wired the "
            "other way round",
            next_step=f"Put the mass on the {units.PLATES[plate]} plate only and repeat. If it "
            f"stood there: {FAULT_ADVICE['swapped'].next_step}",
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
