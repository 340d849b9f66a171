"""The values of a report as one JSON-ready object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenstance import __version__
from evenstance.report.history import history_json
from evenstance.report.results import results_json

if TYPE_CHECKING:
    from evenstance.report.html.report_data import ReportData


def report_json(data: ReportData) -> dict[str, Any]:
    """Day, version, which session is shown, then what `results` and `history` give."""
    return {
        "athlete": data.results.athlete.name,
        "made_on": data.made_on.isoformat(),
        "version": __version__,
        "session": None if data.session is None else data.session.id,
        "traces": len(data.signals),
        "blocked": data.blocked,
        "results": results_json(data.results),
        "history": history_json(data.history),
    }
