"""A person's results as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from evenstance.decision.types import Verdict, to_json
from evenstance.plan.lines import plan_lines
from evenstance.plan.types import NoPlan
from evenstance.report.change import change_json, show_change
from evenstance.report.retest import retest_json, show_retest
from evenstance.report.rules import filter_line, rules_json, rules_line
from evenstance.report.session_words import short_id, stood, time_of_day
from evenstance.report.terminal import DISCLAIMER, Terminal
from evenstance.report.values import hold_json, verdict_json

if TYPE_CHECKING:
    from evenstance.decision.change import Change
    from evenstance.plan.next_step import NextStep
    from evenstance.plan.types import Plan, Wait
    from evenstance.retest.types import Retest
    from evenstance.screen.types import ScreenOutcome
    from evenstance.store.records import Athlete, StoredSession, StoredTrial, ZeroCheck


@dataclass(frozen=True)
class Results:
    """One person's history and what follows from it today."""

    athlete: Athlete
    sessions: tuple[StoredSession, ...]
    trials: tuple[StoredTrial, ...]
    screen: ScreenOutcome | None
    verdict: Verdict
    plan: Plan | Wait | NoPlan
    change: Change | None
    next: NextStep
    hold_time_context: str | None = None
    retest: Retest | None = None
    times: tuple[str, ...] = ()
    """Warnings: compared sessions that were not made at the same time of the day."""


def trial_json(trial: StoredTrial) -> dict[str, Any]:
    """A stored trial with whose it is and when it was."""
    return {
        "id": trial.id,
        "board_uid": trial.board_uid,
        "journal_id": trial.journal_id,
        "session_id": trial.session_id,
        "purpose": trial.purpose,
        "conditions": trial.conditions.key,
        "lift_off_at": None if trial.lift_off_at is None else trial.lift_off_at.isoformat(),
        "counted_back": counted_back(trial),
        "pulled_at": trial.pulled_at.isoformat(),
        **hold_json(trial.hold),
    }


def counted_back(trial: StoredTrial) -> bool:
    """Whether the time of the lift-off was counted back at the pull: nobody told the board."""
    return trial.lift_off_at is not None and trial.hold.lift_off_unix_ms is None


def when(trial: StoredTrial) -> str:
    """Local time of the lift-off and how it is known; never that of the pull."""
    if trial.lift_off_at is None:
        return "time unknown"
    shown = f"{trial.lift_off_at.astimezone():%F %H:%M}"
    return f"{shown} (counted back at the pull)" if counted_back(trial) else shown


def results_json(results: Results) -> dict[str, Any]:
    """The whole as one JSON-ready object; times of holds are seconds from lift-off."""
    return {
        "athlete": results.athlete.name,
        "sessions": [session_json(s) for s in results.sessions],
        "holds": [trial_json(t) for t in results.trials],
        "asymmetry": None
        if results.verdict.comparison is None
        else to_json(results.verdict.comparison),
        "verdict": verdict_json(results.verdict),
        "change": None if results.change is None else change_json(results.change),
        "hold_time_context": results.hold_time_context,
        "times": list(results.times),
        "screen": None if results.screen is None else results.screen.as_dict(),
        "plan": results.plan.as_dict(),
        "next": results.next.as_dict(),
        "retest": None if results.retest is None else retest_json(results.retest),
        "rules": rules_json(),
    }


def session_json(session: StoredSession) -> dict[str, Any]:
    """One session with its counts."""
    return {
        "id": session.id,
        "day": session.day.isoformat(),
        "time_of_day": time_of_day(session),
        "protocol": session.protocol_name,
        "familiarisation": session.familiarisation,
        "conditions": session.conditions.key,
        "scored_left": session.scored_left,
        "scored_right": session.scored_right,
        "invalid": session.invalid,
        "practice": session.practice,
        "zero_shift_left_n": session.zero_shift_left_n,
        "zero_shift_right_n": session.zero_shift_right_n,
        "zero_checks": [asdict(check) for check in session.zero_checks],
        "note": session.note,
    }


def show_results(results: Results, *, latest_only: bool = False, last: int | None = None) -> None:
    """Sessions (the newest `last`, all of them when None), holds, comparison and verdict."""
    terminal = Terminal()
    sessions: Sequence[StoredSession] = results.sessions
    if latest_only:
        last = 1
    if last is not None and len(sessions) > last:
        if not latest_only:
            terminal.line(
                f"The last {last} of {len(sessions)} sessions; `evenstance history` shows all in "
                f"short, --last {len(sessions)} here.",
                "dim",
            )
        sessions = sessions[-last:]
    for session in sessions:
        terminal.line()
        terminal.line(_session_line(session), "bold")
        for line in session.note.split("\n") if session.note else ():
            terminal.line(f"  {line}")
        mine = [t for t in results.trials if t.session_id == session.id]
        scored = [t.hold for t in mine if t.purpose == "scored"]
        if scored:
            terminal.holds(scored)
        practised = len(mine) - len(scored)
        if practised:
            terminal.line(f"  and {practised} practice hold(s), never scored")
        for line in _zero_lines(session):
            terminal.line(f"  {line}")
    terminal.line()
    if results.verdict.comparison is not None:
        terminal.line(
            "Left and right, force SD (vertical steadiness; smaller is steadier)", "bold"
        )
        terminal.comparison(results.verdict.comparison)
        terminal.line()
    terminal.verdict(results.verdict)
    terminal.line()
    for line in results.times:
        terminal.line(line, "yellow")
    if results.retest is not None and not latest_only:
        show_retest(results.retest, terminal)
    elif results.change is not None and not latest_only:
        show_change(results.change, terminal)
    if results.hold_time_context is not None:
        terminal.line(results.hold_time_context, "dim")
    if results.trials:
        newest = results.trials[-1].hold
        compared = results.verdict.comparison
        metric = "force_sd_n" if compared is None else compared.metric
        terminal.line(filter_line(newest.rate_left_sps, newest.rate_right_sps, metric), "dim")
    terminal.line(rules_line(), "dim")
    terminal.line(DISCLAIMER, "dim")


def show_plan(plan: Plan | Wait | NoPlan, *, full: bool = False, said: str = "") -> None:
    """The plan, or why there is none; `said` is a verdict that stands above it already."""
    if isinstance(plan, NoPlan):
        others = tuple(step for step in plan.next_steps if step.text != said)
        plan = replace(plan, next_steps=others)
    terminal = Terminal()
    terminal.lines(plan_lines(plan, full=full))
    terminal.line(DISCLAIMER, "dim")


def _session_line(session: StoredSession) -> str:
    kind = " (familiarisation: shown, not compared)" if session.familiarisation else ""
    return (
        f"{session.day} {session.protocol_name}{kind}; {time_of_day(session) or 'time unknown'}, "
        f"{stood(session.conditions)}; id {short_id(session)}"
    )


def _zero_lines(session: StoredSession) -> list[str]:
    """Every check of the zero; of an earlier version's session the last one only."""
    if session.zero_checks:
        return [_zero_line(check) for check in session.zero_checks]
    if session.zero_shift_left_n is None or session.zero_shift_right_n is None:
        return []
    return [
        f"zero shift over the session: left {session.zero_shift_left_n:+.2f} N, right "
        f"{session.zero_shift_right_n:+.2f} N"
    ]


def _zero_line(check: ZeroCheck) -> str:
    if check.left_n is None or check.right_n is None:
        return f"zero shift {check.moment}: not known ({check.reason})"
    return f"zero shift {check.moment}: left {check.left_n:+.2f} N, right {check.right_n:+.2f} N"
