"""Gives back to a movement what the chip's own filter took, as far as that can be known.

The assumed filter passes a share sinc(f T)^4 of the amplitude at the frequency f (T: one
conversion; `chip_filter`). The variance of a window is the sum of its periodogram, so dividing
each line below a stated limit by the square of that share gives the variance before the filter.
Above the limit nothing is divided: there is hardly any movement there, and noise would grow.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from evenstance.signal.chip_filter import STAGES
from evenstance.signal.force_signal import FloatArray

LIMIT_HZ = 10.0


def undrooped_sd(
    force_n: FloatArray, rate_sps: float, *, limit_hz: float = LIMIT_HZ, stages: int = STAGES
) -> float:
    """Sample SD (n - 1, in N) of evenly spaced samples before the filter took its part.

    With a limit of 0 it is the plain sample SD. ValueError below two samples.

    >>> f, rate = 4.0, 80.0
    >>> t = np.arange(400) / rate
    >>> left_over = np.sinc(f / rate) ** 4  # of 10 N behind the filter
    >>> x = 700.0 + 10.0 * left_over * np.sin(2 * np.pi * f * t)
    >>> plain, true = float(np.std(x, ddof=1)), 10.0 * (0.5 * 400 / 399) ** 0.5
    >>> round(undrooped_sd(x, rate) / true, 6), round(plain / true, 3)
    (1.0, 0.984)
    """
    n = force_n.size
    if n < 2:
        raise ValueError("an SD needs two samples")
    lines = np.fft.rfft(force_n - force_n.mean())
    power = lines.real**2 + lines.imag**2
    return float(np.sqrt(power @ _weights(n, rate_sps, limit_hz, stages)))


@lru_cache(maxsize=16)
def _weights(n: int, rate_sps: float, limit_hz: float, stages: int) -> FloatArray:
    """What each line of the periodogram counts: twice but for the ends, over n (n - 1)."""
    frequency_hz = np.fft.rfftfreq(n, 1.0 / rate_sps)
    weights = np.full(frequency_hz.size, 2.0)
    weights[0] = 0.0
    if n % 2 == 0:
        weights[-1] = 1.0
    below = frequency_hz <= limit_hz
    weights[below] /= np.sinc(frequency_hz[below] / rate_sps) ** (2 * stages)
    weights /= float(n) * (n - 1)
    weights.flags.writeable = False
    return weights
