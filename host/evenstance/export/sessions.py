"""The table of sessions: one row for each visit of a person to a board."""

from __future__ import annotations

from typing import Any

from evenstance.export.columns import Field
from evenstance.export.facts import AGE, DAY, PERSON, conditions, field

NOT_ENDED = "it was never closed"
NO_SHIFT = "it was not measured"

FIELDS: tuple[Field[Any], ...] = (
    field("session_id", "text", "-", lambda f: f.session.id, "id in the history", where="named"),
    field(
        "session_code",
        "text",
        "-",
        lambda f: f.codes.session(f.session.id),
        "code of the session, the same in all tables",
        where="anonymous",
    ),
    *PERSON,
    *AGE,
    *DAY,
    field(
        "started_at", "time", "-", lambda f: f.session.started_at, "start, in UTC", where="named"
    ),
    field(
        "utc_offset_min",
        "integer",
        "min",
        lambda f: f.session.utc_offset_minutes,
        "local time minus UTC where it was measured",
        where="named",
    ),
    field(
        "ended_at",
        "time",
        "-",
        lambda f: f.session.ended_at,
        "end, in UTC",
        NOT_ENDED,
        "named",
    ),
    field(
        "duration_s",
        "number",
        "s",
        lambda f: (
            None
            if f.session.ended_at is None
            else (f.session.ended_at - f.session.started_at).total_seconds()
        ),
        "from start to end",
        NOT_ENDED,
    ),
    field(
        "protocol",
        "text",
        "-",
        lambda f: f.session.protocol_name,
        "quick, standard, free, practice, import (from another plate) or replay (of a recording)",
    ),
    field(
        "familiarisation",
        "boolean",
        "-",
        lambda f: f.session.familiarisation,
        "the person's first measured session; it does not count for the verdict",
    ),
    *conditions(lambda f: f.session.conditions),
    field(
        "board_uid",
        "text",
        "-",
        lambda f: f.session.board_uid,
        "id of the board",
        "no board was used",
        "named",
    ),
    field(
        "board_code",
        "text",
        "-",
        lambda f: f.codes.board(f.session.board_uid),
        "code of the board, B01 and so on in a random order",
        "no board was used",
        "anonymous",
    ),
    field(
        "zero_shift_left_n",
        "number",
        "N",
        lambda f: f.session.zero_shift_left_n,
        "how far the left plate's zero had moved at the last check",
        NO_SHIFT,
    ),
    field(
        "zero_shift_right_n",
        "number",
        "N",
        lambda f: f.session.zero_shift_right_n,
        "the same of the right plate",
        NO_SHIFT,
    ),
    field(
        "scored_left",
        "integer",
        "holds",
        lambda f: f.session.scored_left,
        "valid scored holds on the left leg",
    ),
    field(
        "scored_right",
        "integer",
        "holds",
        lambda f: f.session.scored_right,
        "valid scored holds on the right leg",
    ),
    field(
        "invalid",
        "integer",
        "holds",
        lambda f: f.session.invalid,
        "scored holds that do not count",
    ),
    field("practice", "integer", "holds", lambda f: f.session.practice, "practice holds"),
    field(
        "host_version",
        "text",
        "-",
        lambda f: f.session.host_version,
        "version of Evenstance that stored the session",
    ),
    field(
        "note",
        "text",
        "-",
        lambda f: f.session.note,
        "what was written down",
        "nothing was written down",
        "named",
    ),
)
