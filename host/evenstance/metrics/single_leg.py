"""The numbers of a single-leg hold as pure functions of forces, by the definitions of the board.

Times are seconds from lift-off. The scored span is 5 to 25 s, in four windows of 5 s, each from
its first moment up to but not including its last. NotAvailable says by name why there is none.
"""

from __future__ import annotations

import math

import numpy as np

from evenstance.metrics.definition import LEAST_SPS, NotAvailable
from evenstance.metrics.hold import LoadShare
from evenstance.signal.droop import LIMIT_HZ, undrooped_sd
from evenstance.signal.force_signal import FloatArray, ForceSignal
from evenstance.signal.grid import Pairs
from evenstance_wire import rules

SETTLING_S = rules.value("settling_ms") / 1e3
WINDOW_S = rules.value("window_ms") / 1e3
WINDOWS = rules.value("windows")
RECORD_S = rules.value("record_ms") / 1e3
MAY_MISS = rules.value("dropped_pct") / 100.0
STRAY_SHARE_PCT = 1.0
MOVING_S = 1.0
SETTLED_FACTOR = 1.5
LAST_S = 10.0
_MICROSECOND_S = 1e-6
_UNEVEN = 1.5


def scored(signal: ForceSignal, end_s: float = RECORD_S) -> ForceSignal:
    """The samples from 5 to 25 s of a hold that lasted until then, at least 50 a second.

    Up to 2 % of those may be missing, as in a valid trial.
    """
    if end_s < RECORD_S - _MICROSECOND_S:
        raise NotAvailable("too_short")
    return _enough(signal.between(SETTLING_S, RECORD_S), RECORD_S - SETTLING_S)


def _enough(part: ForceSignal, long_s: float) -> ForceSignal:
    if part.times_s.size < (1.0 - MAY_MISS) * LEAST_SPS * long_s:
        raise NotAvailable("too_few_samples")
    return part


def sample_sd(x: FloatArray) -> float:
    """Sample SD (n - 1); away from the mean first, so that large constants cost no digits."""
    away = x - x.mean()
    return math.sqrt(float(away @ away) / (x.size - 1))


def windows(stance: ForceSignal, end_s: float = RECORD_S) -> list[ForceSignal]:
    """The scored windows that were over when the hold ended, each with enough samples."""
    found: list[ForceSignal] = []
    for k in range(WINDOWS):
        from_s = SETTLING_S + k * WINDOW_S
        if from_s + WINDOW_S <= end_s + _MICROSECOND_S:
            found.append(_enough(stance.between(from_s, from_s + WINDOW_S), WINDOW_S))
    return found


def force_sd_windows_n(stance: ForceSignal, end_s: float = RECORD_S) -> tuple[float | None, ...]:
    """Sample SD (n - 1) of the stance plate's own samples in each window; None where not over.

    Minimum data: 50 samples a second. Example, a sine of 10 N whose SD is 10 / sqrt(2):

    >>> t = np.arange(0.0, 25.0, 0.01)
    >>> sine = ForceSignal.of(t, 700.0 + 10.0 * np.sin(2 * np.pi * 2.0 * t))
    >>> [sd if sd is None else round(sd, 2) for sd in force_sd_windows_n(sine, end_s=16.0)]
    [7.08, 7.08, None, None]
    """
    found: list[float | None] = [sample_sd(part.force_n) for part in windows(stance, end_s)]
    return (*found, *[None] * (WINDOWS - len(found)))


def force_sd_n(stance: ForceSignal, end_s: float = RECORD_S) -> float:
    """Mean of the SDs of the four windows. Unit: N.

    Minimum data: the whole record, 50 samples a second. Examples: a ramp of 1 N/s has 5 N in each
    window, evenly spread, so 5 / sqrt(12); a constant has none; a step between two windows, none.

    >>> t = np.arange(0.0, 25.0, 0.01)
    >>> round(force_sd_n(ForceSignal.of(t, 700.0 + 1.0 * t)), 2), round(5 / 12**0.5, 2)
    (1.44, 1.44)
    >>> force_sd_n(ForceSignal.of(t, np.full(t.size, 700.0)))
    0.0
    >>> round(force_sd_n(ForceSignal.of(t, np.where(t < 15.0, 700.0, 720.0))), 9)
    0.0
    """
    sds = [sd for sd in force_sd_windows_n(stance, end_s) if sd is not None]
    if len(sds) < WINDOWS:
        raise NotAvailable("too_short")
    return math.fsum(sds) / WINDOWS


