"""Does the board's summary say what its trace says? Both are computed by the same definitions.

The board works in whole millinewtons and microseconds, this program in 64-bit floats on times that
the trace keeps in steps of 32 us. What may differ by that is in LIMITS; anything beyond is a
fault of one of the two, and is told as such. Nothing that is stored is changed by it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from evenstance.metrics import events, single_leg
from evenstance.metrics.evaluate import Facts, Found, Raw, raw_hold
from evenstance.metrics.hold import TouchDown, Trial
from evenstance.signal.grid import meet
from evenstance.signal.trace_force import HoldSignal, hold_signal

Judge = Callable[[str, float | None, float | None], None]
BW_OF_THE_HOLD = "hold"
# A sample this near to the edge of a window may lie on its other side for the board: its time is
# rounded to 32 us in the trace, and the filter's delay follows the measured rate.
EDGE_S = 64e-6
LEVEL_N = 0.005  # a sample this near to 20 N may lie on its other side


@dataclass(frozen=True)
class Limit:
    """By how much two numbers may differ: a fixed amount or a share of the value, the larger."""

    absolute: float
    share: float = 0.0

    def of(self, value: float) -> float:
        """The limit at a value, in its unit."""
        return max(self.absolute, self.share * abs(value))


_SD = Limit(0.001, 0.001)
LIMITS: dict[str, Limit] = {
    "force_mean_n": Limit(0.02),
    "force_sd_n": _SD,
    "force_sd_1_n": _SD,
    "force_sd_2_n": _SD,
    "force_sd_3_n": _SD,
    "force_sd_4_n": _SD,
    "force_range_p95_p5_n": Limit(0.02),
    "load_share_mean_pct": Limit(0.02),
    "load_share_sd_pct": Limit(0.02),
    "load_share_min_pct": Limit(0.2),
    "stray_load_pct_bw": Limit(0.01),
    "stray_time_pct": Limit(0.11),  # two samples
    "hold_time_s": Limit(0.005),
    "touch_down_count": Limit(0.0),
    "touch_down_at_s": Limit(0.002),
    "touch_down_duration_s": Limit(0.002),
    "touch_down_peak_n": Limit(0.02),
    "body_weight_n": Limit(0.04),  # only where it is from the hold itself
    "samples_left": Limit(1.0),
    "samples_right": Limit(1.0),
}


@dataclass(frozen=True)
class Disagreement:
    """One number that the board and the trace give differently; None: not given."""

    name: str
    board: float | None
    host: float | None
    limit: float


@dataclass(frozen=True)
class Agreement:
    """What was compared, and what disagrees."""

    compared: tuple[str, ...]
    disagreements: tuple[Disagreement, ...]


def compare(trial: Trial, trace: bytes | HoldSignal) -> Agreement:
    """Compare a summary with its complete trace; ValueError when there is none to be read."""
    signal = trace if isinstance(trace, HoldSignal) else hold_signal(trace)
    if not signal.complete:
        raise ValueError("the trace is not complete")
    raw = raw_hold(signal, Facts.of(trial))
    compared: list[str] = []
    wrong: list[Disagreement] = []

    def judge(name: str, board: float | None, host: float | None) -> None:
        compared.append(name)
        if board is None or host is None:
            if board is not host:
                wrong.append(Disagreement(name, board, host, LIMITS[name].absolute))
        elif not abs(board - host) <= LIMITS[name].of(board):
            wrong.append(Disagreement(name, board, host, LIMITS[name].of(board)))

    for name, board in _board(trial, raw).items():
        found = raw.get(name)
        if found == "too_few_samples":
            continue  # the board has no such rule
        judge(name, board, _near(name, board, found, signal))
    _judge_touches(trial, signal, judge)
    if trial.end_reason == "time_limit":
        for side, counted in (("left", trial.samples_left), ("right", trial.samples_right)):
            plate = signal.left if side == "left" else signal.right
            inside = plate.between(0.0, single_leg.RECORD_S).times_s.size
            judge(f"samples_{side}", float(counted), float(inside))
    return Agreement(tuple(compared), tuple(wrong))


def _board(trial: Trial, raw: Raw) -> dict[str, float | None]:
    """The board's numbers that can be found again in this trace, by the names of the metrics."""
    share = trial.load_share_pct
    found: dict[str, float | None] = {
        "force_mean_n": trial.force_mean_n,
        "force_sd_n": trial.force_sd_n,
        "load_share_mean_pct": None if share is None else share.mean,
        "load_share_min_pct": None if share is None else share.min,
        "load_share_sd_pct": None if share is None else share.sd,
        "stray_load_pct_bw": trial.stray_load_pct_bw,
    }
    for k, sd in enumerate(trial.force_sd_windows_n, 1):
        found[f"force_sd_{k}_n"] = sd
    if trial.force_range_p95_p5_n is not None or trial.force_sd_n is None:
        # the board keeps room for 2048 samples; a faster chip has no range there
        found["force_range_p95_p5_n"] = trial.force_range_p95_p5_n
    if trial.body_weight_source != BW_OF_THE_HOLD:
        # else it judged the hold by a weight that it took at lift-off and did not keep
        found["stray_time_pct"] = trial.stray_time_pct
    elif isinstance(raw["stray_load_pct_bw"], Found) and trial.body_weight_n:
        found["body_weight_n"] = trial.body_weight_n
        swing_n = raw["stray_load_pct_bw"].value * trial.body_weight_n / 100.0
        mean = raw["force_mean_n"]
        if isinstance(mean, Found):
            raw["body_weight_n"] = Found(mean.value + swing_n, mean.samples)
    by_weight = trial.end_reason == "step_off" and trial.body_weight_source == BW_OF_THE_HOLD
    if trial.end_reason in ("time_limit", "touch_down", "step_off") and not by_weight:
        found["hold_time_s"] = trial.hold_time_s
    return found


