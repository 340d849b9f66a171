"""Sessions out of a file: the very summaries that the virtual board's firmware made."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from evenstance.decision.parameters import PRIMARY_METRIC
from evenstance.store.database import open_store
from evenstance.store.records import STANDARD_CONDITIONS, NewTrial, ResultOf
from evenstance.store.repository import Store
from twelve_weeks.script import ATHLETE, Case, Session

GOLDEN = Path(__file__).parents[1] / "golden" / "twelve_weeks"
COMPARED = (PRIMARY_METRIC, "force_sd_droop_corrected_n")


def dumped(store: Store, session_id: str) -> dict[str, Any]:
    """One stored session as it goes to the file."""
    session = next(s for s in store.sessions() if s.id == session_id)
    trials = store.trials(session=session_id)
    results = store.results([trial.id for trial in trials])
    return {
        "board_uid": session.board_uid,
        "started_at": session.started_at.isoformat(),
        "utc_offset_minutes": session.utc_offset_minutes,
        "ended_at": _text(session.ended_at),
        "zero_shift_n": [session.zero_shift_left_n, session.zero_shift_right_n],
        "trials": [
            {
                "journal_id": trial.journal_id,
                "seq": trial.seq,
                "purpose": trial.purpose,
                "lift_off_at": None
                if trial.lift_off_at is None
                else trial.lift_off_at.isoformat(),
                "pulled_at": trial.pulled_at.isoformat(),
                "firmware": trial.firmware,
                "protocol": trial.protocol,
                "summary": base64.b64encode(trial.summary).decode(),
                "results": [
                    asdict(result)
                    for result in results.get(trial.id, [])
                    if result.metric_id in COMPARED
                ],
            }
            for trial in trials
        ],
    }


class Recorded:
    """Measures by taking the next session of a case's file."""

    def __init__(self, file: Path) -> None:
        lines = file.read_text(encoding="utf-8").splitlines()
        self._sessions: Iterator[dict[str, Any]] = iter([json.loads(line) for line in lines])

    def __call__(self, _case: Case, _number: int, _step: Session) -> None:
        found = next(self._sessions)
        with open_store() as store:
            athlete = store.athlete(ATHLETE)
            board = str(found["board_uid"])
            store.seen_board(board)
            session = store.start_session(
                athlete.id,
                board,
                "quick",
                started_at=datetime.fromisoformat(found["started_at"]),
                conditions=STANDARD_CONDITIONS,
            )
            for trial in found["trials"]:
                store.save_trials(
                    board,
                    trial["journal_id"],
                    [_new_trial(trial)],
                    purposes={trial["seq"]: (session, athlete.id, trial["purpose"])},
                )
            left_n, right_n = found["zero_shift_n"]
            store.end_session(
                session,
                ended_at=datetime.fromisoformat(found["ended_at"]),
                zero_shift_left_n=left_n,
                zero_shift_right_n=right_n,
            )

    @property
    def over(self) -> bool:
        """Whether every recorded session was taken."""
        return next(self._sessions, None) is None


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _new_trial(trial: dict[str, Any]) -> NewTrial:
    lift_off = trial["lift_off_at"]
    return NewTrial(
        seq=trial["seq"],
        summary=base64.b64decode(trial["summary"]),
        trace=None,
        trace_complete=False,
        lift_off_at=None if lift_off is None else datetime.fromisoformat(lift_off),
        pulled_at=datetime.fromisoformat(trial["pulled_at"]),
        results=tuple(ResultOf(**result) for result in trial["results"]),
        firmware=trial["firmware"],
        protocol=trial["protocol"],
    )
