"""A stated low-pass for numbers that need one, and the refusal to filter anything twice.

Butterworth, second order, forwards and backwards (`sosfiltfilt`), so events stay where they are.
Both passes together take 6 dB, half of the amplitude, at the cut-off. 5 to 13 Hz are in use for
quiet stance, so the cut-off travels with the signal. No number of the registry uses it.
"""

from __future__ import annotations

from dataclasses import replace

from evenstance.signal.force_signal import ForceSignal, LowPass

ORDER = 2
_UNEVEN = 1.5  # a step longer than so many periods is a lost sample
_PAD_PERIODS = 3  # of the cut-off: shorter signals are all edge


class FilteredTwiceError(ValueError):
    """The signal was filtered before."""


def low_pass(signal: ForceSignal, cut_off_hz: float) -> ForceSignal:
    """The signal below `cut_off_hz`, marked so that it cannot be filtered again.

    Raises FilteredTwiceError for a signal with the mark, and ValueError where the cut-off is not
    between 0 and half the rate, where samples are missing, or where there are too few.

    >>> import numpy as np
    >>> t = np.arange(0.0, 10.0, 0.01)
    >>> slow, fast = np.sin(2 * np.pi * 1.0 * t), np.sin(2 * np.pi * 20.0 * t)
    >>> out = low_pass(ForceSignal.of(t, slow + fast), 6.0)
    >>> bool(abs(out.force_n - slow)[100:-100].max() < 0.02), out.low_pass
    (True, LowPass(cut_off_hz=6.0, order=2))
    """
    # Not imported at the top: it costs start-up time where nothing is filtered.
    from scipy.signal import butter, sosfiltfilt

    if signal.low_pass is not None:
        raise FilteredTwiceError(f"already filtered at {signal.low_pass.cut_off_hz:g} Hz")
    rate_sps = signal.rate_sps
    if not 0.0 < cut_off_hz < rate_sps / 2.0:
        raise ValueError(f"no low-pass at {cut_off_hz:g} Hz for {rate_sps:.1f} SPS")
    if signal.max_gap_s > _UNEVEN / rate_sps:
        raise ValueError(f"samples are missing: a gap of {1000 * signal.max_gap_s:.0f} ms")
    if signal.times_s.size * cut_off_hz < _PAD_PERIODS * rate_sps:
        raise ValueError(f"{signal.times_s.size} samples are too few for {cut_off_hz:g} Hz")
    sos = butter(ORDER, cut_off_hz, fs=rate_sps, output="sos")
    force_n = sosfiltfilt(sos, signal.force_n)
    return replace(signal, force_n=force_n, low_pass=LowPass(cut_off_hz, ORDER))
