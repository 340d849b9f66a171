"""One simulated HX711: a load in newtons becomes conversions with an end time and 24-bit counts.

The real chip's filter is not published. Ours is assumed: the mean of the load over one
conversion, cascaded `stages` times, which delays by stages/2 conversions and attenuates a sine of
frequency f by sinc(f T)^stages (T = time of one conversion). Four stages agree with the
datasheet's settling time of four conversions (HX711 datasheet V2.0, 50 ms at 80 SPS).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evenstance.virtual.loads import FloatArray, IntArray, Loads

MIN_COUNTS = -0x800000
MAX_COUNTS = 0x7FFFFF
POINTS = 16  # load values per conversion
SETTLING_US = 50_000
RATE_WANDER_S = 600.0
_NOISE_BLOCK = 4096

Fault = Literal[
    "dead",
    "rail",
    "stuck",
    "open",
    "reversed",
    "spikes",
    "slow",
    "stuck_low",
    "same_chip",
    "stretched",
]
# Of wires and clocks; the chip is sound. Bits in what the broker tells the board's side, for the
# left channel; the right one has the bit above.
PIN_FAULTS: dict[Fault, int] = {"stuck_low": 1, "same_chip": 4, "stretched": 16}
OPEN_COUNTS = 400_000.0  # rms of what an open input picks up; a guess, as every wire is another
SPIKE_EVERY = 37
SLOW_EVERY = 9  # 93.1 / 9 = 10.3 SPS
CountArray = NDArray[np.int32]


class Converter:
    """Free-running converter; conversion k ends at `first_us` + k / `rate_sps`.

    counts = load * `counts_per_n` + `zero_counts` + noise, rounded and clipped to 24 bits.
    `counts_per_n` has the sign of the wiring. The noise of conversion k depends on `seed` and k
    alone. Off by default: `drift_counts_per_s` (a zero that moves), `creep_share` (the share of
    the load that is added slowly, with time constant `creep_tau_s`) and `rate_wander_ppm` (the
    rate swings by so much within 10 minutes).

    Setting `fault` and `fault_from_us` breaks the chip from that time on: "dead" no conversions,
    "rail" full scale, "stuck" the last sound value for ever, "open" wide noise, "reversed" the
    load with the other sign, "spikes" now and then 2^n-1, 0, -1 or some bits of the conversion
    before, "slow" RATE low. None repairs it. The faults of wires and clocks are carried out by
    the board's side: "stuck_low" DOUT low for ever, "same_chip" this channel's DOUT is that of
    the other chip, "stretched" SCK stays high for 100 us once a second.
    """

    def __init__(
        self,
        rate_sps: float,
        counts_per_n: float,
        zero_counts: float,
        noise_counts_rms: float,
        seed: int,
        *,
        stages: int = 4,
        first_us: int = SETTLING_US,
        drift_counts_per_s: float = 0.0,
        creep_share: float = 0.0,
        creep_tau_s: float = 300.0,
        rate_wander_ppm: float = 0.0,
    ) -> None:
        if not (math.isfinite(rate_sps) and rate_sps > 0):
            raise ValueError(f"a rate of {rate_sps} SPS is not possible")
        if stages < 1:
            raise ValueError(f"{stages} filter stages are not possible")
        self.rate_sps = rate_sps
        self.first_us = first_us
        self.stages = stages
        self.fault: Fault | None = None
        self.fault_from_us = 0
        self._counts_per_n = counts_per_n
        self._zero_counts = zero_counts
        self._noise_counts = noise_counts_rms
        self._seed = seed
        self._drift = drift_counts_per_s / 1e6
        self._creep_share = creep_share
        self._creep_step = -math.expm1(-1.0 / (rate_sps * creep_tau_s))
        self._crept_n = 0.0
        self._wander = abs(rate_wander_ppm) * 1e-6
        self._period_us = 1e6 / rate_sps
        self._weights = _filter_weights(stages)
        self._next = 0
        self._sound_counts = _clipped(np.array([zero_counts]))[0]

    @property
    def delay_us(self) -> float:
        """Delay of the filter (us): stages / 2 conversions."""
        return self.stages / 2 * self._period_us

    def convert(self, loads: Loads, plate: int, until_us: int) -> tuple[IntArray, CountArray]:
        """Conversions of `plate` (0 left, 1 right) that end after the last returned ones and
        at or before `until_us`: end times (us) and counts. The slices do not matter."""
        ends_us = self._ends(until_us)
        if ends_us.size == 0:
            return ends_us, np.empty(0, dtype=np.int32)
        first = self._next
        self._next += ends_us.size
        counts = _clipped(self._values(loads, plate, first, ends_us))
        fault = self.fault  # another thread may mend it meanwhile
        if fault is not None and fault not in PIN_FAULTS:
            return self._broken(fault, first, ends_us, counts)
        self._sound_counts = counts[-1]
        return ends_us, counts

    def _ends(self, until_us: int) -> IntArray:
        next_us = round(float(self._time_us(np.array([self._next]))[0]))
        if next_us > until_us:
            return np.empty(0, dtype=np.int64)
        room = int((until_us - next_us) / (self._period_us * (1 - self._wander))) + 3
        indices = np.arange(self._next, self._next + room)
        ends_us = np.rint(self._time_us(indices)).astype(np.int64)
        return ends_us[: np.searchsorted(ends_us, until_us, side="right")]

    def _time_us(self, conversion: FloatArray | IntArray) -> FloatArray:
        """Time at which a conversion ends (us); fractions lie inside conversions."""
        at_us = np.multiply(conversion, self._period_us, dtype=np.float64)
        if self._wander != 0:
            turn_us = RATE_WANDER_S * 1e6 / (2 * math.pi)
            at_us = at_us + self._wander * turn_us * np.sin(at_us / turn_us)
        return at_us + self.first_us

    def _values(self, loads: Loads, plate: int, first: int, ends_us: IntArray) -> FloatArray:
        width = self._weights.size
        n = ends_us.size
        points = np.arange(POINTS * first - width + 1, POINTS * (first + n - 1) + 1)
        points_us = np.rint(self._time_us((points - self.stages / 2) / POINTS)).astype(np.int64)
        load_n = loads.forces_n(points_us)[plate]
        filtered_n = (load_n[_windows(n, width)] * self._weights).sum(axis=1)
        if self._creep_share != 0:
            filtered_n = filtered_n + self._creep(filtered_n)
        counts = filtered_n * self._counts_per_n + self._zero_counts
        if self._drift != 0:
            counts += self._drift * ends_us
        if self._noise_counts != 0:
            counts += self._noise_counts * _noise(self._seed, first, n)
        return counts

    def _creep(self, load_n: FloatArray) -> FloatArray:
        extra_n = np.empty_like(load_n)
        for k, value in enumerate(load_n.tolist()):
            self._crept_n += self._creep_step * (self._creep_share * value - self._crept_n)
            extra_n[k] = self._crept_n
        return extra_n

    def _broken(
        self, fault: Fault, first: int, ends_us: IntArray, counts: CountArray
    ) -> tuple[IntArray, CountArray]:
        sound = int(np.searchsorted(ends_us, self.fault_from_us, side="left"))
        if sound:
            self._sound_counts = counts[sound - 1]
        if fault == "dead":
            return ends_us[:sound], counts[:sound]
        numbers = first + np.arange(ends_us.size)
        if fault == "slow":
            kept = (numbers % SLOW_EVERY == 0) | (np.arange(ends_us.size) < sound)
            return ends_us[kept], counts[kept]
        if fault == "open":
            noise = _noise(self._seed + 1000, first, ends_us.size)
            counts[sound:] = _clipped(OPEN_COUNTS * noise)[sound:]
        elif fault == "reversed":
            counts[sound:] = _clipped(2.0 * self._zero_counts - counts.astype(np.float64))[sound:]
        elif fault == "spikes":
            for n in range(sound, ends_us.size):
                if numbers[n] % SPIKE_EVERY == 0:
                    counts[n] = _spike(int(numbers[n]) // SPIKE_EVERY, int(counts[n]))
        else:
            counts[sound:] = MAX_COUNTS if fault == "rail" else self._sound_counts
        return ends_us, counts


def _clipped(counts: FloatArray) -> CountArray:
    return np.minimum(np.maximum(np.rint(counts), MIN_COUNTS), MAX_COUNTS).astype(np.int32)


def _spike(number: int, counts: int) -> int:
    """What people report of HX711 that are read badly: 2^n-1, 0, -1, bits of two conversions."""
    kind = number % 4
    if kind < 2:
        return (1 << (18 + number % 6)) - 1
    if kind == 2:
        return -1 if number % 8 < 4 else 0
    return max(MIN_COUNTS, min(MAX_COUNTS, counts ^ 0x15_0000))


def _filter_weights(stages: int) -> FloatArray:
    """Midpoint rule for `stages` cascaded means over one conversion; sums to 1, symmetric."""
    box = np.full(POINTS, 1.0 / POINTS)
    weights = box
    for _ in range(stages - 1):
        weights = np.convolve(weights, box)
    return weights


@lru_cache(maxsize=64)
def _windows(n: int, width: int) -> NDArray[np.intp]:
    """Indices of the points under each of n filters that move on by one conversion."""
    return POINTS * np.arange(n)[:, None] + np.arange(width)[None, :]


@lru_cache(maxsize=8)
def _noise_block(seed: int, block: int) -> FloatArray:
    return np.random.default_rng([seed, block]).standard_normal(_NOISE_BLOCK)


def _noise(seed: int, first: int, n: int) -> FloatArray:
    """Standard normal noise of the conversions `first` to `first + n - 1`."""
    block, at = divmod(first, _NOISE_BLOCK)
    pieces: list[FloatArray] = []
    while n > 0:
        piece = _noise_block(seed, block)[at : at + n]
        pieces.append(piece)
        n -= piece.size
        block, at = block + 1, 0
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
