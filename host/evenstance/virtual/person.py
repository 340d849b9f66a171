"""A synthetic person who steps on the board, listens to its beeps and does what they ask.

Nothing heard at a time t changes a force before t + 0.3 s, so the loads of the next 0.3 s are
always known. The same seeds and the same heard edges give the same forces, in any slices.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evenstance.virtual.beeps import Ear
from evenstance.virtual.loads import GRAVITY_M_S2, LONG_AGO_US, FloatArray, IntArray
from evenstance.virtual.stance import (
    NOBODY,
    Key,
    Leg,
    OneLeg,
    Stance,
    Steady,
    Touch,
    TwoFeet,
    smoothstep,
)

DEAF_US = 300_000
FOOT_DOWN_N = 20.0
STEADINESS_PCT_BW = 0.7  # geometric mean of both legs' SD: 0.6-0.8 %BW in one adult
_S = 1_000_000
_REACTION_MEDIAN_S, _REACTION_LOG_SD, _REACTION_MIN_S = 0.85, 0.17, 0.5
_RIPPLE = 0.03
_TRAITS, _SESSION, _CUE, _STANCE = range(4)
_SCAN_US = 200


@dataclass(frozen=True)
class TrueHold:
    """One single-leg hold as the person did it.

    `lift_off_us` and `end_us` are the swing foot's crossings of 20 N (the stance foot's, if it
    ended by "step_off"); `sd_n` is the mean SD in the scored windows without touches. `ended_by`
    is the cue obeyed, "by_itself" (nothing heard for 28-30 s) or "step_off"; both are None while
    the hold goes on.
    """

    leg: Leg
    lift_off_us: int
    end_us: int | None
    ended_by: str | None
    sd_n: float
    touch_downs: tuple[Touch, ...]


@dataclass
class _Move:
    """From the stance before into `stance`, smoothly, in `duration_us` from `start_us`."""

    start_us: int
    duration_us: int
    stance: Stance
    reason: str

    @property
    def end_us(self) -> int:
        return self.start_us + self.duration_us


class SyntheticPerson:
    """Loads that react to what is heard; starts beside the board (both plates empty).

    A leg's SD in a hold is its own median times a log-normal factor of `within_leg_cv_pct`. The
    legs differ by `true_difference_pct` = 100 (larger - smaller) / larger, the `less_steady` one
    being larger, around `steadiness_pct_bw`; the ratio wanders between sessions by
    `between_session_sd_pct`. Probabilities are per hold. A leg in `longest_hold_s` comes down by
    itself after about so long (s).
    """

    def __init__(
        self,
        seed: int,
        mass_kg: float = 70.0,
        *,
        true_difference_pct: float = 0.0,
        less_steady: Leg = "left",
        within_leg_cv_pct: float = 12.0,
        between_session_sd_pct: float = 5.0,
        touch_down_probability: float = 0.05,
        step_off_probability: float = 0.0,
        steadiness_pct_bw: float = STEADINESS_PCT_BW,
        longest_hold_s: Mapping[Leg, float] | None = None,
    ) -> None:
        if not (math.isfinite(mass_kg) and mass_kg > 0):
            raise ValueError(f"a mass of {mass_kg} kg is no person")
        if not 0 <= true_difference_pct < 100:
            raise ValueError(f"a difference of {true_difference_pct} % is not possible")
        self.body_weight_n = mass_kg * GRAVITY_M_S2
        larger_n = steadiness_pct_bw / 100 * self.body_weight_n
        larger_n /= math.sqrt(1 - true_difference_pct / 100)
        smaller_n = larger_n * (1 - true_difference_pct / 100)
        left_larger = less_steady == "left"
        self._median_sd_n: dict[Leg, float] = {
            "left": larger_n if left_larger else smaller_n,
            "right": smaller_n if left_larger else larger_n,
        }
        self._within_log_sd = math.sqrt(math.log1p((within_leg_cv_pct / 100) ** 2))
        self._between_log_sd = between_session_sd_pct / 100
        self._touch_probability = touch_down_probability
        self._step_off_probability = step_off_probability
        self._longest_s = {} if longest_hold_s is None else dict(longest_hold_s)
        self._seed = seed
        traits = np.random.default_rng([seed, _TRAITS])
        self._left_share = _within(traits.normal(0.51, 0.03), 0.45, 0.57)
        self._foot_sd_n = float(traits.uniform(12.5, 17.0))
        self._first_foot: Leg = "left" if traits.random() < 0.5 else "right"
        self._moves = [_Move(LONG_AGO_US, 0, NOBODY, "start")]
        self._starts_us = [LONG_AGO_US]
        self._ear = Ear()
        self._cues: list[tuple[int, str]] = []  # heard, to be acted on at that time
        self._last_cue_us = LONG_AGO_US
        self._by_itself: tuple[int, str] | None = None
        self._asked_us = LONG_AGO_US
        self._session = 0
        self._drawn = [0, 0]
        self._ratio_shift = 0.0
        self.new_session(0)

    def new_session(self, seed: int) -> None:
        """Another day: draw the session's shift of the leg ratio and fresh randomness.

        Raises ValueError while the person stands on the board.
        """
        if self._moves[-1].stance is not NOBODY:
            raise ValueError("a new session begins beside the board, not on it")
        self._session = seed
        self._drawn = [0, 0]
        shift = np.random.default_rng([self._seed, _SESSION, seed]).standard_normal()
        self._ratio_shift = float(shift) * self._between_log_sd

    def leg_median_sd_n(self, leg: Leg) -> float:
        """Median force SD of `leg` in this session (N), its shift included."""
        sign = 0.5 if leg == "left" else -0.5
        return self._median_sd_n[leg] * math.exp(sign * self._ratio_shift)

    @property
    def truth(self) -> tuple[TrueHold, ...]:
        """Every hold begun so far, in order."""
        moves = list(self._moves)
        return tuple(
            self._true_hold(n, move.stance, moves[n + 1] if n + 1 < len(moves) else None)
            for n, move in enumerate(moves)
            if isinstance(move.stance, OneLeg)
        )

    # -- what the plates feel and the person hears ----------------------------------------------

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        """Forces on both plates (N); edges up to 0.3 s before the latest time must be heard."""
        if t_us.size == 0:
            return np.empty(0), np.empty(0)
        latest_us = int(t_us[-1])
        self._asked_us = max(self._asked_us, latest_us)
        self._live_until(self._asked_us)
        first = bisect_right(self._starts_us, int(t_us[0])) - 1
        last = bisect_right(self._starts_us, latest_us) - 1
        if first == last:
            return self._in_move(first, t_us)
        left_n, right_n = np.empty(t_us.shape), np.empty(t_us.shape)
        move_of = np.searchsorted(self._starts_us, t_us, side="right") - 1
        for n in range(first, last + 1):
            mine = move_of == n
            if mine.any():
                left_n[mine], right_n[mine] = self._in_move(n, t_us[mine])
        return left_n, right_n

    def hear(self, t_us: int, level: int) -> None:
        """An edge of the buzzer; raises ValueError when it comes too late to be acted on."""
        if t_us + DEAF_US < self._asked_us:
            raise ValueError(f"an edge at {t_us} us, but loads to {self._asked_us} us are known")
        self._decide(self._ear.hear(t_us, level))

    def _in_move(self, n: int, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        move = self._moves[n]
        left_n, right_n = move.stance.forces_n(t_us)
        if int(t_us[0]) >= move.end_us:
            return left_n, right_n
        from_left_n, from_right_n = self._moves[n - 1].stance.forces_n(t_us)
        done = smoothstep((t_us - move.start_us) / move.duration_us)
        ripple = 1.0 + _RIPPLE * np.sin(2 * np.pi * done)
        left_n = (from_left_n + (left_n - from_left_n) * done) * ripple
        right_n = (from_right_n + (right_n - from_right_n) * done) * ripple
        return left_n, right_n

    # -- what the person does -------------------------------------------------------------------

    def _decide(self, heard: tuple[int, str] | None) -> None:
        if heard is None:
            return
        at_us, cue = heard
        rng = self._draw(_CUE)
        reaction_s = _REACTION_MEDIAN_S * math.exp(_REACTION_LOG_SD * rng.standard_normal())
        act_us = at_us + round(max(reaction_s, _REACTION_MIN_S) * _S)
        self._last_cue_us = max(act_us, self._last_cue_us + 1)
        self._cues.append((self._last_cue_us, cue))

    def _live_until(self, t_us: int) -> None:
        """Begin every move that starts up to `t_us`, in order of time."""
        self._decide(self._ear.silent_until(t_us - DEAF_US))
        while True:
            own = self._by_itself
            cue = self._cues[0] if self._cues else None
            if own is not None and own[0] <= t_us and (cue is None or own[0] <= cue[0]):
                self._by_itself = None
                self._act(*own)
            elif cue is not None and cue[0] <= t_us:
                del self._cues[0]
                self._act(*cue)
            else:
                return

    def _act(self, at_us: int, what: str) -> None:
        stance = self._moves[-1].stance
        at_us = max(at_us, self._moves[-1].end_us)
        if what in ("both_feet", "step_on") and stance is NOBODY:
            self._step_on(at_us, what)
        elif what in ("both_feet", "down", "by_itself") and isinstance(stance, OneLeg):
            self._both_feet_down(at_us, what)
        elif what == "step_off" and isinstance(stance, OneLeg):
            self._move(at_us, 0.35, NOBODY, what)
            self._by_itself = (at_us + 3 * _S, "step_on")
        elif what in ("left", "right") and stance is not NOBODY:
            leg: Leg = "left" if what == "left" else "right"
            if isinstance(stance, OneLeg):
                if stance.leg == leg:
                    return
                at_us = self._both_feet_down(at_us, what) + _S
            self._lift(at_us, leg)
        elif what == "done":
            self._by_itself = None
            if isinstance(stance, OneLeg):
                at_us = self._both_feet_down(at_us, what)
            if stance is not NOBODY:
                lean_us = self._move(at_us, 0.5, self._leaning(self._first_foot, 0.9), what)
                self._move(lean_us, 0.4, NOBODY, what)

    def _step_on(self, at_us: int, reason: str) -> None:
        rng = self._draw(_STANCE)
        first_s, second_s = rng.uniform(0.5, 0.7), rng.uniform(0.5, 0.7)
        end_us = self._move(at_us, first_s, self._leaning(self._first_foot, 0.95), reason)
        self._move(end_us, second_s, self._two_feet(end_us, rng), reason)

    def _both_feet_down(self, at_us: int, reason: str) -> int:
        rng = self._draw(_STANCE)
        self._by_itself = None
        return self._move(at_us, rng.uniform(0.35, 0.5), self._two_feet(at_us, rng), reason)

    def _lift(self, at_us: int, leg: Leg) -> None:
        rng = self._draw(_STANCE)
        lean_us = self._move(at_us, 0.6, self._leaning(leg, rng.uniform(0.82, 0.9)), leg)
        lift_s = rng.uniform(0.12, 0.2)
        lift_us = lean_us + round(lift_s * _S)
        factor = math.exp(self._within_log_sd * rng.standard_normal())
        touches: tuple[Touch, ...] = ()
        if rng.random() < self._touch_probability:
            touch_us = lift_us + round(rng.uniform(3.0, 24.0) * _S)
            duration_us = round(rng.uniform(0.08, 0.3) * _S)
            touches = (Touch(touch_us, duration_us, float(rng.uniform(30.0, 90.0))),)
        hold = OneLeg(
            key=self._key(),
            from_us=lean_us,
            lift_us=lift_us,
            leg=leg,
            body_weight_n=self.body_weight_n,
            sd_n=self.leg_median_sd_n(leg) * factor,
            touches=touches,
        )
        self._move(lean_us, lift_s, hold, leg)
        down_s = rng.uniform(28.0, 30.0)
        if leg in self._longest_s:
            down_s = self._longest_s[leg] * (1.0 + (down_s - 29.0) / 10.0)  # 10 % more or less
        self._by_itself = (lift_us + round(down_s * _S), "by_itself")
        if rng.random() < self._step_off_probability:
            self._by_itself = (lift_us + round(rng.uniform(4.0, 24.0) * _S), "step_off")

    def _two_feet(self, from_us: int, rng: np.random.Generator) -> TwoFeet:
        return TwoFeet(
            key=self._key(),
            from_us=from_us,
            body_weight_n=self.body_weight_n,
            left_share=_within(self._left_share + rng.normal(0, 0.015), 0.42, 0.60),
            foot_sd_n=self._foot_sd_n * float(rng.uniform(0.9, 1.1)),
            sum_sd_n=float(rng.uniform(0.65, 1.05)),
        )

    def _leaning(self, leg: Leg, share: float) -> Steady:
        main_n, rest_n = self.body_weight_n * share, self.body_weight_n * (1 - share)
        return Steady(main_n, rest_n) if leg == "left" else Steady(rest_n, main_n)

    def _move(self, at_us: int, duration_s: float, stance: Stance, reason: str) -> int:
        move = _Move(at_us, round(duration_s * _S), stance, reason)
        self._moves.append(move)
        self._starts_us.append(at_us)
        return move.end_us

    def _draw(self, purpose: int) -> np.random.Generator:
        self._drawn[purpose - _CUE] += 1
        return np.random.default_rng(
            [self._seed, purpose, self._session, self._drawn[purpose - _CUE]]
        )

    def _key(self) -> Key:
        """Names the noise of the stance being begun."""
        return (self._seed, self._session, len(self._moves))

    # -- truth ----------------------------------------------------------------------------------

    def _true_hold(self, n: int, hold: Stance, end: _Move | None) -> TrueHold:
        assert isinstance(hold, OneLeg)
        swing = 1 if hold.leg == "left" else 0
        lift_us = self._crossing_us(n, swing)
        if end is None:
            return TrueHold(hold.leg, lift_us, None, None, hold.sd_n, hold.touches)
        touches = tuple(t for t in hold.touches if t.at_us + t.duration_us <= end.start_us)
        ended_by = end.reason
        end_us = self._crossing_us(n + 1, 1 - swing if ended_by == "step_off" else swing)
        return TrueHold(hold.leg, lift_us, end_us, ended_by, hold.sd_n, touches)

    def _crossing_us(self, n: int, plate: int) -> int:
        """When the force on `plate` first changes sides of 20 N in move n."""
        move = self._moves[n]
        t_us = np.arange(move.start_us, move.end_us + _SCAN_US, _SCAN_US)
        above = self._in_move(n, t_us)[plate] > FOOT_DOWN_N
        return int(t_us[np.flatnonzero(above != above[0])[0]])


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
