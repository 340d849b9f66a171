"""Made-up conversions and boards for the tests of what is judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenstance.health.conversions import Channel, examine
from evenstance.health.lines import Examined, Plate
from evenstance_wire import messages

SECONDS = 10.0
UNTIL_US = 10_000_000
RATE_SPS = 93.1
GAIN = 2187.0
ZERO = 50_000
PLATE = Plate(GAIN, ZERO, ZERO, 1961.0)
STATUS: dict[str, Any] = {name: 0 for name, _ in messages.STATUS_REPLY.fields} | {
    "clock_set": 1,
    "memory_free_b": 100_000,
    "flash_free_b": 1_000_000,
    "first_seq": 1,
    "next_seq": 1,
}
Counts = NDArray[np.int64]


def times_us(rate_sps: float = RATE_SPS, seconds: float = SECONDS) -> NDArray[np.int64]:
    """Ends of evenly spaced conversions."""
    return np.rint(np.arange(1, seconds * rate_sps) / rate_sps * 1e6).astype(np.int64)


def quiet(n: int, *, mean: float = ZERO, sd: float = 80.0, seed: int = 1) -> Counts:
    """Counts of an empty plate with white noise."""
    noise = np.random.default_rng(seed).standard_normal(n)
    return np.rint(mean + sd * noise).astype(np.int64)


def channel(
    t_us: NDArray[np.int64] | None = None, counts: Counts | None = None, *, lost: int = 0
) -> Channel:
    """A channel over ten seconds; sound unless something else is given."""
    t_us = times_us() if t_us is None else t_us
    counts = quiet(t_us.size) if counts is None else counts
    return examine(t_us.tolist(), counts.tolist(), from_us=0, until_us=UNTIL_US, lost=lost)


def examined(
    left: Channel | None = None,
    *,
    plate: Plate = PLATE,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Examined:
    """A test of a board whose right channel is sound; the counters are zero unless given."""
    base = {**STATUS, "conversions_left": 930, "conversions_right": 930}
    return Examined(
        SECONDS,
        {"left": channel() if left is None else left, "right": channel()},
        {"left": plate, "right": PLATE},
        {**STATUS, **(before or {})},
        {**base, **(after or {})},
    )
