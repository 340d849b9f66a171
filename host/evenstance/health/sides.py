"""Which channel moved when a person pressed the left plate, then the right one; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenstance.health.limits import limit
from evenstance_wire import flags, units

_NAMES = dict(flags.FAULTS)
SWAPPED = _NAMES[flags.SWAPPED]
REVERSED = _NAMES[flags.REVERSED]


@dataclass(frozen=True)
class Press:
    """What both channels did while one plate was pressed.

    `change_n` is by the calibration, None without one; `moved` are the channels that changed.
    """

    asked: str
    change_counts: tuple[float, float]
    change_n: tuple[float, float] | None
    moved: tuple[str, ...]


@dataclass(frozen=True)
class Sides:
    """`outcome` is one of `right_way`, `swapped`, `both_moved`, `nothing_moved`, `same_moved`.

    `signs` is +1 or -1 for each channel that moved, raw counts under a load; `faults` are names
    of `evenstance_wire.flags.FAULTS`, by channel.
    """

    presses: tuple[Press, Press]
    outcome: str
    signs: dict[str, int]
    faults: dict[str, list[str]]

    @property
    def passed(self) -> bool:
        """Left is left, right is right, and a load reads as a load."""
        return self.outcome == "right_way" and not any(self.faults.values())


def press(
    asked: str,
    empty_counts: Sequence[float],
    pressed_counts: Sequence[float],
    counts_per_n: Sequence[float | None],
) -> Press:
    """What moved: a change of `moved_n`, or `moved_counts` on a board without calibration, and
    a tenth of the larger change at least."""
    left, right = (p - e for p, e in zip(pressed_counts, empty_counts, strict=True))
    gains = tuple(counts_per_n)
    in_n: tuple[float, float] | None = None
    if gains[0] is not None and gains[1] is not None:
        in_n = left / gains[0], right / gains[1]
    sizes = (left, right) if in_n is None else in_n
    least = limit("moved_counts") if in_n is None else limit("moved_n")
    share = limit("moved_too_pct") / 100.0
    largest = max(abs(one) for one in sizes)
    moved = tuple(
        side
        for side, size in zip(units.PLATES, sizes, strict=True)
        if largest >= least and abs(size) >= share * largest
    )
    return Press(asked, (left, right), in_n, moved)


def sides(left: Press, right: Press) -> Sides:
    """Compare the press of the left plate with that of the right one."""
    return Sides(
        presses=(left, right),
        outcome=_outcome(left, right),
        signs=_signs(left, right),
        faults=_faults(left, right),
    )


def _outcome(left: Press, right: Press) -> str:
    both = (left, right)
    if any(not one.moved for one in both):
        return "nothing_moved"
    if any(len(one.moved) > 1 for one in both):
        return "both_moved"
    if left.moved == right.moved:
        return "same_moved"
    return "right_way" if left.moved == (left.asked,) else "swapped"


def _signs(left: Press, right: Press) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in (left, right):
        if len(one.moved) == 1:
            change = one.change_counts[units.PLATES.index(one.moved[0])]
            found[one.moved[0]] = 1 if change > 0 else -1
    return found


def _faults(left: Press, right: Press) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {side: [] for side in units.PLATES}
    if _outcome(left, right) == "swapped":
        for names in found.values():
            names.append(SWAPPED)
    for one in (left, right):
        if len(one.moved) == 1 and one.change_n is not None:
            side = one.moved[0]
            if one.change_n[units.PLATES.index(side)] < 0 and REVERSED not in found[side]:
                found[side].append(REVERSED)
    return found
