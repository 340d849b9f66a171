"""All metrics of a hold or of two-legged stance, each with its method or why it is missing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from evenstance.metrics import events, single_leg, two_legged
from evenstance.metrics.definition import Definition, NotAvailable
from evenstance.metrics.hold import LoadShare, Trial
from evenstance.metrics.measured import Measured, Missing
from evenstance.metrics.registry import METRICS
from evenstance.signal.droop import LIMIT_HZ
from evenstance.signal.force_signal import ForceSignal
from evenstance.signal.grid import meet
from evenstance.signal.trace_force import HoldSignal, Side, hold_signal

HOLD_TIME_ACCURACY_S = 0.025
FORCE_ACCURACY = 0.002
SHARE_ACCURACY_POINTS = 0.3


@dataclass(frozen=True)
class Facts:
    """What the trial's summary says and its trace alone does not show."""

    stance_leg: Side
    end_s: float
    end_reason: str
    body_weight_n: float | None
    reasons: tuple[str, ...] = ()

    @classmethod
    def of(cls, trial: Trial) -> Facts:
        """From a summary as it was read."""
        return cls(
            stance_leg=trial.stance_leg,
            end_s=trial.hold_time_s,
            end_reason=trial.end_reason,
            body_weight_n=trial.body_weight_n,
            reasons=trial.reasons,
        )


@dataclass(frozen=True)
class Origin:
    """Where the samples are from, as far as it is known."""

    calibration_id: int | None = None
    firmware: str | None = None
    protocol: int | None = None
    board_uid: str | None = None


@dataclass(frozen=True)
class Found:
    """A value before it is checked, with the samples it is from and its error in its unit."""

    value: float
    samples: int
    error: float | None = None


Raw = dict[str, Found | str]  # a reason where there is no value
NOWHERE = Origin()


def evaluate_hold(
    trace: bytes | HoldSignal, facts: Facts, origin: Origin = NOWHERE
) -> dict[str, Measured | Missing]:
    """Every single-leg metric by its id. ValueError for a damaged trace or one of another leg."""
    signal = trace if isinstance(trace, HoldSignal) else hold_signal(trace)
    return _stated("single_leg", raw_hold(signal, facts), facts.reasons, origin)


def evaluate_two_legged(
    left: ForceSignal, right: ForceSignal, origin: Origin = NOWHERE
) -> dict[str, Measured | Missing]:
    """Every two-legged metric by its id, of a stance as long as the samples are."""
    return _stated("two_legged", raw_two_legged(left, right), (), origin)


def raw_hold(signal: HoldSignal, facts: Facts) -> Raw:
    """The values alone, also of a trial that does not count; to be compared with the board's."""
    if signal.stance_leg != facts.stance_leg:
        raise ValueError(f"the trace is of the {signal.stance_leg} leg")
    stance, swing, end_s = signal.stance, signal.swing, facts.end_s
    pairs = meet(signal.left, signal.right)
    span = (single_leg.SETTLING_S, single_leg.RECORD_S)
    n_stance = stance.between(*span).times_s.size
    n_swing = swing.between(*span).times_s.size
    n_pairs = pairs.between(*span).times_s.size
    n_whole = swing.between(0.0, end_s).times_s.size
    weight_n = math.nan if facts.body_weight_n is None else facts.body_weight_n
    raw: Raw = {}

    def put(name: str, samples: int, make: Callable[[], float | Found]) -> None:
        try:
            made = make()
        except NotAvailable as none:
            raw[name] = none.reason
        else:
            raw[name] = made if isinstance(made, Found) else Found(made, samples)

    put(
        "hold_time_s",
        n_whole,
        lambda: Found(
            events.hold_time_s(stance, swing, facts.body_weight_n, facts.end_reason),
            n_whole,
            HOLD_TIME_ACCURACY_S,
        ),
    )
    put("touch_down_count", n_whole, lambda: float(_measured_touches(swing, end_s, n_whole)))
    put("stray_load_pct_bw", n_swing, lambda: single_leg.stray_load_pct_bw(swing, weight_n, end_s))
    put("stray_time_pct", n_swing, lambda: single_leg.stray_time_pct(swing, weight_n, end_s))
    _put_share(raw, n_pairs, lambda: single_leg.load_share_pct(pairs, facts.stance_leg, end_s))
    _put_force_sd(raw, signal, weight_n, end_s, n_stance)

    def mean() -> Found:
        value = single_leg.force_mean_n(stance, end_s)
        return Found(value, n_stance, FORCE_ACCURACY * abs(value))

    put("force_mean_n", n_stance, mean)
    put("force_range_p95_p5_n", n_stance, lambda: single_leg.force_range_p95_p5_n(stance, end_s))
    n_record = stance.between(0.0, end_s).times_s.size
    put("settling_time_s", n_record, lambda: single_leg.settling_time_s(stance, end_s))
    return raw


