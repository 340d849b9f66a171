"""What every force file becomes: times and forces of one or both plates, checked row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenstance.errors import InputError
from evenstance_wire import units

FloatArray = NDArray[np.float64]
STANDARD_GRAVITY_M_S2 = units.STANDARD_GRAVITY_UM_S2 / 1e6
MIN_DURATION_S = 1.0
MAX_MEDIAN_STEP_S = 0.020
MAX_GAP_S = 0.100
MAX_FORCE_N = 10_000.0
MAX_TIME_S = 1e10  # seconds since 1970 have ten digits; beyond, a float has no microseconds
_ROUNDING_S = 1e-9


@dataclass(frozen=True)
class Channel:
    """One plate: times (s, strictly increasing) and forces (N), equally long."""

    t_s: FloatArray
    force_n: FloatArray


@dataclass(frozen=True)
class ForceBlock:
    """One recording; both plates on one clock, each with times of its own.

    None stands for a plate that was not measured, which is not one that carried nothing.
    """

    label: str
    left: Channel | None
    right: Channel | None


def check_values(name: str, lines: Sequence[int], t_s: FloatArray, *forces: FloatArray) -> None:
    """InputError for a value that is not finite or a force that no person makes."""
    broken = np.flatnonzero(~np.isfinite(t_s + sum(forces)))
    if broken.size:
        raise InputError(
            f"Line {lines[broken[0]]} of the recording {name} holds a value that is not finite.",
            cause="NaN or infinity marks samples that were lost.",
            next_step="Cut the recording before or after the loss; gaps are not filled in.",
        )
    absurd = np.flatnonzero(np.max(np.abs(forces), axis=0) > MAX_FORCE_N)
    if absurd.size:
        raise InputError(
            f"Line {lines[absurd[0]]} of the recording {name} holds a force "
            f"beyond {MAX_FORCE_N:.0f} N.",
            cause="The forces are probably in another unit than newtons.",
            next_step="Convert the forces to newtons.",
        )


def check_times(name: str, lines: Sequence[int], t_s: FloatArray) -> None:
    """InputError unless times grow, densely and without a gap, for long enough."""
    step_s = np.diff(t_s)
    back = np.flatnonzero(step_s <= 0)
    if back.size:
        word = "repeats the time" if step_s[back[0]] == 0 else "goes back in time"
        raise InputError(
            f"Line {lines[back[0] + 1]} of the recording {name} {word}.",
            cause="Rows are out of order, or times were rounded too far.",
            next_step="Sort the rows and write times with at least 4 decimals.",
        )
    if max(abs(t_s[0]), abs(t_s[-1])) > MAX_TIME_S:
        raise InputError(
            f"The recording {name} begins at {t_s[0]:.0f} s; at most {MAX_TIME_S:.0f} s are read.",
            cause="Its times are probably not in seconds.",
            next_step="Write times in seconds, from the beginning or since 1970.",
        )
    duration_s = float(t_s[-1] - t_s[0])
    if duration_s < MIN_DURATION_S - _ROUNDING_S:
        raise InputError(
            f"The recording {name} lasts {duration_s:.3f} s; "
            f"it needs at least {MIN_DURATION_S:.0f} s.",
            cause="It was cut off, or its times are not in seconds.",
            next_step="Use a longer recording, with times in seconds.",
        )
    median_s = float(np.median(step_s))
    if median_s > MAX_MEDIAN_STEP_S + _ROUNDING_S:
        raise InputError(
            f"The recording {name} is too coarse: a row every {median_s * 1e3:.0f} ms "
            f"where at most {MAX_MEDIAN_STEP_S * 1e3:.0f} ms is allowed.",
            cause="It was recorded below 50 rows a second, or its times are not in seconds.",
            next_step="Use a recording with at least 50 rows a second, with times in seconds.",
        )
    widest = int(np.argmax(step_s))
    if step_s[widest] > MAX_GAP_S + _ROUNDING_S:
        raise InputError(
            f"The recording {name} has a gap of {step_s[widest] * 1e3:.0f} ms "
            f"before line {lines[widest + 1]}; at most {MAX_GAP_S * 1e3:.0f} ms is allowed.",
            cause="Samples were lost while it was recorded.",
            next_step="Cut the recording before or after the gap; gaps are not filled in.",
        )
