"""One person on one board: zero, body weight, cues, rests, and holds brought in as they end.

All waiting is measured on the board's own clock, which comes with every live message. Each hold
is pulled and committed as soon as the board has stored it, so an interruption costs at most the
hold that was running.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from evenstance.device.client import BoardClient, BoardInfo
from evenstance.errors import (
    BoardRefusedError,
    EvenstanceError,
    LinkLostError,
    MeasurementError,
)
from evenstance.flows.connect import Now
from evenstance.flows.live import RUNNING, Live, LiveStream, SessionStopped
from evenstance.flows.pull import Pulled, pull
from evenstance.flows.session_faults import SessionFaults
from evenstance.flows.zero_watch import ZERO_TRIES, ZeroWatch
from evenstance.metrics.hold import Leg, Trial
from evenstance.report.disagreements import disagreement_lines
from evenstance_wire import flags, messages, units

if TYPE_CHECKING:
    from evenstance.store.records import Conditions, ProtocolName, PurposeName
    from evenstance.store.repository import Store

STEP_ON_S = 90.0
LIFT_S = 15.0
CUES_PER_HOLD = 3
STORE_S = 15.0
MAX_BODY_WEIGHT_N = 150 * units.STANDARD_GRAVITY_UM_S2 / 1e6
RATING_SHARE = 0.8  # of what a plate may carry: on one leg it carries the whole person
WAITED = {  # what was waited for -> where the troubleshooting page says more
    "empty plates": "waited-for-empty-plates",
    "body weight": "waited-for-body-weight",
    "both feet": "waited-for-body-weight",
}
LEAVE_S = 5.0  # of the board's time: a hold that was stopped is stored by then
SET_ASIDE = "set aside"  # what a scored hold becomes that was made again: practice
_CUE = {"left": flags.CUE_LEFT, "right": flags.CUE_RIGHT}


class Screenplay(Protocol):
    """Where the session is shown; `scored` says that no numbers may be shown now."""

    def say(self, text: str) -> None:
        """One line for the person: an instruction or what has happened."""
        ...

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        """The present state, ten times a second of the board's time."""
        ...

    def trial(self, trial: Trial, purpose: str) -> None:
        """A trial that has been stored; once more with SET_ASIDE when it counts no longer."""
        ...

    def key(self) -> str | None:
        """A key that was pressed: `p` pause, `s` skip the rest, `r` repeat the last hold, `q`
        stop."""
        ...


