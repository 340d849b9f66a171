"""Trials and verdicts as the documented JSON objects."""

from __future__ import annotations

from typing import Any

from evenstance.decision.types import Verdict
from evenstance.metrics.hold import Trial


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Step, sentence and reason of a verdict, and how many more holds would settle it."""
    needed = verdict.holds_needed
    return {
        "step": verdict.step,
        "text": verdict.text,
        "reason": verdict.reason,
        "notes": list(verdict.notes),
        "holds_needed": None
        if needed is None
        else {
            "sessions": needed.sessions,
            "holds_per_leg": needed.holds_per_leg,
            "chance_pct": needed.chance_pct,
        },
    }


def hold_json(trial: Trial, lift_off_axis_s: float | None = None) -> dict[str, Any]:
    """A trial as the documented object; times on the axis whose zero is at `lift_off_axis_s`
    of device time (None: seconds from lift-off)."""
    start_s = 0.0 if lift_off_axis_s is None else trial.lift_off_device_s - lift_off_axis_s
    share = trial.load_share_pct
    return {
        "seq": trial.seq,
        "stance_leg": trial.stance_leg,
        "valid": trial.valid,
        "reasons": list(trial.reasons),
        "body_weight_source": trial.body_weight_source,
        "start_s": round(start_s, 6),
        "end_s": round(start_s + trial.hold_time_s, 6),
        "scored_from_s": _after(start_s, trial.scored_from_s),
        "scored_to_s": _after(start_s, trial.scored_to_s),
        "hold_time_s": trial.hold_time_s,
        "end_reason": trial.end_reason,
        "body_weight_n": trial.body_weight_n,
        "load_share_pct": None
        if share is None
        else {"mean": share.mean, "min": share.min, "sd": share.sd},
        "stray_load_pct_bw": trial.stray_load_pct_bw,
        "touch_down_count": trial.touch_down_count,
        "touch_downs": [
            {
                "at_s": round(start_s + t.at_s, 6),
                "duration_s": t.duration_s,
                "peak_n": t.peak_n,
            }
            for t in trial.touch_downs
        ],
        "force_mean_n": trial.force_mean_n,
        "force_sd_n": trial.force_sd_n,
        "force_sd_windows_n": list(trial.force_sd_windows_n),
        "force_sd_pct_bw": None
        if trial.force_sd_pct_bw is None
        else round(trial.force_sd_pct_bw, 6),
        "force_range_p95_p5_n": trial.force_range_p95_p5_n,
        "samples": {"left": trial.samples_left, "right": trial.samples_right},
        "dropped": trial.dropped,
        "desynced": trial.desynced,
        "saturated": trial.saturated,
    }


def _after(start_s: float, offset_s: float | None) -> float | None:
    return None if offset_s is None else round(start_s + offset_s, 6)
