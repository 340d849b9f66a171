"""The calibrations that a board keeps: shown with what the history knows of them, and restored."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from evenstance.calibration.capacity import capacity_n
from evenstance.device.client import BoardClient, BoardInfo, NotFoundError
from evenstance.errors import BoardRefusedError
from evenstance.flows.calibrate import MN_PER_KG
from evenstance_wire import flags, messages, units

if TYPE_CHECKING:
    from evenstance.store.records import Calibration
    from evenstance.store.repository import Store

FACTORY_ID = 0
_SAME_COUNTS_PER_N = 0.001  # the board keeps counts per kilonewton, the history all digits


@dataclass(frozen=True)
class KeptPlate:
    """One plate in a calibration; None: not calibrated."""

    counts_per_n: float | None
    zero_counts: int | None
    rating_kg: float
    capacity_kg: float | None


@dataclass(frozen=True)
class Kept:
    """A calibration that the board keeps. Masses and residual are known only where it was made."""

    calibration_id: int
    in_use: bool
    kind: str
    restored_from: int | None
    made_at: datetime | None
    left: KeptPlate
    right: KeptPlate
    masses_kg: list[float] | None
    residual_pct: float | None


def kept_calibrations(client: BoardClient, info: BoardInfo, store: Store) -> list[Kept]:
    """Every calibration on the board, the oldest first."""
    listed = client.request(messages.LIST_CALIBRATIONS)
    numbers = [n for (n,) in struct.iter_unpack("<I", listed["kept"])]
    known = store.calibrations(info.board_uid)
    found: list[Kept] = []
    for number in numbers:
        values = client.request(messages.GET_CALIBRATION, calibration_id=number)
        found.append(_kept(values, number == listed["calibration_id"], known))
    return found


def in_use(client: BoardClient) -> Kept:
    """The calibration in use, with the latest zero."""
    return _kept(client.request(messages.GET_CALIBRATION, calibration_id=0), True, [])


def restore(
    client: BoardClient, info: BoardInfo, store: Store, calibration_id: int
) -> tuple[Kept, Kept]:
    """Make an earlier calibration the newest (0: none, as from the factory); (before, after)."""
    before = in_use(client)
    try:
        client.request(messages.RESTORE_CALIBRATION, calibration_id=calibration_id)
    except NotFoundError as error:
        raise BoardRefusedError(
            f"The board does not keep a calibration {calibration_id}.",
            cause="it keeps the last ten; a damaged one is set aside",
            next_step="`evenstance calibration list` shows which it has.",
        ) from error
    after = in_use(client)
    if after.left.counts_per_n is not None and after.right.counts_per_n is not None:
        store.seen_board(info.board_uid, firmware=info.firmware, protocol=info.protocol)
        store.save_calibration(
            info.board_uid,
            after.calibration_id,
            made_at=after.made_at,
            left_counts_per_n=after.left.counts_per_n,
            right_counts_per_n=after.right.counts_per_n,
            detail={"restored_from": calibration_id},
        )
    return before, after


def _kept(values: dict[str, Any], used: bool, known: list[Calibration]) -> Kept:
    made_ms = values["made_unix_ms"]
    kinds: tuple[str, ...] = flags.CALIBRATION_KINDS
    kind: int = values["calibration_kind"]
    left, right = (_plate(values, side) for side in units.PLATES)
    detail = _detail(values["calibration_id"], left, right, known)
    return Kept(
        calibration_id=values["calibration_id"],
        in_use=used,
        kind=kinds[kind] if kind < len(kinds) else "?",
        restored_from=values["restored_from"],
        made_at=None if made_ms is None else datetime.fromtimestamp(made_ms / 1e3, timezone.utc),
        left=left,
        right=right,
        masses_kg=detail.get("masses_kg"),
        residual_pct=detail.get("residual_pct"),
    )


def _plate(values: dict[str, Any], side: str) -> KeptPlate:
    per_kn, zero_counts = values[f"{side}_counts_per_kn"], values[f"zero_{side}_counts"]
    capacity_kg = None
    if per_kn is not None and zero_counts is not None:
        capacity_kg = capacity_n(per_kn / 1e3, zero_counts) * 1e3 / MN_PER_KG
    return KeptPlate(
        counts_per_n=None if per_kn is None else per_kn / 1e3,
        zero_counts=zero_counts,
        rating_kg=values[f"rating_{side}_mn"] / MN_PER_KG,
        capacity_kg=capacity_kg,
    )


def _detail(
    calibration_id: int, left: KeptPlate, right: KeptPlate, known: list[Calibration]
) -> dict[str, Any]:
    """What the history says of this very calibration; a number alone may be another's, since a
    board whose flash was erased begins again at one."""
    for one in reversed(known):
        pairs = ((one.left_counts_per_n, left), (one.right_counts_per_n, right))
        if one.calibration_id == calibration_id and all(
            plate.counts_per_n is not None
            and abs(value - plate.counts_per_n) <= _SAME_COUNTS_PER_N
            for value, plate in pairs
        ):
            return dict(one.detail)
    return {}
