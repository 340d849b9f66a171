"""The guided test of sides: the left plate is pressed, then the right one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evenstance.device.client import BoardClient
from evenstance.flows.plates import holds_paused, mean_counts, measure
from evenstance.health.sides import Press, Sides, press, sides
from evenstance_wire import messages, units


def check_sides(client: BoardClient, ready: Callable[[str | None], None]) -> Sides:
    """`ready(side)` waits until that plate is pressed, `ready(None)` until both are empty.

    Needs no calibration and no steady hand: a mean over two seconds is compared with the empty
    plates before it. On a board without calibration only the sign of a change can be told.
    """
    gains = _gains(client)
    with holds_paused(client) as renew:

        def pressed(side: str) -> Press:
            ready(None)
            renew()
            empty = mean_counts(client)
            ready(side)
            renew()
            return press(side, empty, _means(measure(client)), gains)

        left, right = (pressed(side) for side in units.PLATES)
        return sides(left, right)


def _gains(client: BoardClient) -> tuple[float | None, float | None]:
    """Signed counts per newton of both plates; None without a calibration."""
    used = client.request(messages.GET_CALIBRATION, calibration_id=0)
    left, right = (used[f"{side}_counts_per_kn"] for side in units.PLATES)
    return (None if left is None else left / 1e3, None if right is None else right / 1e3)


def _means(reply: dict[str, Any]) -> tuple[float, float]:
    left, right = (reply[f"mean_{side}_mcounts"] / 1e3 for side in units.PLATES)
    return left, right
