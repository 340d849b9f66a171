"""Small parts that every copy of a row needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

_T = TypeVar("_T")


def parts(values: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """The values in lists of at most `size`."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def values_of(row: Any, kind: Any, *, without: Sequence[str] = ()) -> dict[str, Any]:
    """Every column of a row by its name."""
    return {
        column.name: getattr(row, column.name)
        for column in kind.__table__.columns
        if column.name not in without
    }


def filled(known: Any, row: Any, names: Sequence[str]) -> dict[str, Any]:
    """What the clinic has empty of these columns and the laptop has not."""
    return {
        name: getattr(row, name)
        for name in names
        if getattr(known, name) is None and getattr(row, name) is not None
    }
