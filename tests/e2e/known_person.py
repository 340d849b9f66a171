"""Random people who stand on a random board: what each does, and what every hold truly was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from known_forces import (
    FOOT_DOWN_N,
    LEGS,
    SHAPES,
    WAYS,
    BothFeet,
    KnownLoads,
    Leg,
    Nobody,
    OneLeg,
    Shape,
    Sway,
    Touch,
    share_above,
)

from evenstance.virtual.board import Wiring
from evenstance.virtual.converter import Converter
from evenstance.virtual.loads import GRAVITY_M_S2
from evenstance.virtual.stance import BETWEEN_FEET_BANDS, ONE_LEG_BANDS, SUM_BANDS

Kind = Literal["quiet", "touches", "foot_down", "step_off", "moved_over"]
TouchKind = Literal["long", "short", "between", "near"]

MASS_KG = (45.0, 140.0)
RATE_SPS = (80.0, 97.0)  # what chips that are sold as 80 SPS do
COUNTS_PER_N = (1200.0, 3500.0)
ZERO_COUNTS = (-400_000.0, 400_000.0)
NOISE_N = (0.02, 0.06)  # of a 200 kg plate: 90 nV in the datasheet of the HX711
ZERO_DRIFT_N = 0.5  # 5 K at 0.05 % of 200 kg per 10 K, in the ten minutes of a play
DRIFT_S = 600.0
CREEP_SHARE = 0.000245  # 49 g of 200 kg: a load cell of class C3 (OIML R60)
CREEP_S = (100.0, 600.0)
GAIN_DRIFT = 0.00025  # 5 K at 0.05 % per 10 K
RATE_WANDER_PPM = 500.0
STAGES = (2, 3, 4)

RECORD_S = 25.0
FOOT_DOWN_ENDS_S = 1.0
SCORED_S = (5.0, 25.0)
STAND_S = 8.0
LONG_S = 0.065
SHORT_S = 0.035
PEAK_N = (25.0, 300.0)
NEAR_PEAK_N = (17.0, 25.0)
MOST_TOUCHES = 8  # the board keeps the first eight of a hold
LAST_TOUCH_S = 24.5
MOST_STRAY_N = 12.0
ALL_KINDS: tuple[Kind, ...] = (
    *("quiet",) * 3,
    *("touches",) * 5,
    *("foot_down",) * 2,
    "step_off",
    "moved_over",
)


@dataclass(frozen=True)
class DrawnWiring(Wiring):
    """A board whose zeros drift, whose cells creep and whose rates wander; from a seed."""

    drift_n_per_s: tuple[float, float] = (0.0, 0.0)

    @staticmethod
    def of(seed: int, drift_n: float = ZERO_DRIFT_N) -> DrawnWiring:
        """Everything that differs between boards; zeros move by up to `drift_n` in ten minutes."""
        rng = np.random.default_rng([seed, 1])
        gains = rng.uniform(*COUNTS_PER_N, 2) * rng.choice((-1.0, 1.0), 2)
        zeros = rng.uniform(*ZERO_COUNTS, 2)
        noise = rng.uniform(*NOISE_N, 2) * np.abs(gains)
        rates = rng.uniform(*RATE_SPS, 2)
        drifts = rng.uniform(-1.0, 1.0, 2) * drift_n / DRIFT_S
        return DrawnWiring(
            rate_sps=(float(rates[0]), float(rates[1])),
            counts_per_n=(float(gains[0]), float(gains[1])),
            zero_counts=(float(zeros[0]), float(zeros[1])),
            noise_counts_rms=(float(noise[0]), float(noise[1])),
            stages=int(rng.choice(STAGES)),
            seed=seed,
            drift_n_per_s=(float(drifts[0]), float(drifts[1])),
        )

    def converters(self) -> tuple[Converter, Converter]:
        rng = np.random.default_rng([self.seed, 2])
        left, right = (
            Converter(
                self.rate_sps[k],
                self.counts_per_n[k],
                self.zero_counts[k],
                self.noise_counts_rms[k],
                seed=2 * self.seed + k,
                stages=self.stages,
                first_us=50_000 + int(rng.integers(0, 10_000)),
                drift_counts_per_s=self.drift_n_per_s[k] * self.counts_per_n[k],
                creep_share=rng.uniform(-1.0, 1.0) * CREEP_SHARE,
                creep_tau_s=rng.uniform(*CREEP_S),
                rate_wander_ppm=rng.uniform(0.0, RATE_WANDER_PPM),
            )
            for k in (0, 1)
        )
        return left, right


@dataclass(frozen=True)
class TrueTouch:
    """A touch as it was: from lift-off (s), time above 20 N (s), largest force (N).

    The kind "last" is a foot that comes down for good in the last second of the record.
    """

    kind: str
    shape: Shape | None
    at_s: float
    above_s: float
    peak_n: float


@dataclass(frozen=True)
class TrueHold:
    """A hold as it was; times in seconds of the loads, the hold's length at most 25 s."""

    kind: Kind
    leg: Leg
    end_reason: str
    lift_off_s: float
    hold_time_s: float
    stray_n: float
    load_share_pct: float | None
    touches: tuple[TrueTouch, ...]


