"""Values as plain JSON: dataclasses as objects, tuples as lists, an infinite limit as null."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, cast


def plain(value: object) -> Any:
    """The value in the types that `json.dumps` knows; names stay as they are."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        named = cast("Mapping[str, object]", value)
        return {name: plain(item) for name, item in named.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in cast("Sequence[object]", value)]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value
