"""The picture of a study: session 1 against 2, and Bland and Altman's plot, for each leg.

The only place that imports matplotlib. The SVG is the same byte for byte for the same numbers and
version: no date, no drawn ids, text kept as text.
"""

from __future__ import annotations

import importlib
import io
from typing import Any

from evenstance.reliability.agreement_limits import BlandAltman
from evenstance.reliability.study import Study

_INK, _LINE, _BAND = "#1f4e79", "#444444", "#c9d8e8"


def study_svg(study: Study) -> bytes:
    """Two rows (left, right) of two panels as an SVG file."""
    # Its own types are incomplete, hence Any.
    matplotlib: Any = importlib.import_module("matplotlib")
    canvas: Any = importlib.import_module("matplotlib.backends.backend_svg")
    drawing: Any = importlib.import_module("matplotlib.figure")
    settings = {
        "svg.hashsalt": "evenstance",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 9,
        "path.simplify": False,
    }
    with matplotlib.rc_context(settings):
        figure = drawing.Figure(figsize=(9.0, 8.0))
        canvas.FigureCanvasSVG(figure)
        axes = figure.subplots(2, 2)
        first, second = study.table.sessions[:2]
        for row, leg in enumerate(("left", "right")):
            x = study.session_values(leg, first)
            y = study.session_values(leg, second)
            _scatter(axes[row][0], x, y, leg, study, first, second)
            found = study.measure(leg).bland_altman
            if isinstance(found, BlandAltman):
                _agreement(axes[row][1], x, y, found, leg, study, first, second)
            else:
                axes[row][1].text(0.5, 0.5, found.text, ha="center")
        figure.subplots_adjust(left=0.08, right=0.97, bottom=0.08, top=0.93, hspace=0.32)
        figure.suptitle(
            f"Test-retest of {study.metric}: {len(study.table.people)} people, "
            f"{study.table.holds} holds a leg"
        )
        out = io.BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _scatter(
    axes: Any, x: list[float], y: list[float], leg: str, study: Study, first: int, second: int
) -> None:
    low, high = min(*x, *y), max(*x, *y)
    room = 0.05 * (high - low) or 0.05 * high
    ends = [low - room, high + room]
    axes.plot(ends, ends, color=_LINE, linewidth=0.8)
    axes.scatter(x, y, s=18, color=_INK, zorder=3)
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_aspect("equal")
    axes.set_title(f"{leg} leg; the line is equality")
    axes.set_xlabel(f"session {first} ({study.unit})")
    axes.set_ylabel(f"session {second} ({study.unit})")


def _agreement(
    axes: Any,
    x: list[float],
    y: list[float],
    found: BlandAltman,
    leg: str,
    study: Study,
    first: int,
    second: int,
) -> None:
    means = [0.5 * (a + b) for a, b in zip(x, y, strict=True)]
    axes.scatter(means, [b - a for a, b in zip(x, y, strict=True)], s=18, color=_INK, zorder=3)
    for line, style in ((found.bias, "-"), (found.lower, "--"), (found.upper, "--")):
        axes.axhspan(line.low, line.high, color=_BAND, linewidth=0, zorder=0)
        axes.axhline(line.value, color=_LINE, linewidth=0.8, linestyle=style, zorder=1)
    axes.set_title(f"{leg} leg; bias and limits with 95 % intervals")
    axes.set_xlabel(f"mean of the sessions ({study.unit})")
    axes.set_ylabel(f"session {second} - session {first} ({study.unit})")
