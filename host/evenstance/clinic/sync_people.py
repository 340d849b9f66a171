"""Who of the laptop is who in the clinic: by the moment a person was added, or by consent.

A name alone is not enough: two people of a clinic may share it. Once somebody said that two are
one, the laptop takes over the clinic's moment, so that the next sync knows by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from evenstance.clinic.sync_records import HeldBack, Synced
from evenstance.store import people
from evenstance.store.repository import Store
from evenstance.store.schema import AthleteRow

REPLAY = "replay"


def match_people(
    laptop: Store, clinic: Store, *, same: Collection[str], done: Synced
) -> Mapping[int, int]:
    """The clinic's number of each person of the laptop; those who are not clear are held back."""
    wanted = {people.cleaned(name).casefold() for name in same}
    found: dict[int, int] = {}
    for one in laptop.athletes(archived=True):
        if one.name == REPLAY:  # recordings of nobody
            continue
        with clinic.rows(write=True) as db:
            rows = db.scalars(select(AthleteRow).where(AthleteRow.created_at == one.created_at))
            known = next(iter(rows), None)
            if known is None:
                known = people.find(db, one.name)
                if known is None:
                    known = people.add(db, one.name, one.created_at)
                    known.archived = one.archived
                    done.count("athlete")
                elif one.name.casefold() not in wanted:
                    done.held_back.append(HeldBack(one.name, "the clinic has this name, too"))
                    continue
            if known.born_on and one.born_on and known.born_on != one.born_on:
                done.held_back.append(HeldBack(one.name, "the clinic has another birth date"))
                continue
            known.born_on = known.born_on or one.born_on
            number, created_at = known.id, known.created_at
        if created_at != one.created_at:
            with laptop.rows(write=True) as db:
                people.require(db, one.id).created_at = created_at
        found[one.id] = number
    return found
