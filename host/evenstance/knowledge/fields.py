"""Typed reading of one packaged data table; every mistake names the table and the key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast, get_args


class KnowledgeError(ValueError):
    """The packaged knowledge breaks a rule of its schema: a fault of the product."""


class Fields:
    """A table whose keys are taken one by one; `finish` rejects what nobody asked for."""

    def __init__(self, table: Mapping[str, object], name: str) -> None:
        self._table = dict(table)
        self.name = name

    def fail(self, message: str) -> KnowledgeError:
        """An error that names this table."""
        return KnowledgeError(f"{self.name}: {message}")

    def text(self, key: str, default: str | None = None) -> str:
        """A string that is not blank; `default` where the key may be missing."""
        value = self._take(key, default)
        if not isinstance(value, str) or (not value.strip() and default is None):
            raise self.fail(f"{key} must be a text")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings, perhaps empty."""
        value = self._take(key, default)
        if not isinstance(value, list | tuple):
            raise self.fail(f"{key} must be a list")
        items = cast("Sequence[object]", value)
        if not all(isinstance(item, str) for item in items):
            raise self.fail(f"{key} must hold texts")
        return tuple(str(item) for item in items)

    def one_of(self, key: str, kind: object, default: str | None = None) -> str:
        """A string out of a Literal type."""
        value = self.text(key, default)
        if value not in get_args(kind):
            raise self.fail(f"{key} is {value!r}, not one of {', '.join(get_args(kind))}")
        return value

    def some_of(self, key: str, kind: object) -> tuple[str, ...]:
        """A list of strings out of a Literal type."""
        values = self.texts(key)
        unknown = [value for value in values if value not in get_args(kind)]
        if unknown:
            raise self.fail(f"{key} holds {', '.join(unknown)}")
        return values

    def number(self, key: str, default: float | None = None) -> float | None:
        """A number, or None where it may be missing and is."""
        value = self._table.pop(key, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail(f"{key} must be a number")
        return float(value)

    def whole(self, key: str) -> int | None:
        """A whole number, or None where it is missing."""
        value = self.number(key)
        if value is not None and not value.is_integer():
            raise self.fail(f"{key} must be a whole number")
        return None if value is None else int(value)

    def needed_whole(self, key: str) -> int:
        """A whole number; must be there."""
        value = self.whole(key)
        if value is None:
            raise self.fail(f"{key} is missing")
        return value

    def flag(self, key: str) -> bool:
        """True or false; must be there."""
        value = self._take(key, None)
        if not isinstance(value, bool):
            raise self.fail(f"{key} must be true or false")
        return value

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers; empty when missing."""
        value = self._table.pop(key, ())
        if not isinstance(value, list | tuple):
            raise self.fail(f"{key} must be a list")
        items = cast("Sequence[object]", value)
        if not all(isinstance(item, int) and not isinstance(item, bool) for item in items):
            raise self.fail(f"{key} must hold whole numbers")
        return tuple(cast("Sequence[int]", items))

    def tables(self, key: str) -> tuple[Fields, ...]:
        """A list of tables; empty when missing."""
        value = self._table.pop(key, ())
        if not isinstance(value, list | tuple):
            raise self.fail(f"{key} must be a list of tables")
        items = cast("Sequence[object]", value)
        return tuple(self._table_of(f"{key} {n}", item) for n, item in enumerate(items, 1))

    def table(self, key: str) -> Fields | None:
        """A table, or None when missing."""
        value = self._table.pop(key, None)
        return None if value is None else self._table_of(key, value)

    def has(self, key: str) -> bool:
        """Whether the key is there and was not taken yet."""
        return key in self._table

    def finish(self) -> None:
        """Raises KnowledgeError for keys that no rule knows."""
        if self._table:
            raise self.fail(f"unknown key {', '.join(sorted(self._table))}")

    def _take(self, key: str, default: object) -> object:
        if key not in self._table and default is None:
            raise self.fail(f"{key} is missing")
        return self._table.pop(key, default)

    def _table_of(self, key: str, value: object) -> Fields:
        if not isinstance(value, Mapping):
            raise self.fail(f"{key} must be a table")
        return Fields(cast("Mapping[str, object]", value), f"{self.name}, {key}")
