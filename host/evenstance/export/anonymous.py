"""Codes in place of names: people in a random order, days since the first, ages in bands.

Sessions and holds get codes from a secret that is forgotten when the export is over, so that
nobody can find them again in the history by their numbers. Only a key file keeps the secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from evenstance.errors import InputError
from evenstance.store.records import Athlete, StoredTrial

BAND_Y = 5
OLDEST_BAND_Y = 90  # people of this age and above are few, and share one band [D]
_KEY_VERSION = 1
_CODE_LETTERS = 16


@dataclass(frozen=True)
class Person:
    """What stands behind a person's code; `created_at` tells people of other histories apart."""

    code: str
    athlete: int
    name: str
    created_at: str
    first_day: date | None


@dataclass(frozen=True)
class Codes:
    """Who is who: people by their number in the history, boards by their id, and the secret."""

    secret: bytes
    people: dict[int, Person]
    boards: dict[str, str]

    def person(self, athlete: Athlete | None) -> str | None:
        """The code of a person."""
        return None if athlete is None else self.people[athlete.id].code

    def place(self, athlete: Athlete) -> int:
        """The number in the code of a person, by which they are in order."""
        return int(self.people[athlete.id].code[1:])

    def day_number(self, athlete: Athlete | None, day: date) -> int | None:
        """Days since the person's first session."""
        first = None if athlete is None else self.people[athlete.id].first_day
        return None if first is None else (day - first).days

    def session(self, session_id: str | None) -> str | None:
        """The code of a session."""
        return None if session_id is None else self._code("S", f"session {session_id}")

    def hold(self, trial: StoredTrial) -> str | None:
        """The code of a hold, the same in every table."""
        return self._code("H", f"hold {trial.board_uid} {trial.journal_id} {trial.seq}")

    def board(self, board_uid: str | None) -> str | None:
        """The code of a board."""
        return None if board_uid is None else self.boards[board_uid]

    def _code(self, letter: str, what: str) -> str:
        digest = hmac.new(self.secret, what.encode(), hashlib.sha256).hexdigest()
        return letter + digest[:_CODE_LETTERS]


def new_codes() -> Codes:
    """Nobody yet, and a new secret."""
    return Codes(secrets.token_bytes(32), {}, {})


def with_people(
    codes: Codes, people: Sequence[tuple[Athlete, date | None]], boards: Sequence[str]
) -> Codes:
    """Codes for those who have none, drawn in a random order; who has one keeps it.

    InputError when the key knows somebody else under a number of this history.
    """
    known = dict(codes.people)
    for athlete, _ in people:
        before = known.get(athlete.id)
        if before is None:
            continue
        if before.created_at != athlete.created_at.isoformat():
            raise InputError(
                "The key file belongs to another history.",
                cause="it gives a code to somebody who is another person here",
                next_step="Name a key file that does not exist yet; it will be written.",
            )
        known[athlete.id] = replace(before, name=athlete.name)
    new = [one for one in people if one[0].id not in known]
    secrets.SystemRandom().shuffle(new)
    for number, (athlete, first_day) in enumerate(new, len(known) + 1):
        code = f"A{number:03d}"
        created_at = athlete.created_at.isoformat()
        known[athlete.id] = Person(code, athlete.id, athlete.name, created_at, first_day)
    coded = dict(codes.boards)
    others = [uid for uid in boards if uid not in coded]
    secrets.SystemRandom().shuffle(others)
    for number, uid in enumerate(others, len(coded) + 1):
        coded[uid] = f"B{number:02d}"
    return Codes(codes.secret, known, coded)


def age_y(born_on: date | None, day: date) -> int | None:
    """Whole years lived on that day; None without a date of birth or with a later one.

    >>> age_y(date(2000, 2, 29), date(2026, 2, 28))
    25
    """
    if born_on is None or born_on > day:
        return None
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def age_band(age: int | None) -> str | None:
    """The band of five years that an age lies in.

    >>> age_band(34), age_band(91)
    ('30-34', '90+')
    """
    if age is None:
        return None
    if age >= OLDEST_BAND_Y:
        return f"{OLDEST_BAND_Y}+"
    low = age // BAND_Y * BAND_Y
    return f"{low}-{low + BAND_Y - 1}"


def key_text(codes: Codes) -> str:
    """The content of a key file."""
    people = [
        {
            "code": one.code,
            "athlete": one.athlete,
            "name": one.name,
            "created_at": one.created_at,
            "first_day": None if one.first_day is None else one.first_day.isoformat(),
        }
        for one in sorted(codes.people.values(), key=lambda one: (len(one.code), one.code))
    ]
    content = {
        "evenstance_key": _KEY_VERSION,
        "secret": codes.secret.hex(),
        "people": people,
        "boards": {code: uid for uid, code in codes.boards.items()},
    }
    return json.dumps(content, indent=2) + "\n"


def codes_of_key(text: str) -> Codes:
    """Read a key file; InputError when it is not one."""
    try:
        found = cast("dict[str, Any]", json.loads(text))
        if found["evenstance_key"] != _KEY_VERSION:
            raise ValueError(f"version {found['evenstance_key']}")
        people = {int(one["athlete"]): _person(one) for one in found["people"]}
        boards = {str(uid): str(code) for code, uid in found["boards"].items()}
        return Codes(bytes.fromhex(found["secret"]), people, boards)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "The key file cannot be read.",
            cause=f"it is not a key that `evenstance export` wrote ({error})",
            next_step="Name the right file, or one that does not exist yet; it will be written.",
        ) from error


def _person(one: dict[str, Any]) -> Person:
    first = one["first_day"]
    return Person(
        code=str(one["code"]),
        athlete=int(one["athlete"]),
        name=str(one["name"]),
        created_at=str(one["created_at"]),
        first_day=None if first is None else date.fromisoformat(first),
    )