def _near(
    name: str, board: float | None, found: Found | str | None, signal: HoldSignal
) -> float | None:
    """This program's number; where it depends on what a trace does not keep, the nearest to the
    board's that it can be."""
    if not isinstance(found, Found):
        return None
    if board is None or abs(board - found.value) <= LIMITS[name].of(board):
        return found.value
    if name.startswith("load_share"):
        other = _overtaken_share(name, signal)
        return min(max(board, min(found.value, other)), max(found.value, other))
    if not name.startswith("force_sd"):
        return found.value
    windows = range(single_leg.WINDOWS) if name == "force_sd_n" else [int(name[9]) - 1]
    ranges = [_window_range(signal, k) for k in windows]
    low = math.fsum(r[0] for r in ranges) / len(ranges)
    high = math.fsum(r[1] for r in ranges) / len(ranges)
    return min(max(board, low), high)


def _window_range(signal: HoldSignal, k: int) -> tuple[float, float]:
    """Smallest and largest SD of a window whose edges lie a little earlier or later."""
    from_s = single_leg.SETTLING_S + k * single_leg.WINDOW_S
    sds = [
        single_leg.sample_sd(
            signal.stance.between(from_s + a, from_s + single_leg.WINDOW_S + b).force_n
        )
        for a, b in product((-EDGE_S, 0.0, EDGE_S), repeat=2)
    ]
    return min(sds), max(sds)


def _overtaken_share(name: str, signal: HoldSignal) -> float:
    """A load share from the pairs that the board makes of a left chip slower than the right one.

    The filter of the slower chip delays more. A left sample then arrives when a right one of a
    later moment is there already, and the board does not pair it.
    """
    late_s = signal.delay_s[0] - signal.delay_s[1]
    pairs = meet(signal.left, signal.right, late_s=late_s)
    pairs = pairs.between(single_leg.SETTLING_S, single_leg.RECORD_S)
    share = single_leg.spread_of_share(pairs, signal.stance_leg)
    return {"mean": share.mean, "min": share.min, "sd": share.sd}[name.split("_")[2]]


def _judge_touches(trial: Trial, signal: HoldSignal, judge: Judge) -> None:
    if trial.end_reason == "sensor_fault" or trial.touch_down_count is None:
        return  # the board went on looking for a second behind the end; or had nothing to look at
    touches = _touches(trial, signal)
    judge("touch_down_count", float(trial.touch_down_count), float(len(touches)))
    if len(touches) != trial.touch_down_count:
        return
    for board, host in zip(trial.touch_downs, touches, strict=False):  # the board keeps eight
        judge("touch_down_at_s", board.at_s, host.at_s)
        judge("touch_down_duration_s", board.duration_s, host.duration_s)
        judge("touch_down_peak_n", board.peak_n, host.peak_n)


def _touches(trial: Trial, signal: HoldSignal) -> tuple[TouchDown, ...]:
    """Touches in the trace; as many as the board's where samples on the level allow it."""
    found = events.touch_downs(signal.swing, trial.hold_time_s)
    if len(found) != trial.touch_down_count:
        for off_n in (-LEVEL_N, LEVEL_N):
            other = events.touch_downs(
                signal.swing, trial.hold_time_s, level_n=events.FOOT_DOWN_N + off_n
            )
            if len(other) == trial.touch_down_count:
                return other
    return found
