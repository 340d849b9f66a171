"""Brings every trial that the board has and this computer does not: store, commit, acknowledge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from evenstance.device.client import BoardClient, BoardInfo
from evenstance.device.nonsense import cannot_be
from evenstance.errors import BoardRefusedError
from evenstance.flows.connect import Now, wall_clock
from evenstance.metrics.hold import Trial, trial_from_summary
from evenstance_wire import messages, trace

if TYPE_CHECKING:
    from evenstance.metrics.agreement import Disagreement
    from evenstance.store.records import NewTrial, PurposeName, ResultOf
    from evenstance.store.repository import Store

BATCH = 16
MOST_TRIALS = 65536  # of 256 bytes: they fill the largest flash of a Pico


@dataclass(frozen=True)
class Disagreeing:
    """A trial whose summary does not say what its trace says; `unreadable` says why there is
    nothing to compare though the trace is complete and undamaged."""

    seq: int
    numbers: tuple[Disagreement, ...] = ()
    unreadable: str | None = None


@dataclass
class Pulled:
    """What a pull brought: trials by seq, and what could not be had."""

    board_uid: str
    journal_id: str
    seqs: list[int] = field(default_factory=list[int])
    new: int = 0
    lost: list[int] = field(default_factory=list[int])
    without_trace: list[int] = field(default_factory=list[int])  # for whatever reason
    given_up: list[int] = field(default_factory=list[int])  # of these: the board had no room
    counted_back: list[int] = field(default_factory=list[int])  # the board had no wall time
    time_unknown: list[int] = field(default_factory=list[int])  # nor can it be counted back
    compared: int = 0  # trials whose summary was computed again from a complete trace
    disagreeing: list[Disagreeing] = field(default_factory=list["Disagreeing"])
    forgotten: int = 0  # trials of forgotten people that the board has now removed
    not_forgotten: int = 0  # that it still has
    not_forgotten_why: str = ""


def pull(
    client: BoardClient,
    info: BoardInfo,
    store: Store,
    *,
    now: Now = wall_clock,
    tell: Callable[[int, int], None] | None = None,
    purposes: Mapping[int, tuple[str | None, int | None, PurposeName]] | None = None,
) -> Pulled:
    """Pull in batches; each is one transaction, acknowledged after its commit.

    Interrupted anywhere, the next pull goes on without losing or doubling a trial. `purposes`
    ties trials, by seq, to (session, athlete, purpose) as they are stored; `tell(done, total)`
    reports progress.
    """
    store.seen_board(info.board_uid, firmware=info.firmware, protocol=info.protocol)
    status = client.status()
    status_at = now()
    _check_numbers(status)
    stored = store.stored_seqs(info.board_uid, info.journal_id, status["first_seq"])
    first = max(status["first_seq"], status["acked_through"] + 1)
    wanted = [seq for seq in range(status["first_seq"], status["next_seq"]) if seq not in stored]
    last = status["next_seq"] - 1
    result = Pulled(info.board_uid, info.journal_id)
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        rows = [
            row
            for seq in batch
            if (row := _fetch(client, info, (status, status_at), seq, now, result))
        ]
        ours = {seq: p for seq, p in (purposes or {}).items() if seq in {r.seq for r in rows}}
        saved = store.save_trials(info.board_uid, info.journal_id, rows, purposes=ours)
        result.new += saved.new
        result.seqs += [row.seq for row in rows]
        _acknowledge(client, info, store, batch[-1])
        if tell is not None:
            tell(min(start + BATCH, len(wanted)), len(wanted))
    if last >= first and (not wanted or wanted[-1] < last):
        _acknowledge(client, info, store, last)  # committed earlier, the answer got lost
    _forget(client, info, store, result)
    return result


def _check_numbers(status: Mapping[str, Any]) -> None:
    """Refuse numbers of trials that no journal can have, before anything is made of them."""
    first, following, acked = status["first_seq"], status["next_seq"], status["acked_through"]
    if not (1 <= first <= following <= first + MOST_TRIALS and acked < following):
        raise cannot_be(
            f"The board says that it holds the trials {first} to {following - 1}, of which it was "
            f"told that {acked} and those before are safe.",
            "no board holds such trials",
        )


def _forget(client: BoardClient, info: BoardInfo, store: Store, result: Pulled) -> None:
    """Have the board remove trials of people who were forgotten; refused, it is asked again at
    the next contact."""
    waiting = store.forgotten.of(info.board_uid, info.journal_id)
    for done, seq in enumerate(waiting):
        try:
            client.request(messages.FORGET, journal_id=bytes.fromhex(info.journal_id), seq=seq)
        except BoardRefusedError as error:
            result.not_forgotten = len(waiting) - done
            result.not_forgotten_why = error.what
            return
        store.forgotten.erased(info.board_uid, info.journal_id, seq)
        result.forgotten += 1


def _acknowledge(client: BoardClient, info: BoardInfo, store: Store, seq: int) -> None:
    reply = client.request(
        messages.ACK, journal_id=bytes.fromhex(info.journal_id), through_seq=seq
    )
    confirmed = min(reply["acked_through"], seq)
    store.record_ack(info.board_uid, info.journal_id, confirmed)


def _fetch(
    client: BoardClient,
    info: BoardInfo,
    clock: tuple[Mapping[str, Any], datetime],
    seq: int,
    now: Now,
    result: Pulled,
) -> NewTrial | None:
    from evenstance.store.records import NewTrial

    summary = client.summary(seq)
    if summary is None:
        result.lost.append(seq)
        return None
    trial = _trial(seq, summary)
    data = client.trace(seq) if trial.trace_bytes else None
    if data is not None and not _is_of(seq, data):
        data = client.trace(seq)
        if data is not None and not _is_of(seq, data):
            data = None
    if data is None:
        result.without_trace.append(seq)
        if not trial.trace_bytes:
            result.given_up.append(seq)
    results: tuple[ResultOf, ...] = ()
    if data is not None and trial.trace_complete:
        results = _computed(trial, data, result)
    lift_off_at = _lift_off_at(trial, info, *clock)
    if lift_off_at is None:
        result.time_unknown.append(seq)
    elif trial.lift_off_unix_ms is None:
        result.counted_back.append(seq)
    return NewTrial(
        seq=seq,
        summary=summary,
        trace=data,
        trace_complete=trial.trace_complete and data is not None,
        lift_off_at=lift_off_at,
        pulled_at=now(),
        results=results,
        firmware=info.firmware,
        protocol=info.protocol,
    )


def _trial(seq: int, summary: bytes) -> Trial:
    try:
        trial = trial_from_summary(summary)
        if trial.seq != seq:
            raise ValueError(f"it is that of trial {trial.seq}")
    except ValueError as error:
        raise cannot_be(
            f"The board's summary of trial {seq} cannot be read.", str(error)
        ) from error
    return trial


def _is_of(seq: int, data: bytes) -> bool:
    """Whether it is a whole, undamaged trace, and of this trial."""
    return trace.is_sound(data) and trace.HEADER.unpack(data[: trace.HEADER.size])["seq"] == seq


def _computed(trial: Trial, data: bytes, result: Pulled) -> tuple[ResultOf, ...]:
    """Every metric from the trace, and whether the board's summary says the same; what the board
    said is stored all the same."""
    from evenstance.flows.trial_results import results_of  # numpy only where there is a trace
    from evenstance.metrics.agreement import compare
    from evenstance.signal.trace_force import hold_signal

    result.compared += 1
    try:
        signal = hold_signal(data)
        found = compare(trial, signal).disagreements
        results = tuple(results_of(trial, signal))
    except ValueError as error:
        result.disagreeing.append(Disagreeing(trial.seq, unreadable=str(error)))
        return ()
    if found:
        result.disagreeing.append(Disagreeing(trial.seq, found))
    return results


def _lift_off_at(
    trial: Trial, info: BoardInfo, status: Mapping[str, Any], status_at: datetime
) -> datetime | None:
    """Wall time of the lift-off: the board's own, or counted back while it has not restarted.

    The board's clock and this computer's were read together, before anything was pulled. A time
    that no calendar has, or that was not yet over, is none: a board whose clock was not there yet
    has restarted since it said who it is.
    """
    with suppress(OverflowError, ValueError, OSError):
        if trial.lift_off_unix_ms is not None:
            return datetime.fromtimestamp(trial.lift_off_unix_ms / 1000.0, tz=status_at.tzinfo)
        ago_s = status["device_us"] / 1e6 - trial.lift_off_device_s
        if trial.boot_id == info.boot_id and ago_s >= 0:
            return status_at - timedelta(seconds=ago_s)
    return None
