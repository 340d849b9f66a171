"""The guided session: baseline, practice, scored holds on alternating legs, rests, zero check.

All waiting is measured on the board's own clock, which comes with every live message. Each hold
is pulled and committed as soon as the board has stored it, so an interruption costs at most the
hold that was running.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from evenstance.device.client import BoardClient, BoardInfo
from evenstance.errors import BoardRefusedError, LinkLostError, MeasurementError
from evenstance.flows.connect import Now
from evenstance.flows.live import Live, LiveStream, SessionStopped
from evenstance.flows.pull import Pulled, pull
from evenstance.flows.session_faults import SessionFaults
from evenstance.flows.zero_watch import ZERO_TRIES, ZeroWatch
from evenstance.metrics.hold import Leg, Trial
from evenstance.report.disagreements import disagreement_lines
from evenstance_wire import flags, messages, units

if TYPE_CHECKING:
    from evenstance.store.records import Conditions, PurposeName
    from evenstance.store.repository import Store

STEP_ON_S = 90.0
LIFT_S = 15.0
CUES_PER_HOLD = 3
STORE_S = 15.0
PRACTICE_S = 10.0
MAX_BODY_WEIGHT_N = 150 * units.STANDARD_GRAVITY_UM_S2 / 1e6
RATING_SHARE = 0.8  # of what a plate may carry: on one leg it carries the whole person
EXTRA_TRIALS = 2
_RUNNING = (flags.SETTLING, flags.HOLD)
_CUE = {"left": flags.CUE_LEFT, "right": flags.CUE_RIGHT}


@dataclass(frozen=True)
class SessionPlan:
    """How many scored holds per leg, and how long the rests are (s)."""

    name: Literal["quick", "standard"]
    holds_per_leg: int
    rest_s: float = 30.0
    practice: bool = True
    first_leg: Leg = "left"


QUICK = SessionPlan("quick", 3)
STANDARD = SessionPlan("standard", 5)


class Screenplay(Protocol):
    """Where the session is shown; `scored` says that no numbers may be shown now."""

    def say(self, text: str) -> None:
        """One line for the person: an instruction or what has happened."""
        ...

    def live(self, live: Live, phase: str, left_s: float | None, *, scored: bool) -> None:
        """The present state, ten times a second of the board's time."""
        ...

    def trial(self, trial: Trial, purpose: str) -> None:
        """A trial that has been stored."""
        ...

    def key(self) -> str | None:
        """A key that was pressed: `p` pause, `s` skip the rest, `q` stop."""
        ...


@dataclass
class SessionResult:
    """What a session brought."""

    session_id: str
    body_weight_n: float | None = None
    scored: list[Trial] = field(default_factory=list[Trial])
    zero_shift_n: tuple[float, float] | None = None


