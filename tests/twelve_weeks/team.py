"""The twelve people as a team in one history, on a day in the middle of their weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from evenstance.store.database import open_store
from twelve_weeks.cases import CASES
from twelve_weeks.player import Player
from twelve_weeks.recorded import GOLDEN, Recorded
from twelve_weeks.script import ATHLETE

DAY = 58
NAMES: Mapping[str, str] = {
    "asymmetric": "Ana",
    "both_improving": "Bo",
    "ceiling": "Cem",
    "improving": "Dana",
    "noisy": "Emil",
    "red_flag": "Finn",
    "short_holds_71": "Greta",
    "side_switching": "Hugo",
    "skipping": "Ines",
    "steady": "Jon",
    "under_16": "Kaya",
    "worsening": "Leo",
}


def play_team(folder: Path, day: int = DAY) -> None:
    """Everybody's days up to this one, in the history that EVENSTANCE_HOME names."""
    for case in CASES:
        until = replace(case, steps=tuple(step for step in case.steps if step.day <= day))
        Player(until, folder, Recorded(GOLDEN / f"{case.id}.jsonl")).play()
        with open_store() as store:
            store.roster.rename(store.athlete(ATHLETE, create=False).id, NAMES[case.id])
