"""The analysis of a whole study: against other formulas, the truth, and the worked example."""

from __future__ import annotations

import json
import math
import re
import statistics
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import numpy as np
import pytest
from doc_pages import ROOT, page
from mdc_cases import points
from scipy import stats

from evenstance.reliability import design, study_plan
from evenstance.reliability.agreement_limits import BlandAltman
from evenstance.reliability.direction import Kappa
from evenstance.reliability.error_sizes import WithinLegCv
from evenstance.reliability.icc import ICC_IDS, Icc, icc
from evenstance.reliability.study import NotGiven, Study, analyse
from evenstance.reliability.study_plan import protocol, schedule
from evenstance.reliability.study_table import (
    COLUMNS,
    LEG_NAMES,
    LegName,
    Reason,
    StudyTable,
    complete_table,
    read_rows,
)
from evenstance.reliability.study_values import MEASURES
from evenstance.report.reliability import (
    RESULT_COLUMNS,
    Origin,
    result_rows,
    study_json,
)
from evenstance.report.reliability_plot import study_svg

EXAMPLE = ROOT / "docs" / "examples" / "retest_example.csv"
SESSIONS = (1, 2)


def simulated(
    people: int,
    seed: int,
    *,
    holds: int = 5,
    person: float = 0.25,
    day: float = 0.08,
    ratio: float = 0.05,
    cv: float = 0.145,
    learning: float = -0.03,
    sessions: tuple[int, ...] = SESSIONS,
) -> StudyTable:
    """Log-Gaussian people, days, ratios and holds."""
    random = np.random.default_rng(seed)
    values: dict[tuple[str, int, LegName], tuple[float, ...]] = {}
    names = tuple(f"P{k}" for k in range(people))
    for name in names:
        base, gap = math.log(5.0) + random.normal(0.0, person), random.normal(0.0, 0.1)
        for number, session in enumerate(sessions):
            today = random.normal(0.0, day) + learning * number
            own = gap + random.normal(0.0, ratio)
            for leg, sign in zip(LEG_NAMES, (-0.5, 0.5), strict=True):
                logs = base + today + sign * own + random.normal(0.0, cv, holds)
                values[name, session, leg] = tuple(float(v) for v in np.exp(logs))
    return StudyTable(names, sessions, holds, values)


@pytest.fixture(scope="module")
def table() -> StudyTable:
    return complete_table(read_rows(EXAMPLE.read_bytes())[0])


@pytest.fixture(scope="module")
def study(table: StudyTable) -> Study:
    return analyse(table)


def test_session_values_are_plain_means(table: StudyTable, study: Study) -> None:
    left = [statistics.fmean(table.values[p, 2, "left"]) for p in table.people]
    assert study.session_values("left", 2) == pytest.approx(left)
    right = [statistics.fmean(table.values[p, 2, "right"]) for p in table.people]
    both = [(a + b) / 2 for a, b in zip(left, right, strict=True)]
    assert study.session_values("both", 2) == pytest.approx(both)
    gap = [
        100 * math.log(
            statistics.geometric_mean(table.values[p, 1, "right"])
            / statistics.geometric_mean(table.values[p, 1, "left"])
        )
        for p in table.people
    ]  # fmt: skip
    assert study.session_values("gap", 1) == pytest.approx(gap)


def test_each_measure_equals_its_own_functions(table: StudyTable, study: Study) -> None:
    for name in MEASURES:
        one = study.measure(name)
        first, second = (study.session_values(name, s) for s in SESSIONS)
        rows = [list(pair) for pair in zip(first, second, strict=True)]
        for kind, found in zip(ICC_IDS, one.icc, strict=True):
            assert found == icc(rows, kind)
        differences = [b - a for a, b in zip(first, second, strict=True)]
        assert one.typical_error.value == pytest.approx(
            statistics.stdev(differences) / math.sqrt(2)
        )
        assert one.sem.value == pytest.approx(one.typical_error.value)
        assert one.mdc95.value == pytest.approx(1.96 * statistics.stdev(differences))
        assert one.mdc95.low == pytest.approx(1.96 * math.sqrt(2) * one.sem.low)
        assert isinstance(one.bland_altman, BlandAltman)
        assert one.bland_altman.bias == one.learning[0].change
        theirs = stats.ttest_rel(second, first)
        low, high = theirs.confidence_interval(0.95)
        assert one.learning[0].change.low == pytest.approx(low)
        assert one.learning[0].change.high == pytest.approx(high)
        assert one.mdc95_of_holds[table.holds - 1].mdc95 == pytest.approx(one.mdc95.value)
        sizes = [m.mdc95 for m in one.mdc95_of_holds]
        assert sizes == sorted(sizes, reverse=True)