class Guide:
    """Leads one person through one session on one board."""

    def __init__(
        self,
        client: BoardClient,
        info: BoardInfo,
        store: Store,
        show: Screenplay,
        *,
        athlete_id: int,
        conditions: Conditions,
        plan: SessionPlan,
        now: Now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._info = info
        self._store = store
        self._show = show
        self._athlete_id = athlete_id
        self._conditions = conditions
        self._plan = plan
        self._now = now
        self._faults = SessionFaults(show.say)
        self._stream = LiveStream(client, show.key, clock, self._faults.tell)
        self._zeros = ZeroWatch(client, show.say)
        self.result = SessionResult(session_id="")

    def run(self) -> SessionResult:
        """The whole session; whatever ends it, what was stored stays stored."""
        if self._client.status()["left_counts_per_kn"] is None:
            raise MeasurementError(
                "The board is not calibrated.",
                next_step="Run `evenstance calibrate` with known masses first.",
            )
        self._faults.refuse_unfit(self._client.status())
        self._bring_earlier()
        session_id = self._store.start_session(
            self._athlete_id,
            self._info.board_uid,
            self._plan.name,
            started_at=self._now().astimezone(),
            conditions=self._conditions,
        )
        self.result = SessionResult(session_id=session_id)
        note = ""
        finished = False
        try:
            self._measure()
            finished = True
        except (SessionStopped, KeyboardInterrupt):
            note = "stopped"
            self._leave_quietly()
            raise
        except LinkLostError:
            note = "connection lost"
            raise
        finally:
            self.result.zero_shift_n = self._zeros.last_shift_n
            if not finished:
                self._zeros.missed(note or "the session ended early")
            shift = self.result.zero_shift_n or (None, None)
            self._store.end_session(
                session_id,
                ended_at=self._now().astimezone(),
                zero_shift_left_n=shift[0],
                zero_shift_right_n=shift[1],
                note=note or None,
                zero_checks=self._zeros.checks,
            )
        return self.result

    def _bring_earlier(self) -> None:
        earlier = pull(self._client, self._info, self._store, now=self._now)
        self._tell_disagreements(earlier)
        if earlier.new:
            self._show.say(
                f"{earlier.new} earlier hold(s) were still on the board; stored as unassigned "
                "(see `evenstance assign`)."
            )

    def _tell_disagreements(self, found: Pulled) -> None:
        for line in disagreement_lines(found.disagreeing):
            self._show.say(line)

    def _measure(self) -> None:
        self._zero()
        self._baseline()
        if self._plan.practice:
            self._practise()
            self._faults.refuse_swapped()
        missing: dict[Leg, int] = {
            "left": self._plan.holds_per_leg,
            "right": self._plan.holds_per_leg,
        }
        spare = {"left": EXTRA_TRIALS, "right": EXTRA_TRIALS}
        leg: Leg = self._plan.first_leg
        while any(missing.values()):
            if not missing[leg]:
                leg = _other(leg)
            trial = self._hold(leg, "scored", None)
            if trial is not None:
                self.result.scored.append(trial)
            if trial is not None and trial.valid:
                missing[leg] -= 1
            elif spare[leg]:
                spare[leg] -= 1
                self._show.say(f"That one does not count; the {leg} leg gets another try.")
            else:
                missing[leg] = 0
                self._show.say(f"No more tries for the {leg} leg today.")
            leg = _other(leg)
            if any(missing.values()):
                self._rest(self._plan.rest_s)
        self._finish()

    # -- the parts of a session

    def _practise(self) -> None:
        """The first block: a hold on each leg, then off the board for a look at the zero."""
        self._hold(self._plan.first_leg, "practice", PRACTICE_S)
        self._rest(self._plan.rest_s / 2)
        self._hold(_other(self._plan.first_leg), "practice", PRACTICE_S)
        self._show.say("Practice is over. Step off both plates: the zero is checked.")
        self._off_and_check("the practice block")
        self._show.say("Step on with both feet again.")
        self._cue(flags.CUE_BOTH_FEET)
        self._wait("both feet", STEP_ON_S, lambda live: live.state == flags.BOTH_FEET)
        self._rest(self._plan.rest_s / 2)

    def _zero(self) -> None:
        self._show.say("Step off: both plates empty for the zero.")
        for tries in range(ZERO_TRIES):
            self._wait("empty plates", STEP_ON_S, lambda live: live.state == flags.EMPTY)
            try:
                self._zeros.take()
                return
            except BoardRefusedError as error:
                if tries + 1 == ZERO_TRIES:
                    raise
                self._show.say(f"{error.what} {error.cause.capitalize()}. Trying again.")

    def _baseline(self) -> None:
        self._show.say("Step on with both feet and stand still for the body weight.")
        self._cue(flags.CUE_BOTH_FEET)
        live = self._wait(
            "body weight",
            STEP_ON_S,
            lambda live: live.state == flags.BOTH_FEET and live.body_weight_n is not None,
        )
        self.result.body_weight_n = live.body_weight_n
        if live.body_weight_n is not None and live.body_weight_n > MAX_BODY_WEIGHT_N:
            raise MeasurementError(
                f"{live.body_weight_n:.0f} N stand on the board; its limit is "
                f"{MAX_BODY_WEIGHT_N:.0f} N (150 kg).",
                cause="the person is too heavy for this board, or it is calibrated wrongly",
                next_step="Step off. Check the calibration before anybody stands on it again.",
            )
        if live.body_weight_n is not None:
            self._check_rating(live.body_weight_n)
        self._show.say(f"Body weight {live.body_weight_n:.0f} N.")

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
                )

    def _rest(self, seconds: float) -> None:
        self._show.say(f"Rest {seconds:.0f} s on both feet.")
        begun_s = 0.0
        paused = False
        for live, elapsed_s in self._stream.follow():
            if self._stream.key == "p":
                paused = not paused
                self._show.say("Paused; p goes on." if paused else "Going on.")
            if paused:
                begun_s = elapsed_s
            left_s = seconds - (elapsed_s - begun_s)
            self._show.live(live, "paused" if paused else "rest", left_s, scored=False)
            if not paused and (self._stream.key == "s" or left_s <= 0):
                return

    def _hold(self, leg: Leg, purpose: PurposeName, length_s: float | None) -> Trial | None:
        """One trial; None when the foot never left the plate for long enough."""
        before = self._client.status()["next_seq"]
        self._stream.forget_lift_off()
        start = self._cue_until_lifted(leg, purpose)
        scored = purpose == "scored"
        ended_by_us = False
        for live, _ in self._stream.follow():
            elapsed = live.device_s - start
            if live.state not in _RUNNING:
                break
            wrong = self._stream.lift_off_leg == _other(leg)
            over = length_s is not None and elapsed >= length_s
            if (wrong or over) and not ended_by_us:
                ended_by_us = True
                if wrong:
                    self._show.say(f"That is the wrong leg: foot down, then stand on the {leg}.")
                self._cue(flags.CUE_DOWN)
            left_s = (length_s or 25.0) - elapsed
            self._show.live(live, f"{purpose} hold", max(left_s, 0.0), scored=scored)
        if not ended_by_us:
            self._cue(flags.CUE_DOWN)
        wrong = self._stream.lift_off_leg == _other(leg)
        if wrong and purpose == "practice":
            self._faults.wrong_leg(leg)
        trial = self._stored(before, "practice" if wrong else purpose)
        return None if wrong else trial

    def _cue_until_lifted(self, leg: Leg, purpose: str) -> float:
        """Ask for the leg until it stands alone; returns the board's time (s) of that."""
        for _ in range(CUES_PER_HOLD):
            self._show.say(f"Stand on the {leg.upper()} leg: lift the {_other(leg)} foot.")
            self._cue(_CUE[leg])
            for live, elapsed_s in self._stream.follow():
                if live.state in _RUNNING:
                    return live.device_s
                self._show.live(live, f"lift the {_other(leg)} foot", None, scored=False)
                if elapsed_s > LIFT_S:
                    break
        raise MeasurementError(
            f"Nobody stood on the {leg} leg ({purpose} hold).",
            cause="the other foot stayed on its plate, or the body weight is far from the first",
            next_step="Run the session again; holds measured so far are stored.",
        )

    def _stored(self, before: int, purpose: PurposeName) -> Trial | None:
        """Wait until the board has stored what followed `before`, pull it, show it."""
        seqs = range(0)
        for live, elapsed_s in self._stream.follow():
            seqs = range(before, self._client.status()["next_seq"])
            if seqs:
                break
            if live.state not in _RUNNING and elapsed_s > STORE_S:
                return None
        session = (self.result.session_id, self._athlete_id, purpose)
        found = pull(
            self._client,
            self._info,
            self._store,
            now=self._now,
            purposes={seq: session for seq in seqs},
        )
        self._tell_disagreements(found)
        stored = self._store.trials(session=self.result.session_id)
        mine = [t.hold for t in stored if t.journal_id == self._info.journal_id]
        mine = [t for t in mine if t.seq in seqs]
        for trial in mine:
            self._show.trial(trial, purpose)
            self._faults.tell_reasons(trial)
        return mine[-1] if mine else None

    def _finish(self) -> None:
        self._show.say("Done. Step off both plates.")
        self._off_and_check("the scored block")

    def _off_and_check(self, block: str) -> None:
        """The zero is checked after each block; it is never taken anew within a session."""
        self._cue(flags.CUE_DONE)
        self._wait("empty plates", STEP_ON_S, lambda live: live.state == flags.EMPTY)
        self._zeros.check(block)

    def _leave_quietly(self) -> None:
        try:
            self._client.request(messages.STOP_HOLD, tries=1)
            self._cue(flags.CUE_QUIET)
        except (LinkLostError, BoardRefusedError):
            return  # the board may be gone as well; its journal keeps what it has

    def _cue(self, cue: int) -> None:
        self._client.request(messages.CUE, cue=cue)

    def _wait(self, phase: str, limit_s: float, done: Callable[[Live], bool]) -> Live:
        for live, elapsed_s in self._stream.follow():
            if done(live):
                return live
            self._show.live(live, phase, None, scored=False)
            if elapsed_s > limit_s:
                break
        raise MeasurementError(
            f"Waited {limit_s:.0f} s for {phase}.",
            cause="the plates did not show it",
            next_step="Start the session again when ready; `evenstance info` shows the plates.",
        )


def _other(leg: Leg) -> Leg:
    return "right" if leg == "left" else "left"
