"""The stated loss and delay of the converter's filter."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from evenstance.signal import chip_filter
from evenstance.virtual.converter import Converter
from evenstance.virtual.loads import FloatArray, IntArray


class Sine:
    """A sine of 100 N around 700 N on both plates."""

    def __init__(self, frequency_hz: float) -> None:
        self._w = 2e-6 * np.pi * frequency_hz

    def forces_n(self, t_us: IntArray) -> tuple[FloatArray, FloatArray]:
        force = 700.0 + 100.0 * np.sin(self._w * t_us)
        return force, force

    def hear(self, t_us: int, level: int) -> None:
        """Hears nothing."""


def test_examples() -> None:
    assert doctest.testmod(chip_filter).attempted == 2
    assert doctest.testmod(chip_filter).failed == 0


@pytest.mark.parametrize("rate_sps", [80.0, 93.1, 97.0])
@pytest.mark.parametrize("frequency_hz", [1.0, 5.0, 10.0])
def test_loss_is_what_the_simulated_chip_does(rate_sps: float, frequency_hz: float) -> None:
    converter = Converter(rate_sps, 10_000.0, 0.0, 0.0, seed=1)
    t_us, counts = converter.convert(Sine(frequency_hz), 0, 20_000_000)
    w = 2e-6 * np.pi * frequency_hz * t_us[8:]
    basis = np.c_[np.ones(w.size), np.sin(w), np.cos(w)]
    fit = np.linalg.lstsq(basis, counts[8:] / 10_000.0, rcond=None)[0]
    found = 100.0 - float(np.hypot(fit[1], fit[2]))
    assert found == pytest.approx(chip_filter.loss_pct(frequency_hz, rate_sps), abs=0.1)