def test_one_leg_pooled_is_the_root_mean_square(study: Study) -> None:
    left, right = study.measure("left"), study.measure("right")
    expected = math.sqrt((left.sem.value**2 + right.sem.value**2) / 2)
    assert study.one_leg_sem.value == pytest.approx(expected)
    assert study.one_leg_sem.df == left.sem.df == 23  # two legs of one person are not two people
    assert study.one_leg_mdc95_of_holds[4].mdc95 == pytest.approx(study.one_leg_mdc95.value)


def test_direction_beyond_error_has_sides_only_where_the_interval_excludes_zero(
    table: StudyTable, study: Study
) -> None:
    assert isinstance(study.direction, Kappa)
    assert isinstance(study.direction_beyond_error, Kappa)
    signs = zip(study.session_values("gap", 1), study.session_values("gap", 2), strict=True)
    assert study.direction.repeated == sum((a > 0) == (b > 0) for a, b in signs)
    sure = simulated(20, 4, ratio=0.0, cv=0.01, day=0.0)
    found = analyse(sure)
    assert isinstance(found.direction_beyond_error, Kappa)
    assert found.direction_beyond_error.value > 0.8


def test_a_study_gives_the_true_sizes_back() -> None:
    """150 people: error sizes near the truth and inside their intervals."""
    found = analyse(simulated(150, 5, learning=-0.05))
    cv, legs, gap = found.one_leg_cv, found.one_leg_logs, found.measure("gap").logs
    assert isinstance(cv, WithinLegCv)
    assert cv.log_low_pct < 14.58 < cv.log_high_pct
    assert cv.plain_pct == pytest.approx(14.5, abs=0.8)
    day_pct = 100 * math.sqrt(math.expm1(0.08**2 + 0.025**2))
    assert legs.between_low_pct < day_pct < legs.between_high_pct
    assert legs.between_session_sd_pct == pytest.approx(day_pct, abs=1.5)
    assert gap.between_session_sd_pct == pytest.approx(5.0, abs=2.5)
    learning = found.measure("both").learning[0].change_pct
    assert learning.low < 100 * math.expm1(-0.05) < learning.high
    assert not any(w.startswith(("Only", "both: the part")) for w in found.warnings)
    single = analyse(simulated(150, 6, holds=1)).measure("both")
    expected = found.measure("both").mdc95_of_holds[0].mdc95
    assert single.mdc95.value == pytest.approx(expected, rel=0.15)


def test_people_are_independent_of_their_order_and_sessions_turn_the_bias(
    table: StudyTable, study: Study
) -> None:
    shuffled = analyse(replace(table, people=tuple(reversed(table.people))))
    turned = analyse(replace(table, sessions=(2, 1)))
    for name in MEASURES:
        here, there, back = (s.measure(name) for s in (study, shuffled, turned))
        assert there.sem.value == pytest.approx(here.sem.value)
        assert isinstance(here.bland_altman, BlandAltman)
        assert isinstance(back.bland_altman, BlandAltman)
        assert back.bland_altman.bias.value == pytest.approx(-here.bland_altman.bias.value)
        first, second = here.icc[0], back.icc[0]
        assert isinstance(first, Icc)
        assert isinstance(second, Icc)
        assert second.value == pytest.approx(first.value)


def test_the_unit_changes_sizes_and_no_coefficient(table: StudyTable, study: Study) -> None:
    milli = {key: tuple(1000 * v for v in vs) for key, vs in table.values.items()}
    found = analyse(replace(table, values=milli), unit="mN")
    assert found.one_leg_sem.value == pytest.approx(1000 * study.one_leg_sem.value)
    assert found.one_leg_logs.sem_pct == pytest.approx(study.one_leg_logs.sem_pct)
    assert found.measure("gap").sem.value == pytest.approx(study.measure("gap").sem.value)
    ours, theirs = found.measure("left").icc[0], study.measure("left").icc[0]
    assert isinstance(ours, Icc)
    assert isinstance(theirs, Icc)
    assert ours.value == pytest.approx(theirs.value)


# -- limits ------------------------------------------------------------------------------------


def test_small_studies_warn_and_too_small_ones_are_refused() -> None:
    small = analyse(simulated(6, 1))
    assert any(w.startswith("Only 6 people: fewer than 20") for w in small.warnings)
    wide, narrow = small.measure("both").icc[0], analyse(simulated(100, 1)).measure("both").icc[0]
    assert isinstance(wide, Icc)
    assert isinstance(narrow, Icc)
    assert wide.width > 2 * narrow.width
    with pytest.raises(design.DesignError, match="too_few_people"):
        analyse(simulated(2, 1))
    with pytest.raises(design.DesignError, match="too_few_sessions"):
        analyse(simulated(5, 1, sessions=(1,)))


