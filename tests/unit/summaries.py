"""Builds packed trial summaries, as a board sends them, for tests of the host."""

from __future__ import annotations

from collections.abc import Sequence

from evenstance_wire import flags, messages, units
from evenstance_wire.rules import RULES_ID


def summary(
    seq: int = 1,
    leg: str = "left",
    force_sd_n: float | None = 4.5,
    *,
    touch_downs: Sequence[tuple[int, int, int]] = (),
    **overrides: int | None,
) -> bytes:
    """Return the bytes of a valid 25 s hold of a 700 N person, changed as asked.

    `overrides` are fields of `messages.SUMMARY` by their wire names, in wire units; `touch_downs`
    are (at_us, duration_us, peak_mn). An unknown field raises KeyError.
    """
    sd_un = None if force_sd_n is None else round(force_sd_n * 1e6)
    values: dict[str, int | bytes | None] = {
        "seq": seq,
        "boot_id": 7,
        "rules_id": RULES_ID,
        "calibration_id": 3,
        "stance_leg": units.PLATES.index(leg),
        "reasons": 0,
        "end_reason": flags.TIME_LIMIT,
        "body_weight_source": flags.BW_TWO_LEGGED,
        "lift_off_device_us": 60_000_000 * seq,
        "lift_off_unix_ms": None,
        "end_us": 25_000_000,
        "scored_from_us": 5_000_000,
        "scored_to_us": 25_000_000,
        "body_weight_un": 700_000_000,
        "load_share_mean_ppm": 995_000,
        "load_share_min_ppm": 985_000,
        "load_share_sd_ppm": 2_000,
        "stray_load_ppm_bw": 5_000,
        "stray_time_ppm": 0,
        "force_mean_un": 697_000_000,
        "force_sd_un": sd_un,
        "force_sd_1_un": sd_un,
        "force_sd_2_un": sd_un,
        "force_sd_3_un": sd_un,
        "force_sd_4_un": sd_un,
        "force_range_p95_p5_un": None if sd_un is None else round(3.29 * sd_un),
        "samples_left": 2325,
        "samples_right": 2300,
        "dropped": 0,
        "desynced": 0,
        "saturated": 0,
        "late": 0,
        "max_gap_us": 11_000,
        "rate_left_mhz": 93_000,
        "rate_right_mhz": 92_000,
        "trace_bytes": 0,
        "trace_complete": 0,
        "touch_down_count": len(touch_downs),
        "touch_downs": b"".join(
            messages.TOUCH_DOWN.pack({"at_us": at, "duration_us": long, "peak_mn": peak})
            for at, long, peak in touch_downs
        ),
    }
    for name, value in overrides.items():
        if name not in values:
            raise KeyError(name)
        values[name] = value
    return messages.SUMMARY.pack(values)
