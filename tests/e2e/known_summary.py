"""What rows of known holds say: errors against the limits, and what is reported of which touch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Row = dict[str, Any]

BODY_WEIGHT_PCT = 0.2
SHARE_POINTS = 0.3
HOLD_TIME_MS = 25.0
RECALL_PCT = PRECISION_PCT = 99.0
ABOVE_MS = (10, 35, 40, 45, 50, 55, 60, 65, 80, 1000)
PEAKS_N = (25, 50, 100, 150, 200, 300)
NEAR_N = (17, 19.5, 20, 20.5, 21, 22, 25)
RATES_SPS = (80, 85, 91, 97)
STAGES = (2, 3, 4)


@dataclass(frozen=True)
class Check:
    """One claim: what was found, and whether it holds."""

    name: str
    limit: str
    found: str
    holds: bool


def known(rows: Iterable[Row]) -> list[Row]:
    """Rows of holds that were stood and found."""
    return [row for row in rows if row["found"] and row["kind"] != "nothing"]


def touches(rows: Iterable[Row], kind: str | None = None) -> list[Row]:
    """True touches, each with the swing plate's rate, the filter and the zero's error."""
    found: list[Row] = []
    for row in known(rows):
        swing = 1 if row["leg"] == "left" else 0
        with_board = {
            "rate_sps": row["rates_sps"][swing],
            "stages": row["stages"],
            "zero_error_n": row["zero_errors_n"][swing],
        }
        found += [{**with_board, **t} for t in row["touches"] if kind in (None, t["kind"])]
    return found


def checks(rows: Sequence[Row]) -> list[Check]:
    """Every claim about these rows."""
    holds = known(rows)
    wrong = [
        row
        for row in holds
        if not (row["same_leg"] and row["same_end"]) or row["counted"] != row["listed"]
    ]
    lost = sum(not row["found"] for row in rows)
    beside = sum(row["kind"] == "nothing" for row in rows)
    result = [
        Check(
            "holds found, leg and end as they were",
            "all, and no other",
            f"{len(holds) - len(wrong)} of {len(holds) + lost}, {beside} others",
            not wrong and not lost and not beside,
        ),
        _within(
            "body weight", [row["body_weight_error_pct"] for row in holds], BODY_WEIGHT_PCT, "%"
        ),
        _within(
            "load share",
            [e for row in holds if (e := row["share_error_points"]) is not None],
            SHARE_POINTS,
            "points",
        ),
        _within("hold time", [row["hold_time_error_ms"] for row in holds], HOLD_TIME_MS, "ms"),
    ]
    long, short = touches(rows, "long"), touches(rows, "short")
    hits = sum(t["found"] for t in long)
    short_told = sum(t["found"] for t in short)
    false = sum(len(row["false_touches"]) for row in holds)
    quiet = [row for row in holds if row["kind"] == "quiet"]
    quiet_told = sum(row["counted"] for row in quiet)
    result += [
        _at_least("touches of 65 ms or more that are reported", hits, len(long), RECALL_PCT),
        _at_least(
            "reports that are such touches",
            hits,
            hits + short_told + false,
            PRECISION_PCT,
        ),
        Check(
            "reports of touches of 35 ms or less",
            "none",
            f"{short_told} of {len(short)}",
            short_told == 0,
        ),
        Check("reports in quiet holds", "none", f"{quiet_told} in {len(quiet)}", quiet_told == 0),
    ]
    return result


def _within(name: str, errors: Sequence[float], limit: float, unit: str) -> Check:
    largest = max((abs(e) for e in errors), default=float("nan"))
    found = f"{_number(largest)} {unit} at most, {len(errors)} holds"
    return Check(name, f"{limit:g} {unit}", found, largest <= limit)


def _at_least(name: str, part: int, whole: int, limit_pct: float) -> Check:
    share_pct = 100.0 * part / whole if whole else float("nan")
    return Check(
        name,
        f"{limit_pct:g} %",
        f"{part} of {whole} ({share_pct:.1f} %)",
        share_pct >= limit_pct,
    )


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.1f}"


# -- tables ---------------------------------------------------------------------------------------


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def tables(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Headings and tables of everything that is told of a run."""
    holds = known(rows)
    everything = touches(rows)
    whole = [t for t in everything if t["kind"] != "near"]
    return [
        ("Claims", _claims(rows)),
        ("Errors by the number of stages of the simulated filter", _errors(holds)),
        ("Touches reported, by time above 20 N and largest force", _grid(whole, PEAKS_N)),
        (
            "Touches reported, by time above 20 N and rate of the chip",
            _grid(whole, RATES_SPS, "rate_sps", "SPS"),
        ),
        (
            "Touches reported, by time above 20 N and stages",
            _grid(whole, (2, 3, 4, 5), "stages", "stages"),
        ),
        ("Touches with a largest force near 20 N", _near(everything)),
        ("What is reported of a touch of 65 ms or more: errors", _touch_errors(everything)),
    ]