def test_single_holds_cannot_be_split() -> None:
    found = analyse(simulated(20, 2, holds=1))
    assert isinstance(found.one_leg_cv, NotGiven)
    assert found.one_leg_cv.reason == "too_few_sessions"
    assert isinstance(found.direction_beyond_error, NotGiven)
    assert any("Single holds" in w for w in found.warnings)


def test_people_who_do_not_differ_have_no_worthwhile_change() -> None:
    found = analyse(simulated(20, 4, person=0.0))
    swc = found.measure("both").swc
    assert isinstance(swc, NotGiven)
    assert swc.reason == "no_variance"


def test_equal_values_are_refused_and_copied_sessions_are_noticed() -> None:
    same = simulated(5, 1)
    equal = {key: (4.0,) * 5 for key in same.values}
    with pytest.raises(design.DesignError, match="no_variance"):
        analyse(replace(same, values=equal))
    copied = {(p, s, leg): same.values[p, 1, leg] for p, s, leg in same.values}
    found = analyse(replace(same, values=copied))
    assert any("were the values copied?" in w for w in found.warnings)
    json.dumps(study_json(found, Origin("x")), allow_nan=False)


def test_five_sessions_use_all_for_the_icc_and_two_for_the_limits() -> None:
    five = simulated(24, 8, sessions=(1, 2, 3, 4, 5))
    found = analyse(five)
    assert found.measure("left").sem.df == 23 * 4
    assert len(found.measure("left").learning) == 4
    assert found.measure("left").typical_error.df == 23
    assert any("5 sessions" in w for w in found.warnings)


# -- JSON, rows, picture -----------------------------------------------------------------------


def test_json_has_its_keys_and_every_number_is_finite(study: Study) -> None:
    found = study_json(study, Origin("file.csv", ignored_columns=("note",)))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert list(found) == [row[0] for row in page("docs/reliability.md").table(
        "key", "value", under="The JSON object"
    )]  # fmt: skip
    assert list(found["measures"]) == list(MEASURES)
    assert set(found["measures"]["left"]["icc"]) == set(ICC_IDS)
    assert found["measures"]["left"]["icc"]["2,1"]["low"] < 1.0
    assert found["direction"]["by_sign"]["people"] == 24
    infinite = study_json(analyse(simulated(3, 12)), Origin("x"))
    json.dumps(infinite, allow_nan=False)


def test_result_rows_are_one_number_each(study: Study) -> None:
    rows = result_rows(study)
    assert all(len(row) == len(RESULT_COLUMNS) for row in rows)
    keys = [row[:2] for row in rows]
    assert len(set(keys)) == len(keys)
    values = dict(zip(keys, rows, strict=True))
    assert float(str(values["left", "sem"][2])) == pytest.approx(study.measure("left").sem.value)
    assert values["one_leg", "mdc95_of_3_holds"][6] == "N"
    lonely = result_rows(analyse(simulated(20, 4, person=0.0)))
    notes = {row[:2]: row[-1] for row in lonely}
    assert notes["both", "swc"] == "no_variance"


def test_the_picture_is_the_same_twice_and_carries_no_date(study: Study) -> None:
    picture = study_svg(study)
    assert picture == study_svg(study)
    root = ElementTree.fromstring(picture)
    assert root.tag.endswith("svg")
    text = picture.decode()
    assert "dc:date" not in text
    assert not re.search(r"\d{4}-\d\d-\d\d", text)
    assert "session 2 - session 1 (N)" in text
    assert text.count("<use ") >= 4 * 24
    assert picture != study_svg(analyse(simulated(24, 9)))


# -- the plan ----------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [2, 5, 24, 101])
def test_half_begin_with_each_leg_and_everybody_keeps_it(people: int) -> None:
    visits = schedule(people, seed=3, first_day=date(2026, 3, 2))
    legs = {v.person: v.first_leg for v in visits}
    assert len(legs) == people
    assert list(legs.values()).count("left") == (people + 1) // 2
    assert all(legs[v.person] == v.first_leg for v in visits)
    assert len({v.person for v in visits}) * 3 == len(visits)


def test_the_draw_depends_on_the_seed_alone() -> None:
    first = schedule(24, seed=1, first_day=date(2026, 3, 2))
    assert first == schedule(24, seed=1, first_day=date(2026, 3, 2))
    drawn = ["".join(v.first_leg[0] for v in schedule(24, seed=s, first_day=date(2026, 3, 2)))
             for s in range(6)]  # fmt: skip
    assert len(set(drawn)) == 6
    # Written down, so that a new version cannot draw otherwise for the same seed.
    begin = "".join(v.first_leg[0] for v in first if v.visit == "1")
    assert begin == "lrlrllllrrlrlrlrrrrllrrl"


