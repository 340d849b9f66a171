"""`evenstance practice`: today's practice, led on the board and noted."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

import click

from evenstance.commands.asking import check_before_session
from evenstance.commands.common import (
    athlete_option,
    chosen_athlete,
    interactive,
    json_option,
    open_history,
    port_option,
    say,
    show_json,
    tell,
    wait_option,
)
from evenstance.errors import EvenstanceError, UsageError
from evenstance.plan.practice import MAX_PAIN, REASONS

if TYPE_CHECKING:
    from evenstance.flows.plan_changes import Told
    from evenstance.flows.practice import ItemDone
    from evenstance.plan.next_step import NextStep
    from evenstance.store.records import Athlete
    from evenstance.store.repository import Store


@click.command("practice")
@port_option
@athlete_option
@click.option(
    "--quick-check",
    metavar="none|FILE",
    help="Answers to the quick check instead of asking: none of the six lines, or a file.",
)
@click.option(
    "--others",
    type=click.Choice(["done", "left-out"]),
    help="What became of the items off the board; without a terminal they count as left out.",
)
@click.option("--reason", type=click.Choice(REASONS), help="Why a part was left out.")
@click.option("--near-fall", is_flag=True, help="You nearly fell.")
@click.option("--pain", type=click.IntRange(0, MAX_PAIN), help="0 to 10, during the practice.")
@wait_option
@json_option
def command(
    port: str | None,
    athlete: str | None,
    quick_check: str | None,
    others: str | None,
    reason: str | None,
    near_fall: bool,
    pain: int | None,
    wait_s: float,
    as_json: bool,
) -> None:
    """Lead through today's practice with live numbers, and note what was done.

    Holds on the board are cued, counted and stored as practice; they never count as measured.
    Keys on a terminal: p pauses a rest, s skips it, d done, x left out, q stops.
    """
    from evenstance.commands.keys import Keys
    from evenstance.commands.show import SessionView
    from evenstance.flows.connect import connected, wall_clock
    from evenstance.flows.live import SessionStopped
    from evenstance.flows.plan_changes import tell_practice
    from evenstance.flows.practice import practise
    from evenstance.flows.returns import Returns
    from evenstance.flows.stand import Stand

    today = wall_clock().astimezone().date()
    with open_history("measure") as store:
        person = chosen_athlete(store, athlete)
        check_before_session(store, person, today, quick_check)
        step = _todays(store, person, today)
        items: list[ItemDone] = []
        session_id, failure = None, None
        with Keys() as keys, connected(port) as (client, info):
            view = SessionView(keys.get, on_terminal=sys.stderr.isatty())
            client.returns = Returns(info, view.say, wait_s=wait_s)
            stand = Stand(client, info, store, view, now=wall_clock)
            for dose in step.warm_up:
                tell(f"Warm-up: {dose.name}.")
            try:
                session_id = practise(
                    stand,
                    step.doses,
                    athlete_id=person.id,
                    others=_others(others),
                    into=items,
                )
            except (SessionStopped, KeyboardInterrupt):
                tell("Stopped.")
            except EvenstanceError as error:  # a lost board: what was done is noted all the same
                failure = error
        if not items:
            if failure is not None:
                raise failure
            raise UsageError(
                "Nothing was practised, so nothing is noted.",
                next_step="`evenstance practice` begins again; `evenstance plan missed` notes a "
                "session that will not take place.",
            )
        if interactive():
            near_fall = near_fall or click.confirm("Did you nearly fall?", default=False, err=True)
            if pain is None:
                pain = click.prompt("Pain, 0 to 10", type=click.IntRange(0, MAX_PAIN), err=True)
        told = _told(step, items, session_id, today, reason, near_fall, pain)
        tell_practice(store, person, today, told)
        after = _next(store, person, today)
        if failure is not None:
            tell("What was practised before is noted.")
            raise failure
    if as_json:
        show_json(
            {
                "athlete": person.name,
                "state": told.state,
                "reason": told.reason,
                "touch_downs": told.touch_downs,
                **told.detail,
                "next": after.as_dict(),
            }
        )
        return
    from evenstance.report.next_step import next_lines
    from evenstance.report.terminal import DISCLAIMER, Terminal

    say(f"Noted: {told.state}{_why(told)}.")
    terminal = Terminal()
    terminal.lines(next_lines(after))
    terminal.line(DISCLAIMER, "dim")


def _todays(store: Store, person: Athlete, today: date) -> NextStep:
    """Today's practice; anything else that comes next is the reason why there is none."""
    from evenstance.plan.lines import grade_tag

    step = _next(store, person, today)
    if step.kind == "practise" and step.doses:
        return step
    raise UsageError(
        "There is no practice today.",
        cause=" ".join(f"{s.text} {grade_tag(s)}" for s in step.statements),
        next_step="`evenstance plan next` says what comes next.",
    )


def _next(store: Store, person: Athlete, today: date) -> NextStep:
    from evenstance.flows.course import course_of
    from evenstance.plan.next_step import next_step

    return next_step(course_of(store, person, today), today)


def _others(others: str | None):
    if others is None:
        return None if interactive() else "left_out"
    return "done" if others == "done" else "left_out"


def _told(
    step: NextStep,
    items: list[ItemDone],
    session_id: str | None,
    today: date,
    reason: str | None,
    near_fall: bool,
    pain: int | None,
) -> Told:
    """What is noted: done only when every item was done to its end."""
    from evenstance.flows.plan_changes import Told
    from evenstance.flows.practice import most_touch_downs, summary

    complete = {item.exercise_id for item in items if item.complete}
    left_out = tuple(d.exercise_id for d in step.doses if d.exercise_id not in complete)
    done = not left_out
    detail = {"session_id": session_id, **summary(items)}
    return Told(
        state="done" if done else "partly",
        on=today,
        reason=None if done else reason or _asked_reason(),
        touch_downs=most_touch_downs(items),
        near_fall=near_fall,
        pain=pain,
        left_out=left_out,
        detail=detail,
    )


def _asked_reason() -> str:
    if not interactive():
        return "other"
    return click.prompt("Why not all of it?", type=click.Choice(REASONS), err=True)


def _why(told: Told) -> str:
    parts = [] if told.reason is None else [f"reason {told.reason}"]
    if told.touch_downs is not None:
        parts.append(f"most touch-downs in a set {told.touch_downs}")
    return f" ({', '.join(parts)})" if parts else ""
