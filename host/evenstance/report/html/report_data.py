"""What a report is made of: everything was read and decided before; here it is only shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenstance.plan.course import StartedPlan
    from evenstance.plan.progress import Standing
    from evenstance.report.history import History
    from evenstance.report.results import Results
    from evenstance.signal.trace_force import HoldSignal
    from evenstance.store.records import StoredSession, StoredTrial

MOST_TRACES = 12
"""Force traces in a report; a session of the standard protocol has ten scored holds."""


@dataclass(frozen=True)
class ReportData:
    """`session` is the one that is shown hold by hold, None without any; `signals` are the forces
    of its holds by trial id, of at most MOST_TRACES of them. `running` is the plan under way with
    where the person stands in it; never there behind a blocking answer.
    """

    made_on: date
    results: Results
    history: History
    session: StoredSession | None
    signals: Mapping[int, HoldSignal]
    running: StartedPlan | None
    standing: Standing | None

    @property
    def blocked(self) -> bool:
        """A screening answer comes before every comparison and every plan."""
        return self.results.next.kind == "blocked"

    @property
    def holds(self) -> tuple[StoredTrial, ...]:
        """The scored holds of the session that is shown."""
        if self.session is None:
            return ()
        return tuple(
            t
            for t in self.results.trials
            if t.session_id == self.session.id and t.purpose == "scored"
        )
