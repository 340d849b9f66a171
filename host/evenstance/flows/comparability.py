"""In what two sessions differ that the protocol wants equal (field notes: it moves the result)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from evenstance.report.differences import Difference
from evenstance.report.session_words import local_start, time_of_day

if TYPE_CHECKING:
    from evenstance.store.group import AnyTrial
    from evenstance.store.records import StoredSession

HOURS_APART = 2.0
"""The protocol asks for the same two hours of the day."""
_WHY = {
    "eyes": "another test",
    "surface": "another test",
    "footwear": "moves the result [V]",
    "arms": "free or restricted arms move the result [V]",
    "gaze_mark": "a mark at eye level moves the result [V]",
}
_FIRST_SESSION = "people improve from the first session to the second [V]"


@dataclass(frozen=True)
class Visit:
    """A session with what its trials say of it."""

    session: StoredSession
    firmware: tuple[str, ...]
    rules: tuple[int, ...]

    @classmethod
    def of(cls, session: StoredSession, trials: Sequence[AnyTrial]) -> Visit:
        """From its own trials; practice counts nowhere."""
        scored = [t for t in trials if t.session_id == session.id and t.purpose == "scored"]
        return cls(
            session,
            tuple(sorted({t.firmware or "not known" for t in scored})),
            tuple(sorted({t.hold.rules_id for t in scored})),
        )


def differences(first: Visit, second: Visit) -> tuple[Difference, ...]:
    """Everything that differs between two visits, the earlier one first."""
    found = [*_conditions(first, second), *_time(first, second)]
    one, other = first.session, second.session
    if one.familiarisation != other.familiarisation:
        before, after = (
            "familiarisation" if visit.familiarisation else "counted" for visit in (one, other)
        )
        found.append(Difference("kind", before, after, _FIRST_SESSION))
    if one.board_uid != other.board_uid:
        found.append(
            Difference("board", str(one.board_uid), str(other.board_uid), "another calibration")
        )
    versions = (
        ("firmware", first.firmware, second.firmware),
        ("rules", first.rules, second.rules),
    )
    for name, *values in versions:
        before, after = (" and ".join(map(str, value)) for value in values)
        if before != after:
            found.append(Difference(name, before, after, "holds may be found in another way"))
    return tuple(found)


def _conditions(first: Visit, second: Visit) -> list[Difference]:
    before, after = asdict(first.session.conditions), asdict(second.session.conditions)
    return [
        Difference(name, _word(before[name]), _word(after[name]), _WHY[name])
        for name in before
        if before[name] != after[name]
    ]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not stated" if value is None else str(value)


def _time(first: Visit, second: Visit) -> list[Difference]:
    """More than two hours apart on the clock's face; midnight is no border."""
    times = [time_of_day(visit.session) for visit in (first, second)]
    if None in times:
        shown = [time or "not known" for time in times]
        return [Difference("time_of_day", shown[0], shown[1], "nobody knows whether it differs")]
    apart = hours_apart(first.session, second.session)
    if apart <= HOURS_APART:
        return []
    why = f"{apart:.1f} h apart; the protocol asks for the same {HOURS_APART:g} h of the day [V]"
    return [Difference("time_of_day", str(times[0]), str(times[1]), why)]


def hours_apart(one: StoredSession, other: StoredSession) -> float:
    """Hours between two times of day, at most twelve."""
    hours = [
        began.hour + began.minute / 60 + began.second / 3600
        for began in (local_start(one), local_start(other))
    ]
    apart = abs(hours[0] - hours[1])
    return min(apart, 24.0 - apart)
