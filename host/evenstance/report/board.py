"""What a board says of itself, in values and lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenstance.device.client import BoardInfo
from evenstance.report.faults import faults_json, faults_text
from evenstance_wire import flags

JOURNAL_COUNTERS = ("holds_lost", "traces_given_up", "quarantined", "hung_restarts")


def board_values(info: BoardInfo, status: Mapping[str, Any]) -> dict[str, Any]:
    """The status in newtons, seconds and SPS; None where the board does not know."""

    def scaled(name: str, per_unit: float) -> float | None:
        value = status[name]
        return None if value is None else value / per_unit

    return {
        "state": flags.STATES[status["state"]] if status["state"] < len(flags.STATES) else "?",
        "armed": bool(status["armed"]),
        "calibration_id": status["calibration_id"],
        "counts_per_n": {
            "left": scaled("left_counts_per_kn", 1e3),
            "right": scaled("right_counts_per_kn", 1e3),
        },
        "zero_counts": {"left": status["zero_left_counts"], "right": status["zero_right_counts"]},
        "rate_sps": {
            "left": scaled("rate_left_mhz", 1e3),
            "right": scaled("rate_right_mhz", 1e3),
        },
        "body_weight_n": scaled("body_weight_un", 1e6),
        "journal": {
            "journal_id": info.journal_id,
            "first_seq": status["first_seq"],
            "next_seq": status["next_seq"],
            "acked_through": status["acked_through"],
            "unpulled": max(status["next_seq"] - 1 - status["acked_through"], 0),
        },
        "counters": {
            name: value
            for name, value in status.items()
            if name.endswith(("_left", "_right"))
            or name in ("frames_dropped", "frames_damaged", *JOURNAL_COUNTERS)
        },
        "faults": faults_json(status),
        "memory_free_b": status["memory_free_b"],
        "flash_free_b": status["flash_free_b"],
        "up_s": status["device_us"] / 1e6,
    }


def board_lines(info: BoardInfo, values: Mapping[str, Any]) -> list[str]:
    """The same for a person."""
    gains = values["counts_per_n"]
    rates = values["rate_sps"]
    counters = values["counters"]
    journal = values["journal"]

    def pair(found: Mapping[str, float | None], unit: str, decimals: int) -> str:
        return ", ".join(
            f"{side} {'unknown' if value is None else format(value, f'.{decimals}f') + ' ' + unit}"
            for side, value in found.items()
        )

    lines = [
        f"board      {info.board_uid}, firmware {info.firmware}, protocol {info.protocol}",
        f"state      {values['state'].replace('_', ' ')}"
        + (", ready for a hold" if values["armed"] else ""),
        "calibrated "
        + (
            pair(gains, "counts/N", 2)
            if gains["left"] is not None
            else "no: `evenstance calibrate`"
        ),
        f"rates      {pair(rates, 'SPS', 2)}",
        f"journal    {journal['next_seq'] - journal['first_seq']} trial(s) on the board, "
        f"{journal['unpulled']} not pulled yet",
        "samples    "
        + "; ".join(
            f"{side} {counters[f'conversions_{side}']} read, "
            f"{counters[f'dropped_{side}']} dropped, "
            f"{counters[f'desynced_{side}']} out of step, "
            f"{counters[f'saturated_{side}']} saturated"
            for side in ("left", "right")
        )
        + " since power-up",
        f"free       {values['memory_free_b'] // 1024} kB memory, "
        f"{values['flash_free_b'] // 1024} kB flash",
    ]
    lines += [f"fault      {text}" for text in faults_text(values["faults"])]
    return lines + [f"warning    {text}" for text in _warnings(counters)]


def _warnings(counters: Mapping[str, int]) -> list[str]:
    """What happened since power-up that a person should hear of."""
    full = "the flash is full of trials that were not pulled: run `evenstance pull`"
    found: list[str] = []
    if counters["hung_restarts"]:
        found.append(
            f"the firmware hung or failed {counters['hung_restarts']} time(s) and was restarted: "
            "report it"
        )
    if counters["holds_lost"]:
        found.append(f"{counters['holds_lost']} trial(s) lost: {full}")
    if counters["traces_given_up"]:
        found.append(f"{counters['traces_given_up']} trial(s) stored without a trace: {full}")
    if counters["quarantined"]:
        found.append(
            f"{counters['quarantined']} damaged file(s) in the flash set aside; what was in them "
            "is lost, all else can be pulled"
        )
    return found
