"""How the movement of a hold is spread over frequencies, on the plate's own samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenstance.signal.force_signal import FloatArray, ForceSignal

BANDS_HZ = ((0.1, 1.0), (1.0, 5.0), (5.0, 10.0), (10.0, None))
SEGMENT_S = 10.0  # resolves 0.1 Hz
_UNEVEN = 1.5


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Power density (N^2/Hz) over frequency (Hz); `share_pct` belongs to `BANDS_HZ`.

    Shares are of the power from 0.1 Hz to half the rate and add up to 100. `median_hz` halves it.
    """

    frequency_hz: FloatArray
    density_n2_per_hz: FloatArray
    share_pct: tuple[float, ...]
    median_hz: float


def spectrum(signal: ForceSignal) -> Spectrum:
    """Welch's estimate: Hann windows of 10 s, half overlapping, each less its mean.

    Nothing is corrected for the chip's filter. ValueError where samples are missing, where there
    are less than 10 s, or where nothing moves.

    >>> t = np.arange(0.0, 20.0, 0.01)
    >>> found = spectrum(ForceSignal.of(t, 700.0 + 5.0 * np.sin(2 * np.pi * 3.0 * t)))
    >>> [round(share) for share in found.share_pct], round(found.median_hz, 1)
    ([0, 100, 0, 0], 3.0)
    """
    # Not imported at the top: it costs start-up time where no spectrum is wanted.
    from scipy.signal import welch

    rate_sps = signal.rate_sps
    n = round(SEGMENT_S * rate_sps)
    if signal.times_s.size < n:
        raise ValueError(f"a spectrum needs {SEGMENT_S:g} s of samples")
    if signal.max_gap_s > _UNEVEN / rate_sps:
        raise ValueError(f"samples are missing: a gap of {1000 * signal.max_gap_s:.0f} ms")
    found = welch(signal.force_n, fs=rate_sps, window="hann", nperseg=n, detrend="constant")
    frequency_hz, density = (np.asarray(x, dtype=np.float64) for x in found)
    used = frequency_hz >= BANDS_HZ[0][0] - 1e-6
    total = float(density[used].sum())
    if not total > 0.0:
        raise ValueError("nothing moves: a constant force has no spectrum")
    shares: list[float] = []
    for low_hz, high_hz in BANDS_HZ:
        inside = frequency_hz >= low_hz - 1e-6
        if high_hz is not None:
            inside &= frequency_hz < high_hz - 1e-6
        shares.append(100.0 * float(density[inside].sum()) / total)
    running = np.cumsum(density[used])
    median_hz = float(np.interp(total / 2.0, running, frequency_hz[used]))
    return Spectrum(frequency_hz, density, tuple(shares), median_hz)
