"""The table of holds: one row for each trial of the history, valid or not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from evenstance.export.columns import Field
from evenstance.export.facts import AGE, DAY, PERSON, UNASSIGNED, conditions, field

NOT_SCORED = "the hold was not scored, or the board could not give it"
NO_WEIGHT = "the body weight is not known"
NO_RATE = "the rate is not known"

HOLD: tuple[Field[Any], ...] = (
    field(
        "hold_id",
        "integer",
        "-",
        lambda f: f.placed.trial.id,
        "number of the hold in the history, the same in all tables",
        where="named",
    ),
    field(
        "hold_code",
        "text",
        "-",
        lambda f: f.codes.hold(f.placed.trial),
        "code of the hold, the same in all tables",
        where="anonymous",
    ),
)
SESSION: tuple[Field[Any], ...] = (
    field(
        "session_id",
        "text",
        "-",
        lambda f: f.placed.trial.session_id,
        "id of its session",
        UNASSIGNED,
        "named",
    ),
    field(
        "session_code",
        "text",
        "-",
        lambda f: f.codes.session(f.placed.trial.session_id),
        "code of its session",
        where="anonymous",
    ),
)
LEG: Field[Any] = field(
    "leg", "text", "-", lambda f: f.placed.trial.hold.stance_leg, "left or right: the leg stood on"
)


def _own(
    name: str, kind: Any, unit: str, get: Callable[[Any], Any], meaning: str, *more: Any
) -> Field[Any]:
    """A field of the board's summary."""
    return field(name, kind, unit, lambda f: get(f.placed.trial.hold), meaning, *more)


def _counted(name: str, meaning: str) -> Field[Any]:
    return _own(name, "integer", "samples", lambda h: getattr(h, name), meaning)


def _window(k: int) -> Field[Any]:
    return _own(
        f"force_sd_{k}_n",
        "number",
        "N",
        lambda h: h.force_sd_windows_n[k - 1],
        f"force SD of window {k} of the four",
        NOT_SCORED,
    )


def _share(name: str, part: str, meaning: str) -> Field[Any]:
    return _own(
        name,
        "number",
        "%",
        lambda h: None if h.load_share_pct is None else getattr(h.load_share_pct, part),
        meaning,
        NOT_SCORED,
    )


