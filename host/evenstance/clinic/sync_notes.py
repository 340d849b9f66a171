"""What was added to a session on both sides: notes joined line by line, conditions by their notes.

Nothing is rubbed out of a note, and correcting conditions leaves a line in it. So the notes tell
which side knows more.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from evenstance.clinic.sync_values import filled
from evenstance.store import sessions
from evenstance.store.schema import SessionRow

_FILLED_LATER = ("ended_at", "zero_shift_left_n", "zero_shift_right_n", "zero_checks")
_CORRECTED = ": conditions corrected: "


def joined_note(clinic: str, laptop: str) -> str:
    """The clinic's note with the lines that only the laptop has."""
    if laptop.startswith(clinic):
        return laptop
    if clinic.startswith(laptop):
        return clinic
    lines = clinic.split("\n")
    for line in laptop.split("\n"):
        if any(line == one or one.startswith(f"{line}; ") for one in lines):
            continue
        longer = [n for n, one in enumerate(lines) if one and line.startswith(f"{one}; ")]
        if longer:  # something was added to the end of this line
            lines[longer[0]] = line
        else:
            lines.append(line)
    return "\n".join(lines)


def session_changes(known: SessionRow, row: SessionRow) -> tuple[dict[str, Any], str]:
    """What the clinic's session gets from the laptop's, and why its conditions stay ("": equal or
    known to be corrected on one side only)."""
    changes = filled(known, row, _FILLED_LATER)
    # A session of a day grows when more trials of it are assigned.
    if row.started_at < known.started_at:
        changes["started_at"] = row.started_at
    if row.ended_at and known.ended_at and row.ended_at > known.ended_at:
        changes["ended_at"] = row.ended_at
    note = joined_note(known.note, row.note)
    if note != known.note:
        changes["note"] = note
    conditions = asdict(sessions.conditions_of(row))
    if conditions == asdict(sessions.conditions_of(known)):
        return changes, ""
    here, there = _corrections(row.note), _corrections(known.note)
    if here > there:
        changes.update(conditions)
    elif not there > here:
        changes.pop("note", None)  # else the notes would look as if the clinic knew
        return changes, "its conditions were corrected otherwise in the clinic"
    return changes, ""


def _corrections(note: str) -> set[str]:
    return {line for line in note.split("\n") if _CORRECTED in line}
