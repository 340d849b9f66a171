"""Rate, jitter, noise and range of one channel from its raw conversions; pure numbers.

Nothing is computed from too little: then there is a reason instead of numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenstance.health.limits import limit

FULL_SCALE_COUNTS = 1 << 23
MAX_COUNTS = FULL_SCALE_COUNTS - 1
WINDOW_S = 1.0
_MIN_IN_WINDOW = 8
_GAP = 1.5  # of the median interval: at least one conversion is missing

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """What one channel did.

    `rate_sps`: conversions per second, missing ones counted. `jitter_sd_us` and
    `jitter_worst_us`: SD of the intervals, and the largest distance of one from their median;
    intervals in which a conversion is missing are left out. `noise_counts`: see `noise`.
    `missing`: conversions that the times say there were and that are not here.
    """

    rate_sps: float
    jitter_sd_us: float
    jitter_worst_us: float
    noise_counts: float | None
    unique_values: int
    saturated: int
    min_counts: int
    max_counts: int
    mean_counts: float
    missing: int


@dataclass(frozen=True)
class Channel:
    """Numbers of one channel, or the `reason` why there are none.

    `lost` conversions came in frames that never arrived at the computer.
    """

    conversions: int
    lost: int
    figures: Figures | None
    reason: str | None


def examine(
    device_us: Sequence[int],
    counts: Sequence[int],
    *,
    from_us: int,
    until_us: int,
    lost: int = 0,
) -> Channel:
    """Numbers of the conversions from `from_us` up to `until_us` of the board's time."""
    every_us = np.asarray(device_us, dtype=np.int64)
    every = np.asarray(counts, dtype=np.int64)
    inside = (every_us >= from_us) & (every_us < until_us)
    t_us, values = every_us[inside], every[inside]
    reason = _too_little(t_us, from_us, until_us)
    figures = None if reason is not None else _figures(t_us, values)
    return Channel(conversions=int(t_us.size), lost=lost, figures=figures, reason=reason)


def noise(t_s: Numbers, counts: Numbers) -> float | None:
    """SD of the counts about a straight line through each second (counts).

    sqrt(sum of squared residuals / sum of (n - 2)) over all whole or part seconds of at least 8
    conversions: drift and creep are in the lines and not in the noise, and neighbours may be
    correlated by the chip's filter, which a difference of neighbours would not show. None when
    no second has enough.

    >>> noise(np.arange(20.0) / 10, 3.0 * np.arange(20.0)) < 1e-9
    True
    """
    squares, degrees = 0.0, 0
    second = np.floor((t_s - t_s[0]) / WINDOW_S)
    for n in np.unique(second):
        mine = second == n
        size = int(mine.sum())
        if size < _MIN_IN_WINDOW:
            continue
        x = t_s[mine] - t_s[mine].mean()
        y = counts[mine] - counts[mine].mean()
        slope = float((x * y).sum() / (x * x).sum())
        squares += float(((y - slope * x) ** 2).sum())
        degrees += size - 2
    return None if degrees == 0 else (squares / degrees) ** 0.5


def _too_little(t_us: NDArray[np.int64], from_us: int, until_us: int) -> str | None:
    whole_s = (until_us - from_us) / 1e6
    if t_us.size == 0:
        return f"no conversion in {whole_s:.1f} s"
    if bool((np.diff(t_us) <= 0).any()):
        return "the times of its conversions go back"
    late_s = (int(t_us[0]) - from_us) / 1e6
    silent_s = (until_us - int(t_us[-1])) / 1e6
    if silent_s > limit("silent_s"):
        return f"fell silent {whole_s - silent_s:.1f} s after the beginning"
    if late_s > limit("silent_s"):
        return f"began only after {late_s:.1f} s"
    if t_us.size < limit("min_conversions"):
        return f"only {t_us.size} conversions in {whole_s:.1f} s"
    return None


def _figures(t_us: NDArray[np.int64], counts: NDArray[np.int64]) -> Figures:
    steps_us = np.diff(t_us).astype(np.float64)
    usual_us = float(np.median(steps_us))
    whole = steps_us < _GAP * usual_us
    missing = int(np.rint(steps_us[~whole] / usual_us - 1.0).sum())
    sound_us = steps_us[whole]
    return Figures(
        rate_sps=(steps_us.size + missing) / (int(t_us[-1] - t_us[0]) / 1e6),
        jitter_sd_us=float(sound_us.std(ddof=1)) if sound_us.size > 1 else 0.0,
        jitter_worst_us=float(np.abs(sound_us - usual_us).max()),
        noise_counts=noise((t_us - t_us[0]) / 1e6, counts.astype(np.float64)),
        unique_values=int(np.unique(counts).size),
        saturated=int(((counts >= MAX_COUNTS) | (counts <= -FULL_SCALE_COUNTS)).sum()),
        min_counts=int(counts.min()),
        max_counts=int(counts.max()),
        mean_counts=float(counts.mean()),
        missing=missing,
    )


def share_pct(counts: float) -> float:
    """Counts as a share of full scale, 2^23 counts (%).

    >>> share_pct(-(1 << 22))
    -50.0
    """
    return counts / FULL_SCALE_COUNTS * 100.0
