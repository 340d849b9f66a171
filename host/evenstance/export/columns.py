"""What a column of an export is: its name, type, unit, meaning, and what an empty cell means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Generic, Literal, TypeVar

Value = bool | int | float | str | bytes | date | datetime | None
Type = Literal["boolean", "integer", "number", "text", "date", "time", "bytes"]
Row = Sequence[Value]
Where = Literal["both", "named", "anonymous"]
NEVER = "never empty"


@dataclass(frozen=True)
class Column:
    """One column. `where` says in which exports it stands: `both`, or only one of the two."""

    name: str
    type: Type
    unit: str
    meaning: str
    missing: str = NEVER
    where: Where = "both"

    def as_dict(self) -> dict[str, str]:
        """The entry of the dictionary."""
        return asdict(self)

    def stands_in(self, *, anonymous: bool) -> bool:
        """Whether the column is part of this kind of export."""
        return self.where in ("both", "anonymous" if anonymous else "named")


T = TypeVar("T")


@dataclass(frozen=True)
class Field(Generic[T]):
    """A column and how its cells come out of what a row is made from."""

    column: Column
    value: Callable[[T], Value]


def of(fields: Sequence[Field[T]], *, anonymous: bool) -> tuple[Field[T], ...]:
    """The fields of this kind of export, in order."""
    return tuple(field for field in fields if field.column.stands_in(anonymous=anonymous))


def row(fields: Sequence[Field[T]], facts: T) -> tuple[Value, ...]:
    """One row."""
    return tuple(field.value(facts) for field in fields)