class Stand:
    """What every visit to a board is made of; `show` is where it is shown."""

    def __init__(
        self,
        client: BoardClient,
        info: BoardInfo,
        store: Store,
        show: Screenplay,
        *,
        now: Now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._info = info
        self._store = store
        self.show = show
        self._now = now
        self.faults = SessionFaults(show.say)
        self.stream = LiveStream(client, show.key, clock, self.faults.tell)
        self.zeros = ZeroWatch(client, show.say)
        self.session_id = ""
        self.running: tuple[int, PurposeName] | None = None  # see `begin`
        self._athlete_id: int | None = None

    @contextmanager
    def visit(
        self, athlete_id: int, protocol: ProtocolName, conditions: Conditions
    ) -> Generator[str, None, None]:
        """One session of the history around what is done; whatever ends it, what was stored
        stays stored, and the session says how it ended."""
        status = self._client.status()
        if status["left_counts_per_kn"] is None:
            raise MeasurementError(
                "The board is not calibrated.",
                next_step="Run `evenstance calibrate` with known masses first.",
                anchor="the-board-is-not-calibrated",
            )
        self.faults.refuse_unfit(status)
        self._bring_earlier()
        self._athlete_id = athlete_id
        self.session_id = self._store.start_session(
            athlete_id,
            self._info.board_uid,
            protocol,
            started_at=self._now().astimezone(),
            conditions=conditions,
        )
        note = ""
        finished = False
        try:
            yield self.session_id
            finished = True
        except (SessionStopped, KeyboardInterrupt):
            note = "stopped"
            self._leave_quietly()
            raise
        except LinkLostError:
            note = "connection lost"
            raise
        finally:
            if not finished:
                self.zeros.missed(note or "the session ended early")
            shift = self.zeros.last_shift_n or (None, None)
            self._store.end_session(
                self.session_id,
                ended_at=self._now().astimezone(),
                zero_shift_left_n=shift[0],
                zero_shift_right_n=shift[1],
                add_note=note,
                zero_checks=self.zeros.checks,
            )

    def next_seq(self) -> int:
        """The number that the next trial of the board gets."""
        return self._client.status()["next_seq"]

    def begin(self, before: int, purpose: PurposeName) -> None:
        """A hold runs that the board will store after `before`; one that is interrupted is
        brought in all the same."""
        self.running = before, purpose

    def set_aside(self, trial: Trial) -> None:
        """A scored hold becomes practice because somebody wants to make it again; the session's
        note says so in the same transaction, so that no result can be chosen in silence."""
        steadiness = (
            "not scored" if trial.force_sd_n is None else f"force SD {trial.force_sd_n:.2f} N"
        )
        note = (
            f"hold {trial.seq} ({trial.stance_leg}, {trial.hold_time_s:.1f} s, {steadiness}) was "
            "set aside as practice by key r, to be made again"
        )
        self._store.set_aside(
            self.session_id, self._info.board_uid, self._info.journal_id, trial.seq, note
        )
        self.show.trial(trial, SET_ASIDE)

    def _bring_earlier(self) -> None:
        earlier = pull(self._client, self._info, self._store, now=self._now)
        self._tell_disagreements(earlier)
        if earlier.new:
            self.show.say(
                f"{earlier.new} earlier hold(s) were still on the board; stored as unassigned "
                "(see `evenstance assign`)."
            )

    def zero(self) -> None:
        """Take the zero of both empty plates."""
        self.show.say("Step off: both plates empty for the zero.")
        for tries in range(ZERO_TRIES):
            self.wait("empty plates", STEP_ON_S, lambda live: live.state == flags.EMPTY)
            try:
                self.zeros.take()
                return
            except BoardRefusedError as error:
                if tries + 1 == ZERO_TRIES:
                    raise
                self.show.say(f"{error.what} {error.cause.capitalize()}. Trying again.")

    def baseline(self) -> float | None:
        """The body weight (N) of the person who steps on; refuses one that is too heavy."""
        self.show.say("Step on with both feet and stand still for the body weight.")
        self.cue(flags.CUE_BOTH_FEET)
        live = self.wait(
            "body weight",
            STEP_ON_S,
            lambda live: live.state == flags.BOTH_FEET and live.body_weight_n is not None,
        )
        if live.body_weight_n is not None and live.body_weight_n > MAX_BODY_WEIGHT_N:
            raise MeasurementError(
                f"{live.body_weight_n:.0f} N stand on the board; its limit is "
                f"{MAX_BODY_WEIGHT_N:.0f} N (150 kg).",
                cause="the person is too heavy for this board, or it is calibrated wrongly",
                next_step="Step off. Check the calibration before anybody stands on it again.",
            )
        if live.body_weight_n is not None:
            self._check_rating(live.body_weight_n)
        self.show.say(f"Body weight {live.body_weight_n:.0f} N.")
        return live.body_weight_n

    def rest(self, seconds: float, repeat: Callable[[], None] | None = None) -> None:
        """Wait on both feet; `p` pauses, `s` goes on at once, `r` calls `repeat`."""
        self.show.say(f"Rest {seconds:.0f} s on both feet.")
        stopped_s = seen_s = 0.0  # of the rest: paused for so long, looked at so late
        paused = False
        for live, elapsed_s in self.stream.follow():
            if self.stream.key == "p":
                paused = not paused
                self.show.say("Paused; p goes on." if paused else "Going on.")
            elif self.stream.key == "r" and repeat is not None:
                repeat()
            elif self.stream.key == "r":
                self.show.say("Only a scored hold can be made again.")
            if paused:
                stopped_s += elapsed_s - seen_s
            seen_s = elapsed_s
            left_s = seconds - (elapsed_s - stopped_s)
            self.show.live(live, "paused" if paused else "rest", left_s, scored=False)
            if not paused and (self.stream.key == "s" or left_s <= 0):
                return

    def cue_until_lifted(self, leg: Leg, purpose: str) -> float:
        """Ask for the leg until it stands alone; returns the board's time (s) of that."""
        if self._client.status()["body_weight_un"] is None:
            self._weigh_again()
        for _ in range(CUES_PER_HOLD):
            self.show.say(f"Stand on the {leg.upper()} leg: lift the {other_leg(leg)} foot.")
            self.cue(_CUE[leg])
            for live, elapsed_s in self.stream.follow():
                if live.state in RUNNING:
                    return live.device_s
                self.show.live(live, f"lift the {other_leg(leg)} foot", None, scored=False)
                if elapsed_s > LIFT_S:
                    break
        raise MeasurementError(
            f"Nobody stood on the {leg} leg ({purpose} hold).",
            cause="the other foot stayed on its plate, or the body weight is far from the first",
            next_step="Run the session again; holds measured so far are stored.",
            anchor="nobody-stood-on-a-leg",
        )

    def _weigh_again(self) -> None:
        """The board has restarted: without a body weight it finds no lift-off."""
        self.show.say("Stand still on both feet: the board needs the body weight again.")
        self.cue(flags.CUE_BOTH_FEET)
        self.wait("body weight", STEP_ON_S, lambda live: live.body_weight_n is not None)

    def stored(self, before: int, purpose: PurposeName) -> Trial | None:
        """Wait until the board has stored what followed `before`, pull it, show it."""
        seqs = range(0)
        for live, elapsed_s in self.stream.follow():
            seqs = range(before, self.next_seq())
            if seqs:
                break
            if live.state not in RUNNING and elapsed_s > STORE_S:
                self.running = None
                return None
        mine = self._bring(seqs, purpose)
        self.running = None
        return mine[-1] if mine else None

    def _bring(self, seqs: range, purpose: PurposeName) -> list[Trial]:
        """Pull these trials into the session and show them."""
        session = (self.session_id, self._athlete_id, purpose)
        found = pull(
            self._client,
            self._client.info or self._info,  # another boot when it has restarted
            self._store,
            now=self._now,
            purposes={seq: session for seq in seqs},
        )
        self._tell_disagreements(found)
        stored = self._store.trials(session=self.session_id)
        mine = [t.hold for t in stored if t.journal_id == self._info.journal_id]
        mine = [t for t in mine if t.seq in seqs]
        for trial in mine:
            self.show.trial(trial, purpose)
            self.faults.tell_reasons(trial)
        return mine

    def off_and_check(self, block: str) -> None:
        """The zero is checked after each block; it is never taken anew within a session."""
        self.cue(flags.CUE_DONE)
        self.wait("empty plates", STEP_ON_S, lambda live: live.state == flags.EMPTY)
        self.zeros.check(block)

    def _leave_quietly(self) -> None:
        self._client.returns = None  # whoever leaves does not wait for a board
        try:
            self._client.request(messages.STOP_HOLD, tries=1)
            self.cue(flags.CUE_QUIET)
            if self.running is not None:
                self._bring_interrupted(*self.running)
        except EvenstanceError:
            return  # the board may be gone as well; its journal keeps what it has

    def _bring_interrupted(self, before: int, purpose: PurposeName) -> None:
        """The hold that ran, or had ended and was not brought yet; none when it was too short."""
        status = self._client.status()
        until_us = status["device_us"] + LEAVE_S * 1e6
        while status["next_seq"] <= before and status["device_us"] < until_us:
            status = self._client.status()
        if status["next_seq"] > before:
            self._bring(range(before, status["next_seq"]), purpose)

    def wait(self, phase: str, limit_s: float, done: Callable[[Live], bool]) -> Live:
        """The first live message that is what was waited for."""
        for live, elapsed_s in self.stream.follow():
            if done(live):
                return live
            self.show.live(live, phase, None, scored=False)
            if elapsed_s > limit_s:
                break
        raise MeasurementError(
            f"Waited {limit_s:.0f} s for {phase}.",
            cause="the plates did not show it",
            next_step="Start the session again when ready; `evenstance info` shows the plates.",
            anchor=WAITED.get(phase, ""),
        )

    def cue(self, cue: int) -> None:
        """Have the board sound one of flags.CUES."""
        self._client.request(messages.CUE, cue=cue)

    def _tell_disagreements(self, found: Pulled) -> None:
        for line in disagreement_lines(found.disagreeing):
            self.show.say(line)

    def _check_rating(self, body_weight_n: float) -> None:
        values = self._client.request(messages.GET_CALIBRATION, calibration_id=0)
        for side in units.PLATES:
            rating_n = values[f"rating_{side}_mn"] / 1000.0
            if body_weight_n > RATING_SHARE * rating_n:
                raise MeasurementError(
                    f"{body_weight_n:.0f} N are more than {RATING_SHARE:.0%} of what the {side} "
                    f"plate may carry ({rating_n:.0f} N).",
                    cause="on one leg this plate would carry the whole person",
                    next_step="Step off; use a board with stronger plates. If the rating is "
                    "wrong, calibrate with the right `--rating`.",
                    anchor="the-person-is-too-heavy-for-a-plate",
                )


def other_leg(leg: Leg) -> Leg:
    """The leg on the other side."""
    return "right" if leg == "left" else "left"
