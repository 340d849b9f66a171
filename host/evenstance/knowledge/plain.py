"""Plain JSON values out of dataclasses."""

from __future__ import annotations

import datetime
from dataclasses import fields, is_dataclass
from typing import cast

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


def as_plain_dict(value: object) -> dict[str, JsonValue]:
    """The fields of a dataclass as JSON values: dates as ISO text, tuples and sets as lists."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} is no dataclass value")
    return {item.name: plain(getattr(value, item.name)) for item in fields(value)}


def plain(value: object) -> JsonValue:
    """One value as JSON; values with an `as_dict` of their own decide themselves."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(map(str, cast("frozenset[object]", value)))  # pyright: ignore[reportReturnType]
    if isinstance(value, tuple):
        return [plain(item) for item in cast("tuple[object, ...]", value)]
    own = getattr(value, "as_dict", None)
    if callable(own):
        return own()  # pyright: ignore[reportReturnType]
    return as_plain_dict(value)
