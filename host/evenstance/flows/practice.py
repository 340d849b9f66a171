"""Today's doses on the board: cued holds with live numbers, the other items told and asked for.

Practice is not measured: its trials are stored as practice, count in nothing, and the numbers are
shown while a hold runs, which would change what a scored hold measures. Touch-downs are counted
ten times a second from the live forces, and by the board as long as it records the hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from evenstance.flows.stand import STEP_ON_S, Stand, other_leg
from evenstance.knowledge.catalogue import exercises
from evenstance.plan.lines import dose_text, grade_tag
from evenstance.plan.refusals import ours
from evenstance.plan.schedule import BETWEEN_ITEMS_S
from evenstance.store.records import Conditions
from evenstance_wire import flags, rules

if TYPE_CHECKING:
    from evenstance.metrics.hold import Leg, Trial
    from evenstance.plan.types import Dose

TOUCH_N = rules.value("foot_down_mn") / 1e3
"""The foot is down when its plate carries more, as in the hold rules."""
ASK_S = 1800.0
"""So long an item off the board is waited for."""
GIVEN_UP_S = 3.0
"""A foot that stays down so long has ended the set (own proposal)."""
Answer = Literal["done", "left_out"]
_KEYS: dict[str, Answer] = {"d": "done", "x": "left_out"}


@dataclass(frozen=True)
class SetDone:
    """One set of one leg: how long it was held of how long (s), and touch-downs."""

    leg: Leg
    held_s: float
    wanted_s: float
    touch_downs: int

    @property
    def complete(self) -> bool:
        """Held to the end."""
        return self.held_s >= self.wanted_s


@dataclass(frozen=True)
class ItemDone:
    """One item of the session: every set on the board, or the person's own word."""

    exercise_id: str
    rung: str
    on_board: bool
    left_out: bool
    sets: tuple[SetDone, ...] = ()

    @property
    def complete(self) -> bool:
        """Every set to its end; for items off the board the person said so."""
        return not self.left_out and all(done.complete for done in self.sets)


def summary(items: Sequence[ItemDone]) -> dict[str, object]:
    """What the history keeps of it."""
    return {
        "items": [
            {
                "exercise_id": item.exercise_id,
                "rung": item.rung,
                "on_board": item.on_board,
                "left_out": item.left_out,
                "sets": [asdict(done) for done in item.sets],
            }
            for item in items
        ]
    }


def most_touch_downs(items: Sequence[ItemDone]) -> int | None:
    """In one set; None when no set was on the board."""
    return max((done.touch_downs for item in items for done in item.sets), default=None)


def on_board(dose: Dose) -> bool:
    """Whether its sets are holds on the plates: one leg, firm, eyes open, hardly a hand.

    A hand that carries more than a fingertip hides the lift-off from the board.
    """
    exercise = exercises()[dose.exercise_id]
    return (
        exercise.one_leg
        and exercise.task == "hold"
        and not exercise.guarded
        and dose.rungs[0].unit == "s"
        and dose.support in ("FT1", "FREE")
    )


def practise(
    stand: Stand,
    doses: Sequence[Dose],
    *,
    athlete_id: int,
    others: Answer | None,
    into: list[ItemDone],
) -> str:
    """Lead through the doses, those on the board first; the id of the session.

    `others` says whether items off the board were done; None asks for a key after each. `into`
    is filled as items end, so that the caller knows what was done when it is interrupted.
    """
    with stand.visit(athlete_id, "practice", Conditions()) as session_id:
        board_first = sorted(doses, key=lambda dose: not on_board(dose))
        if any(on_board(dose) for dose in doses):
            stand.zero()
            stand.baseline()
        was_on = False
        for n, dose in enumerate(board_first):
            _tell(stand, dose)
            if on_board(dose):
                if n:
                    stand.rest(BETWEEN_ITEMS_S)
                into.append(_on_plates(stand, dose))
                was_on = True
                continue
            if was_on:
                was_on = False
                _off(stand)
            answer = _key(stand) if others is None else others
            into.append(ItemDone(dose.exercise_id, dose.rungs[0].text, False, answer != "done"))
        if was_on:
            _off(stand)
    return session_id


def _key(stand: Stand) -> Answer:
    stand.show.say("  Press d when it is done, x to leave it out.")
    for live, elapsed_s in stand.stream.follow():
        answer = _KEYS.get(stand.stream.key or "")
        if answer is not None:
            return answer
        if elapsed_s > ASK_S:
            stand.show.say("  No answer: it counts as left out.")
            return "left_out"
        stand.show.live(live, "d done, x left out", None, scored=False)
    raise AssertionError("the stream never ends by itself")


def _off(stand: Stand) -> None:
    stand.show.say("The part on the board is over. Step off both plates.")
    stand.off_and_check("the practice")


def _tell(stand: Stand, dose: Dose) -> None:
    """The item with its grades, how it is done and when to stop: our words, so grade D."""
    exercise = exercises()[dose.exercise_id]
    stand.show.say(dose_text(dose))
    for text in (exercise.setup, f"Stop: {exercise.stop}"):
        advice = ours(text)
        stand.show.say(f"  {advice.text} {grade_tag(advice)}")


def _on_plates(stand: Stand, dose: Dose) -> ItemDone:
    rung = dose.rungs[0]
    done: list[SetDone] = []
    for n in range(rung.sets):
        for k, leg in enumerate(dose.order):
            if n or k:
                stand.rest(rung.rest_s)
            done.append(_set(stand, leg, float(rung.amount)))
    return ItemDone(dose.exercise_id, rung.text, True, False, tuple(done))


def _set(stand: Stand, leg: Leg, wanted_s: float) -> SetDone:
    """One set; over when its time is, or when the foot stays down or both plates are empty."""
    before = stand.next_seq()
    stand.stream.forget_lift_off()
    start_s = stand.cue_until_lifted(leg, "practice")
    touches, down_from_s, elapsed_s = 0, None, 0.0
    for live, _ in stand.stream.follow():
        elapsed_s = live.device_s - start_s
        swing_n = live.right_n if leg == "left" else live.left_n
        if swing_n is not None and swing_n > TOUCH_N:
            if down_from_s is None:
                down_from_s = elapsed_s
                touches += 1
        else:
            down_from_s = None
        given_up = down_from_s is not None and elapsed_s - down_from_s > GIVEN_UP_S
        if given_up or live.state == flags.EMPTY or elapsed_s >= wanted_s:
            break
        stand.show.live(live, f"{leg} leg", wanted_s - elapsed_s, scored=False)
    if down_from_s is not None and elapsed_s < wanted_s:
        elapsed_s = down_from_s
        touches -= 1  # that one ended the set
    stand.cue(flags.CUE_DOWN)
    trial = stand.stored(before, "practice")
    stand.wait("both feet", STEP_ON_S, lambda live: live.state == flags.BOTH_FEET)
    held_s = min(elapsed_s, wanted_s)
    if stand.stream.lift_off_leg == other_leg(leg):
        stand.show.say(f"That was the other leg: this set counts for neither; it was the {leg}'s.")
        held_s = 0.0
    return SetDone(leg, round(held_s, 1), wanted_s, max(touches, _recorded(trial)))


def _recorded(trial: Trial | None) -> int:
    """Touch-downs that the board counted; the one that ended the hold is not among them."""
    return 0 if trial is None else trial.touch_down_count or 0
