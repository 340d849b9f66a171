"""What a person does with a plan: begin it, tell of practice, end it, wait; every refusal in
words."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, cast

from evenstance.decision.types import to_json
from evenstance.errors import InputError, ScreenBlockedError, UsageError
from evenstance.flows.course import WAIT, course_of
from evenstance.plan.after_block import may_follow
from evenstance.plan.course import GO_ON, Course, StartedPlan
from evenstance.plan.days import DEFAULT_DAYS, RETEST_SESSIONS, Weekday, block_end
from evenstance.plan.lines import grade_tag
from evenstance.plan.practice import MAX_PAIN, REASONS, Practice, Reason, State
from evenstance.plan.prescribe import Options
from evenstance.plan.progress import standing
from evenstance.plan.refusals import not_fresh, ours
from evenstance.plan.types import NoPlan, Plan, Wait
from evenstance.plan.words import practice_before_test

if TYPE_CHECKING:
    from evenstance.store.records import Athlete
    from evenstance.store.repository import Store

_SPAN = re.compile(r"^(\d{1,2})(d|w)$")
MAX_WAIT_DAYS = 84
MAX_AHEAD_DAYS = 7


@dataclass(frozen=True)
class Told:
    """What a person says about one practice session."""

    state: State
    on: date
    reason: str | None = None
    touch_downs: int | None = None
    near_fall: bool = False
    pain: int | None = None
    left_out: tuple[str, ...] = ()
    detail: Mapping[str, object] = field(default_factory=dict[str, object])


def store_proposal(store: Store, athlete: Athlete, course: Course) -> None:
    """Keep what would be given today if it is not what was kept last."""
    proposed = course.proposed
    body = proposed.as_dict()
    kind = f"proposed:{body['kind']}"
    last = store.care.latest_plan(athlete.id)
    if last is not None and last.kind == kind and _undated(last.body) == _undated(body):
        return
    store.care.save_plan(athlete.id, verdict=to_json(course.verdict), body=body, kind=kind)


def start_plan(
    store: Store,
    athlete: Athlete,
    today: date,
    *,
    on: date | None = None,
    days: tuple[Weekday, ...] = DEFAULT_DAYS,
    clinician: str | None = None,
) -> Plan:
    """Begin the plan that today's results and screen give; returns it."""
    starts_on = today if on is None else on
    if not 0 <= (starts_on - today).days <= MAX_AHEAD_DAYS:
        raise UsageError(
            f"A plan cannot begin on {starts_on.isoformat()}.",
            cause=f"It begins today or within {MAX_AHEAD_DAYS} days: the screen must be fresh.",
            next_step="Give --on a day from today on, or leave it out.",
        )
    options = Options(starts_on=starts_on, days=days)
    course = course_of(store, athlete, today, clinician=clinician, options=options)
    refuse_hidden(course)
    _refuse_running(course, starts_on)
    plan = course.proposed
    if not isinstance(plan, Plan):
        raise _no_plan_error(plan)
    assert course.screen is not None
    old = not_fresh(course.screen, starts_on)
    if old is not None:
        raise UsageError(old, next_step="`evenstance screen` asks all of it again.")
    for begun in course.plans:
        if begun.ended_on is None:
            store.care.end_plan(
                begun.id, ended_on=today, why=f"the next block begins on {starts_on.isoformat()}"
            )
    if course.waiting is not None:
        why = f"a block begins on {starts_on.isoformat()}"
        store.care.end_plan(course.waiting.id, ended_on=today, why=why)
    store.care.save_plan(
        athlete.id,
        verdict=to_json(course.verdict),
        body=plan.as_dict(),
        kind=plan.kind,
        started_on=starts_on,
    )
    return plan


