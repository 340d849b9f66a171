"""What is said and remembered of a zero, on a board made of replies."""

from __future__ import annotations

from typing import Any

import pytest

from evenstance.flows.zero_watch import FIRST, NOT_CALIBRATED, ZERO_TRIES, ZeroWatch
from evenstance.store.records import ZeroCheck
from evenstance_wire import messages

STATUS = {
    "left_counts_per_kn": 2_000_000,
    "right_counts_per_kn": -2_000_000,
    "zero_left_counts": 1000,
    "zero_right_counts": -1000,
}


class Board:
    """Plates off their zero by so much (N); `noisy` is how often they do not keep still."""

    def __init__(
        self, left_n: float = 0.0, right_n: float = 0.0, *, noisy: int = 0, calibrated: bool = True
    ) -> None:
        self.off_n = (left_n, right_n)
        self.noisy = noisy
        self.calibrated = calibrated

    def status(self) -> dict[str, Any]:
        return STATUS if self.calibrated else dict.fromkeys(STATUS)

    def request(self, table: messages.Table, **_: Any) -> dict[str, Any]:
        left_n, right_n = self.off_n
        if table is messages.ZERO:
            shifts = (round(left_n * 1000), round(right_n * 1000))
            left, right = shifts if self.calibrated else (None, None)
            return {
                "zero_left_counts": 0,
                "zero_right_counts": 0,
                "shift_left_mn": left,
                "shift_right_mn": right,
            }
        self.noisy -= 1
        return {
            "saturated": 0,
            "mean_left_mcounts": (1000 + 2000 * left_n) * 1000,
            "mean_right_mcounts": (-1000 - 2000 * right_n) * 1000,
            "sd_left_mcounts": 10_000_000 if self.noisy >= 0 else 50_000,
            "sd_right_mcounts": 50_000,
        }


def watch(board: Board) -> tuple[ZeroWatch, list[str]]:
    said: list[str] = []
    return ZeroWatch(board, said.append), said  # type: ignore[arg-type]


def test_the_zero_before_is_told_and_is_no_shift_of_the_session() -> None:
    found, said = watch(Board(1.25, -0.5))
    found.take()
    assert said == ["Zero taken; since the last one it moved by +1.25 N left, -0.50 N right."]
    assert found.checks == [ZeroCheck(FIRST, 1.25, -0.5, None)]
    assert found.last_shift_n is None


@pytest.mark.parametrize(("left_n", "warned"), [(4.9, False), (-5.1, True)])
def test_a_check_is_told_and_a_large_shift_warned_of(left_n: float, warned: bool) -> None:
    found, said = watch(Board(left_n, 0.0))
    found.take()
    found.check("the block")
    assert said[1].startswith("Zero checked after the block; since the beginning it moved by")
    assert len(said) == (3 if warned else 2)
    assert found.last_shift_n == pytest.approx((left_n, 0.0))


def test_a_plate_that_does_not_keep_still_is_tried_again() -> None:
    found, _ = watch(Board(1.0, 0.0, noisy=ZERO_TRIES - 1))
    found.check("the block")
    assert found.last_shift_n == pytest.approx((1.0, 0.0))


def test_what_is_not_known_has_a_reason_and_no_number() -> None:
    found, said = watch(Board(1.0, 0.0, noisy=ZERO_TRIES))
    found.check("the block")
    assert "not known" in said[0]
    (check,) = found.checks
    assert (check.left_n, check.right_n) == (None, None)
    assert check.reason == "The left plate did not keep still."
    assert found.last_shift_n is None
    found.missed("stopped")
    assert found.checks[-1] == ZeroCheck("at the end", None, None, "stopped")


def test_a_board_without_a_calibration() -> None:
    found, said = watch(Board(calibrated=False))
    found.take()
    found.check("the block")
    assert found.checks[0] == ZeroCheck(FIRST, None, None, NOT_CALIBRATED)
    assert found.checks[1].reason == "The board is not calibrated."
    assert len(said) == 1
