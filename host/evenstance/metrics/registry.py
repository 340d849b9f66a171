"""All metrics of this board with what must be said of each; the docs page is made from it."""

from __future__ import annotations

from difflib import get_close_matches

from evenstance.metrics import events, single_leg, two_legged
from evenstance.metrics.definition import Definition
from evenstance.metrics.measured import Parameter
from evenstance.metrics.refused import BY_NAME
from evenstance.signal.chip_filter import STAGES
from evenstance.signal.droop import LIMIT_HZ

_SPAN: tuple[tuple[str, Parameter], ...] = (
    ("from_s", single_leg.SETTLING_S),
    ("to_s", single_leg.RECORD_S),
)
_WINDOWS: tuple[tuple[str, Parameter], ...] = (
    ("from_s", single_leg.SETTLING_S),
    ("window_s", single_leg.WINDOW_S),
    ("windows", single_leg.WINDOWS),
)
_SPOILT = ("saturation", "overload", "sensor_fault", "gap", "dropped_samples")
_WHOLE = "a hold of 25 s, 50 samples a second"
_GOLDIE = (
    "after Goldie, Bach and Evans 1992, Arch Phys Med Rehabil 73(4) [V, abstract], who averaged "
    "four trials of 5 s; ours are windows of one hold [D]"
)
_SCATTER = "standard error, from the scatter of the four windows"
_SHARE_SOURCE = "the weight distribution itself [D]"
_SHARE_ERROR = "0.3 points through the whole chain [D]"
_QUIET = "5 s of quiet stance on both plates, 50 samples a second"