_ORIGIN: tuple[Field[Any], ...] = (
    field(
        "number_in_session",
        "integer",
        "-",
        lambda f: f.placed.number,
        "place among all trials of the session, from 1",
        UNASSIGNED,
    ),
    field(
        "lift_off_at",
        "time",
        "-",
        lambda f: f.placed.trial.lift_off_at,
        "lift-off, in UTC",
        "the board had no clock",
        "named",
    ),
    field(
        "since_start_s",
        "number",
        "s",
        lambda f: f.since_start_s,
        "lift-off after the start of the session; below zero when the board's clock was behind",
        "the board had no clock, or there is no session",
    ),
    field(
        "purpose",
        "text",
        "-",
        lambda f: f.placed.trial.purpose,
        "scored, practice or unassigned",
    ),
    field(
        "protocol",
        "text",
        "-",
        lambda f: f.placed.protocol_name,
        "protocol of the session, as in the table of sessions",
        UNASSIGNED,
    ),
    field(
        "familiarisation",
        "boolean",
        "-",
        lambda f: f.placed.familiarisation,
        "whether the session was the person's first measured one",
        UNASSIGNED,
    ),
    *conditions(lambda f: f.placed.trial.conditions),
    field(
        "board_uid",
        "text",
        "-",
        lambda f: f.placed.trial.board_uid,
        "id of the board",
        where="named",
    ),
    field(
        "board_code",
        "text",
        "-",
        lambda f: f.codes.board(f.placed.trial.board_uid),
        "code of the board, B01 and so on in a random order",
        where="anonymous",
    ),
    field(
        "journal_id",
        "text",
        "-",
        lambda f: f.placed.trial.journal_id,
        "the board's journal that it comes from",
        where="named",
    ),
    field(
        "seq",
        "integer",
        "-",
        lambda f: f.placed.trial.seq,
        "its number in that journal",
        where="named",
    ),
    field(
        "firmware",
        "text",
        "-",
        lambda f: f.placed.trial.firmware,
        "version of the firmware that it was pulled from",
        "not known, or no board of ours",
    ),
    _own(
        "rules_id", "integer", "-", lambda h: h.rules_id, "the rules of a hold that were applied"
    ),
    _own(
        "calibration_id",
        "integer",
        "-",
        lambda h: h.calibration_id,
        "the board's calibration",
        "never empty",
        "named",
    ),
)
_OUTCOME: tuple[Field[Any], ...] = (
    _own("valid", "boolean", "-", lambda h: h.valid, "whether it counts"),
    _own(
        "reasons",
        "text",
        "-",
        lambda h: ";".join(h.reasons) or None,
        "why it does not count: names with ; between them",
        "it counts",
    ),
    _own("end_reason", "text", "-", lambda h: h.end_reason, "what ended it"),
    _own("hold_time_s", "number", "s", lambda h: h.hold_time_s, "from lift-off to the end"),
    _own(
        "body_weight_n",
        "number",
        "N",
        lambda h: h.body_weight_n,
        "body weight that it was measured against",
        NO_WEIGHT,
    ),
    _own("body_weight_source", "text", "-", lambda h: h.body_weight_source, "where that is from"),
    _own(
        "scored_from_s",
        "number",
        "s",
        lambda h: h.scored_from_s,
        "begin of the scored span, from lift-off",
        NOT_SCORED,
    ),
    _own(
        "scored_to_s",
        "number",
        "s",
        lambda h: h.scored_to_s,
        "end of the scored span, from lift-off",
        NOT_SCORED,
    ),
    _own(
        "force_sd_n",
        "number",
        "N",
        lambda h: h.force_sd_n,
        "force SD as the board computed it: mean of the four windows of 5 s",
        NOT_SCORED,
    ),
    *(_window(k) for k in (1, 2, 3, 4)),
    _own(
        "force_sd_pct_bw",
        "number",
        "%BW",
        lambda h: h.force_sd_pct_bw,
        "force SD as a share of body weight",
        f"{NOT_SCORED}; or {NO_WEIGHT}",
    ),
    _own(
        "force_mean_n",
        "number",
        "N",
        lambda h: h.force_mean_n,
        "mean force on the stance plate in the scored span",
        NOT_SCORED,
    ),
    _own(
        "force_range_p95_p5_n",
        "number",
        "N",
        lambda h: h.force_range_p95_p5_n,
        "95th minus 5th percentile of the force in the scored span",
        NOT_SCORED,
    ),
    _share("load_share_mean_pct", "mean", "share of the stance plate in the load of both, mean"),
    _share("load_share_min_pct", "min", "the same, smallest"),
    _share("load_share_sd_pct", "sd", "the same, standard deviation"),
    _own(
        "stray_load_pct_bw",
        "number",
        "%BW",
        lambda h: h.stray_load_pct_bw,
        "mean load on the other plate",
        NOT_SCORED,
    ),
    _own(
        "stray_time_pct",
        "number",
        "%",
        lambda h: h.stray_time_pct,
        "share of the scored time with more than 1 %BW on the other plate",
        NOT_SCORED,
    ),
    _own(
        "touch_down_count",
        "integer",
        "touch-downs",
        lambda h: h.touch_down_count,
        "times that the free foot came down",
        "the other plate gave nothing",
    ),
    _own(
        "touch_downs",
        "text",
        "s, s, N",
        lambda h: json.dumps([asdict(one) for one in h.touch_downs]),
        "the first of them as a JSON list: at_s from lift-off, duration_s, peak_n",
    ),
)
_QUALITY: tuple[Field[Any], ...] = (
    _counted("samples_left", "conversions of the left plate in the hold"),
    _counted("samples_right", "conversions of the right plate in the hold"),
    _counted("dropped", "conversions lost"),
    _counted("desynced", "conversions that failed their check"),
    _counted("saturated", "conversions at the rail"),
    _counted("late", "conversions that were read late"),
    _own("max_gap_s", "number", "s", lambda h: h.max_gap_s, "longest time without a conversion"),
    _own(
        "rate_left_sps",
        "number",
        "samples/s",
        lambda h: h.rate_left_sps,
        "measured rate of the left converter",
        NO_RATE,
    ),
    _own(
        "rate_right_sps",
        "number",
        "samples/s",
        lambda h: h.rate_right_sps,
        "measured rate of the right converter",
        NO_RATE,
    ),
    field(
        "has_trace",
        "boolean",
        "-",
        lambda f: f.placed.trial.has_trace,
        "whether a trace is stored",
    ),
    field(
        "trace_complete",
        "boolean",
        "-",
        lambda f: f.placed.trace_complete,
        "whether all of the trace is there",
        "no trace is stored",
    ),
)

FIELDS: tuple[Field[Any], ...] = (
    *HOLD,
    *SESSION,
    *PERSON,
    *AGE,
    *DAY,
    *_ORIGIN,
    LEG,
    *_OUTCOME,
    *_QUALITY,
)
