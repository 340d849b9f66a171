"""A row of small bars, one a value: blocks where the terminal can show them, else digits."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TextIO

BLOCKS = "▁▂▃▄▅▆▇█"
DIGITS = "12345678"
NOTHING = " "


def can_draw(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether blocks may be printed: not with NO_COLOR, TERM=dumb or another encoding."""
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"


def sparkline(values: Sequence[float | None], low: float, high: float, *, blocks: bool) -> str:
    """One sign a value, the lowest for `low`; a space where there is none.

    >>> sparkline([1.0, None, 2.0, 3.0], 1.0, 3.0, blocks=False)
    '1 58'
    >>> sparkline([2.0, 2.0], 2.0, 2.0, blocks=False)
    '44'
    """
    signs = BLOCKS if blocks else DIGITS
    return "".join(NOTHING if v is None else signs[_height(v, low, high)] for v in values)


def _height(value: float, low: float, high: float) -> int:
    if high <= low:
        return len(DIGITS) // 2 - 1
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return round(share * (len(DIGITS) - 1))