def force_sd_pct_bw(stance: ForceSignal, body_weight_n: float, end_s: float = RECORD_S) -> float:
    """100 force SD / body weight. Unit: %BW. Minimum data: as `force_sd_n`, and a body weight.

    >>> t = np.arange(0.0, 25.0, 0.01)
    >>> sine = ForceSignal.of(t, 700.0 + 7.0 * 2**0.5 * np.sin(2 * np.pi * t))
    >>> round(force_sd_pct_bw(sine, 700.0), 2)
    1.0
    """
    return 100.0 * force_sd_n(stance, end_s) / _weight(body_weight_n)


def force_sd_droop_corrected_n(
    stance: ForceSignal, rate_sps: float, end_s: float = RECORD_S, *, limit_hz: float = LIMIT_HZ
) -> float:
    """`force_sd_n` before the chip's assumed filter, up to `limit_hz`. Unit: N.

    Each window's SD is multiplied by sqrt(sum P(f) / sinc(f T)^8 / sum P(f)), the sums over the
    lines of its own periodogram P, T = 1 / `rate_sps`, without the division above the limit
    (`signal.droop`). Where samples are missing the periodogram is of straight lines across them.

    Minimum data: as `force_sd_n`. Example, a sine of 4 Hz behind the filter of a chip of 80 SPS:

    >>> t = np.arange(0.0, 25.0, 1 / 80.0)
    >>> x = 700.0 + 10.0 * np.sinc(4.0 / 80.0) ** 4 * np.sin(2 * np.pi * 4.0 * t)
    >>> behind = ForceSignal.of(t, x)
    >>> round(force_sd_n(behind), 2), round(force_sd_droop_corrected_n(behind, 80.0), 2)
    (6.96, 7.08)
    """
    parts = windows(stance, end_s)
    if len(parts) < WINDOWS:
        raise NotAvailable("too_short")
    sds = [undrooped_window(part, rate_sps, limit_hz) for part in parts]
    return math.fsum(sds) / WINDOWS


def undrooped_window(part: ForceSignal, rate_sps: float, limit_hz: float = LIMIT_HZ) -> float:
    """Sample SD of one window before the chip's assumed filter. Unit: N."""
    t, f = part.times_s, part.force_n
    if part.max_gap_s <= _UNEVEN / rate_sps:
        return undrooped_sd(f, rate_sps, limit_hz=limit_hz)
    plain = sample_sd(f)
    if plain == 0.0:
        return 0.0
    even_n = np.interp(np.arange(t[0], t[-1], 1.0 / rate_sps), t, f)
    return plain * undrooped_sd(even_n, rate_sps, limit_hz=limit_hz) / sample_sd(even_n)


def force_mean_n(stance: ForceSignal, end_s: float = RECORD_S) -> float:
    """Mean of the stance plate's own samples in the scored span. Unit: N.

    Minimum data: the whole record, 50 samples a second. Example, a step of 10 N half way:

    >>> t = np.arange(0.0, 25.0, 0.01)
    >>> force_mean_n(ForceSignal.of(t, np.where(t < 15.0, 700.0, 710.0)))
    705.0
    """
    return float(scored(stance, end_s).force_n.mean())


def force_range_p95_p5_n(stance: ForceSignal, end_s: float = RECORD_S) -> float:
    """95th less 5th percentile of the same samples, in straight lines between ranks. Unit: N.

    Minimum data: the whole record, 50 samples a second. Example, a ramp of 1 N/s over 20 s:

    >>> t = np.arange(0.0, 25.0, 0.01)
    >>> round(force_range_p95_p5_n(ForceSignal.of(t, 700.0 + t)), 2)
    17.99
    """
    x = scored(stance, end_s).force_n
    n = x.size
    wanted = [(n - 1) * pct / 100.0 for pct in (5, 95)]
    ranks = [math.floor(at) for at in wanted]
    parted = np.partition(x, [*ranks, *(k + 1 for k in ranks)])
    low, high = (
        float(parted[k] + (parted[k + 1] - parted[k]) * (at - k))
        for k, at in zip(ranks, wanted, strict=True)
    )
    return high - low


def load_share_pct(pairs: Pairs, stance_leg: str, end_s: float = RECORD_S) -> LoadShare:
    """100 stance / (stance + free side) over the scored span; a pull counts as no force. Unit: %.

    Mean, smallest and sample SD over all moments at which either plate carries anything.

    Minimum data: the whole record on both plates, 50 pairs a second. Example, a constant split:

    >>> t = np.arange(0.0, 25.0, 0.01)
    >>> load_share_pct(Pairs(t, np.full(t.size, 180.0), np.full(t.size, 20.0)), "left")
    LoadShare(mean=90.0, min=90.0, sd=0.0)
    """
    if end_s < RECORD_S - _MICROSECOND_S:
        raise NotAvailable("too_short")
    part = pairs.between(SETTLING_S, RECORD_S)
    if part.times_s.size < (1.0 - MAY_MISS) * LEAST_SPS * (RECORD_S - SETTLING_S):
        raise NotAvailable("too_few_samples")
    return spread_of_share(part, stance_leg)


