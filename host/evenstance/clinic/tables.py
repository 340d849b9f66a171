"""The tables of a clinic's history: those of the laptop, each row with the clinic it belongs to.

The clinic is part of every key: two clinics can hold the same board, the same trial and the same
name, and no error about a key tells one of them what the other has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from evenstance.store.schema import Base

CLINIC = "clinic"


def clinic_metadata() -> MetaData:
    """The tables as PostgreSQL gets them, with the table of clinics they point to."""
    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    Table(
        CLINIC,
        metadata,
        Column("name", Text, primary_key=True),
        Column("writing", BigInteger, nullable=False, server_default=text("0")),
        CheckConstraint("name ~ '^[a-z][a-z0-9_]{0,30}$'", name="name"),
    )
    for table in Base.metadata.sorted_tables:
        Table(table.name, metadata, *_columns(table), *_constraints(table))
        _indexes(table, metadata.tables[table.name])
    return metadata


def numbered(table: Table) -> bool:
    """Whether rows get their number from the database: one integer key that is no other's."""
    key = list(table.primary_key.columns)
    return len(key) == 1 and isinstance(key[0].type, Integer) and not key[0].foreign_keys


def _columns(table: Table) -> Iterator[Column[Any]]:
    yield Column(CLINIC, Text, nullable=False, server_default=text("evenstance.my_clinic()"))
    for column in table.columns:
        # The laptop's keys are 64 bits wide whatever their type is called.
        kind = BigInteger() if isinstance(column.type, Integer) else column.type
        default = None
        if column.primary_key and numbered(table):
            default = text(f"evenstance.next_number('{table.name}')")
        yield Column(column.name, kind, nullable=column.nullable, server_default=default)


def _constraints(
    table: Table,
) -> Iterator[PrimaryKeyConstraint | ForeignKeyConstraint | UniqueConstraint | CheckConstraint]:
    yield PrimaryKeyConstraint(CLINIC, *(c.name for c in table.primary_key.columns))
    yield ForeignKeyConstraint([CLINIC], [f"{CLINIC}.name"])
    for key in table.foreign_key_constraints:
        other = key.referred_table
        yield ForeignKeyConstraint(
            [CLINIC, *key.column_keys],
            [f"{other.name}.{CLINIC}", *(e.target_fullname for e in key.elements)],
        )
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield UniqueConstraint(CLINIC, *(c.name for c in constraint.columns))
        elif isinstance(constraint, CheckConstraint):
            name = str(constraint.name).removeprefix(f"ck_{table.name}_")
            yield CheckConstraint(str(constraint.sqltext), name=name)


def _indexes(table: Table, made: Table) -> None:
    for index in table.indexes:
        names = [CLINIC, *(column.name for column in index.columns)]
        Index(f"ix_{table.name}_{'_'.join(names)}", *(made.c[name] for name in names))
