"""A whole team: for everybody the same decisions as alone, from one moment of the history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from evenstance.flows.comparability import Visit, differences
from evenstance.flows.course import course_of
from evenstance.flows.history import by_session_of, history_from
from evenstance.plan.next_step import next_step
from evenstance.report.team import Apart, Member, Team, in_order

if TYPE_CHECKING:
    from evenstance.report.history import History
    from evenstance.store.group import AnyTrial, Group
    from evenstance.store.records import Athlete
    from evenstance.store.repository import Store


def team_of(store: Store, today: date, *, anonymous: bool = False) -> Team:
    """Everybody who is not archived; `anonymous`: by their numbers in the history, without
    names."""
    with store.reading() as reading:
        people = [one for one in reading.athletes() if not one.archived and one.name != "replay"]
        if anonymous:
            people = [replace(one, name=f"Person {one.id}") for one in people]
        people.sort(key=lambda one: (0 if not anonymous else one.id, one.name.casefold()))
        members = [_member(group, one, today) for one, group in reading.groups(people)]
    return Team(today, anonymous, in_order(members))


def _member(group: Group, athlete: Athlete, today: date) -> Member:
    trials, sessions = group.trials(athlete.id), group.sessions(athlete.id)
    course = course_of(group, athlete, today, trials=trials)
    history = history_from(group, athlete, today, course, sessions, trials)
    blocked = course.screen is not None and course.screen.state == "blocked"
    return Member(
        athlete=athlete.id,
        name=athlete.name,
        last=history.rows[-1].session if history.rows else None,
        verdict=course.verdict,
        next=next_step(course, today),
        history=history,
        apart=() if blocked else tuple(_apart(history, trials)),
        blocked=blocked,
    )


def _apart(history: History, trials: Sequence[AnyTrial]) -> Iterator[Apart]:
    """What is not like the latest compared session, and in what."""
    compared = [row.session for row in history.rows if row.why_not is None]
    by_session = by_session_of(trials)
    for row in history.rows:
        if row.why_not == "familiarisation":
            continue
        differs = row.differs
        if row.why_not == "other_conditions" and compared:
            mine, latest = (
                Visit.of(session, by_session[session.id])
                for session in (row.session, compared[-1])
            )
            differs = differences(mine, latest)
        if row.why_not is not None or differs:
            yield Apart(row.session, row.why_not, differs)