@dataclass
class KnownPerson:
    """Loads of one power-up and the truth about them."""

    seed: int
    kinds: tuple[Kind, ...] = ALL_KINDS
    mass_kg: float = 0.0
    holds: list[TrueHold] = field(default_factory=list[TrueHold])

    def __post_init__(self) -> None:
        self._rng = rng = np.random.default_rng([self.seed, 3])
        self.mass_kg = float(rng.uniform(*MASS_KG))
        self.body_weight_n = self.mass_kg * GRAVITY_M_S2
        felt = 1.0 + GAIN_DRIFT * rng.uniform(-1.0, 1.0, 2)
        self.loads = KnownLoads((float(felt[0]), float(felt[1])))
        self._left_share = float(rng.uniform(0.44, 0.56))
        self.loads.add(1.0, 0.6, "smooth", self._both_feet())
        legs = [LEGS[(n + self.seed) % 2] for n in range(len(self.kinds))]
        for kind, leg in zip(rng.permutation(self.kinds).tolist(), legs, strict=True):
            self.holds.append(self._hold(kind, leg))
        self.loads.add(self.loads.end_s + 2.0, 0.5, "smooth", Nobody())

    # -- stances

    def _both_feet(self, swing: Leg | None = None, swing_share: float = 0.0) -> BothFeet:
        rng = self._rng
        left_share = self._left_share + float(rng.uniform(-0.02, 0.02))
        if swing is not None:
            left_share = swing_share if swing == "left" else 1.0 - swing_share
        return BothFeet(
            self.body_weight_n,
            left_share,
            between=Sway.drawn(rng, BETWEEN_FEET_BANDS, float(rng.uniform(8.0, 14.0))),
            both=Sway.drawn(rng, SUM_BANDS, float(rng.uniform(0.6, 1.1))),
        )

    def _one_leg(self, leg: Leg, stray_n: float, touches: tuple[Touch, ...]) -> OneLeg:
        sd_n = self.body_weight_n * float(self._rng.uniform(0.005, 0.01))
        sway = Sway.drawn(self._rng, ONE_LEG_BANDS, sd_n)
        return OneLeg(leg, self.body_weight_n, sway, stray_n, touches)

    # -- one hold

    def _hold(self, kind: Kind, leg: Leg) -> TrueHold:
        """Stand on both feet, lift one, end the hold, stand on both feet again."""
        rng, loads = self._rng, self.loads
        start_s = loads.end_s + STAND_S + float(rng.uniform(0.0, 0.5))
        if rng.random() < 0.5:  # shift the weight first, then lift
            swing: Leg = "right" if leg == "left" else "left"
            lean = self._both_feet(swing, float(rng.uniform(0.1, 0.2)))
            start_s = loads.add(start_s, 0.5, "smooth", lean)
            lift_s = float(rng.uniform(0.1, 0.25))
        else:
            lift_s = float(rng.uniform(0.2, 0.6))
        up_s = start_s + lift_s
        ends_s = RECORD_S + 1.5
        if kind not in ("quiet", "touches"):
            ends_s = float(rng.uniform(3.0, 24.0))
        stray_n = 0.0
        if rng.random() < 0.6:
            stray_n = float(rng.uniform(0.5, min(MOST_STRAY_N, 0.018 * self.body_weight_n)))
        touches = self._touches(kind, up_s, ends_s, stray_n)
        loads.add(start_s, lift_s, self._way(), self._one_leg(leg, stray_n, touches))
        down_s = up_s + ends_s
        self._end(kind, leg, down_s)
        return self._truth(kind, leg, (start_s, up_s), (down_s, loads.end_s), stray_n, touches)

    def _way(self) -> Literal["line", "smooth", "cosine"]:
        return WAYS[int(self._rng.integers(len(WAYS)))]

    def _end(self, kind: Kind, leg: Leg, down_s: float) -> None:
        rng, loads = self._rng, self.loads
        swing: Leg = "right" if leg == "left" else "left"
        if kind == "step_off":
            off_s = loads.add(down_s, float(rng.uniform(0.15, 0.4)), self._way(), Nobody())
            loads.add(off_s + 1.5, 0.6, "smooth", self._both_feet())
            return
        if kind == "moved_over":
            over = self._both_feet(swing, float(rng.uniform(0.7, 0.85)))
            over_s = loads.add(down_s, float(rng.uniform(0.3, 0.5)), self._way(), over)
            loads.add(over_s + 1.0, 0.6, "smooth", self._both_feet())
            return
        both = self._both_feet(swing, float(rng.uniform(0.35, 0.45)))
        loads.add(down_s, float(rng.uniform(0.2, 0.5)), self._way(), both)

    # -- touches

    def _touches(
        self, kind: Kind, up_s: float, ends_s: float, stray_n: float
    ) -> tuple[Touch, ...]:
        """Touches that follow each other with at least half a second between."""
        if kind == "quiet":
            return ()
        last_s = min(LAST_TOUCH_S, ends_s - 0.6)
        slots = MOST_TOUCHES if kind == "touches" else int((last_s - 0.6) // 3.0)
        slot_s = (last_s - 0.6) / max(slots, 1)
        found: list[Touch] = []
        for n in range(slots):
            touch_kind, shape, height_n, duration_s = self._touch(stray_n, slot_s - 0.6)
            free_s = slot_s - 0.5 - duration_s
            at_s = up_s + 0.6 + n * slot_s + float(self._rng.uniform(0.0, free_s))
            found.append(Touch(at_s, duration_s, height_n, shape, touch_kind))
        return tuple(found)

    def _touch(self, stray_n: float, most_s: float) -> tuple[TouchKind, Shape, float, float]:
        """Kind, shape, height (N) above the stray load, duration (s)."""
        rng = self._rng
        while True:
            drawn = float(rng.random())
            kind: TouchKind = (
                "long"
                if drawn < 0.5
                else "short"
                if drawn < 0.75
                else "between"
                if drawn < 0.88
                else "near"
            )
            shape = SHAPES[int(rng.integers(len(SHAPES)))]
            if kind == "near":
                peak_n = float(rng.uniform(*NEAR_PEAK_N))
            else:
                most_n = min(PEAK_N[1], 0.48 * self.body_weight_n)
                peak_n = float(np.exp(rng.uniform(np.log(PEAK_N[0]), np.log(most_n))))
            above_s = self._above_s(kind)
            level = max(0.0, (FOOT_DOWN_N - stray_n) / (peak_n - stray_n))
            duration_s = above_s / share_above(shape, level) if level < 1.0 else above_s
            if duration_s <= most_s:
                return kind, shape, peak_n - stray_n, duration_s

    def _above_s(self, kind: TouchKind) -> float:
        """Time above 20 N (s); the limits themselves come often."""
        rng = self._rng
        if kind == "short":
            edge = (0.030, SHORT_S) if rng.random() < 0.4 else (0.010, SHORT_S)
            return SHORT_S - 1e-4 if rng.random() < 0.1 else float(rng.uniform(*edge))
        if kind == "between":
            return float(rng.uniform(SHORT_S, LONG_S))
        if rng.random() < 0.1:
            return LONG_S + 1e-4
        longest_s = 0.080 if rng.random() < 0.35 else 0.6
        return float(np.exp(rng.uniform(np.log(LONG_S), np.log(longest_s))))

    # -- truth

    def _truth(
        self,
        kind: Kind,
        leg: Leg,
        lift_s: tuple[float, float],
        end_s: tuple[float, float],
        stray_n: float,
        touches: tuple[Touch, ...],
    ) -> TrueHold:
        loads = self.loads
        stance = LEGS.index(leg)
        swing = 1 - stance
        (lift_off_s,) = loads.crossings_s(swing, FOOT_DOWN_N, *lift_s, rising=False)
        reason = "time_limit"
        end = lift_off_s + RECORD_S
        found = [self._true_touch(swing, touch, lift_off_s) for touch in touches]
        if kind == "foot_down":
            down_s = loads.crossings_s(swing, FOOT_DOWN_N, *end_s, rising=True)[0]
            if down_s + FOOT_DOWN_ENDS_S < end:
                reason = "touch_down"
                end = down_s
            else:  # not down for long enough within the record
                t_s = np.arange(down_s, end, 0.001)
                peak_n = float(loads.true_n(t_s)[swing].max())
                found.append(TrueTouch("last", None, down_s - lift_off_s, end - down_s, peak_n))
        elif kind == "step_off":
            reason = "step_off"
            end = loads.crossings_s(stance, FOOT_DOWN_N, *end_s, rising=False)[0]
        elif kind == "moved_over":
            reason = "step_off"
            half_n = 0.5 * self.body_weight_n
            end = max(
                loads.crossings_s(swing, half_n, *end_s, rising=True)[0],
                loads.crossings_s(stance, half_n, *end_s, rising=False)[0],
            )
        share_pct = None
        if reason == "time_limit":
            scored = (lift_off_s + SCORED_S[0], lift_off_s + SCORED_S[1])
            share_pct = loads.load_share_pct(leg, *scored)
        return TrueHold(
            kind,
            leg,
            reason,
            lift_off_s,
            end - lift_off_s,
            stray_n,
            share_pct,
            tuple(found),
        )

    def _true_touch(self, plate: int, touch: Touch, lift_off_s: float) -> TrueTouch:
        from_s, to_s = touch.at_s - 0.001, touch.at_s + touch.duration_s + 0.001
        up = self.loads.crossings_s(plate, FOOT_DOWN_N, from_s, to_s, rising=True)
        down = self.loads.crossings_s(plate, FOOT_DOWN_N, from_s, to_s, rising=False)
        t_s = np.linspace(from_s, to_s, 4001)
        peak_n = float(self.loads.true_n(t_s)[plate].max())
        if not up:
            middle_s = touch.at_s + 0.5 * touch.duration_s
            return TrueTouch(touch.kind, touch.shape, middle_s - lift_off_s, 0.0, peak_n)
        return TrueTouch(touch.kind, touch.shape, up[0] - lift_off_s, down[0] - up[0], peak_n)
