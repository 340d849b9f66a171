"""Strategies for the bodies of every message table, from the tables themselves."""

from __future__ import annotations

from hypothesis import strategies as st

from evenstance_wire import messages, trace
from evenstance_wire.messages import Table
from fuzzing.streams import LIMITS

# The value that stands for a missing one: the largest of an unsigned, the smallest of a signed.
SENTINELS = {"H": 0xFFFF, "I": 0xFFFF_FFFF, "i": -0x8000_0000, "q": -0x8000_0000_0000_0000}

TABLES: dict[str, Table] = {
    **{name: value for name, value in vars(messages).items() if isinstance(value, Table)},
    "TRACE_HEADER": trace.HEADER,
}


def limits(code: str) -> tuple[int, int]:
    """The smallest and largest value that a field of this code can carry."""
    low, high = LIMITS[code[0]]
    if code.endswith("?"):
        sentinel = SENTINELS[code[0]]
        low += sentinel == low
        high -= sentinel == high
    return low, high


def field(code: str) -> st.SearchStrategy[object]:
    """Values of one field, its limits, and None where it may be missing."""
    if code == "*":
        return st.binary(max_size=96)
    if code.endswith("s"):
        size = int(code[:-1])
        return st.binary(min_size=size, max_size=size)
    low, high = limits(code)
    numbers = st.sampled_from((low, high, 0)) | st.integers(low, high)
    return numbers | st.none() if code.endswith("?") else numbers


def bodies(table: Table) -> st.SearchStrategy[dict[str, object]]:
    """Values for one table."""
    return st.fixed_dictionaries({name: field(code) for name, code in table.fields})
