"""How much load fits between a plate's zero and the rail of its converter."""

from __future__ import annotations

RAIL_COUNTS = 0x7FFFFF
# Converter over rating. A bridge of 1 to 3 mV/V at its rating fills 26 to 77 % of the HX711's
# +-3.9 mV/V (gain 128), which is a ratio of 1.3 to 3.9; with some room for the zero [D].
PLAUSIBLE = (1.0, 5.0)


def capacity_n(counts_per_n: float, zero_counts: float) -> float:
    """Load (N) that takes a plate from its zero to the converter's rail.

    Example: 2000 counts per newton and a zero in the middle give 4194.3 N.
    """
    room = RAIL_COUNTS - zero_counts if counts_per_n > 0 else RAIL_COUNTS + zero_counts
    return room / abs(counts_per_n)


def doubt(found_n: float, rating_n: float) -> str | None:
    """Why this capacity does not go with this rating; None when it does."""
    low, high = PLAUSIBLE
    if found_n < low * rating_n:
        return (
            "the converter is at its rail before the plate is at its rating: the rating is too "
            "high, the zero is far off, or the cell is smaller than it says"
        )
    if found_n > high * rating_n:
        return (
            "the cell gives much less signal than a cell of this rating does: the rating is too "
            "low, the masses were not in kilograms, or the plate carries only part of the load"
        )
    return None
