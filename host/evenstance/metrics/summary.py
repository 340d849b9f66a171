"""The summary of a hold that no board measured, in the board's own form.

So an imported hold is read, listed and compared like any other. What was not measured is missing.
"""

from __future__ import annotations

from typing import Any

from evenstance.metrics import events
from evenstance.metrics.evaluate import Facts, Found, Raw
from evenstance.signal.trace_force import HoldSignal
from evenstance_wire import flags, messages, units
from evenstance_wire.rules import RULES_ID, value

_U = 1e6
_PPM_OF_PCT = 1e4


def pack_summary(
    seq: int,
    signal: HoldSignal,
    facts: Facts,
    raw: Raw,
    *,
    body_weight_source: int,
    lift_off_s: float,
    lift_off_unix_ms: int | None,
    trace_bytes: int,
) -> bytes:
    """Pack what `raw_hold` found; `lift_off_s` is on the recording's clock."""
    touches = events.touch_downs(signal.swing, facts.end_s) if signal.swing.times_s.size else ()
    complete = isinstance(raw["force_sd_n"], Found)
    rates_mhz = [round(1e3 / period_s) for period_s in signal.period_s]
    sides = (signal.left, signal.right)
    samples = [plate.between(0.0, facts.end_s).times_s.size for plate in sides]
    values: dict[str, Any] = {
        "seq": seq,
        "boot_id": 0,
        "rules_id": RULES_ID,
        "calibration_id": 0,
        "stance_leg": units.LEFT if facts.stance_leg == "left" else units.RIGHT,
        "reasons": _reasons(facts, raw),
        "end_reason": flags.END_REASONS.index(facts.end_reason),
        "body_weight_source": body_weight_source,
        "lift_off_device_us": round(lift_off_s * _U),
        "lift_off_unix_ms": lift_off_unix_ms,
        "end_us": round(facts.end_s * _U),
        "scored_from_us": value("settling_ms") * 1000 if complete else None,
        "scored_to_us": value("record_ms") * 1000 if complete else None,
        "body_weight_un": None if facts.body_weight_n is None else round(facts.body_weight_n * _U),
        "load_share_mean_ppm": _scaled(raw, "load_share_mean_pct", _PPM_OF_PCT),
        "load_share_min_ppm": _scaled(raw, "load_share_min_pct", _PPM_OF_PCT),
        "load_share_sd_ppm": _scaled(raw, "load_share_sd_pct", _PPM_OF_PCT),
        "stray_load_ppm_bw": _scaled(raw, "stray_load_pct_bw", _PPM_OF_PCT),
        "stray_time_ppm": _scaled(raw, "stray_time_pct", _PPM_OF_PCT),
        "force_mean_un": _scaled(raw, "force_mean_n", _U),
        "force_sd_un": _scaled(raw, "force_sd_n", _U),
        **{f"force_sd_{k}_un": _scaled(raw, f"force_sd_{k}_n", _U) for k in (1, 2, 3, 4)},
        "force_range_p95_p5_un": _scaled(raw, "force_range_p95_p5_n", _U),
        "samples_left": samples[0],
        "samples_right": samples[1],
        "dropped": 0,
        "desynced": 0,
        "saturated": 0,
        "late": 0,
        "max_gap_us": round(max(plate.max_gap_s for plate in sides) * _U),
        "rate_left_mhz": rates_mhz[0] if samples[0] else None,
        "rate_right_mhz": rates_mhz[1] if samples[1] else None,
        "trace_bytes": trace_bytes,
        "trace_complete": 1,
        "touch_down_count": len(touches),
        "touch_downs": b"".join(
            messages.TOUCH_DOWN.pack(
                {
                    "at_us": round(touch.at_s * _U),
                    "duration_us": round(touch.duration_s * _U),
                    "peak_mn": round(touch.peak_n * 1e3),
                }
            )
            for touch in touches[: messages.MAX_TOUCH_DOWNS]
        ),
    }
    return messages.SUMMARY.pack(values)


def _scaled(raw: Raw, name: str, unit: float) -> int | None:
    found = raw[name]
    return round(found.value * unit) if isinstance(found, Found) else None


def _reasons(facts: Facts, raw: Raw) -> int:
    bits = 0
    if not isinstance(raw["force_sd_n"], Found) or facts.end_reason == "stopped":
        bits |= flags.TOO_SHORT
    stray = raw["stray_load_pct_bw"]
    if isinstance(stray, Found) and stray.value > value("stray_load_pct_bw"):
        bits |= flags.STRAY_LOAD
    return bits
