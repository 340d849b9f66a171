"""A session named on the command line, with the person it belongs to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from evenstance.commands.common import chosen_athlete
from evenstance.errors import InputError
from evenstance.flows.find_session import find_session

if TYPE_CHECKING:
    from evenstance.store.records import Athlete, StoredSession
    from evenstance.store.repository import Store


def named_session(
    store: Store, given: str, athlete: str | None, *, measured_only: bool = False
) -> StoredSession:
    """The session meant; an id needs no name, `last` and dates are those of one person."""
    everybody = athlete is None and re.fullmatch(r"[0-9a-fA-F]+", given) is not None
    whose = None if everybody else chosen_athlete(store, athlete).id
    return find_session(store.sessions(whose), given, measured_only=measured_only)


def owner(store: Store, session: StoredSession) -> Athlete:
    """Whose session it is; InputError when it is nobody's."""
    for person in store.athletes(archived=True):
        if person.id == session.athlete_id:
            return person
    raise InputError(
        "This session belongs to nobody.", next_step="`evenstance assign` gives trials to people."
    )
