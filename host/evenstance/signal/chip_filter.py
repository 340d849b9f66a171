"""The converter's own filter, as we assume it: its delay and what it takes off a movement."""

from __future__ import annotations

import math

STAGES = 4


def delay_s(rate_sps: float, stages: int = STAGES) -> float:
    """Delay of the filter (s): stages / 2 conversions of 1 / `rate_sps`.

    Four cascaded averages over one conversion each are our assumption [D]: they agree with the
    four conversions of settling time of the datasheet (HX711 V2.0); the kernel is not published.

    >>> round(1000 * delay_s(93.1), 1)
    21.5
    """
    return stages / 2.0 / rate_sps


def loss_pct(frequency_hz: float, rate_sps: float, stages: int = STAGES) -> float:
    """Share of a sine's amplitude that the filter takes off (%).

    100 (1 - sinc(f / rate)^stages) with sinc(x) = sin(pi x) / (pi x); same assumption as
    `delay_s`. A chip at 80 SPS loses more than one at 97, so the loss is stated per channel.

    >>> round(loss_pct(5.0, 93.1), 1), round(loss_pct(10.0, 93.1), 1), loss_pct(0.0, 93.1)
    (1.9, 7.3, 0.0)
    """
    x = math.pi * frequency_hz / rate_sps
    if x == 0.0:
        return 0.0
    return 100.0 * (1.0 - (math.sin(x) / x) ** stages)
