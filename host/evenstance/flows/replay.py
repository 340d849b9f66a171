"""Plays a recording to a virtual board and measures it with the whole product.

The product sees what it would see of a real board: a serial port. Only the loads, the masses on
the plates and the axis of time are known here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from evenstance.decision.ladder import decide
from evenstance.decision.types import SessionHolds, to_json
from evenstance.device.client import BoardClient, BoardInfo
from evenstance.device.transport import SerialPort
from evenstance.errors import MeasurementError
from evenstance.flows import advice
from evenstance.flows.calibrate import calibrate
from evenstance.flows.connect import wall_clock
from evenstance.flows.pull import pull
from evenstance.flows.stepped import SteppedPort
from evenstance.metrics.hold import Trial
from evenstance.report.disagreements import disagreement_lines
from evenstance.report.values import hold_json, verdict_json
from evenstance.screen.evaluate import evaluate
from evenstance.virtual.board import VirtualBoard, Wiring
from evenstance.virtual.loads import Masses, Timeline
from evenstance.virtual.recording import Recording, RecordingLoads
from evenstance_wire import messages

if TYPE_CHECKING:
    from evenstance.screen.types import Screen
    from evenstance.store.repository import Store

ATHLETE = "replay"
MASSES_KG = (20.0, 40.0, 60.0)
BOOT_US = 3_000_000
SETTLE_US = 500_000
LEAD_IN_US = 3_000_000
LEAD_OUT_US = 6_000_000
PROGRESS_US = 10_000_000

Tell = Callable[[str], None]


@dataclass(frozen=True)
class ReplayOptions:
    """How to play: speed 0 is flat out; rates in SPS; everything drawn comes from `seed`."""

    speed: float = 0.0
    seed: int = 1
    rate_left_sps: float = 93.1
    rate_right_sps: float = 91.8


def replay(
    recording: Recording,
    options: ReplayOptions,
    store: Store,
    screen: Screen | None,
    tell: Tell,
) -> dict[str, Any]:
    """Measure a recording; returns the JSON-ready object documented for `evenstance replay`."""
    masses = Masses()
    timeline = Timeline(masses)
    wiring = Wiring.drawn(options.seed, options.rate_left_sps, options.rate_right_sps)
    tell("switching the virtual board on")
    with VirtualBoard(timeline, wiring, speed=options.speed, limit_us=BOOT_US) as board:
        stepped = SteppedPort(SerialPort(board.port), board.broker)
        client = BoardClient(stepped, clock=stepped.clock)
        stepped.advance_to(BOOT_US)
        try:
            info = client.hello(patience_s=20.0)

            def place(plate: int, mass_kg: float) -> None:
                stepped.advance_to(stepped.now_us)
                masses.place(plate, mass_kg)
                stepped.advance_to(stepped.now_us + SETTLE_US)

            tell("calibrating with known masses")
            calibrate(client, MASSES_KG, place)
            if not client.status()["armed"]:
                raise MeasurementError("The board did not get ready for a hold.")
            stepped.advance_to(stepped.now_us)
            loads = RecordingLoads(recording, stepped.now_us + LEAD_IN_US)
            timeline.append(loads)
            tell(f"playing {recording.duration_s:.0f} s")
            end_us = loads.end_us + LEAD_OUT_US
            while stepped.now_us < end_us:
                stepped.advance_to(min(stepped.now_us + PROGRESS_US, end_us))
            board.broker.release()
            client.close()
            client = BoardClient(SerialPort(board.port))
            status = client.status()
            tell("pulling")
            session_id = _pull_into_session(client, info, store, tell)
        finally:
            client.close()
        axis_s = (loads.t0_us + board.ticks_at_power_up_us) / 1e6
    trials = [t.hold for t in store.trials(session=session_id)]
    holds = store.session_holds(store.athlete(ATHLETE).id, include_replay=True, session=session_id)
    return _result(info, status, trials, holds, axis_s, screen)


def _pull_into_session(client: BoardClient, info: BoardInfo, store: Store, tell: Tell) -> str:
    athlete = store.athlete(ATHLETE)
    session_id = store.start_session(
        athlete.id, info.board_uid, "replay", started_at=wall_clock().astimezone()
    )
    status = client.request(messages.STATUS)
    purposes = {
        seq: (session_id, athlete.id, "scored")
        for seq in range(status["first_seq"], status["next_seq"])
    }
    found = pull(client, info, store, purposes=purposes)  # type: ignore[arg-type]
    for line in disagreement_lines(found.disagreeing):
        tell(line)
    store.end_session(session_id, ended_at=wall_clock().astimezone())
    return session_id


def _result(
    info: BoardInfo,
    status: dict[str, Any],
    trials: list[Trial],
    holds: list[SessionHolds],
    axis_s: float,
    screen: Screen | None,
) -> dict[str, Any]:
    today = date.today()
    outcome = None if screen is None else evaluate(screen, None, None, today)
    # a session that counts: a recording is no person's first session
    sessions = [replace(one, familiarisation=False, conditions="replay") for one in holds]
    verdict = decide(sessions, outcome.state if outcome else "unscreened")
    plan, reason = advice.plan_or_reason(verdict, outcome, trials, today)
    return {
        "board": {
            "firmware": info.firmware,
            "protocol": info.protocol,
            "rate_left_sps": _per_thousand(status["rate_left_mhz"]),
            "rate_right_sps": _per_thousand(status["rate_right_mhz"]),
            "counters": {
                name: value
                for name, value in status.items()
                if name.endswith(("_left", "_right"))
                or name in ("frames_dropped", "frames_damaged", "holds_lost", "quarantined")
            },
        },
        "holds": [hold_json(trial, axis_s) for trial in trials],
        "asymmetry": to_json(verdict.comparison) if verdict.comparison else None,
        "verdict": verdict_json(verdict),
        "plan": plan,
        "plan_reason": reason,
    }


def _per_thousand(value: int | None) -> float | None:
    return None if value is None else value / 1000.0