METRICS: tuple[Definition, ...] = (
    Definition(
        id="hold_time_s",
        name="Hold time",
        formula="lift-off to the end: touch-down of more than 1 s, step-off or 25 s",
        unit="s",
        polarity="higher_better",
        task="single_leg",
        minimum_data="both plates from lift-off to the end",
        valid_range=(0.0, 25.0),
        source="one-leg stance test, as in Springer 2007, J Geriatr Phys Ther 30(1):8 [V]; the "
        "ends are ours [D]. Young adults reach the limit, so it does not separate their legs",
        grade="V/D",
        error="25 ms through the whole chain [D]",
        error_kind="accuracy",
        function=events.hold_time_s,
        parameters=(("most_s", events.RECORD_S), ("foot_down_n", events.FOOT_DOWN_N)),
        spoilt_by=("saturation", "sensor_fault", "stopped"),
    ),
    Definition(
        id="touch_down_count",
        name="Touch-downs",
        formula="times that the free side is above 20 N for more than 50 ms, and 0.1 ms more for "
        "each newton of its peak above 60 N, 12 ms at most; one within 100 ms of the last is the "
        "same",
        unit="-",
        polarity="lower_better",
        task="single_leg",
        minimum_data="the free plate from lift-off to the end",
        valid_range=(0.0, 200.0),
        source="20 N is a common force-plate threshold [V]; times [D]. The machine form of a BESS "
        "error; hands, eyes and a lifted forefoot are not seen",
        grade="V/D",
        error="not stated",
        error_kind="not_stated",
        function=events.touch_down_count,
        parameters=(
            ("foot_down_n", events.FOOT_DOWN_N),
            ("hard_n", events.HARD_TOUCH_N),
            ("hard_s", events.HARD_TOUCH_S),
            ("hard_s_per_n", events.HARD_TOUCH_S_PER_N),
            ("longer_than_s", events.TOUCH_DOWN_S),
            ("refractory_s", events.REFRACTORY_S),
        ),
        spoilt_by=_SPOILT,
    ),
    Definition(
        id="stray_load_pct_bw",
        name="Stray load",
        formula="100 mean force of the free side / body weight",
        unit="%BW",
        polarity="lower_better",
        task="single_leg",
        minimum_data=f"{_WHOLE}, and a body weight",
        valid_range=(-10.0, 100.0),
        source="a hold above 2 %BW does not count [D]",
        grade="D",
        error="not stated",
        error_kind="not_stated",
        function=single_leg.stray_load_pct_bw,
        parameters=_SPAN,
        spoilt_by=_SPOILT,
    ),
    Definition(
        id="stray_time_pct",
        name="Stray time",
        formula="share of the free side's samples above 1 %BW",
        unit="%",
        polarity="lower_better",
        task="single_leg",
        minimum_data=f"{_WHOLE}, and a body weight",
        valid_range=(0.0, 100.0),
        source="[D]",
        grade="D",
        error="not stated",
        error_kind="not_stated",
        function=single_leg.stray_time_pct,
        parameters=(*_SPAN, ("above_pct_bw", single_leg.STRAY_SHARE_PCT)),
        spoilt_by=_SPOILT,
    ),
    *(
        Definition(
            id=f"load_share_{what}_pct",
            name=f"Load share, {words}",
            formula=f"{words} of 100 stance / (stance + free side), a negative force taken as 0",
            unit="%",
            polarity="none",
            task="single_leg",
            minimum_data=f"{_WHOLE} of both plates",
            valid_range=(0.0, 100.0),
            source=_SHARE_SOURCE,
            grade="D",
            error=_SHARE_ERROR if what == "mean" else "not stated",
            error_kind="accuracy" if what == "mean" else "not_stated",
            function=single_leg.load_share_pct,
            parameters=_SPAN,
            spoilt_by=_SPOILT,
        )
        for what, words in (("mean", "mean"), ("min", "smallest"), ("sd", "SD"))
    ),
    Definition(
        id="force_sd_n",
        name="Force SD (vertical steadiness)",
        formula="mean of the sample SDs (n - 1) of the stance plate's own samples in four "
        "windows of 5 s, from 5 s on",
        unit="N",
        polarity="lower_better",
        task="single_leg",
        minimum_data=_WHOLE,
        valid_range=(0.0, 500.0),
        source=_GOLDIE,
        grade="V/D",
        error=_SCATTER,
        error_kind="standard_error",
        function=single_leg.force_sd_n,
        parameters=_WINDOWS,
        spoilt_by=_SPOILT,
        also_known_as="The static vertical stability index sqrt(mean((BW - F)^2)) / BW is nearly "
        "the same number in other units: one is shown.",
    ),
    *(
        Definition(
            id=f"force_sd_{k}_n",
            name=f"Force SD, window {k}",
            formula=f"sample SD (n - 1) of the stance plate's own samples from {5 * k} to "
            f"{5 * k + 5} s",
            unit="N",
            polarity="lower_better",
            task="single_leg",
            minimum_data=f"a hold of {5 * k + 5} s, 50 samples a second",
            valid_range=(0.0, 500.0),
            source="a trend over the windows is settling or tiring [D]",
            grade="D",
            error="not stated",
            error_kind="not_stated",
            function=single_leg.force_sd_windows_n,
            parameters=(("from_s", 5.0 * k), ("to_s", 5.0 * k + 5.0)),
            spoilt_by=_SPOILT,
        )
        for k in (1, 2, 3, 4)
    ),
    Definition(
        id="force_sd_droop_corrected_n",
        name="Force SD, before the chip's filter",
        formula="as force_sd_n, each window's SD times "
        "sqrt(sum P(f) / sinc(f T)^8 / sum P(f)) of its periodogram P, divided up to 10 Hz only",
        unit="N",
        polarity="lower_better",
        task="single_leg",
        minimum_data=f"{_WHOLE}, and the chip's rate",
        valid_range=(0.0, 500.0),
        source="the filter's form is assumed, the real one is not published [D]",
        grade="D",
        error=_SCATTER,
        error_kind="standard_error",
        function=single_leg.force_sd_droop_corrected_n,
        parameters=(*_WINDOWS, ("limit_hz", LIMIT_HZ), ("stages", STAGES)),
        spoilt_by=_SPOILT,
    ),
    Definition(
        id="force_sd_pct_bw",
        name="Force SD of body weight",
        formula="100 force_sd_n / body weight",
        unit="%BW",
        polarity="lower_better",
        task="single_leg",
        minimum_data=f"{_WHOLE}, and a body weight",
        valid_range=(0.0, 100.0),
        source=_GOLDIE,
        grade="V/D",
        error=_SCATTER,
        error_kind="standard_error",
        function=single_leg.force_sd_pct_bw,
        parameters=_WINDOWS,
        spoilt_by=_SPOILT,
    ),
    Definition(
        id="force_mean_n",
        name="Mean force",
        formula="mean of the stance plate's own samples from 5 to 25 s",
        unit="N",
        polarity="none",
        task="single_leg",
        minimum_data=_WHOLE,
        valid_range=(0.0, 10_000.0),
        source="[D]",
        grade="D",
        error="0.2 % through the whole chain [D]",
        error_kind="accuracy",
        function=single_leg.force_mean_n,
        parameters=_SPAN,
        spoilt_by=_SPOILT,
    ),
    Definition(
        id="force_range_p95_p5_n",
        name="Force range",
        formula="95th less 5th percentile of the same samples, in straight lines between ranks",
        unit="N",
        polarity="lower_better",
        task="single_leg",
        minimum_data=_WHOLE,
        valid_range=(0.0, 2_000.0),
        source="a range that single samples do not move [D]",
        grade="D",
        error="not stated",
        error_kind="not_stated",
        function=single_leg.force_range_p95_p5_n,
        parameters=_SPAN,
        spoilt_by=_SPOILT,
    ),
    Definition(
        id="settling_time_s",
        name="Settling time",
        formula="start of the first second from which on the SD of no second before the last 10 s "
        "reaches 1.5 times the SD of those",
        unit="s",
        polarity="lower_better",
        task="single_leg",
        minimum_data=_WHOLE,
        valid_range=(0.0, 15.0),
        source="[D], exploratory. Methods disagree, and for landings the length of the trial "
        "alone changes the result by 100 % (Fransz 2015, Gait Posture [V])",
        grade="D",
        error="not stated",
        error_kind="not_stated",
        function=single_leg.settling_time_s,
        parameters=(
            ("moving_s", single_leg.MOVING_S),
            ("factor", single_leg.SETTLED_FACTOR),
            ("last_s", single_leg.LAST_S),
        ),
        spoilt_by=_SPOILT,
        exploratory=True,
    ),
    Definition(
        id="body_weight_n",
        name="Body weight",
        formula="mean sum of both plates over ten quiet blocks of half a second in a row",
        unit="N",
        polarity="none",
        task="two_legged",
        minimum_data=_QUIET,
        valid_range=(100.0, 5_000.0),
        source="[D]",
        grade="D",
        error="0.2 % through the whole chain [D]",
        error_kind="accuracy",
        function=two_legged.body_weight_n,
        parameters=(
            ("block_s", two_legged.BLOCK_S),
            ("blocks", two_legged.BLOCKS),
            ("quiet_share", two_legged.QUIET_SHARE),
        ),
    ),
    Definition(
        id="weight_bearing_asymmetry_pct",
        name="Weight-bearing asymmetry",
        formula="100 (R - L) / (R + L) of the mean forces (norm_sum)",
        unit="%",
        polarity="none",
        task="two_legged",
        minimum_data=_QUIET,
        valid_range=(-100.0, 100.0),
        source="the mean of three trials of 60 s gives ICC 0.70 (Chiropr Man Therap 2012;20:14, "
        "30 people [V]). An even split is no goal of its own",
        grade="V/D",
        error="not stated",
        error_kind="not_stated",
        function=two_legged.weight_bearing_asymmetry_pct,
    ),
    *(
        Definition(
            id=f"{side}_force_sd_n",
            name=f"Force SD of the {side} foot",
            formula=f"sample SD (n - 1) of the {side} plate's own samples",
            unit="N",
            polarity="none",
            task="two_legged",
            minimum_data=_QUIET,
            valid_range=(0.0, 500.0),
            source="[D]. In quiet stance load moves from foot to foot: 11 to 19 N each while the "
            "sum moves 0.6 to 1.1 N (21 people)",
            grade="D",
            error="not stated",
            error_kind="not_stated",
            function=two_legged.foot_force_sd_n,
        )
        for side in ("left", "right")
    ),
    Definition(
        id="sum_force_sd_n",
        name="Force SD of the sum",
        formula="sample SD (n - 1) of both plates' sum at common moments",
        unit="N",
        polarity="none",
        task="two_legged",
        minimum_data=_QUIET,
        valid_range=(0.0, 500.0),
        source="[D]",
        grade="D",
        error="not stated",
        error_kind="not_stated",
        function=two_legged.sum_force_sd_n,
    ),
)
BY_ID: dict[str, Definition] = {one.id: one for one in METRICS}


def definition(metric_id: str) -> Definition:
    """The metric of this id; KeyError when there is none."""
    return BY_ID[metric_id]


def like(name: str) -> list[str]:
    """Up to three ids that may have been meant, those of refused numbers among them.

    >>> like("force_sdn")[0]
    'force_sd_n'
    """
    return get_close_matches(name.lower(), [*BY_ID, *BY_NAME], n=3, cutoff=0.6)
