"""Every message table: what is packed is read back, and nothing else is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_values import SENTINELS, TABLES, bodies, limits

from evenstance_wire import frames, messages
from evenstance_wire.messages import Table

RECORD_OVERHEAD = 6  # in the journal: length and CRC-32
LARGEST_TRACE_PART = 1008
NULLABLE = [
    (table_name, field_name, code)
    for table_name, table in TABLES.items()
    for field_name, code in table.fields
    if code.endswith("?")
]


def zeros(table: Table) -> dict[str, object]:
    return {
        name: b"" if code == "*" else bytes(int(code[:-1])) if code.endswith("s") else 0
        for name, code in table.fields
    }


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=60)
@given(data=st.data())
def test_roundtrip(name: str, data: st.DataObject) -> None:
    table = TABLES[name]
    values = data.draw(bodies(table))
    body = table.pack(values)
    assert table.unpack(body) == values
    assert len(body) >= table.size


@pytest.mark.parametrize("name", TABLES)
def test_limits_of_every_field(name: str) -> None:
    table = TABLES[name]
    for field_name, code in table.fields:
        if code == "*" or code.endswith("s"):
            continue
        for value in limits(code):
            values = zeros(table) | {field_name: value}
            assert table.unpack(table.pack(values)) == values


@pytest.mark.parametrize(("table_name", "field_name", "code"), NULLABLE)
def test_missing_is_not_zero(table_name: str, field_name: str, code: str) -> None:
    table = TABLES[table_name]
    missing = table.pack(zeros(table) | {field_name: None})
    zero = table.pack(zeros(table))
    assert table.unpack(missing)[field_name] is None
    assert table.unpack(zero)[field_name] == 0
    sentinel = table.pack(zeros(table) | {field_name: SENTINELS[code[0]]})
    assert missing == sentinel, "only this one value stands for missing"


@pytest.mark.parametrize("name", TABLES)
def test_wrong_size_is_refused(name: str) -> None:
    table = TABLES[name]
    body = table.pack(zeros(table))
    if body:
        with pytest.raises(ValueError, match="bytes, expected"):
            table.unpack(body[:-1])
    if not table.fields or table.fields[-1][1] != "*":
        with pytest.raises(ValueError, match="bytes, expected"):
            table.unpack(body + b"\0")


@pytest.mark.parametrize("name", TABLES)
def test_wrong_names_are_refused(name: str) -> None:
    table = TABLES[name]
    values = zeros(table)
    with pytest.raises(ValueError, match="fields differ"):
        table.pack(values | {"no_such_field": 1})
    if values:
        short = dict(list(values.items())[1:])
        with pytest.raises(ValueError, match="fields differ"):
            table.pack(short)
        with pytest.raises(KeyError):
            table.pack(short | {"no_such_field": 1})


def test_replies_belong_to_their_requests() -> None:
    assert all(reply.kind == messages.REPLY | ask.kind for ask, reply in messages.REQUESTS)
    top_level = [t for pair in messages.REQUESTS for t in pair]
    top_level += [*messages.UNASKED, messages.ERROR]
    kinds = [table.kind for table in top_level]
    assert len(set(kinds)) == len(kinds)
    assert 0 not in kinds
    # every table that can be sent is in that list
    assert {t.kind for t in TABLES.values()} - {0} == set(kinds)


def test_names_in_a_table_are_unique() -> None:
    for table in TABLES.values():
        names = [name for name, _ in table.fields]
        assert len(set(names)) == len(names), table.name


def test_sizes_stay_within_the_design() -> None:
    summary = messages.SUMMARY.size + messages.MAX_TOUCH_DOWNS * messages.TOUCH_DOWN.size
    assert summary + RECORD_OVERHEAD <= 256
    assert messages.GET_HOLD_REPLY.size + summary <= frames.MAX_BODY
    assert messages.GET_TRACE_REPLY.size + LARGEST_TRACE_PART <= frames.MAX_BODY
    assert max(table.size for table in TABLES.values()) <= frames.MAX_BODY
