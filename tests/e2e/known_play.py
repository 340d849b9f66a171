"""Plays known loads to a virtual board, measures them with the product, and sets the two side by
side: one row per hold, ready for JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from known_person import DrawnWiring, KnownPerson, TrueHold

from evenstance.device.client import BoardClient
from evenstance.device.transport import SerialPort
from evenstance.flows.calibrate import calibrate
from evenstance.flows.pull import pull
from evenstance.flows.stepped import SteppedPort
from evenstance.metrics.hold import Trial
from evenstance.store.database import open_store
from evenstance.virtual.board import VirtualBoard
from evenstance.virtual.loads import Masses, Timeline

MASSES_KG = (20.0, 40.0, 60.0)
BOOT_US = 3_000_000
SETTLE_US = 500_000
LEAD_US = 3_000_000
STEP_US = 10_000_000
MATCH_S = 0.060
Row = dict[str, Any]


def play(person: KnownPerson, wiring: DrawnWiring, folder: Path) -> list[Row]:
    """Calibrate with known masses, stand, pull, compare; a history is made in `folder`."""
    masses = Masses()
    timeline = Timeline(masses)
    with VirtualBoard(timeline, wiring, speed=0.0, limit_us=BOOT_US) as board:
        port = SteppedPort(SerialPort(board.port), board.broker)
        client = BoardClient(port, clock=port.clock)
        try:
            port.advance_to(BOOT_US)
            info = client.hello(patience_s=20.0)

            def place(plate: int, mass_kg: float) -> None:
                port.advance_to(port.now_us)
                masses.place(plate, mass_kg)
                port.advance_to(port.now_us + SETTLE_US)

            zeroed_s = port.now_us / 1e6
            calibrated = calibrate(client, MASSES_KG, place)
            port.advance_to(port.now_us)
            person.loads.start_us = port.now_us + LEAD_US
            timeline.append(person.loads)
            end_us = person.loads.start_us + round(person.loads.end_s * 1e6) + LEAD_US
            while port.now_us < end_us:
                port.advance_to(min(port.now_us + STEP_US, end_us))
            board.broker.release()
            client.close()
            client = BoardClient(SerialPort(board.port))
            with open_store(folder / "history.db") as store:
                pull(client, info, store)
                trials = [stored.hold for stored in store.trials()]
            status = client.status()
            client.close()
        finally:
            port.close()
        axis_s = (person.loads.start_us + board.ticks_at_power_up_us) / 1e6
    gains = (calibrated.left.counts_per_n, calibrated.right.counts_per_n)
    shared = {
        "person": person.seed,
        "mass_kg": person.mass_kg,
        "stages": wiring.stages,
        "rates_sps": wiring.rate_sps,
        "measured_sps": (status["rate_left_mhz"] / 1e3, status["rate_right_mhz"] / 1e3),
        "gain_errors_pct": [100.0 * (gains[k] / wiring.counts_per_n[k] - 1.0) for k in (0, 1)],
    }
    rows = [{**shared, **row} for row in _rows(person, trials, axis_s)]
    for row in rows:
        if row["found"] and row["kind"] != "nothing":
            since_s = person.loads.start_us / 1e6 + row["lift_off_s"] - zeroed_s
            row["zero_errors_n"] = [since_s * drift for drift in wiring.drift_n_per_s]
    return rows


def _rows(person: KnownPerson, trials: list[Trial], axis_s: float) -> list[Row]:
    """Holds and trials belong together by the time of lift-off; what is left over is told."""
    rows: list[Row] = []
    left_over = list(trials)
    for truth in person.holds:
        mine = [t for t in left_over if abs(_lift_off_s(t, axis_s) - truth.lift_off_s) < 1.0]
        if not mine:
            rows.append({"kind": truth.kind, "found": False})
            continue
        left_over.remove(mine[0])
        rows.append(_row(person, truth, mine[0], _lift_off_s(mine[0], axis_s)))
    rows += [{"kind": "nothing", "found": True, "lasted_s": t.hold_time_s} for t in left_over]
    return rows


def _lift_off_s(trial: Trial, axis_s: float) -> float:
    return trial.lift_off_device_s - axis_s


def _row(person: KnownPerson, truth: TrueHold, trial: Trial, lift_off_s: float) -> Row:
    weight_n = trial.body_weight_n or 0.0
    share = trial.load_share_pct
    share_error = None
    if truth.load_share_pct is not None and share is not None:
        share_error = share.mean - truth.load_share_pct
    touches, false = _touches(truth, trial, lift_off_s - truth.lift_off_s)
    return {
        "kind": truth.kind,
        "found": True,
        "leg": truth.leg,
        "same_leg": trial.stance_leg == truth.leg,
        "end_reason": truth.end_reason,
        "same_end": trial.end_reason == truth.end_reason,
        "valid": trial.valid,
        "reasons": list(trial.reasons),
        "stray_n": truth.stray_n,
        "true_share_pct": truth.load_share_pct,
        "body_weight_source": trial.body_weight_source,
        "body_weight_error_pct": 100.0 * (weight_n / person.body_weight_n - 1.0),
        "share_error_points": share_error,
        "lift_off_s": truth.lift_off_s,
        "lift_off_error_ms": 1000.0 * (lift_off_s - truth.lift_off_s),
        "hold_time_s": truth.hold_time_s,
        "hold_time_error_ms": 1000.0 * (trial.hold_time_s - truth.hold_time_s),
        "dropped": trial.dropped,
        "counted": trial.touch_down_count,
        "listed": len(trial.touch_downs),
        "touches": touches,
        "false_touches": false,
    }


def _touches(truth: TrueHold, trial: Trial, late_s: float) -> tuple[list[Row], list[Row]]:
    """Each true touch with what was found of it; then what was found beside them."""
    left_over = list(trial.touch_downs)
    rows: list[Row] = []
    for touch in truth.touches:
        middle_s = touch.at_s + 0.5 * touch.above_s - late_s
        mine = [
            t
            for t in left_over
            if abs(t.at_s + 0.5 * t.duration_s - middle_s) < MATCH_S + 0.5 * touch.above_s
        ]
        row: Row = {
            "kind": touch.kind,
            "shape": touch.shape,
            "above_ms": 1000.0 * touch.above_s,
            "peak_n": touch.peak_n,
            "found": bool(mine),
        }
        if mine:
            left_over.remove(mine[0])
            row["start_error_ms"] = 1000.0 * (mine[0].at_s - touch.at_s + late_s)
            row["above_error_ms"] = 1000.0 * (mine[0].duration_s - touch.above_s)
            row["peak_error_pct"] = 100.0 * (mine[0].peak_n / touch.peak_n - 1.0)
        rows.append(row)
    extra = [{"at_s": t.at_s, "above_ms": 1000.0 * t.duration_s} for t in left_over]
    return rows, extra
