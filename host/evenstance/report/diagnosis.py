"""What was found of a board: as lines for a person, as JSON, and as a block for an issue."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from typing import Any

from evenstance import __version__
from evenstance.device.client import BoardInfo
from evenstance.health.board import board_state_lines
from evenstance.health.channel import channel_lines, zero_shift
from evenstance.health.conversions import share_pct
from evenstance.health.lines import ERRORS, Examined, Line
from evenstance.report.faults import FAULT_ADVICE
from evenstance_wire import PROTOCOL, flags, units

MARKS = {"ok": "ok   ", "look": "LOOK ", "fault": "FAULT"}
_UID_DIGITS = 8
_FENCE = "```"


def own_lines(status: Mapping[str, Any]) -> list[Line]:
    """The faults that the board itself found, by name: now, and at any time since power-up."""
    found: list[Line] = []
    for side in units.PLATES:
        now = flags.names(status[f"{side}_faults"], flags.FAULTS)
        seen = flags.names(status[f"{side}_faults_seen"], flags.FAULTS)
        text = f"{_listed(now)} now, {_listed(seen)} since power-up"
        state = "fault" if now else "look" if seen else "ok"
        advice = FAULT_ADVICE[(now or seen)[0]] if now or seen else None
        told = None if advice is None else f"{advice.next_step} See {advice.anchor}."
        found.append(Line(side, "faults", text, state, told))
    return found


def diagnosis_lines(examined: Examined) -> list[Line]:
    """Every line, left, right, board."""
    own = {line.part: line for line in own_lines(examined.after)}
    return [
        line for side in units.PLATES for line in (*channel_lines(side, examined), own[side])
    ] + board_state_lines(examined)


def count(lines: Sequence[Line], state: str) -> int:
    """How many lines are in this state."""
    return sum(line.state == state for line in lines)


def diagnosis_text(lines: Sequence[Line]) -> list[str]:
    """One line each, the advice below it, and a sum."""
    found: list[str] = []
    for line in lines:
        found.append(f"{MARKS[line.state]} {line.part:<5} {line.name:<11} {line.text}")
        if line.advice is not None:
            found.append(f"      -> {line.advice}")
    faults, looks = count(lines, "fault"), count(lines, "look")
    if not faults and not looks:
        return [*found, f"All {len(lines)} lines are ok."]
    return [*found, f"{faults} fault(s), {looks} to look at, {count(lines, 'ok')} ok."]


def diagnosis_json(info: BoardInfo, examined: Examined, lines: Sequence[Line]) -> dict[str, Any]:
    """The documented object; None where there is a reason instead of a number."""
    status = examined.after
    return {
        "passed": not count(lines, "fault"),
        "seconds": examined.seconds_s,
        "board": {
            "board_uid": info.board_uid,
            "firmware": info.firmware,
            "protocol": info.protocol,
            "calibration_id": status["calibration_id"],
            "up_s": status["device_us"] / 1e6,
            "memory_free_b": status["memory_free_b"],
            "flash_free_b": status["flash_free_b"],
            "trials": status["next_seq"] - status["first_seq"],
            "unpulled": max(status["next_seq"] - 1 - status["acked_through"], 0),
            "hung_restarts": status["hung_restarts"],
            "clock_set": bool(status["clock_set"]),
        },
        **{side: _channel_json(side, examined) for side in units.PLATES},
        "lines": [asdict(line) for line in lines],
    }


def issue_block(info: BoardInfo, examined: Examined, lines: Sequence[Line]) -> str:
    """Markdown to paste into an issue: versions, every line, the counters; nobody's name, no
    serial number, no path."""
    status = examined.after
    text = [
        *(f"{name}: {value}" for name, value in versions(info).items()),
        f"measured: {examined.seconds_s:g} s, up {status['device_us'] / 1e6:.0f} s",
        "",
        *diagnosis_text(lines),
        "",
        *(f"{name}: {status[name]}" for name in sorted(status) if _is_technical(name)),
    ]
    return "\n".join(["### evenstance diagnose", "", f"{_FENCE}text", *text, _FENCE])


def versions(info: BoardInfo) -> dict[str, str]:
    """What runs here and on the board. The board is named by a hash of its id."""
    digest = hashlib.sha256(info.board_uid.encode()).hexdigest()
    return {
        "Evenstance": __version__,
        "protocol": f"{PROTOCOL} here, {info.protocol} on the board",
        "firmware": info.firmware,
        "MicroPython": "not told by the board",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "pySerial": metadata.version("pyserial"),
        "platform": f"{platform.system()} {platform.machine()}",
        "board": digest[:_UID_DIGITS],
    }


def _is_technical(name: str) -> bool:
    """Body weight is somebody's; all else in a status belongs to the board."""
    return name != "body_weight_un"


def _channel_json(side: str, examined: Examined) -> dict[str, Any]:
    channel = examined.channels[side]
    figures = channel.figures
    plate = examined.plates[side]
    shift = zero_shift(figures, plate)
    per_n = plate.counts_per_n
    noise = None if figures is None else figures.noise_counts
    return {
        "conversions": channel.conversions,
        "lost": channel.lost,
        "reason": channel.reason,
        "rate_sps": None if figures is None else figures.rate_sps,
        "jitter_sd_us": None if figures is None else figures.jitter_sd_us,
        "jitter_worst_us": None if figures is None else figures.jitter_worst_us,
        "noise_counts": noise,
        "noise_n": None if noise is None or per_n is None else noise / abs(per_n),
        "unique_values": None if figures is None else figures.unique_values,
        "saturated": None if figures is None else figures.saturated,
        "missing": None if figures is None else figures.missing,
        "min_pct": None if figures is None else share_pct(figures.min_counts),
        "mean_pct": None if figures is None else share_pct(figures.mean_counts),
        "max_pct": None if figures is None else share_pct(figures.max_counts),
        "zero_shift_n": shift.since_zero_n,
        "zero_shift_since_calibration_n": shift.since_calibration_n,
        "zero_shift_why_not": shift.why_not,
        "errors": {name: examined.grown(f"{name}_{side}") for name in ERRORS},
        "errors_since_power_up": {name: examined.after[f"{name}_{side}"] for name in ERRORS},
        "faults": flags.names(examined.after[f"{side}_faults"], flags.FAULTS),
        "faults_seen": flags.names(examined.after[f"{side}_faults_seen"], flags.FAULTS),
    }


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
