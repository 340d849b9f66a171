"""The rules a result was made by, in one line and as values."""

from __future__ import annotations

from evenstance.signal.chip_filter import loss_pct
from evenstance_wire.rules import RULES_ID, TABLE


def rules_json() -> dict[str, int]:
    """The rule table of this version: name -> value, and its id."""
    return {"rules_id": RULES_ID, **{row[0]: row[1] for row in TABLE}}


def rules_line() -> str:
    """What a reader needs to repeat the measurement; the whole table is in docs/metrics.md."""
    values = rules_json()
    settling_s = values["settling_ms"] / 1000
    return (
        f"Rules {RULES_ID}: foot down above {values['foot_down_mn'] / 1000:g} N; lift-off at "
        f"{values['lift_off_share_pct']} %BW for {values['lift_off_ms']} ms; record "
        f"{values['record_ms'] / 1000:g} s, scored from {settling_s:g} s in {values['windows']} "
        f"windows of {values['window_ms'] / 1000:g} s; touch-down longer than "
        f"{values['touch_down_ms']} ms, above {values['hard_touch_mn'] / 1000:g} N up to "
        f"{values['hard_touch_ms']} ms longer; stray load up to "
        f"{values['stray_load_pct_bw']} %BW, "
        f"dropped samples up to {values['dropped_pct']} %, gaps up to {values['gap_ms']} ms. "
        "Table and grounds: docs/metrics.md."
    )


def filter_line(
    left_sps: float | None, right_sps: float | None, metric: str = "force_sd_n"
) -> str:
    """What the converters' own filter takes off, per channel at its measured rate, and whether
    that was given back before the legs were compared by `metric`."""
    if not left_sps or not right_sps:  # none, or a rate that no converter has
        return "The converters' rates are not measured yet; their filter's loss is not stated."
    losses = ", ".join(
        f"{side} {loss_pct(5.0, rate):.1f} % at 5 Hz and {loss_pct(10.0, rate):.1f} % at 10 Hz "
        f"({rate:.1f} SPS)"
        for side, rate in (("left", left_sps), ("right", right_sps))
    )
    if metric == "force_sd_droop_corrected_n":
        back = "given back before the legs are compared, not in the holds shown"
    else:
        back = "not corrected"
    return f"Taken off by the converters' own filter (assumed form), {back}: {losses}."
