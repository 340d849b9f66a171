"""Limits of the guided tests of a board: the corners of a plate, and the exchange of the plates.

Both limits on what the plates may do are this project's proposals [D].
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

CORNER_SPREAD_PCT = 0.5  # field-notes section 5
RETURN_PCT = 0.2  # an empty plate must come back to its zero within this share of the load
SWAP_SHARE_POINTS = 2.0
UNEVEN_POINTS = 4.0  # below this a change of sign says nothing: twice the limit
SAME_LOAD_PCT = 1.0


@dataclass(frozen=True)
class Spread:
    """Readings of one mass at several spots (%): each against their mean, and max - min."""

    off_pct: dict[str, float]
    spread_pct: float
    passed: bool


def spread(readings: Mapping[str, float]) -> Spread:
    """Compare readings above zero, all in one unit, none of them zero on average."""
    mean = sum(readings.values()) / len(readings)
    off = {spot: (value / mean - 1.0) * 100.0 for spot, value in readings.items()}
    found = max(off.values()) - min(off.values())
    return Spread(off_pct=off, spread_pct=found, passed=found <= CORNER_SPREAD_PCT)


@dataclass(frozen=True)
class Swap:
    """Load split of one person, 100 (R - L) / (R + L), before and after the plates were exchanged.

    With a the person's own split and m that of the plates, the first is m + a and the second
    m - a: `person_pct` is a, `plates_pct` is m. `right_over_left` is what the right plate reads
    of a load of which the left one reads 1, and `loads_ratio` what the sum of the second stance
    over that of the first must be when it was the same person.
    """

    first_pct: float
    second_pct: float
    person_pct: float
    plates_pct: float
    right_over_left: float
    loads_ratio: float
    sign_changed: bool
    passed: bool


def swap(first_pct: float, second_pct: float) -> Swap:
    """Pass when the split changed its sign and the plates' own part is small.

    Splits lie between -100 and 100. For feet L, R and plates that read l, r of a load the ratios
    right/left of the two stances are (r/l)(R/L) and (r/l)(L/R).
    """
    plates = (first_pct + second_pct) / 2.0
    changed = first_pct * second_pct < 0
    ratios = [(100.0 + one) / (100.0 - one) for one in (first_pct, second_pct)]
    plate_ratio = math.sqrt(ratios[0] * ratios[1])
    feet_ratio = math.sqrt(ratios[0] / ratios[1])
    return Swap(
        first_pct=first_pct,
        second_pct=second_pct,
        person_pct=(first_pct - second_pct) / 2.0,
        plates_pct=plates,
        right_over_left=plate_ratio,
        loads_ratio=(feet_ratio + plate_ratio) / (1.0 + plate_ratio * feet_ratio),
        sign_changed=changed,
        passed=changed and abs(plates) <= SWAP_SHARE_POINTS,
    )