def _claims(rows: Sequence[Row]) -> str:
    lines = [(c.name, c.limit, c.found, "yes" if c.holds else "NO") for c in checks(rows)]
    return table(("claim", "limit", "found", "holds"), lines)


def _errors(holds: Sequence[Row]) -> str:
    columns: tuple[tuple[str, str, Callable[[Row], float | None]], ...] = (
        ("body weight", "%", lambda row: row["body_weight_error_pct"]),
        ("load share", "points", lambda row: row["share_error_points"]),
        ("lift-off", "ms", lambda row: row["lift_off_error_ms"]),
        ("hold time, foot down", "ms", lambda row: _ended(row, "foot_down")),
        ("hold time, stepped off", "ms", lambda row: _ended(row, "step_off")),
        ("hold time, moved over", "ms", lambda row: _ended(row, "moved_over")),
    )
    lines: list[list[str]] = []
    for name, unit, of in columns:
        line = [f"{name} ({unit})"]
        for stages in STAGES:
            errors = [e for row in holds if row["stages"] == stages and (e := of(row)) is not None]
            line.append(_spread(errors))
        lines.append(line)
    return table(("mean, from ... to", *(f"{s} stages" for s in STAGES)), lines)


def _ended(row: Row, kind: str) -> float | None:
    return row["hold_time_error_ms"] if row["kind"] == kind else None


def _spread(errors: Sequence[float]) -> str:
    if not errors:
        return "-"
    mean = sum(errors) / len(errors)
    places = 3 if max(map(abs, errors)) < 1 else 1
    return f"{mean:+.{places}f}, {min(errors):+.{places}f} ... {max(errors):+.{places}f}"


def _grid(
    some: Sequence[Row], edges: Sequence[float], name: str = "peak_n", unit: str = "N"
) -> str:
    head = [f"{_span(a, b)} {unit}" for a, b in _steps(edges)]
    lines: list[list[str]] = []
    for low_ms, high_ms in _steps(ABOVE_MS):
        mine = [t for t in some if low_ms <= t["above_ms"] < high_ms]
        cells = [_told([t for t in mine if a <= t[name] < b]) for a, b in _steps(edges)]
        lines.append([f"{_span(low_ms, high_ms)} ms", *cells])
    return table(("above 20 N", *head), lines)


def _near(everything: Sequence[Row]) -> str:
    lines: list[list[str]] = []
    for low_n, high_n in _steps(NEAR_N):
        mine = [t for t in everything if t["kind"] == "near" and low_n <= t["peak_n"] < high_n]
        lines.append([f"{low_n:g} to {high_n:g} N", _told(mine)])
    return table(("largest force", "reported"), lines)


def _touch_errors(everything: Sequence[Row]) -> str:
    lines: list[list[str]] = []
    for low_n, high_n in _steps(PEAKS_N):
        for low_ms, high_ms in ((65, 100), (100, 1000)):
            mine = [
                t
                for t in everything
                if t["found"]
                and low_n <= t["peak_n"] < high_n
                and low_ms <= t["above_ms"] < high_ms
            ]
            lines.append(
                [
                    f"{_span(low_n, high_n)} N, {_span(low_ms, high_ms)} ms",
                    _spread([t["start_error_ms"] for t in mine]),
                    _spread([t["above_error_ms"] for t in mine]),
                    _spread([t["peak_error_pct"] for t in mine]),
                ]
            )
    return table(("largest force, time above 20 N", "start (ms)", "time (ms)", "force (%)"), lines)


def _steps(edges: Sequence[float]) -> list[tuple[float, float]]:
    return list(pairwise(edges))


def _span(low: float, high: float) -> str:
    if high >= 1000:
        return f"from {low:g}"
    return f"{low:g}" if high == low + 1 and high <= 5 else f"{low:g} to {high:g}"


def _told(some: Sequence[Row]) -> str:
    return f"{sum(t['found'] for t in some)} of {len(some)}" if some else "-"
