"""Names of bits and codes, and the one table of hold rules."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_rows import rule_rows

from evenstance_wire import flags, rules

# Any change of the rules must raise RULES_ID: then this pair changes too.
RULES_ID, RULES_CRC = 2, 3139217421


@given(st.integers(0, 0xFFFF_FFFF))
def test_every_set_bit_has_one_name(bits: int) -> None:
    names = flags.names(bits)
    assert len(names) == bin(bits).count("1")
    assert len(set(names)) == len(names)
    known = dict((name, bit) for bit, name in flags.REASONS)
    back = sum(known.get(n) or 1 << int(n.removeprefix("bit_")) for n in names)
    assert back == bits


def test_names_keep_the_order_of_the_table() -> None:
    assert flags.names(0) == []
    assert flags.names(flags.STOPPED | flags.TOO_SHORT) == ["too_short", "stopped"]
    assert flags.names(1 << 31 | flags.GAP) == ["gap", "bit_31"]
    assert flags.names(6, ((2, "two"),)) == ["two", "bit_2"]


def test_reasons_are_single_different_bits() -> None:
    bits = [bit for bit, _ in flags.REASONS]
    assert all(bit & (bit - 1) == 0 and bit for bit in bits)
    assert len(set(bits)) == len(bits)
    samples = (flags.LATE, flags.DESYNC, flags.SATURATED, flags.MISSED)
    assert samples == (1, 2, 4, 8)


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (flags.END_REASONS, "TIME_LIMIT TOUCH_DOWN STEP_OFF END_STOPPED END_SENSOR_FAULT"),
        (flags.BODY_WEIGHT_SOURCES, "BW_TWO_LEGGED BW_EARLIER BW_HOLD"),
        (flags.STATES, "EMPTY BOTH_FEET LIFTING SETTLING HOLD ENDED"),
        (
            flags.EVENTS,
            "EV_STATE EV_LIFT_OFF EV_TOUCH_DOWN EV_HOLD_END EV_STORED EV_FAULT EV_HOLD_LOST "
            "EV_TRACE_GIVEN_UP EV_FAULT_GONE",
        ),
        (
            flags.CUES,
            "CUE_QUIET CUE_BOTH_FEET CUE_LEFT CUE_RIGHT CUE_DOWN CUE_DONE CUE_LIFT CUE_TOUCHED "
            "CUE_STORED CUE_NOT_COUNTED CUE_FAULT",
        ),
        (
            flags.ERRORS,
            "ERR_BAD_REQUEST ERR_BUSY ERR_UNSTEADY ERR_LOADED ERR_NOT_FOUND ERR_STORAGE "
            "ERR_NO_SAMPLES ERR_BAD_VALUE ERR_SATURATED ERR_FAULT",
        ),
    ],
)
def test_codes_are_places_in_their_table(table: tuple[str, ...], codes: str) -> None:
    names = codes.split()
    assert [getattr(flags, name) for name in names] == list(range(len(table)))
    # the constant says the name of its place: EV_HOLD_END is "hold_end"
    for name, text in zip(names, table, strict=True):
        words = name.lower().split("_")
        assert "_".join(words).endswith(text) or set(words[1:]) <= set(text.split("_")), name


def test_rules_are_the_table() -> None:
    values = rules.Rules()
    assert len({row[0] for row in rules.TABLE}) == len(rules.TABLE)
    for name, default, unit, text in rule_rows():
        assert getattr(values, name) == default
        assert type(default) is int
        assert text
        suffix = name.rsplit("_", 1)[-1]
        if suffix in ("mn", "ms"):
            assert unit.lower() == suffix, name
        if suffix in ("pct", "bw"):
            assert unit.startswith("%"), name


def test_scored_windows_fill_the_record() -> None:
    r = rules.Rules()
    assert r.settling_ms + r.windows * r.window_ms == r.record_ms
    assert r.touch_down_ms < r.refractory_ms < r.foot_down_ends_ms < r.walking_ms
    assert r.lift_off_share_pct > r.moved_over_share_pct


def test_a_changed_rule_has_a_new_id() -> None:
    text = ";".join(f"{name}={default}" for name, default in rules.TABLE)
    assert (rules.RULES_ID, zlib.crc32(text.encode())) == (RULES_ID, RULES_CRC)


def test_a_fault_that_spoils_a_trial_is_a_reason_of_the_same_name() -> None:
    reasons = dict(flags.REASONS)
    for bit, name in flags.FAULTS:
        if bit & flags.VOIDING:
            assert reasons[bit << flags.REASON_SHIFT] == name
        else:
            assert name in ("saturated", "overload", "swapped")
    assert flags.UNFIT & ~flags.VOIDING == flags.SPOILING & ~flags.VOIDING == 0
    assert max(bit for bit, _ in flags.REASONS) < 1 << 30
