"""Every limit of `evenstance diagnose` and `evenstance check sides`, with its ground.

The table stands in docs/test-the-board.md too; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass

from evenstance_wire import rules


@dataclass(frozen=True)
class Limit:
    """One limit: what happens beyond it, and why it is where it is."""

    name: str
    value: float
    unit: str
    meaning: str
    ground: str


def _rule(name: str) -> str:
    return f"rule `{name}` of a hold"


LIMITS = (
    Limit(
        "min_conversions",
        16,
        "-",
        "fewer of a channel: no number, a reason",
        "[D] one frame of 16",
    ),
    Limit(
        "silent_s",
        2.5,
        "s",
        "without a conversion at the beginning or the end: fell silent",
        "[D] 16 conversions at 10 SPS take 1.6 s",
    ),
    Limit(
        "rate_slow_sps",
        20,
        "SPS",
        "slower: fault, RATE is low",
        "10 SPS nominal (datasheet V2.0 [V]), 11.7 measured [V]",
    ),
    Limit(
        "rate_low_sps",
        75,
        "SPS",
        "slower: look",
        "80 SPS nominal (datasheet V2.0 [V]); 6 % below it [D]",
    ),
    Limit("rate_high_sps", 100, "SPS", "faster: look", "93 SPS measured [V]; 8 % above it [D]"),
    Limit(
        "jitter_sd_us",
        200,
        "us",
        "SD of the intervals above it: look",
        "[D] moves a sway of 5 N at 5 Hz by 0.03 N, as much as the noise",
    ),
    Limit(
        "jitter_worst_us",
        2000,
        "us",
        "one interval off by more: look",
        "[D] moves a sway of 5 N at 5 Hz by 0.3 N",
    ),
    Limit(
        "noise_n",
        0.1,
        "N",
        "noise above it: look",
        "[D] a 200 kg plate at 80 SPS has 0.02 to 0.06 N rms [D]",
    ),
    Limit(
        "noise_counts",
        300,
        "counts",
        "the same on a board without calibration: look",
        "[D] five times 59 counts: 90 nV rms (datasheet V2.0 [V]) at 3.3 V",
    ),
    Limit(
        "motion_n",
        rules.value("zero_sd_mn") / 1000,
        "N",
        "noise above it: fault, or something moves",
        _rule("zero_sd_mn"),
    ),
    Limit(
        "motion_counts",
        rules.value("zero_sd_counts"),
        "counts",
        "the same on a board without calibration: fault",
        _rule("zero_sd_counts"),
    ),
    Limit(
        "unique_stuck", 2, "-", "different values, or fewer: fault", "[D] noise alone gives tens"
    ),
    Limit("unique_few", 10, "-", "different values, or fewer: look", "[D] noise alone gives tens"),
    Limit(
        "lost_pct",
        rules.value("dropped_pct"),
        "%",
        "dropped or out of step above it: fault; any: look",
        _rule("dropped_pct"),
    ),
    Limit(
        "late_pct",
        2,
        "%",
        "late conversions above it: look",
        "[D] their times are guesses",
    ),
    Limit(
        "range_pct",
        75,
        "%",
        "of full scale reached by a plate: look",
        "[D] a quarter is left for what comes on top",
    ),
    Limit(
        "loaded_n",
        rules.value("foot_down_mn") / 1000,
        "N",
        "a plate this far from its zero is not empty",
        _rule("foot_down_mn"),
    ),
    Limit(
        "zero_shift_n",
        5,
        "N",
        "zero moved since the last one by more: look",
        "[D] as at the end of a session",
    ),
    Limit(
        "calibration_shift_n",
        rules.value("zero_shift_mn") / 1000,
        "N",
        "zero moved since the calibration by more: look",
        _rule("zero_shift_mn"),
    ),
    Limit("memory_b", 16384, "B", "free memory below it: look", "[D] one trace and a collection"),
    Limit("flash_b", 49152, "B", "free flash below it: look", "[D] four traces of 12 kB"),
    Limit(
        "moved_n",
        rules.value("foot_down_mn") / 1000,
        "N",
        "`check sides`: a plate moved by less was not pressed",
        _rule("foot_down_mn"),
    ),
    Limit(
        "moved_counts",
        20000,
        "counts",
        "the same on a board without calibration",
        "[D] 0.24 % of full scale; 5 kg move a 300 kg cell of 1 mV/V by 36,000",
    ),
    Limit(
        "moved_too_pct",
        10,
        "%",
        "`check sides`: the other plate moved by more of it: both moved",
        "[D] as in the calibration",
    ),
)
_VALUES = {limit.name: limit.value for limit in LIMITS}


def limit(name: str) -> float:
    """The value of one limit; KeyError for a name that is not in the table."""
    return _VALUES[name]
