"""Sessions on a virtual board: the shipped firmware, a synthetic person, the guided session."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta, timezone
from pathlib import Path

from boards import client_on, switch_on

from evenstance.device.client import BoardClient, BoardInfo
from evenstance.flows.connect import Now, connected
from evenstance.flows.guide import QUICK, Guide
from evenstance.flows.live import Live
from evenstance.flows.simulate import calibrate_with_masses
from evenstance.metrics.hold import Trial
from evenstance.store.database import open_store
from evenstance.store.records import STANDARD_CONDITIONS
from evenstance.store.repository import Store
from evenstance.virtual.loads import Masses, Timeline
from evenstance.virtual.person import SyntheticPerson
from twelve_weeks.player import MASS_KG
from twelve_weeks.recorded import dumped
from twelve_weeks.script import ATHLETE, Case, Session, day_of

START = time(9, 0)


class Silent:
    """A screenplay that nobody looks at."""

    def say(self, text: str) -> None: ...

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None: ...

    def trial(self, trial: Trial, purpose: str) -> None: ...

    def key(self) -> str | None:
        return None


class OnBoard:
    """Measures on a virtual board whose flash stays in `folder`; `lines` are for the file."""

    def __init__(self, folder: Path) -> None:
        self._image = folder / "board.img"
        self.lines: list[str] = []

    def __call__(self, case: Case, number: int, step: Session) -> None:
        truth = step.truth
        person = SyntheticPerson(
            case.seed,
            MASS_KG,
            true_difference_pct=truth.gap_pct,
            less_steady=truth.less_steady,
            within_leg_cv_pct=truth.cv_pct,
            steadiness_pct_bw=truth.steadiness_pct_bw,
            longest_hold_s=truth.longest_hold_s,
        )
        person.new_session(number)
        masses = Masses()
        timeline = Timeline(masses)
        with switch_on(self._image, timeline) as board:
            if number == 0:
                with client_on(board.port) as client:
                    calibrate_with_masses(client, masses, board.broker)
            timeline.append(person)
            start = datetime.combine(day_of(step.day), START).astimezone()

            def now() -> datetime:
                moment = start + timedelta(microseconds=board.broker.now_us)
                return moment.astimezone(timezone.utc)

            with (
                open_store() as store,
                connected(board.port, now=now, patience_s=60.0) as (client, info),
            ):
                session = self._guided(client, info, store, now)
                self.lines.append(json.dumps(dumped(store, session), separators=(",", ":")))

    def _guided(self, client: BoardClient, info: BoardInfo, store: Store, now: Now) -> str:
        guide = Guide(
            client,
            info,
            store,
            Silent(),
            athlete_id=store.athlete(ATHLETE).id,
            conditions=STANDARD_CONDITIONS,
            plan=QUICK,
            now=now,
        )
        return guide.run().session_id