def test_visits_of_a_person_lie_the_wanted_days_apart() -> None:
    visits = schedule(10, seed=1, first_day=date(2026, 2, 27), days_apart=9, per_day=4)
    by_person: dict[str, list[date]] = {}
    for visit in visits:
        by_person.setdefault(visit.person, []).append(visit.day)
    for days in by_person.values():
        assert [b - a for a, b in pairwise(days)] == [timedelta(days=9)] * 2
    assert {v.day for v in visits if v.visit == "familiarisation"} == {
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
    }
    assert visits == tuple(sorted(visits, key=lambda v: (v.day, v.person)))
    assert {len(v.order) for v in visits} == {10}
    assert {v.visit for v in schedule(4, seed=1, first_day=date(2026, 1, 1), familiarisation=False)
            } == {"1", "2"}  # fmt: skip


@pytest.mark.parametrize("wrong", [{"people": 1}, {"days_apart": 0}, {"per_day": 0}, {"holds": 0}])
def test_an_impossible_plan_is_an_error(wrong: dict[str, int]) -> None:
    asked = {"people": 4, "seed": 1, "first_day": date(2026, 1, 1)} | wrong
    with pytest.raises(ValueError, match=next(iter(wrong))):
        schedule(**asked)  # type: ignore[arg-type]


def test_the_protocol_names_what_moves_the_result() -> None:
    told = " ".join(protocol(5, 7, familiarisation=True))
    for words in ("20 adults", "7 days apart", "5 scored holds", "familiarisation", "48 hours"):
        assert words in told
    assert "--include-familiarisation" in " ".join(protocol(5, 7, familiarisation=False))
    assert "another number of holds" in " ".join(protocol(4, 7, familiarisation=True))


def test_docstring_examples() -> None:
    import doctest

    result = doctest.testmod(study_plan)
    assert result.attempted >= 4
    assert result.failed == 0


# -- the page ----------------------------------------------------------------------------------


def test_the_example_holds_the_truth_that_the_page_tells(study: Study) -> None:
    text = " ".join(page("docs/reliability.md").text.split())
    for words in ("14.5 % from hold to hold", "8.4 % on one leg from day to day", "wanders 5 %"):
        assert words in text
    cv, legs, gap = study.one_leg_cv, study.one_leg_logs, study.measure("gap").logs
    assert isinstance(cv, WithinLegCv)
    assert cv.log_low_pct < 14.5 < cv.log_high_pct
    assert legs.between_low_pct < 8.4 < legs.between_high_pct
    assert gap.between_low_pct < 5.0 < gap.between_high_pct
    learning = study.measure("both").learning[0].change_pct
    assert learning.low < -3.0 < learning.high
    assert f"{study.one_leg_mdc95.value:.2f} N, a third of the mean" in text
    assert f"{study.one_leg_mdc95.value / math.sqrt(3):.2f} N" in text


def test_the_dictionary_and_the_reasons_of_the_page() -> None:
    doc = page("docs/reliability.md")
    columns = doc.table("column", "meaning", under="The table of a study")
    assert [row[0] for row in columns] == list(COLUMNS)
    reasons = doc.table("reason", "when", under="The table of a study")
    assert [row[0] for row in reasons] == list(get_args(Reason))
    missing = doc.table("reason", "when", under="Formulas")
    assert [row[0] for row in missing] == list(get_args(design.DesignReason))


def test_the_table_of_hold_times_is_the_packaged_one() -> None:
    from evenstance.metrics.norms import norms_for

    doc = page("docs/reliability.md")
    [rows] = list(doc.tables("Hold times by age"))
    for years, bohannon, springer, closed in rows[2:]:
        age_y = int(years.split("-")[0])
        assert norms_for(age_y, "open")[-1].to_y == int(years.split("-")[1])
        told = {n.source: f"{n.mean_s}" for n in norms_for(age_y, "open")}
        assert told.get("bohannon_2006", "-") == bohannon
        assert told["springer_2007_open"] == springer
        women, men = (n.mean_s for n in norms_for(age_y, "closed"))
        assert f"{women} / {men}" == closed


def test_the_table_of_the_mdc_of_the_gap() -> None:
    rows = next(page("docs/reliability.md").tables("Change over time"))
    cells = [(1, 3), (1, 5), (2, 3), (3, 3), (3, 5)]
    expected = tuple(f"{points(14.5, holds, n):.0f}" for n, holds in cells)
    assert rows[2][1:] == expected


def test_the_example_is_small_and_simulated() -> None:
    assert EXAMPLE.stat().st_size < 20_000
    assert "is simulated, not measured" in page("docs/reliability.md").text
    assert Path(EXAMPLE).read_text("utf-8").isascii()
