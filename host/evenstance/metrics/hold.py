"""The values of one trial in the units a person reads: newtons, seconds, per cent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evenstance.metrics.possible import OUT_OF_RANGE, possible
from evenstance_wire import flags, forms, messages, units

Leg = Literal["left", "right"]


@dataclass(frozen=True)
class TouchDown:
    """One touch of the swing foot: start (s), time above 20 N (s), largest force (N)."""

    at_s: float
    duration_s: float
    peak_n: float


@dataclass(frozen=True)
class LoadShare:
    """Share of the stance leg in the load of both plates over the scored span (%)."""

    mean: float
    min: float
    sd: float


@dataclass(frozen=True)
class Trial:
    """One trial as the board summarised it; None means "not measured", never zero.

    Times are seconds from lift-off. `force_sd_n` is the mean of the four window SDs, each the
    sample SD (n - 1) of the stance plate's own samples in 5 s (Goldie, Bach and Evans 1992 used
    four trials of 5 s; ours are windows of one hold). `touch_down_count` is None when the free
    foot's plate gave nothing at all.
    """

    seq: int
    boot_id: int
    rules_id: int
    calibration_id: int
    stance_leg: Leg
    valid: bool
    reasons: tuple[str, ...]
    end_reason: str
    body_weight_source: str
    lift_off_device_s: float
    lift_off_unix_ms: int | None
    hold_time_s: float
    scored_from_s: float | None
    scored_to_s: float | None
    body_weight_n: float | None
    load_share_pct: LoadShare | None
    stray_load_pct_bw: float | None
    stray_time_pct: float | None
    force_mean_n: float | None
    force_sd_n: float | None
    force_sd_windows_n: tuple[float | None, ...]
    force_range_p95_p5_n: float | None
    touch_down_count: int | None
    touch_downs: tuple[TouchDown, ...]
    samples_left: int
    samples_right: int
    dropped: int
    desynced: int
    saturated: int
    late: int
    max_gap_s: float
    rate_left_sps: float | None
    rate_right_sps: float | None
    trace_bytes: int
    trace_complete: bool

    @property
    def force_sd_pct_bw(self) -> float | None:
        """Force SD as a share of body weight (%BW)."""
        if self.force_sd_n is None or not self.body_weight_n:
            return None
        return 100.0 * self.force_sd_n / self.body_weight_n


# A table makes its names anew each time, for the board's sake; a history has thousands of holds.
_SUMMARY_NAMES = tuple(name for name, _ in messages.SUMMARY.fields)
_TOUCH_NAMES = tuple(name for name, _ in messages.TOUCH_DOWN.fields)


def trial_from_summary(summary: bytes) -> Trial:
    """Read the board's packed summary; raises ValueError when it is not one."""
    v: dict[str, Any] = _unpacked(messages.SUMMARY, _SUMMARY_NAMES, summary)
    reasons = tuple(flags.names(v["reasons"]))
    if not reasons and not possible(v):
        reasons = (OUT_OF_RANGE,)
    return Trial(
        seq=v["seq"],
        boot_id=v["boot_id"],
        rules_id=v["rules_id"],
        calibration_id=v["calibration_id"],
        stance_leg="left" if _named(units.PLATES, v["stance_leg"]) == "left" else "right",
        valid=not reasons,
        reasons=reasons,
        end_reason=_named(flags.END_REASONS, v["end_reason"]),
        body_weight_source=_named(flags.BODY_WEIGHT_SOURCES, v["body_weight_source"]),
        lift_off_device_s=v["lift_off_device_us"] / 1e6,
        lift_off_unix_ms=v["lift_off_unix_ms"],
        hold_time_s=v["end_us"] / 1e6,
        scored_from_s=_scaled(v, "scored_from_us", 1e-6),
        scored_to_s=_scaled(v, "scored_to_us", 1e-6),
        body_weight_n=_scaled(v, "body_weight_un", 1e-6),
        load_share_pct=_load_share(v),
        stray_load_pct_bw=_scaled(v, "stray_load_ppm_bw", 1e-4),
        stray_time_pct=_scaled(v, "stray_time_ppm", 1e-4),
        force_mean_n=_scaled(v, "force_mean_un", 1e-6),
        force_sd_n=_scaled(v, "force_sd_un", 1e-6),
        force_sd_windows_n=tuple(_scaled(v, f"force_sd_{k}_un", 1e-6) for k in (1, 2, 3, 4)),
        force_range_p95_p5_n=_scaled(v, "force_range_p95_p5_un", 1e-6),
        touch_down_count=v["touch_down_count"] if _swing_samples(v) else None,
        touch_downs=_touch_downs(v["touch_downs"]),
        samples_left=v["samples_left"],
        samples_right=v["samples_right"],
        dropped=v["dropped"],
        desynced=v["desynced"],
        saturated=v["saturated"],
        late=v["late"],
        max_gap_s=v["max_gap_us"] / 1e6,
        rate_left_sps=_scaled(v, "rate_left_mhz", 1e-3),
        rate_right_sps=_scaled(v, "rate_right_mhz", 1e-3),
        trace_bytes=v["trace_bytes"],
        trace_complete=bool(v["trace_complete"]),
    )


def _unpacked(table: messages.Table, names: tuple[str, ...], body: bytes) -> dict[str, Any]:
    """As `table.unpack`."""
    try:
        return dict(zip(names, forms.unpack(table.form, body), strict=True))
    except ValueError as error:
        raise ValueError(f"{table.name}: {error}") from None


def _swing_samples(v: Mapping[str, Any]) -> int:
    swing = 1 - v["stance_leg"]
    return v["samples_right"] if swing else v["samples_left"]


def _scaled(values: Mapping[str, Any], name: str, unit: float) -> float | None:
    value = values[name]
    return None if value is None else round(value * unit, 9)


def _named(table: tuple[str, ...], index: int) -> str:
    if index >= len(table):
        raise ValueError(f"code {index} is not in {table}")
    return table[index]


def _load_share(v: Mapping[str, Any]) -> LoadShare | None:
    mean = _scaled(v, "load_share_mean_ppm", 1e-4)
    low = _scaled(v, "load_share_min_ppm", 1e-4)
    sd = _scaled(v, "load_share_sd_ppm", 1e-4)
    if mean is None or low is None or sd is None:
        return None
    return LoadShare(mean=mean, min=low, sd=sd)


def _touch_downs(data: bytes) -> tuple[TouchDown, ...]:
    size = messages.TOUCH_DOWN.size
    if len(data) % size:
        raise ValueError(f"touch-downs of {len(data)} bytes")
    rows = [
        _unpacked(messages.TOUCH_DOWN, _TOUCH_NAMES, data[i : i + size])
        for i in range(0, len(data), size)
    ]
    return tuple(
        TouchDown(r["at_us"] / 1e6, r["duration_us"] / 1e6, r["peak_mn"] / 1e3) for r in rows
    )
