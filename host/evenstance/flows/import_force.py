"""Takes holds from force files of other plates into the history, as a session like any other.

Each hold becomes a trace and a summary in the board's own form. A file is known by a digest of
its bytes, so importing it again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evenstance.bounded_read import read_bytes
from evenstance.errors import InputError
from evenstance.flows.connect import wall_clock
from evenstance.flows.trial_results import results_of
from evenstance.formats.rows import MAX_BYTES
from evenstance.metrics.evaluate import Facts, Found, raw_hold
from evenstance.metrics.hold import Trial, trial_from_summary
from evenstance.metrics.holds import FoundHold, find_holds
from evenstance.metrics.summary import pack_summary
from evenstance.signal.encode_trace import COUNTS_PER_KN, encode
from evenstance.signal.force_signal import ForceSignal
from evenstance.signal.trace_force import Side, hold_signal
from evenstance.store.records import Conditions, NewTrial
from evenstance_wire import flags, rules, trace, units

if TYPE_CHECKING:
    from evenstance.formats.block import ForceBlock
    from evenstance.store.records import PurposeName
    from evenstance.store.repository import Store

RECORD_S = rules.value("record_ms") / 1e3
PRE_ROLL_S = rules.value("pre_roll_ms") / 1e3
POST_ROLL_S = rules.value("post_roll_ms") / 1e3
_SIDES: tuple[Side, Side] = ("left", "right")
_NO_PERIOD_US = 10_000


@dataclass(frozen=True)
class ImportedHold:
    """A hold of a file: which block it is from, and when its lift-off was: on that block's clock,
    which may begin anywhere, and behind the block's first row."""

    block: str
    lift_off_s: float
    after_first_s: float
    trial: Trial
    summary: bytes
    trace: bytes


@dataclass(frozen=True)
class Imported:
    """What an import brought; `new` is 0 when the file was imported before."""

    board_uid: str
    journal_id: str
    session_id: str | None
    holds: tuple[ImportedHold, ...]
    new: int


def digest(paths: Sequence[Path]) -> str:
    """Sixteen hexadecimal letters that name the content of the files."""
    found = hashlib.sha256()
    for path in paths:
        found.update(hashlib.sha256(read_bytes(path, MAX_BYTES)).digest())
    return found.hexdigest()[:16]


def holds_of(
    blocks: Sequence[ForceBlock], *, from_s: float = 0.0, started_at: datetime | None = None
) -> list[ImportedHold]:
    """Every hold of the blocks, numbered in order.

    Where both plates were measured, holds are found by the rules of the board. A recording of one
    plate shows neither lift-off nor touch-downs: it is one hold that begins `from_s` seconds
    behind its first row. `started_at` is when the first row of each block was recorded.
    """
    found: list[ImportedHold] = []
    for block in blocks:
        plates = _plates(block)
        first_s = min(float(plate.times_s[0]) for plate in plates.values())
        for hold in _found(plates, from_s):
            seq = len(found) + 1
            after_s = hold.lift_off_s - first_s
            lift_off_at = None if started_at is None else started_at + timedelta(seconds=after_s)
            found.append(_imported(seq, block.label, plates, hold, after_s, lift_off_at))
    return found


def import_holds(
    store: Store,
    athlete_id: int,
    holds: Sequence[ImportedHold],
    *,
    format_id: str,
    identity: str,
    conditions: Conditions,
    started_at: datetime,
    familiarisation: bool | None,
    note: str,
) -> Imported:
    """Store the holds as one session of this person; InputError when there is none."""
    if not holds:
        raise InputError(
            "No single-leg hold was found.",
            cause="On neither leg did a person stand for 2 s with the other plate empty.",
            next_step="Check that the columns are the right ones and forces are in newtons.",
        )
    board_uid = f"import-{format_id}"
    known = store.stored_seqs(board_uid, identity)
    if set(known) >= {hold.trial.seq for hold in holds}:
        return Imported(board_uid, identity, None, tuple(holds), 0)
    session_id = store.start_session(
        athlete_id,
        board_uid,
        "import",
        started_at=started_at,
        conditions=conditions,
        familiarisation=familiarisation,
        note=note,
    )
    pulled_at = wall_clock()
    rows = [
        NewTrial(
            seq=hold.trial.seq,
            summary=hold.summary,
            trace=hold.trace,
            trace_complete=True,
            lift_off_at=started_at + timedelta(seconds=hold.after_first_s),
            pulled_at=pulled_at,
            results=tuple(results_of(hold.trial, hold.trace)),
        )
        for hold in holds
    ]
    purposes: dict[int, tuple[str | None, int | None, PurposeName]] = {
        row.seq: (session_id, athlete_id, "scored") for row in rows
    }
    saved = store.save_trials(board_uid, identity, rows, purposes=purposes)
    store.end_session(session_id, ended_at=rows[-1].lift_off_at or started_at)
    return Imported(board_uid, identity, session_id, tuple(holds), saved.new)


