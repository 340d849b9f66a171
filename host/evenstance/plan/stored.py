"""Plans back out of their stored JSON: the values exactly as they were given."""

from __future__ import annotations

import datetime
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin

from evenstance.knowledge.exercise import Rung
from evenstance.plan.types import Plan, Wait

T = TypeVar("T")


class NoStoredPlanError(ValueError):
    """What is stored is no plan of this version."""


def plan_from(body: Mapping[str, object]) -> Plan:
    """The plan of a stored body; raises NoStoredPlanError when it is none."""
    return _whole(Plan, body)


def wait_from(body: Mapping[str, object]) -> Wait:
    """The waiting of a stored body; raises NoStoredPlanError when it is none."""
    return _whole(Wait, body)


def _whole(kind: type[T], body: Mapping[str, object]) -> T:
    try:
        return cast("T", _value(kind, body))
    except (KeyError, TypeError, ValueError) as error:
        raise NoStoredPlanError(f"{kind.__name__}: {error}") from error


def _value(kind: Any, value: object) -> object:
    """One JSON value as the type that the dataclass's field names."""
    if kind is Rung:
        return Rung.parse(str(value))
    if kind is datetime.date:
        return datetime.date.fromisoformat(str(value))
    origin = get_origin(kind)
    if origin is Literal:
        if value not in get_args(kind):
            raise ValueError(f"{value!r} is not one of {get_args(kind)}")
        return value
    if origin in (Union, types.UnionType):
        (inner,) = (part for part in get_args(kind) if part is not type(None))
        return None if value is None else _value(inner, value)
    if origin in (tuple, frozenset):
        return _several(kind, origin, value)
    if is_dataclass(kind):
        return _dataclass(cast("type[Any]", kind), value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _several(kind: Any, origin: Any, value: object) -> object:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{value!r} is no list")
    items = cast("list[object]", value)
    parts = get_args(kind)
    if origin is frozenset or Ellipsis in parts:
        found = tuple(_value(parts[0], item) for item in items)
        return frozenset(found) if origin is frozenset else found
    return tuple(_value(part, item) for part, item in zip(parts, items, strict=True))


def _dataclass(kind: type[Any], value: object) -> object:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is no object")
    table = cast("Mapping[str, object]", value)
    hints = typing.get_type_hints(kind)
    return kind(**{f.name: _value(hints[f.name], table[f.name]) for f in fields(kind)})