def tell_practice(store: Store, athlete: Athlete, today: date, told: Told) -> Practice:
    """Store one practice session; near-falls, pain and fear become health events."""
    course = course_of(store, athlete, today)
    begun = _require_running(course)
    _check_day(begun, told.on, today)
    practice = _practice(begun.plan, told)
    where = standing(begun.plan, begun.practices, told.on)
    store.care.save_practice(
        begun.id,
        day=practice.day,
        state=practice.state,
        stage=where.stage,
        reason=practice.reason,
        near_fall=practice.near_fall,
        touch_downs=practice.touch_downs,
        pain=practice.pain,
        detail={
            **({"left_out": list(practice.left_out)} if practice.left_out else {}),
            **told.detail,
        },
    )
    if practice.event is not None:
        store.care.save_event(
            athlete.id, kind=practice.event, happened_on=practice.day, note="told with practice"
        )
    return practice


def stop_plan(store: Store, athlete: Athlete, today: date, why: str) -> date:
    """End the running plan or the wait; returns when it had begun."""
    course = course_of(store, athlete, today)
    if not why.strip():
        raise UsageError("Why is it ended?", next_step="Say it: --reason TEXT.")
    if course.running is not None:
        store.care.end_plan(course.running.id, ended_on=today, why=why.strip())
        return course.running.started_on
    if course.waiting is not None:
        store.care.end_plan(course.waiting.id, ended_on=today, why=why.strip())
        return course.waiting.wait.made_on
    raise _none_running()


def begin_wait(store: Store, athlete: Athlete, today: date, span: str) -> Wait:
    """Store that nothing is practised for that time, and that it is measured again after it."""
    days = wait_days(span)
    course = course_of(store, athlete, today)
    refuse_hidden(course, only_blocked=True)
    if course.running is not None or course.waiting is not None:
        raise UsageError(
            "A plan is running already.",
            next_step="`evenstance plan stop --reason TEXT` ends it.",
        )
    comparison = course.verdict.comparison
    if course.verdict.step != 3 or comparison is None:
        raise UsageError(
            "There is nothing to wait for: waiting belongs to a confirmed difference.",
            cause=course.verdict.text,
            next_step="`evenstance plan next` says what comes next.",
        )
    wait = Wait(
        made_on=today,
        until=today + datetime.timedelta(days=days),
        base_session_ids=tuple(part.session_id for part in comparison.sessions),
        statements=(
            ours(
                "Measure again before practising: three sessions on at least two days. That shows "
                "how much the difference moves by itself."
            ),
            practice_before_test(),
        ),
    )
    store.care.save_plan(
        athlete.id,
        verdict=to_json(course.verdict),
        body=wait.as_dict(),
        kind=WAIT,
        started_on=today,
    )
    return wait


def wait_days(span: str) -> int:
    """Days out of `3w` or `10d`."""
    match = _SPAN.fullmatch(span.strip().lower())
    days = 0 if match is None else int(match[1]) * (7 if match[2] == "w" else 1)
    if not 1 <= days <= MAX_WAIT_DAYS:
        raise InputError(
            f"{span!r} is no time to wait.",
            cause=f"It must be a number of days or weeks, at most {MAX_WAIT_DAYS // 7} weeks.",
            next_step="For example --wait 3w or --wait 10d.",
        )
    return days


def refuse_hidden(course: Course, *, only_blocked: bool = False) -> None:
    """Raise when a screening answer stands against any plan, emergencies first."""
    found = course.proposed
    if (
        course.blocked
        and isinstance(found, NoPlan)
        and (not only_blocked or found.reason_id in ("blocked", "red_flag"))
    ):
        raise ScreenBlockedError(
            " ".join(f"{s.text} {grade_tag(s)}" for s in (found.text, *found.next_steps)),
            cause="answers of the screening",
            next_step="When that has changed: `evenstance screen`.",
        )


