"""The numbers of quiet two-legged stance as pure functions of the forces of both plates.

Means and SDs come from each plate's own samples; only what needs both at one moment (body weight,
SD of the sum) uses pairs. An even split is no goal of its own.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from evenstance.metrics.asymmetry import norm_sum
from evenstance.metrics.definition import LEAST_SPS, NotAvailable
from evenstance.metrics.single_leg import sample_sd
from evenstance.signal.force_signal import FloatArray, ForceSignal
from evenstance.signal.grid import GAP_S, Pairs
from evenstance_wire import rules

LEAST_S = rules.value("body_weight_ms") / 1e3
FOOT_DOWN_N = rules.value("foot_down_mn") / 1e3
QUIET_SHARE = rules.value("quiet_pct") / 100.0
BLOCK_S = 0.5
BLOCKS = 10
_ONE_STEP = 1.5


def weight_bearing_asymmetry_pct(left: ForceSignal, right: ForceSignal) -> float:
    """100 (R - L) / (R + L) of the mean forces: `norm_sum`, positive when the right carries more.

    Unit: %. Minimum data: 5 s of both plates, 50 samples a second, both feet down on average.
    Example, constant forces:

    >>> t = np.arange(0.0, 10.0, 0.01)
    >>> l, r = (ForceSignal.of(t, np.full(t.size, force)) for force in (300.0, 400.0))
    >>> round(weight_bearing_asymmetry_pct(l, r), 3), round(weight_bearing_asymmetry_pct(r, l), 3)
    (14.286, -14.286)
    """
    left_n, right_n = (float(_enough(p.times_s, p.force_n).mean()) for p in (left, right))
    if min(left_n, right_n) < FOOT_DOWN_N:
        raise NotAvailable("not_quiet")
    return norm_sum(left_n, right_n)


def foot_force_sd_n(foot: ForceSignal) -> float:
    """Sample SD (n - 1) of one plate's own samples over the whole stance. Unit: N.

    Minimum data: 5 s, 50 samples a second. Example, a sine of 10 N:

    >>> t = np.arange(0.0, 10.0, 0.01)
    >>> round(foot_force_sd_n(ForceSignal.of(t, 350.0 + 10.0 * np.sin(2 * np.pi * t))), 2)
    7.07
    """
    return sample_sd(_enough(foot.times_s, foot.force_n))


def sum_force_sd_n(pairs: Pairs) -> float:
    """Sample SD (n - 1) of both plates' sum at common moments. Unit: N.

    Minimum data: 5 s, 50 pairs a second. Example, a load that only moves from foot to foot:

    >>> t = np.arange(0.0, 10.0, 0.01)
    >>> sine = 10.0 * np.sin(2 * np.pi * t)
    >>> round(sum_force_sd_n(Pairs(t, 350.0 + sine, 350.0 - sine)), 9)
    0.0
    """
    return sample_sd(_enough(pairs.times_s, pairs.sum_n))


def body_weight_n(pairs: Pairs) -> float:
    """Mean sum of both plates over the latest 5 s of quiet two-legged stance. Unit: N.

    Ten blocks of half a second one after another, each without a gap of more than 100 ms, with
    both feet above 20 N and a range of the sum within 5 % of its mean, as on the board.

    Minimum data: those ten blocks. Example, a step that is not quiet and the stance behind it:

    >>> t = np.arange(0.0, 12.0, 0.01)
    >>> half = np.where(t < 4.0, 200.0, 350.0)
    >>> body_weight_n(Pairs(t, half, half))
    700.0
    """
    means = deque[float](maxlen=BLOCKS)
    latest: float | None = None
    t, total = pairs.times_s, pairs.sum_n
    feet = np.minimum(pairs.left_n, pairs.right_n)
    gaps = np.diff(t, prepend=t[:1])
    at = 0
    while at < t.size:
        # a block ends with the first pair that is half a second behind its first one
        behind = int(np.searchsorted(t, float(t[at]) + BLOCK_S)) + 1
        if behind > t.size:
            break
        part = total[at:behind]
        mean = float(part.mean())
        quiet = float(part.max() - part.min()) <= QUIET_SHARE * mean
        whole = behind - at < 2 or float(gaps[at + 1 : behind].max()) <= GAP_S
        if quiet and whole and float(feet[at:behind].min()) >= FOOT_DOWN_N:
            means.append(mean)
        else:
            means.clear()
        if len(means) == BLOCKS:
            latest = math.fsum(means) / BLOCKS
        at = behind
    if latest is None:
        raise NotAvailable("not_quiet")
    return latest


def _enough(times_s: FloatArray, force_n: FloatArray) -> FloatArray:
    """The forces, when they last long enough and are dense enough."""
    if times_s.size < 2:
        raise NotAvailable("too_few_samples")
    step_s = _ONE_STEP / LEAST_SPS
    long_s = float(times_s[-1] - times_s[0])
    if long_s < LEAST_S - step_s:
        raise NotAvailable("too_short")
    if times_s.size < (1.0 - rules.value("dropped_pct") / 100.0) * LEAST_SPS * long_s:
        raise NotAvailable("too_few_samples")
    return force_n
