"""Every stance that somebody did, and what became of it: stored, or lost for a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from evenstance.metrics.hold import Trial
from proving.soak.person import Stance

_S = 1_000_000
WRAP_US = 1 << 30
NEAR_US = 100_000
SHORTEST_S = 2.0  # less is walking
RECORD_S = 25.0
BEFORE_US = 10 * _S  # both feet for so long until the board knows the person
AFTER_US = 3 * _S  # the end of the trace, and writing it down


@dataclass(frozen=True)
class Trouble:
    """Something that may cost a hold: what, and from when to when (us)."""

    kind: str
    from_us: int
    until_us: int


@dataclass(frozen=True)
class Seen:
    """A trial in the history; `lift_us` is its lift-off on the simulation's own clock."""

    trial: Trial
    lift_us: int

    @property
    def end_us(self) -> int:
        """Its end on the same clock."""
        return self.lift_us + round(self.trial.hold_time_s * _S)


@dataclass
class Account:
    """`as_done` were stored as they were done; the others name what went wrong at that time."""

    stances: int = 0
    steps: int = 0  # of these: too short to be a trial, and none was stored
    as_done: int = 0
    wrapped: int = 0  # of these: ticks wrapped while they ran
    otherwise: Counter[str] = field(default_factory=Counter[str])  # stored, with that trouble
    lost: Counter[str] = field(default_factory=Counter[str])
    more: Counter[str] = field(default_factory=Counter[str])  # trials that nobody did
    wrong: list[str] = field(default_factory=list[str])  # what nothing explains


def virtual_us(device_us: float, base_us: int, offset_us: int) -> int:
    """When on the simulation's clock; `base_us` is what the board's time began at (ticks)."""
    return round(device_us) + base_us - offset_us


def base_of(device_us: int, now_us: int, offset_us: int) -> int:
    """A board counts from the wrap before its power-up: which one, from a status at `now_us`."""
    return round((now_us + offset_us - device_us) / WRAP_US) * WRAP_US


def account(
    stances: Sequence[Stance],
    seen: Sequence[Seen],
    troubles: Sequence[Trouble],
    offset_us: int,
    *,
    until_us: int,
) -> Account:
    """Match both; each trial explains one stance at most. One that ends after `until_us` need
    not be stored yet, and may be: the rest of a stance is no part of its trial."""
    found = Account()
    left = sorted(seen, key=lambda each: each.lift_us)
    for stance in stances:
        near = [each for each in left if abs(each.lift_us - stance.lift_us) < NEAR_US]
        at_that_time = _troubles(troubles, stance.lift_us - BEFORE_US, stance.end_us + AFTER_US)
        same = [each for each in near if each.trial.stance_leg == stance.leg]
        if not same:
            same = [each for each in left if at_that_time and _overlap(each, stance)][:1]
        if not same and stance.end_us >= until_us:
            continue
        found.stances += 1
        for each in same[1:]:
            found.wrong.append(f"seq {each.trial.seq}: a second trial of one stance")
        for each in same:
            left.remove(each)
        name = f"{stance.leg} at {stance.lift_us / _S:.3f} s for {stance.long_s:.2f} s"
        if not same and stance.long_s < SHORTEST_S:
            found.steps += 1
        elif not same and at_that_time:
            found.lost[at_that_time] += 1
        elif not same:
            found.wrong.append(f"{name}: not stored")
        elif not (why := _differs(same[0], stance)):
            found.as_done += 1
            found.wrapped += _wraps(stance.lift_us, same[0].end_us, offset_us)
        elif at_that_time:
            found.otherwise[at_that_time] += 1
        else:
            found.wrong.append(f"{name}: {why}")
    for each in left:
        kinds = _troubles(troubles, each.lift_us - BEFORE_US, each.end_us + AFTER_US)
        if kinds:
            found.more[kinds] += 1
        else:
            found.wrong.append(f"seq {each.trial.seq}: nobody did it")
    return found


def _troubles(troubles: Sequence[Trouble], from_us: int, until_us: int) -> str:
    kinds = {
        each.kind for each in troubles if each.from_us <= until_us and each.until_us >= from_us
    }
    return ", ".join(sorted(kinds))


def _overlap(each: Seen, stance: Stance) -> bool:
    return each.lift_us < stance.end_us and each.end_us > stance.lift_us


def _differs(each: Seen, stance: Stance) -> str:
    """What a stored trial says that was not done; empty when all is as it was."""
    trial = each.trial
    if abs(trial.hold_time_s - min(stance.long_s, RECORD_S)) > NEAR_US / _S:
        return f"stored with {trial.hold_time_s:.2f} s"
    wanted = "step_off" if stance.stepped_off else "touch_down"
    if stance.long_s > RECORD_S:
        wanted = "time_limit"
    if trial.end_reason != wanted and not _either(trial.end_reason, wanted):
        return f"ended by {trial.end_reason}, not {wanted}"
    allowed = () if stance.long_s > RECORD_S else ("too_short",)
    odd = [reason for reason in trial.reasons if reason not in allowed]
    return f"does not count for {', '.join(odd)}" if odd else ""


def _either(said: str, wanted: str) -> bool:
    """Both feet down ends a hold as a touch that lasts or as a load that moves over."""
    return {said, wanted} == {"touch_down", "step_off"}


def _wraps(from_us: int, until_us: int, offset_us: int) -> bool:
    return (from_us + offset_us) // WRAP_US != (until_us + offset_us) // WRAP_US