def _refuse_running(course: Course, starts_on: date) -> None:
    running = course.running
    if running is None:
        return
    judged = running.retest
    if judged is not None and judged.next in GO_ON and (may_follow(running, starts_on) > 0):
        return
    raise UsageError(
        f"The plan of {running.started_on.isoformat()} is still running.",
        cause=f"Another block follows a complete re-test ({RETEST_SESSIONS} sessions) only where "
        "that says so.",
        next_step="`evenstance plan next` says what comes next; `evenstance plan stop --reason "
        "TEXT` ends the plan.",
    )


def _no_plan_error(found: object) -> UsageError:
    assert isinstance(found, NoPlan)
    said = " ".join(f"{s.text} {grade_tag(s)}" for s in found.next_steps)
    return UsageError(
        f"There is no plan to begin. {found.text.text} {grade_tag(found.text)}",
        cause=said,
        next_step="`evenstance plan next` says what comes next.",
    )


def _require_running(course: Course) -> StartedPlan:
    if course.running is None:
        raise _none_running()
    return course.running


def _none_running() -> UsageError:
    return UsageError(
        "No plan is running.",
        next_step="`evenstance plan` says whether one can be begun, `evenstance plan start` "
        "begins it.",
    )


def _check_day(begun: StartedPlan, day: date, today: date) -> None:
    plan = begun.plan
    over = block_end(plan.starts_on, plan.calendar_weeks)
    if day > today:
        raise UsageError(
            f"{day.isoformat()} is still to come.", next_step="Tell of practice when it is over."
        )
    if day < plan.starts_on:
        raise UsageError(
            f"The plan begins on {plan.starts_on.isoformat()}, after {day.isoformat()}.",
            next_step="Give the day of practice with --on DATE.",
        )
    if day >= over:
        raise UsageError(
            f"The practice of this plan ended before {over.isoformat()}.",
            cause="What comes now is the pause and the re-test; practice would spoil it.",
            next_step="`evenstance plan next` says what comes next.",
        )


def _practice(plan: Plan, told: Told) -> Practice:
    reason = cast("Reason | None", told.reason)
    if reason is not None and reason not in REASONS:
        raise UsageError(
            f"{told.reason!r} is no reason that is known.",
            next_step=f"Use one of: {', '.join(REASONS)}.",
        )
    if told.state == "done" and reason is not None:
        raise UsageError(
            "A session that was done needs no reason.",
            next_step="If something was left out: `evenstance plan partly --reason ...`.",
        )
    if told.state != "done" and reason is None:
        raise UsageError(
            f"Why was it {told.state}?",
            next_step=f"Say it with --reason: {', '.join(REASONS)}.",
        )
    if told.state == "missed" and (told.near_fall or told.touch_downs is not None):
        raise UsageError(
            "Nothing can be counted in a session that was missed.",
            next_step="If some of it took place: `evenstance plan partly --reason ...`.",
        )
    if told.touch_downs is not None and told.touch_downs < 0:
        raise UsageError("Touch-downs are counted from 0.", next_step="The most in one set.")
    if told.pain is not None and not 0 <= told.pain <= MAX_PAIN:
        raise UsageError(f"Pain is told from 0 to {MAX_PAIN}.", next_step="For example --pain 2.")
    known = {item.exercise_id for item in plan.items}
    unknown = [name for name in told.left_out if name not in known]
    if unknown:
        raise UsageError(
            f"{unknown[0]!r} is no item of this plan.",
            next_step="`evenstance plan --json` lists the ids of its items.",
        )
    if told.left_out and told.state == "done":
        raise UsageError(
            "A session with something left out was done in part.",
            next_step="`evenstance plan partly --reason ... --left-out ITEM`.",
        )
    return Practice(
        day=told.on,
        state=told.state,
        reason=reason,
        near_fall=told.near_fall,
        touch_downs=told.touch_downs,
        pain=told.pain,
        left_out=told.left_out,
    )


def _undated(body: Mapping[str, object]) -> dict[str, object]:
    """A body without the dates that move from day to day by themselves."""
    moving = ("made_on", "starts_on", "first_start", "weeks", "appointments")
    return {name: value for name, value in body.items() if name not in moving}
