"""The protocol of a test-retest study and its list of visits, drawn from a seed.

Who begins with which leg is drawn so that half of the people begin with each. A person keeps the
first leg in every visit, so that the order adds nothing to the change between sessions.
The draw is an ordering by SHA-256 of seed and person: the same on every computer and version.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from evenstance.reliability.study import PEOPLE_WANTED
from evenstance.reliability.study_table import LegName

Visit = Literal["familiarisation", "1", "2"]
DEFAULT_PEOPLE = 24
"""A few more than are needed, since people drop out."""
MAX_PEOPLE = 1000
SCHEDULE_COLUMNS = ("person", "visit", "day", "first_leg", "order", "done", "note")


@dataclass(frozen=True)
class Appointment:
    """One visit of one person: its day, the leg to begin with, and the order of the holds."""

    person: str
    visit: Visit
    day: date
    first_leg: LegName
    holds: int

    @property
    def order(self) -> str:
        """Alternating legs as letters, L for left.

        >>> Appointment("P01", "1", date(2026, 3, 2), "right", 3).order
        'RLRLRL'
        """
        return ("LR" if self.first_leg == "left" else "RL") * self.holds


def schedule(
    people: int,
    *,
    seed: int,
    first_day: date,
    days_apart: int = 7,
    per_day: int = 8,
    holds: int = 5,
    familiarisation: bool = True,
) -> tuple[Appointment, ...]:
    """All visits in order of day and person; `per_day` people begin on each day.

    >>> visits = schedule(4, seed=1, first_day=date(2026, 3, 2), per_day=2, familiarisation=False)
    >>> [(v.person, v.visit, v.day.day) for v in visits[:3]]
    [('P01', '1', 2), ('P02', '1', 2), ('P03', '1', 3)]
    >>> sorted(v.first_leg for v in visits if v.visit == "1")
    ['left', 'left', 'right', 'right']
    """
    for name, value, least in (
        ("people", people, 2),
        ("days_apart", days_apart, 1),
        ("per_day", per_day, 1),
        ("holds", holds, 1),
    ):
        if value < least:
            raise ValueError(f"{name} is {value}; at least {least}")
    width = max(2, len(str(people)))
    names = [f"P{number:0{width}d}" for number in range(1, people + 1)]
    drawn = sorted(names, key=lambda name: _draw(seed, name))
    begin_left = set(drawn[: (people + 1) // 2])
    visits: tuple[Visit, ...] = ("familiarisation", "1", "2") if familiarisation else ("1", "2")
    found = [
        Appointment(
            person=name,
            visit=visit,
            day=first_day + timedelta(days=number // per_day + days_apart * step),
            first_leg="left" if name in begin_left else "right",
            holds=holds,
        )
        for step, visit in enumerate(visits)
        for number, name in enumerate(names)
    ]
    return tuple(sorted(found, key=lambda one: (one.day, one.person)))


def protocol(holds: int, days_apart: int, *, familiarisation: bool) -> tuple[str, ...]:
    """What to do, in order; [V] marks what was read about, [D] this project's proposal."""
    first = (
        "Visit 1 is familiarisation: the whole session, not analysed. People get steadier from "
        "the first session to the second (4.6-6.1 %, Fransz 2014 [V])."
        if familiarisation
        else "No familiarisation visit: the change from session 1 to 2 then holds what people "
        "learn from being tested (4.6-6.1 %, Fransz 2014 [V]); it is estimated and printed. "
        "Analyse the history with --include-familiarisation."
    )
    option = "" if holds == 5 else " (this study has another number of holds than the standard)"
    return (
        f"At least {PEOPLE_WANTED} adults [D] who pass the screening; more make the intervals "
        "narrower. Ask for their written consent, and ask your ethics committee if you publish.",
        first,
        f"Sessions 1 and 2 are {days_apart} days apart [D], within the same 2 hours of the day, "
        "with the same board, shoes off, hands on the hips and a mark at eye level.",
        "No balance practice in the 48 hours before a session [D] (one bout hides a difference "
        "for at least 30 minutes, 28 young adults [V]) and no exertion in the 20 minutes before "
        "(Susco 2004 [V]). Walk for 5 minutes first.",
        f"Each session: zero, body weight, one practice hold a leg, then {holds} scored holds of "
        f"20 s a leg{option}, legs in turn, 30 s of rest. Begin with the leg of the list, the "
        "same in every visit.",
        "A hold that does not count is repeated, twice at most. No numbers are shown while a hold "
        "runs. Do not tell results between the sessions.",
        "Check the calibration before the first and after the last session, and do not "
        "calibrate anew in between.",
        "Nobody is left out after the results were seen. Who lacks a hold or a session is "
        "reported as such.",
    )


def _draw(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}:{name}".encode()).digest()
