"""Whether the numbers of a trial can be those of somebody who stood on a board.

A summary is undamaged when its checksum holds. That does not make it true: it may come from other
or broken firmware, or from a file with a plate that gave one and the same number. A trial that
names no fault and still says what cannot be does not count, for a reason of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OUT_OF_RANGE = "out_of_range"
MOST_UN = 10_000_000_000  # ten kilonewtons
_FORCES = (
    "body_weight_un",
    "force_mean_un",
    "force_sd_un",
    "force_sd_1_un",
    "force_sd_2_un",
    "force_sd_3_un",
    "force_sd_4_un",
    "force_range_p95_p5_un",
)


def possible(values: Mapping[str, Any]) -> bool:
    """Whether the values of a summary, in units of the wire, can be true of a trial that counts.

    Forces that were measured are above zero (their spread, too: every converter has noise), and a
    span that was scored lies within the hold.
    """
    if any(values[name] is not None and not 0 < values[name] <= MOST_UN for name in _FORCES):
        return False
    from_us, to_us = values["scored_from_us"], values["scored_to_us"]
    return from_us is None or to_us is None or from_us <= to_us
