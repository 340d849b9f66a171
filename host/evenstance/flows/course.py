"""Everything the next step depends on, read from the history for one person and one day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, cast

from evenstance.decision.ladder import decide
from evenstance.decision.types import Verdict
from evenstance.errors import StoreError
from evenstance.flows import advice
from evenstance.flows.screening import outcome_of
from evenstance.plan.after_block import may_follow
from evenstance.plan.chain import options_after
from evenstance.plan.course import (
    AGAIN,
    Course,
    Judged,
    RetestSession,
    StartedPlan,
    Waiting,
    base_of,
    complete,
    of_plan,
    of_wait,
    repeated,
)
from evenstance.plan.days import RETEST_SESSIONS, block_end
from evenstance.plan.practice import Practice, Reason
from evenstance.plan.prescribe import Options, make_plan
from evenstance.plan.progress import standing
from evenstance.plan.stored import NoStoredPlanError, plan_from, wait_from
from evenstance.plan.types import NoPlan, PersonResults, Plan
from evenstance.retest.judge import judge, missing
from evenstance.screen.types import Screen, ScreenOutcome

if TYPE_CHECKING:
    from evenstance.store.care_records import Practice as StoredPractice
    from evenstance.store.care_records import StoredPlan
    from evenstance.store.group import AnyTrial, Source
    from evenstance.store.records import Athlete

WAIT = "wait"


def course_of(
    store: Source,
    athlete: Athlete,
    today: date,
    *,
    screen: Screen | None = None,
    clinician: str | None = None,
    options: Options | None = None,
    trials: Sequence[AnyTrial] | None = None,
) -> Course:
    """The course of a person; `screen` stands for the stored answers, `clinician` names who
    leads the practice (default: who leads the running plan), `trials` are the person's where
    somebody has read them already."""
    begun, waiting = _begun(store, athlete)
    running = begun[-1] if begun and begun[-1].ended_on is None else None
    if clinician is None and running is not None:
        clinician = running.plan.clinician
    outcome = outcome_of(store, athlete, today, clinician=clinician is not None, screen=screen)
    holds = store.session_holds(athlete.id, include_replay=athlete.name == "replay")
    verdict = decide(holds, "unscreened" if outcome is None else outcome.state)
    chosen = replace(Options() if options is None else options, clinician=clinician)
    results = person_results_of(store, athlete, outcome, trials)
    proposed = propose(verdict, outcome, results, today, chosen, begun)
    told = store.care.latest_screen(athlete.id)
    course = Course(
        screen=outcome,
        screened_at=None if told is None or screen is not None else told.created_at,
        verdict=verdict,
        proposed=proposed,
        sessions=tuple(holds),
        plans=begun,
        waiting=waiting,
    )
    return course if course.blocked else _judged(course, today)


def person_results_of(
    store: Source,
    athlete: Athlete,
    outcome: ScreenOutcome | None,
    trials: Sequence[AnyTrial] | None = None,
) -> PersonResults:
    """Hold times of the person's scored holds."""
    known = store.trials(athlete=athlete.id) if trials is None else trials
    counted = [t.hold for t in known if t.purpose == "scored"]
    return advice.person_results(counted, None if outcome is None else outcome.age_y)


def propose(
    verdict: Verdict,
    outcome: ScreenOutcome | None,
    results: PersonResults,
    today: date,
    chosen: Options,
    begun: Sequence[StartedPlan],
) -> Plan | NoPlan:
    """What would be given today, as the block that earlier blocks leave."""
    plan = make_plan(verdict, outcome, results, today, chosen)
    if isinstance(plan, NoPlan):
        return plan
    options = options_after(begun, plan.kind, chosen, today)
    if isinstance(options, NoPlan):
        return options
    return plan if options == chosen else make_plan(verdict, outcome, results, today, options)