def spread_of_share(pairs: Pairs, stance_leg: str) -> LoadShare:
    """Mean, smallest and sample SD of the stance plate's share over these pairs (%)."""
    left, right = np.maximum(pairs.left_n, 0.0), np.maximum(pairs.right_n, 0.0)
    stance = left if stance_leg == "left" else right
    both = left + right
    loaded = both > 0.0
    if int(loaded.sum()) < 2:
        raise NotAvailable("no_load")
    share = 100.0 * stance[loaded] / both[loaded]
    return LoadShare(mean=float(share.mean()), min=float(share.min()), sd=sample_sd(share))


def stray_load_pct_bw(swing: ForceSignal, body_weight_n: float, end_s: float = RECORD_S) -> float:
    """100 mean force of the free side in the scored span / body weight. Unit: %BW.

    Minimum data: the whole record, 50 samples a second, a body weight. Example, a touch pulse of
    70 N for 1 s in the 20 s that are scored:

    >>> t = np.arange(0.0, 25.0, 0.01)
    >>> pulse = ForceSignal.of(t, np.where((t >= 10.0) & (t < 11.0), 70.0, 0.0))
    >>> round(stray_load_pct_bw(pulse, 700.0), 2)
    0.5
    """
    weight_n = _weight(body_weight_n)
    return 100.0 * float(scored(swing, end_s).force_n.mean()) / weight_n


def stray_time_pct(swing: ForceSignal, body_weight_n: float, end_s: float = RECORD_S) -> float:
    """Share of the free side's samples in the scored span above 1 %BW. Unit: %.

    Minimum data: as `stray_load_pct_bw`. Example, the same touch pulse:

    >>> t = np.arange(0.0, 25.0, 0.01)
    >>> pulse = ForceSignal.of(t, np.where((t >= 10.0) & (t < 11.0), 70.0, 0.0))
    >>> round(stray_time_pct(pulse, 700.0), 2)
    5.0
    """
    level_n = _weight(body_weight_n) * STRAY_SHARE_PCT / 100.0
    force_n = scored(swing, end_s).force_n
    return 100.0 * float(np.count_nonzero(force_n > level_n)) / force_n.size


def settling_time_s(stance: ForceSignal, end_s: float = RECORD_S) -> float:
    """Start of the first second from which on the SD of none reaches 1.5 times the usual. Unit: s.

    The usual one is the SD of the last 10 s of the record, and only what lies before those is
    looked at: in real holds single seconds of the last 10 s reach that limit too. Exploratory:
    methods of this kind disagree.

    Minimum data: the whole record, 50 samples a second. Example, a sine of 40 N that becomes one
    of 4 N at 4 s:

    >>> t = np.arange(0.0, 25.0, 0.01)
    >>> sine = np.sin(2 * np.pi * 5.0 * t)
    >>> round(settling_time_s(ForceSignal.of(t, 700.0 + np.where(t < 4.0, 40.0, 4.0) * sine)), 1)
    4.0
    >>> settling_time_s(ForceSignal.of(t, 700.0 + 4.0 * sine))
    0.0
    """
    if end_s < RECORD_S - _MICROSECOND_S:
        raise NotAvailable("too_short")
    whole = _enough(stance.between(0.0, RECORD_S), RECORD_S)
    t, x = whole.times_s, whole.force_n - whole.force_n.mean()
    usual_from_s = RECORD_S - LAST_S
    usual = _enough(whole.between(usual_from_s, RECORD_S), LAST_S)
    starts = np.arange(np.searchsorted(t, usual_from_s - MOVING_S, side="right"))
    behind = np.searchsorted(t, t[starts] + MOVING_S)
    n = behind - starts
    if starts.size == 0 or int(n.min()) < (1.0 - MAY_MISS) * LEAST_SPS * MOVING_S - 1:
        raise NotAvailable("too_few_samples")
    sums, squares = (np.concatenate(([0.0], np.cumsum(y))) for y in (x, x * x))
    total = sums[behind] - sums[starts]
    variance = (squares[behind] - squares[starts] - total * total / n) / (n - 1)
    limit = SETTLED_FACTOR * sample_sd(usual.force_n)
    # a constant force has settled: rounding of the running sums is no movement
    least = max(limit * limit, 1e-12 * float(squares[-1]))
    reaching = np.flatnonzero((variance >= least) & (variance > 0.0))
    if reaching.size == 0:
        return 0.0
    first = int(reaching[-1]) + 1
    if first >= starts.size:
        raise NotAvailable("not_settled")
    return float(t[first])


def _weight(body_weight_n: float) -> float:
    if not (math.isfinite(body_weight_n) and body_weight_n > 0.0):
        raise NotAvailable("no_body_weight")
    return body_weight_n
