"""`evenstance metrics` and the page that is made from the same registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from doc_pages import page
from load_script import load_script

from evenstance import cli
from evenstance.errors import InputError, UsageError
from evenstance.flows.pull import Disagreeing
from evenstance.metrics.agreement import Disagreement
from evenstance.metrics.refused import REFUSED
from evenstance.metrics.registry import METRICS
from evenstance.report.disagreements import disagreement_lines


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    assert cli.run(["metrics", *arguments]) == code
    found = capsys.readouterr()
    return found.out, found.err


def test_the_list_names_every_metric_and_every_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = said(capsys, "list")
    for one in METRICS:
        assert f"  {one.id} " in out
    for one in REFUSED:
        assert one.name in out
    assert err == ""
    assert max(map(len, out.splitlines())) <= 99


def test_the_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(said(capsys, "list", "--json")[0])
    assert [one["id"] for one in found["metrics"]] == [one.id for one in METRICS]
    assert [one["id"] for one in found["refused"]] == [one.name for one in REFUSED]
    assert all(one["reason"] and one["instead"] for one in found["refused"])


@pytest.mark.parametrize("name", [one.id for one in METRICS])
def test_every_metric_is_explained(capsys: pytest.CaptureFixture[str], name: str) -> None:
    out, _ = said(capsys, "explain", name)
    found = json.loads(said(capsys, "explain", name.upper(), "--json")[0])
    one = next(m for m in METRICS if m.id == name)
    flat = " ".join(out.split())
    for text in (one.name, one.formula, one.unit, one.minimum_data, one.source, one.method.id):
        assert text in flat
    assert found["id"] == name
    assert found["method"] == one.method.id
    assert found["low_pass_hz"] is None
    assert found["valid_range"] == list(one.valid_range)
    assert found["grade"] == one.grade


@pytest.mark.parametrize("name", ["cop_velocity", "ankle strategy", "EMG"])
def test_a_refused_number_is_answered_by_name(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    out, err = said(capsys, "explain", name, code=InputError.exit_code)
    assert out == ""
    assert "this board cannot know it" in err
    assert "Cause:" in err
    assert "Instead:" in err
    out, err = said(capsys, "explain", name, "--json", code=InputError.exit_code)
    found = json.loads(out)
    assert found["refused"] is True
    assert found["reason"] and found["instead"]
    assert "this board cannot know it" in err


def test_an_unknown_name_gets_those_that_are_like_it(capsys: pytest.CaptureFixture[str]) -> None:
    for more in ((), ("--json",)):
        out, err = said(capsys, "explain", "force_sdn", *more, code=UsageError.exit_code)
        assert out == ""
        assert "no metric 'force_sdn'" in err
        assert "force_sd_n" in err
        assert "evenstance metrics list" in err
    _, err = said(capsys, "explain", "qqqzzz", code=UsageError.exit_code)
    assert "Perhaps" not in err


def test_disagreements_are_told_with_both_numbers_and_what_to_do() -> None:
    number = Disagreement("force_sd_n", 5.0, 5.2, 0.005)
    none = Disagreement("force_mean_n", 700.0, None, 0.02)
    lines = disagreement_lines(
        [Disagreeing(7, (number, none)), Disagreeing(9, unreadable="trace version 9")]
    )
    assert len(lines) == 4
    assert "trial 7" in lines[0]
    assert "board says force_sd_n 5, its trace says 5.2" in lines[0]
    assert "its trace says nothing" in lines[1]
    assert "trial 9" in lines[2]
    assert "trace version 9" in lines[2]
    assert "evenstance flash" in lines[3]
    assert disagreement_lines([]) == []


def test_the_page_is_up_to_date() -> None:
    """Otherwise: .venv/bin/python docs/make_metrics_tables.py"""
    made = load_script("docs/make_metrics_tables.py")
    text = Path(made.PAGE).read_text("utf-8")
    assert made.renewed(text) == text, "run docs/make_metrics_tables.py"
    before, begin, made_part = text.partition(made.BEGIN)
    spoilt = before + begin + made_part.replace("| `force_sd_n` |", "| `other` |")
    assert spoilt != text
    assert made.renewed(spoilt) == text
    with pytest.raises(ValueError, match="marks"):
        made.renewed(text.replace(made.END, ""))


def test_the_page_says_the_limits_of_the_comparison() -> None:
    rows = page("docs/metrics.md").table(
        "number", "limit", "why not exactly equal", under="The board and the trace"
    )
    told = dict(row[:2] for row in rows)
    from evenstance.metrics.agreement import LIMITS

    assert told["mean force"] == f"{LIMITS['force_mean_n'].absolute:g} N"
    sd = LIMITS["force_sd_n"]
    assert told["force SD and its windows"] == f"{100 * sd.share:g} %, at least {sd.absolute:g} N"
    assert told["force range"] == f"{LIMITS['force_range_p95_p5_n'].absolute:g} N"
    assert told["load share"] == (
        f"mean and SD {LIMITS['load_share_mean_pct'].absolute:g} points, smallest "
        f"{LIMITS['load_share_min_pct'].absolute:g} points"
    )
    assert told["stray load"] == f"{LIMITS['stray_load_pct_bw'].absolute:g} %BW"
    assert told["stray time"] == f"{LIMITS['stray_time_pct'].absolute:g} points"
    assert told["hold time"] == f"{1000 * LIMITS['hold_time_s'].absolute:g} ms"
    assert told["body weight taken from the hold"] == f"{LIMITS['body_weight_n'].absolute:g} N"
