"""Who of the laptop is who in the clinic: by the moment of being added, a session, or consent.

A name alone is not enough: two people of a clinic may share it. Once somebody said that two are
one, the laptop takes over the clinic's moment, so that the next sync knows by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from evenstance.clinic.sync_records import HeldBack, Synced
from evenstance.clinic.sync_values import parts
from evenstance.errors import InputError
from evenstance.store import people
from evenstance.store.records import Athlete
from evenstance.store.repository import Store
from evenstance.store.schema import AthleteRow, SessionRow

REPLAY = "replay"
AT_ONCE = 500
_FORGOTTEN = (
    "the clinic has forgotten this person: `evenstance athlete forget` removes them here, too, "
    "with EVENSTANCE_STORE unset"
)


def match_people(
    laptop: Store,
    clinic: Store,
    *,
    same: Collection[str],
    forgotten: Collection[int],
    done: Synced,
) -> Mapping[int, int]:
    """The clinic's number of each person of the laptop; those who are not clear are held back.

    So are those whom the clinic has `forgotten`.
    It writes even when nobody is new, so that a login that may only read learns it at once.
    """
    own = [one for one in laptop.athletes(archived=True) if one.name != REPLAY]
    wanted = {people.cleaned(name).casefold() for name in same}
    unknown = wanted - {one.name.casefold() for one in own}
    if unknown:
        raise InputError(
            f"This laptop's history has nobody called {', '.join(sorted(unknown))}",
            next_step="`evenstance athlete list --archived`, with EVENSTANCE_STORE unset, shows "
            "them.",
        )
    found: dict[int, int] = {}
    taken_over: dict[int, datetime] = {}
    with laptop.rows() as source:
        visits = _visits(source)
    with clinic.rows(write=True) as db:
        rows = list(db.scalars(select(AthleteRow).order_by(AthleteRow.id)))
        by_moment = {row.created_at: row for row in rows}
        by_name = {row.name.casefold(): row for row in rows}
        for one in own:
            if one.id in forgotten:
                done.held_back.append(HeldBack(one.name, _FORGOTTEN))
                continue
            known = by_moment.get(one.created_at) or _by_session(db, visits.get(one.id, ()))
            if known is not None:
                _compare(one, known, done)
            else:
                known = by_name.get(one.name.casefold())
                why = _not_the_same(one, known, one.name.casefold() in wanted)
                if why:
                    done.held_back.append(HeldBack(one.name, why))
                    continue
                if known is None:
                    known = people.add(db, one.name, one.created_at)
                    known.archived, known.born_on = one.archived, one.born_on
                    by_moment[one.created_at] = by_name[one.name.casefold()] = known
                    done.count("athlete")
                else:
                    taken_over[one.id] = known.created_at
            if known.born_on is None and one.born_on is not None:
                known.born_on = one.born_on
                done.changed += 1
            found[one.id] = known.id
    if taken_over:
        with laptop.rows(write=True) as db:
            for athlete, moment in taken_over.items():
                people.require(db, athlete).created_at = moment
    return found


def _visits(source: Session) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for session, athlete in source.execute(select(SessionRow.id, SessionRow.athlete_id)):
        if athlete is not None:
            found.setdefault(athlete, []).append(session)
    return found


def _by_session(db: Session, visits: Collection[str]) -> AthleteRow | None:
    """Whoever has these sessions in the clinic: two people may have been merged there."""
    owners: set[int | None] = set()
    for some in parts(visits, AT_ONCE):
        owners |= set(db.scalars(select(SessionRow.athlete_id).where(SessionRow.id.in_(some))))
    owner = owners.pop() if len(owners) == 1 else None
    return None if owner is None else db.get(AthleteRow, owner)


def _not_the_same(one: Athlete, known: AthleteRow | None, wanted: bool) -> str:
    if known is None:
        return ""
    if known.born_on and one.born_on and known.born_on != one.born_on:
        return "the clinic has this name with another birth date"
    return "" if wanted else "the clinic has this name, too"


def _compare(one: Athlete, known: AthleteRow, done: Synced) -> None:
    """What either side changed afterwards: the clinic's stays, and is told."""
    if one.name != known.name:
        done.differences.append(f"{one.name} is called {known.name} in the clinic")
    if one.archived != known.archived:
        where = "on this laptop only" if one.archived else "in the clinic only"
        done.differences.append(f"{one.name} is archived {where}")
    if one.born_on and known.born_on and one.born_on != known.born_on:
        done.differences.append(f"{one.name} has another birth date in the clinic")
