"""Published hold times: every row has a source that was read, and none becomes a limit."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from evenstance.metrics import norms
from evenstance.metrics.norms import OUR_LIMIT_S, hold_time_context, hold_time_norms, norms_for
from evenstance_wire import rules

TABLE = Path(norms.__file__).parent / "data" / "hold_times.toml"


def test_docstring_examples() -> None:
    result = doctest.testmod(norms)
    assert result.attempted >= 3
    assert result.failed == 0


def test_every_row_was_read_and_says_where() -> None:
    rows = hold_time_norms()
    assert len(rows) == 3 + 6 + 12
    for norm in rows:
        assert norm.grade in ("V", "V, secondary")
        assert re.search(r"(19|20)\d\d", norm.citation)
        assert norm.protocol
        assert 0 < norm.mean_s <= (norm.stopped_at_s or 60.0)


def test_what_was_only_remembered_is_not_there() -> None:
    text = "\n".join(
        line for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#")
    )
    assert "mean of" not in text.lower()
    assert '"M"' not in text


@pytest.mark.parametrize("eyes", ["open", "closed"])
def test_ages_follow_each_other_without_gap_or_overlap(eyes: norms.Eyes) -> None:
    for age_y in range(18, 121):
        found = norms_for(age_y, eyes)
        sources = [(norm.source, norm.sex) for norm in found]
        assert len(set(sources)) == len(sources) >= 1
    assert norms_for(17, eyes) == norms_for(121, eyes) == ()
    assert hold_time_context(17, eyes) is None


def test_our_limit_is_the_record_of_the_board() -> None:
    assert rules.value("record_ms") == 1000 * OUR_LIMIT_S


@pytest.mark.parametrize("age_y", [18, 45, 65, 72, 90])
@pytest.mark.parametrize("eyes", ["open", "closed"])
def test_the_sentence_is_context_and_says_how_it_differs(age_y: int, eyes: norms.Eyes) -> None:
    text = hold_time_context(age_y, eyes)
    assert text is not None
    assert text.startswith("For context only")
    assert "best of 3, arms crossed, stopped at 45 s" in text
    assert "read at second hand" in text
    assert "Our holds end at 25 s" in text
    assert "cannot be compared" in text
    assert "Nothing is concluded" in text
    assert re.search(r"\b(ab)?normal|below|poor|should|risk", text) is None


def test_both_sexes_where_the_source_has_them() -> None:
    text = hold_time_context(45, "closed")
    assert text is not None
    assert "13.5 s (women) and 12.0 s (men)" in text
