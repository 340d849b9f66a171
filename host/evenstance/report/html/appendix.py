"""The appendix, for the professional: every hold, every session, methods, versions, sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenstance import __version__
from evenstance.decision.change_text import CAUTION, error_lines, lines
from evenstance.decision.parameters import TABLE, Parameter
from evenstance.knowledge.catalogue import sources
from evenstance.knowledge.exercise import Source, Statement
from evenstance.metrics.definition import GRADES, Definition
from evenstance.metrics.refused import REFUSED, Refused
from evenstance.metrics.registry import BY_ID
from evenstance.plan.types import NoPlan, Plan
from evenstance.report.clean_text import clean
from evenstance.report.history import WHY_NOT
from evenstance.report.html.history_figure import HistoryFigure, history_figure
from evenstance.report.html.trace_panels import Panels, trace_panels
from evenstance.report.rules import filter_line, rules_line
from evenstance.report.session_words import named, short_id, stood
from evenstance.report.terminal import REASONS

if TYPE_CHECKING:
    from evenstance.report.history import Row
    from evenstance.report.html.report_data import ReportData
    from evenstance.store.records import StoredTrial

SESSIONS = 20
"""Sessions of the table; the figure has all of them."""
_SHOWN = (
    "force_mean_n",
    "hold_time_s",
    "touch_down_count",
    "load_share_mean_pct",
    "stray_load_pct_bw",
    "body_weight_n",
)
DIFFERENCE = (
    "pct_larger: 100 (larger - smaller) / larger, + where the right leg's force SD is larger; "
    "Impellizzeri 2007, Bishop 2018 [V, title]. Other formulas give other numbers for the same "
    "two legs."
)


@dataclass(frozen=True)
class HoldRow:
    """One scored hold as cells."""

    number: int
    leg: str
    seconds: str
    sd: str
    sd_share: str
    mean: str
    share: str
    touches: str
    valid: str


@dataclass(frozen=True)
class SessionRow:
    """One session as cells; `remarks` are why it is not compared, what differs, its note."""

    day: str
    id: str
    left: str
    right: str
    gap: str
    used: str
    versions: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Cited:
    """A source with the grades that rest on it in this report."""

    source: Source
    grades: str


@dataclass(frozen=True)
class Appendix:
    """Everything behind the first page; `plan` is None behind a blocking answer."""

    session: str
    session_notes: tuple[str, ...]
    zero: tuple[str, ...]
    holds: tuple[HoldRow, ...]
    practised: int
    panels: Panels
    history: HistoryFigure | None
    sessions: tuple[SessionRow, ...]
    earlier: int
    bands: tuple[str, ...]
    change: tuple[str, ...]
    caution: str
    steps: tuple[Statement, ...]
    screening: tuple[Statement, ...]
    plan: Plan | None
    metrics: tuple[Definition, ...]
    difference: str
    errors: tuple[str, ...]
    context: str
    parameters: tuple[Parameter, ...]
    grades: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    rules: str
    filter: str
    refused: tuple[Refused, ...]
    cited: tuple[Cited, ...]


def appendix(data: ReportData) -> Appendix:
    """The appendix; behind a blocking answer without comparison and plan."""
    results, blocked = data.results, data.blocked
    plan = results.plan if isinstance(results.plan, Plan) and not blocked else None
    compared = results.verdict.comparison
    metric = "force_sd_n" if compared is None else compared.metric
    shown = dict.fromkeys(("force_sd_n", metric, "force_sd_pct_bw", *_SHOWN))
    change = None if blocked else results.change
    rows = data.history.rows
    session = data.session
    newest = data.holds[-1].hold if data.holds else None
    mine = [t for t in results.trials if session is not None and t.session_id == session.id]
    steps = () if blocked else results.next.statements
    screening = () if results.screen is None or blocked else results.screen.statements
    return Appendix(
        session="" if session is None else f"{named(session)}; {stood(session.conditions)}",
        session_notes=()
        if session is None or not session.note
        else tuple(clean(session.note).split("\n")),
        zero=_zero(data),
        holds=tuple(_hold(n, trial) for n, trial in enumerate(data.holds, 1)),
        practised=len(mine) - len(data.holds),
        panels=trace_panels(data),
        history=history_figure(data.history),
        sessions=tuple(_session(row, data) for row in rows[-SESSIONS:]),
        earlier=max(0, len(rows) - SESSIONS),
        bands=tuple(
            f"{b.subject}: {b.low:.2f} to {b.high:.2f} {b.unit}, mean {b.mean:.2f} (error "
            f"{b.source})"
            for b in data.history.bands
        ),
        change=() if change is None else tuple(lines(change)[:-1]),
        caution=CAUTION,
        steps=steps,
        screening=screening,
        plan=plan,
        metrics=tuple(BY_ID[name] for name in shown),
        difference=DIFFERENCE,
        errors=() if change is None else tuple(error_lines(change.errors)),
        context=results.hold_time_context or "",
        parameters=() if blocked else TABLE,
        grades=tuple(GRADES.items()),
        versions=_versions(data),
        rules=rules_line(),
        filter=""
        if newest is None
        else filter_line(newest.rate_left_sps, newest.rate_right_sps, metric),
        refused=REFUSED,
        cited=_cited((*results.next.statements, *screening, *_of_retest(data)), plan, data),
    )


def _hold(number: int, trial: StoredTrial) -> HoldRow:
    hold = trial.hold
    share = hold.load_share_pct
    return HoldRow(
        number=number,
        leg=hold.stance_leg,
        seconds=f"{hold.hold_time_s:.2f}",
        sd=_shown(hold.force_sd_n, 2),
        sd_share=_shown(hold.force_sd_pct_bw, 3),
        mean=_shown(hold.force_mean_n, 1),
        share="-" if share is None else f"{share.mean:.2f} ({share.min:.1f})",
        touches=_shown(hold.touch_down_count, 0),
        valid="valid"
        if hold.valid
        else "does not count: " + "; ".join(REASONS.get(r, r) for r in hold.reasons),
    )


def _shown(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"


def _session(row: Row, data: ReportData) -> SessionRow:
    outside = dict(row.outside)
    marks = {"left": "", "right": "", "gap": ""}
    for subject, side in outside.items():
        marks[subject] = f" ({side} the band)"
    mine = [t for t in data.results.trials if t.session_id == row.session.id]
    told = sorted({f"{t.firmware or 'not known'}" for t in mine})
    remarks = [] if row.why_not is None else [WHY_NOT[row.why_not]]
    remarks += [one.text for one in row.differs]
    remarks += clean(row.session.note).split("\n") if row.session.note else []
    return SessionRow(
        day=row.session.day.isoformat(),
        id=short_id(row.session),
        left="-" if row.left is None else f"{row.left.value:.2f}{marks['left']}",
        right="-" if row.right is None else f"{row.right.value:.2f}{marks['right']}",
        gap="-" if row.gap is None or data.blocked else f"{row.gap:+.1f}{marks['gap']}",
        used="yes" if row.why_not is None else "no",
        versions=f"{row.session.host_version}; {', '.join(told)}",
        remarks=tuple(remarks),
    )


def _zero(data: ReportData) -> tuple[str, ...]:
    if data.session is None:
        return ()
    return tuple(
        f"{check.moment}: not known ({check.reason})"
        if check.left_n is None or check.right_n is None
        else f"{check.moment}: left {check.left_n:+.2f} N, right {check.right_n:+.2f} N"
        for check in data.session.zero_checks
    )


def _versions(data: ReportData) -> tuple[tuple[str, str], ...]:
    holds = data.holds
    return (
        ("this report", f"evenstance {__version__}, made on {data.made_on.isoformat()}"),
        (
            "program that led the session",
            "-" if data.session is None else f"evenstance {data.session.host_version}",
        ),
        ("board", _set(t.board_uid for t in holds)),
        ("firmware", _set(t.firmware or "not known" for t in holds)),
        ("wire protocol", _set("not known" if t.protocol is None else t.protocol for t in holds)),
        ("calibration", _set(t.hold.calibration_id for t in holds)),
        ("rules of a hold", _set(t.hold.rules_id for t in holds)),
        ("method of the legs' values", data.history.method),
    )


def _set(values: Iterable[object]) -> str:
    return ", ".join(sorted({str(value) for value in values})) or "-"


def _of_retest(data: ReportData) -> tuple[Statement, ...]:
    found = data.results.retest
    return () if found is None or data.blocked else (found.headline, *found.statements)


def _cited(
    statements: Iterable[Statement], plan: Plan | None, data: ReportData
) -> tuple[Cited, ...]:
    """The sources of everything that is said, with the grades that rest on each."""
    grades: dict[str, set[str]] = {}
    for said in (*statements, *_of_plan(plan), *_of_no_plan(data)):
        for name in said.sources:
            grades.setdefault(name, set()).add(said.grade)
    for dose in () if plan is None else plan.items:
        for name in dose.sources:
            grades.setdefault(name, set()).add(dose.grade_effect)
    return tuple(
        Cited(one, ", ".join(sorted(grades[name])))
        for name, one in sources().items()
        if name in grades
    )


def _of_plan(plan: Plan | None) -> Iterator[Statement]:
    if plan is None:
        return
    yield from (plan.say, *plan.why, *plan.rules, *plan.stop, *plan.limits)
    yield from (item.statement for item in plan.appointments)
    for item in plan.items:
        yield from (*item.how, item.stop, item.leave_out_if, item.effect, item.counter)


def _of_no_plan(data: ReportData) -> Iterator[Statement]:
    plan = data.results.plan
    if isinstance(plan, NoPlan):
        yield from (plan.text, *plan.next_steps)