def _begun(store: Source, athlete: Athlete) -> tuple[tuple[StartedPlan, ...], Waiting | None]:
    """The plans that were begun, the newest last, and the wait that was not ended."""
    stored = store.care.plans(athlete.id)
    waits = [one for one in stored if one.kind == WAIT and one.ended_on is None]
    try:
        begun = tuple(_started(store, one) for one in stored if one.kind != WAIT)
        waiting = Waiting(waits[-1].id, wait_from(waits[-1].body)) if waits else None
    except NoStoredPlanError as error:
        raise StoreError(
            f"A plan of {athlete.name} in the history cannot be read.",
            cause=str(error),
            next_step="It was written by another version: use that one, or report this.",
        ) from error
    return begun, waiting


def _started(store: Source, stored: StoredPlan) -> StartedPlan:
    assert stored.started_on is not None
    return StartedPlan(
        id=stored.id,
        plan=plan_from(stored.body),
        started_on=stored.started_on,
        ended_on=stored.ended_on,
        ended_why=stored.ended_why,
        practices=tuple(practice_from(row) for row in store.care.practices(stored.id)),
        created_at=stored.created_at,
    )


def practice_from(row: StoredPractice) -> Practice:
    """One stored practice as the plan takes it."""
    left_out = cast("list[object]", row.detail.get("left_out", []))
    return Practice(
        day=row.day,
        state=row.state,
        reason=cast("Reason | None", row.reason),
        near_fall=row.near_fall,
        touch_downs=row.touch_downs,
        pain=row.pain,
        left_out=tuple(map(str, left_out)),
        told_at=row.created_at,
    )


def _judged(course: Course, today: date) -> Course:
    """The course with the verdicts of every complete re-test; one of a plan that was ended early
    is none."""
    waiting = course.waiting
    if waiting is not None:
        found = of_wait(waiting, course.sessions)
        if len(complete(found)) == RETEST_SESSIONS:
            retest, why = _verdict(course, waiting.wait.base_session_ids, found, 0, 0)
            waiting = replace(waiting, retest=retest, not_judged=why)
    plans = tuple(_with_retest(course, one, today) for one in course.plans)
    return replace(course, plans=plans, waiting=waiting)


def _with_retest(course: Course, begun: StartedPlan, today: date) -> StartedPlan:
    plan = begun.plan
    over = block_end(plan.starts_on, plan.calendar_weeks)
    if plan.kind != "balance_block" or (begun.ended_on is not None and begun.ended_on < over):
        return begun
    following = [p for p in course.plans if p.id > begun.id]
    sessions = course.sessions
    if following:  # what came after the next block began belongs to that one
        sessions = tuple(s for s in sessions if s.day < following[0].plan.starts_on)
    found = of_plan(begun, sessions)
    if len(complete(found)) < RETEST_SESSIONS:
        return begun
    where = standing(plan, begun.practices, today)
    retest, why = _verdict(
        course,
        plan.base_session_ids,
        found,
        min(where.done, where.planned),
        where.planned,
        begun=begun,
    )
    return replace(begun, retest=retest, not_judged=why)


def _verdict(
    course: Course,
    base_ids: Sequence[str],
    found: Sequence[RetestSession],
    done: int,
    planned: int,
    begun: StartedPlan | None = None,
) -> tuple[Judged | None, str | None]:
    """The verdict, or why there is none; where it says "again", that of the repeated re-test."""
    retest, why = _one_verdict(course, base_ids, complete(found), done, planned, begun)
    while retest is not None and retest.next in AGAIN:
        found = repeated(found)
        if len(complete(found)) < RETEST_SESSIONS:
            break
        retest, why = _one_verdict(course, base_ids, complete(found), done, planned, begun)
    return retest, why


def _one_verdict(
    course: Course,
    base_ids: Sequence[str],
    chosen: Sequence[RetestSession],
    done: int,
    planned: int,
    begun: StartedPlan | None,
) -> tuple[Judged | None, str | None]:
    base = base_of(base_ids, course.sessions)
    after = base_of([one.session_id for one in chosen], course.sessions)
    why = missing(base, after)
    if why is not None:
        return None, why
    difference = None if begun is None else begun.plan.difference
    retest = judge(
        base,
        after,
        done,
        planned,
        decide(after, "clear").step,
        less_steady=None if difference is None else difference.less_steady,
        last_block=begun is not None and may_follow(begun, chosen[-1].day) == 0,
        sessions_before=sum(s.day < after[0].day for s in course.sessions),
    )
    return retest, None