def _plates(block: ForceBlock) -> dict[Side, ForceSignal]:
    found: dict[Side, ForceSignal] = {}
    for side, channel in zip(_SIDES, (block.left, block.right), strict=True):
        if channel is not None:
            found[side] = ForceSignal.of(channel.t_s, channel.force_n)
    return found


def _found(plates: dict[Side, ForceSignal], from_s: float) -> list[FoundHold]:
    if len(plates) == 2:
        return find_holds(plates["left"], plates["right"])
    ((leg, plate),) = plates.items()
    start_s = float(plate.times_s[0]) + from_s
    last_s = float(plate.times_s[-1])
    if last_s - start_s >= RECORD_S:
        return [FoundHold(leg, start_s, start_s + RECORD_S, "time_limit", None)]
    return [FoundHold(leg, start_s, last_s, "stopped", None)] if last_s > start_s else []


def _imported(
    seq: int,
    label: str,
    plates: dict[Side, ForceSignal],
    hold: FoundHold,
    after_first_s: float,
    lift_off_at: datetime | None,
) -> ImportedHold:
    data = _trace(seq, plates, hold)
    signal = hold_signal(data)
    facts = Facts(
        stance_leg=hold.leg,
        end_s=hold.end_s - hold.lift_off_s,
        end_reason=hold.end_reason,
        body_weight_n=hold.body_weight_n,
    )
    source = flags.BW_TWO_LEGGED
    if hold.body_weight_n is None:
        source = flags.BW_HOLD
        mean = raw_hold(signal, facts)["force_mean_n"]
        if isinstance(mean, Found):
            facts = replace(facts, body_weight_n=mean.value)
    summary = pack_summary(
        seq,
        signal,
        facts,
        raw_hold(signal, facts),
        body_weight_source=source,
        lift_off_s=hold.lift_off_s,
        lift_off_unix_ms=None if lift_off_at is None else round(lift_off_at.timestamp() * 1e3),
        trace_bytes=min(len(data), 0xFFFF),
    )
    trial = trial_from_summary(summary)
    return ImportedHold(label, hold.lift_off_s, after_first_s, trial, summary, data)


def _trace(seq: int, plates: dict[Side, ForceSignal], hold: FoundHold) -> bytes:
    """The hold's samples from 5 s before to 1 s behind it; one count is a millinewton."""
    rows: list[list[tuple[int, int]]] = [[], []]
    periods_us = [_NO_PERIOD_US, _NO_PERIOD_US]
    for k, side in enumerate(_SIDES):
        plate = plates.get(side)
        if plate is None:
            continue
        part = plate.between(hold.lift_off_s - PRE_ROLL_S, hold.end_s + POST_ROLL_S)
        at_us = np.rint((part.times_s - hold.lift_off_s) * 1e6).astype(int).tolist()
        counts = np.rint(part.force_n * 1e3).astype(int).tolist()
        rows[k] = list(zip(at_us, counts, strict=True))
        periods_us[k] = round(1e6 / part.rate_sps)
    try:
        stream = encode(rows[0], rows[1], (periods_us[0], periods_us[1]))
    except ValueError as error:
        raise InputError(
            "A hold is too large to be kept.",
            cause=str(error),
            next_step="Use a recording with at most 500 rows a second and forces below 8 kN.",
        ) from error
    header = {
        "version": trace.VERSION,
        "complete": 1,
        "seq": seq,
        "stance_leg": units.LEFT if hold.leg == "left" else units.RIGHT,
        "filter_delay_half_periods": 0,
        "left_counts_per_kn": COUNTS_PER_KN,
        "right_counts_per_kn": COUNTS_PER_KN,
        "zero_left_counts": 0,
        "zero_right_counts": 0,
        "left_period_us": periods_us[0],
        "right_period_us": periods_us[1],
        "end_us": round((hold.end_s - hold.lift_off_s) * 1e6),
        "left_first_us": rows[0][0][0] if rows[0] else 0,
        "right_first_us": rows[1][0][0] if rows[1] else 0,
        "samples_left": len(rows[0]),
        "samples_right": len(rows[1]),
        "stream_bytes": len(stream),
    }
    return trace.pack(dict(header), stream)
