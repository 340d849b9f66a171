"""A packed summary becomes a trial in newtons, seconds and per cent, missing stays missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from summaries import summary
from wire_values import bodies

from evenstance.metrics.hold import TouchDown, trial_from_summary
from evenstance.metrics.possible import possible
from evenstance_wire import flags, messages

NULLABLE = [name for name, code in messages.SUMMARY.fields if code.endswith("?")]
SHARES = ("load_share_mean_ppm", "load_share_min_ppm", "load_share_sd_ppm")
SUMMARIES = bodies(messages.SUMMARY)


def test_units() -> None:
    trial = trial_from_summary(
        summary(
            seq=12,
            leg="right",
            touch_downs=[(6_500_000, 65_000, 31_250)],
            lift_off_device_us=61_500_000,
            lift_off_unix_ms=1_700_000_000_123,
            force_sd_2_un=4_000_000,
            max_gap_us=10_800,
            rate_left_mhz=93_125,
        )
    )
    assert (trial.seq, trial.stance_leg, trial.valid, trial.reasons) == (12, "right", True, ())
    assert trial.lift_off_device_s == 61.5
    assert trial.lift_off_unix_ms == 1_700_000_000_123
    assert (trial.hold_time_s, trial.scored_from_s, trial.scored_to_s) == (25.0, 5.0, 25.0)
    assert (trial.body_weight_n, trial.force_mean_n) == (700.0, 697.0)
    assert trial.force_sd_windows_n == (4.5, 4.0, 4.5, 4.5)
    assert trial.force_sd_pct_bw == pytest.approx(100 * 4.5 / 700)
    assert trial.load_share_pct is not None
    assert (trial.load_share_pct.mean, trial.load_share_pct.min) == (99.5, 98.5)
    assert (trial.stray_load_pct_bw, trial.stray_time_pct) == (0.5, 0.0)
    assert trial.touch_downs == (TouchDown(6.5, 0.065, 31.25),)
    assert (trial.max_gap_s, trial.rate_left_sps) == (0.0108, 93.125)
    assert trial.end_reason == "time_limit"
    assert trial.body_weight_source == "two_legged"


@pytest.mark.parametrize("name", NULLABLE)
def test_missing_stays_missing_and_zero_stays_zero(name: str) -> None:
    missing = trial_from_summary(summary(**{name: None}))
    zero = trial_from_summary(summary(**{name: 0}))
    if name in SHARES:
        assert missing.load_share_pct is None
        assert zero.load_share_pct is not None
        return
    if name.startswith("force_sd_") and name != "force_sd_un":
        place = int(name[9]) - 1
        assert missing.force_sd_windows_n[place] is None
        assert zero.force_sd_windows_n[place] == 0.0
        return
    attributes = {
        "stray_load_ppm_bw": "stray_load_pct_bw",
        "stray_time_ppm": "stray_time_pct",
        "force_range_p95_p5_un": "force_range_p95_p5_n",
        "lift_off_unix_ms": "lift_off_unix_ms",
    }
    attribute = attributes.get(name) or name.replace("_us", "_s").replace("_un", "_n").replace(
        "_mhz", "_sps"
    )
    assert getattr(missing, attribute) is None
    assert getattr(zero, attribute) == 0


def test_share_of_body_weight_needs_a_body_weight() -> None:
    assert trial_from_summary(summary(body_weight_un=None)).force_sd_pct_bw is None
    assert trial_from_summary(summary(body_weight_un=0)).force_sd_pct_bw is None
    assert trial_from_summary(summary(force_sd_n=None)).force_sd_pct_bw is None
    assert trial_from_summary(summary(force_sd_n=0.0)).force_sd_pct_bw == 0.0


def test_reasons_make_it_invalid_and_are_named() -> None:
    bits = flags.STRAY_LOAD | flags.GAP | 1 << 30
    trial = trial_from_summary(summary(reasons=bits))
    assert not trial.valid
    assert trial.reasons == ("stray_load", "gap", "bit_30")


@pytest.mark.parametrize("name", ["stance_leg", "end_reason", "body_weight_source"])
def test_unknown_codes_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="code 77"):
        trial_from_summary(summary(**{name: 77}))


def test_wrong_sizes_are_refused() -> None:
    packed = summary(touch_downs=[(1, 2, 3)])
    with pytest.raises(ValueError, match="touch-downs of 11 bytes"):
        trial_from_summary(packed[:-1])
    with pytest.raises(ValueError, match="expected"):
        trial_from_summary(packed[:40])


@given(
    SUMMARIES,
    st.integers(0, 1),
    st.sampled_from(range(len(flags.END_REASONS))),
    st.sampled_from(range(len(flags.BODY_WEIGHT_SOURCES))),
    st.integers(0, messages.MAX_TOUCH_DOWNS),
)
def test_any_summary_with_known_codes_is_read(
    values: dict[str, object], leg: int, end: int, source: int, touches: int
) -> None:
    values |= {"stance_leg": leg, "end_reason": end, "body_weight_source": source}
    values["touch_downs"] = bytes(range(messages.TOUCH_DOWN.size)) * touches
    trial = trial_from_summary(messages.SUMMARY.pack(values))
    assert trial.seq == values["seq"]
    assert trial.valid == (values["reasons"] == 0 and possible(values))
    assert (trial.body_weight_n is None) == (values["body_weight_un"] is None)
    assert (trial.load_share_pct is None) == any(values[name] is None for name in SHARES)
    assert len(trial.touch_downs) == touches
    assert trial.end_reason == flags.END_REASONS[end]
