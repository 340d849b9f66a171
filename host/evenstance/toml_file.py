"""Reads a TOML file of the package, with Python's own reader or, before 3.11, with tomli."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from importlib.abc import Traversable

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pyright: ignore[reportMissingImports]


def read_toml(path: Traversable) -> dict[str, object]:
    """Its tables as they stand: whoever reads them checks them."""
    text = path.read_text(encoding="utf-8")
    tables = tomllib.loads(text)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return cast("dict[str, object]", tables)
