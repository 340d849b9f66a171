"""The numbers of a hold from its trace of raw counts, in 64-bit floating point.

Made from the words of docs/metrics.md and not from the board's code: force from counts, zero and
sensitivity; the moment it acted from the conversion's end and the delay of the filter; four
windows of 5 s from 5 s after lift-off.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evenstance_wire import rules, trace

EDGE_US = 32.0  # a trace has its times in steps of this

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Numbers:
    """Of the stance plate (N): mean, mean of the window SDs, the SDs, range; of the other: mean.

    `edge_us` is how near a conversion comes to the edge of a window: below EDGE_US it is not known
    from the trace on which side it belongs.
    """

    mean_n: float
    sd_n: float
    windows_sd_n: tuple[float, ...]
    range_n: float
    swing_mean_n: float
    samples: int
    edge_us: float


def numbers(data: bytes) -> Numbers:
    """Evaluate a packed trace of a whole hold."""
    header, left, right = trace.unpack(data)
    values = cast("dict[str, Any]", header)
    stance: int = values["stance_leg"]
    plates = [
        _force_n(values, side, times, counts)
        for side, (times, counts) in (("left", left), ("right", right))
    ]
    own, other = plates[stance], plates[1 - stance]
    return evaluate(own[0], own[1], other[0], other[1])


def _force_n(
    header: dict[str, Any], side: str, times_us: list[int], counts: list[int]
) -> tuple[Floats, Floats]:
    """Moments (us from lift-off) and forces (N) of one plate."""
    delay_us = header["filter_delay_half_periods"] * header[f"{side}_period_us"] / 2
    counts_per_n = header[f"{side}_counts_per_kn"] / 1e3
    force_n = (np.array(counts, dtype=np.float64) - header[f"zero_{side}_counts"]) / counts_per_n
    return np.array(times_us, dtype=np.float64) - delay_us, force_n


def evaluate(t_us: Floats, force_n: Floats, swing_us: Floats, swing_n: Floats) -> Numbers:
    """The numbers of a hold that begins at 0."""
    first_us = 1e3 * rules.value("settling_ms")
    window_us = 1e3 * rules.value("window_ms")
    windows = rules.value("windows")
    edges_us = first_us + window_us * np.arange(windows + 1)
    sds = [float(np.std(force_n[(t_us >= a) & (t_us < b)], ddof=1)) for a, b in pairwise(edges_us)]
    scored = force_n[(t_us >= edges_us[0]) & (t_us < edges_us[-1])]
    swing = swing_n[(swing_us >= edges_us[0]) & (swing_us < edges_us[-1])]
    high, low = np.percentile(scored, [95, 5])
    return Numbers(
        float(scored.mean()),
        float(np.mean(sds)),
        tuple(sds),
        float(high - low),
        float(swing.mean()),
        scored.size,
        float(np.abs(t_us[:, None] - edges_us[None, :]).min()),
    )