def _measured_touches(swing: ForceSignal, end_s: float, samples: int) -> int:
    if samples == 0:
        raise NotAvailable("not_measured")
    return events.touch_down_count(swing, end_s)


def _put_share(raw: Raw, samples: int, make: Callable[[], LoadShare]) -> None:
    try:
        share = make()
    except NotAvailable as none:
        for what in ("mean", "min", "sd"):
            raw[f"load_share_{what}_pct"] = none.reason
        return
    raw["load_share_mean_pct"] = Found(share.mean, samples, SHARE_ACCURACY_POINTS)
    raw["load_share_min_pct"] = Found(share.min, samples)
    raw["load_share_sd_pct"] = Found(share.sd, samples)


def _put_force_sd(
    raw: Raw, signal: HoldSignal, weight_n: float, end_s: float, samples: int
) -> None:
    """The windows once, and what is made of them."""
    wanted = [f"force_sd_{k}_n" for k in (1, 2, 3, 4)]
    means = ["force_sd_n", "force_sd_droop_corrected_n", "force_sd_pct_bw"]
    try:
        parts = single_leg.windows(signal.stance, end_s)
    except NotAvailable as none:
        raw.update(dict.fromkeys(wanted + means, none.reason))
        return
    raw.update(dict.fromkeys(wanted + means, "too_short"))
    sds = [single_leg.sample_sd(part.force_n) for part in parts]
    for name, sd, part in zip(wanted, sds, parts, strict=False):
        raw[name] = Found(sd, part.times_s.size)
    if len(sds) < single_leg.WINDOWS:
        return
    rate_sps = signal.stance_rate_sps
    # an imported plate has no such filter: its header takes off no delay
    limit_hz = LIMIT_HZ if signal.delay_s != (0.0, 0.0) else 0.0
    corrected = [single_leg.undrooped_window(part, rate_sps, limit_hz) for part in parts]
    plain = _mean_of_windows(sds, samples)
    raw["force_sd_n"] = plain
    raw["force_sd_droop_corrected_n"] = _mean_of_windows(corrected, samples)
    if not weight_n > 0.0:
        raw["force_sd_pct_bw"] = "no_body_weight"
    else:
        error = None if plain.error is None else 100.0 * plain.error / weight_n
        raw["force_sd_pct_bw"] = Found(100.0 * plain.value / weight_n, samples, error)


def _mean_of_windows(sds: list[float], samples: int) -> Found:
    """Mean of the windows' SDs with the standard error that their scatter gives."""
    n = len(sds)
    mean = math.fsum(sds) / n
    scatter = math.sqrt(math.fsum((sd - mean) ** 2 for sd in sds) / (n - 1))
    return Found(mean, samples, scatter / math.sqrt(n))


def raw_two_legged(left: ForceSignal, right: ForceSignal) -> Raw:
    """The values alone."""
    pairs = meet(left, right)
    both = left.times_s.size + right.times_s.size
    raw: Raw = {}

    def weight() -> Found:
        value = two_legged.body_weight_n(pairs)
        return Found(value, pairs.times_s.size, FORCE_ACCURACY * value)

    todo: tuple[tuple[str, int, Callable[[], float | Found]], ...] = (
        ("body_weight_n", pairs.times_s.size, weight),
        (
            "weight_bearing_asymmetry_pct",
            both,
            lambda: two_legged.weight_bearing_asymmetry_pct(left, right),
        ),
        ("left_force_sd_n", left.times_s.size, lambda: two_legged.foot_force_sd_n(left)),
        ("right_force_sd_n", right.times_s.size, lambda: two_legged.foot_force_sd_n(right)),
        ("sum_force_sd_n", pairs.times_s.size, lambda: two_legged.sum_force_sd_n(pairs)),
    )
    for name, samples, make in todo:
        try:
            made = make()
        except NotAvailable as none:
            raw[name] = none.reason
        else:
            raw[name] = made if isinstance(made, Found) else Found(made, samples)
    return raw


def _stated(
    task: str, raw: Raw, reasons: tuple[str, ...], origin: Origin
) -> dict[str, Measured | Missing]:
    return {one.id: _one(one, raw[one.id], reasons, origin) for one in METRICS if one.task == task}


def _one(
    one: Definition, found: Found | str, reasons: tuple[str, ...], origin: Origin
) -> Measured | Missing:
    if isinstance(found, str):
        return Missing(one.id, found)
    spoilt = next((reason for reason in one.spoilt_by if reason in reasons), None)
    if spoilt is not None:
        return Missing(one.id, spoilt)
    low, high = one.valid_range
    if not low <= found.value <= high:
        return Missing(one.id, "out_of_range")
    return Measured(
        value=found.value,
        unit=one.unit,
        method=one.method,
        samples=found.samples,
        error=found.error,
        error_kind=one.error_kind if found.error is not None else "not_stated",
        calibration_id=origin.calibration_id,
        firmware=origin.firmware,
        protocol=origin.protocol,
        board_uid=origin.board_uid,
    )
