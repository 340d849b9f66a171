"""Every metric is whole: example, range, unit, source; every refusal has its reason."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

from evenstance import metrics, signal
from evenstance.metrics import asymmetry, hold
from evenstance.metrics.definition import GRADES, REASONS, Definition, NotAvailable
from evenstance.metrics.refused import BY_NAME, REFUSED, refused
from evenstance.metrics.registry import BY_ID, METRICS, definition, like

MODULES = [
    importlib.import_module(f"{package.__name__}.{found.name}")
    for package in (metrics, signal)
    for found in pkgutil.iter_modules(package.__path__)
]
EACH = pytest.mark.parametrize("one", METRICS, ids=[m.id for m in METRICS])
UNITS = {"_s": "s", "_n": "N", "_pct": "%", "_pct_bw": "%BW", "_count": "-"}
ISSUE = (
    "cop_velocity cop_path cop_area cop_ellipse ankle_strategy forefoot_rearfoot pelvic_drop "
    "knee_valgus quad_ham_ratio muscle_activation dpsi jump_height fall_risk anterior_posterior"
)


@pytest.mark.parametrize("module", MODULES, ids=[m.__name__ for m in MODULES])
def test_examples(module: object) -> None:
    assert inspect.ismodule(module)
    assert doctest.testmod(module).failed == 0


@EACH
def test_every_metric_has_an_analytic_example(one: Definition) -> None:
    text = inspect.getdoc(one.function) or ""
    assert one.function.__module__ in {module.__name__ for module in MODULES}, "not run above"
    assert doctest.DocTestParser().get_examples(text), one.id
    assert "Minimum data:" in text
    known = r"sine|step|ramp|constant|pulse"
    assert re.search(known, text), f"{one.id}: an example of none of {known}"


@EACH
def test_every_metric_is_said_whole(one: Definition) -> None:
    for text in (one.name, one.formula, one.minimum_data, one.source, one.error):
        assert text
        assert text.isascii()
    assert one.grade in GRADES
    assert one.version >= 1
    low, high = one.valid_range
    assert low < high
    assert set(one.spoilt_by) <= set(REASONS)
    assert one.method.metric_id == one.id
    ending = max((e for e in UNITS if one.id.endswith(e)), key=len)
    assert one.unit == UNITS[ending], "the id carries the unit"
    assert (one.error == "not stated") == (one.error_kind == "not_stated")
    assert "[M]" not in one.source


def test_ids_and_methods_are_unique() -> None:
    assert len(BY_ID) == len(METRICS)
    assert len({one.method.id for one in METRICS}) == len(METRICS)
    assert definition("force_sd_n").unit == "N"
    with pytest.raises(KeyError):
        definition("cop_velocity")


def test_method_ids_do_not_change_unnoticed() -> None:
    """A changed parameter or formula is a new method: raise the version, then this table."""
    assert {one.id: one.method.id for one in METRICS} == {
        "hold_time_s": "hold_time_s@1:f3de8e",
        "touch_down_count": "touch_down_count@1:961f48",
        "stray_load_pct_bw": "stray_load_pct_bw@1:db25eb",
        "stray_time_pct": "stray_time_pct@1:47f845",
        "load_share_mean_pct": "load_share_mean_pct@1:db25eb",
        "load_share_min_pct": "load_share_min_pct@1:db25eb",
        "load_share_sd_pct": "load_share_sd_pct@1:db25eb",
        "force_sd_n": "force_sd_n@1:594a89",
        "force_sd_1_n": "force_sd_1_n@1:ade983",
        "force_sd_2_n": "force_sd_2_n@1:fcce05",
        "force_sd_3_n": "force_sd_3_n@1:29aa7c",
        "force_sd_4_n": "force_sd_4_n@1:4bc1e8",
        "force_sd_droop_corrected_n": "force_sd_droop_corrected_n@1:274f01",
        "force_sd_pct_bw": "force_sd_pct_bw@1:594a89",
        "force_mean_n": "force_mean_n@1:db25eb",
        "force_range_p95_p5_n": "force_range_p95_p5_n@1:db25eb",
        "settling_time_s": "settling_time_s@1:eaf63f",
        "body_weight_n": "body_weight_n@1:9001e3",
        "weight_bearing_asymmetry_pct": "weight_bearing_asymmetry_pct@1",
        "left_force_sd_n": "left_force_sd_n@1",
        "right_force_sd_n": "right_force_sd_n@1",
        "sum_force_sd_n": "sum_force_sd_n@1",
    }


def test_polarities_are_those_of_the_asymmetry() -> None:
    for name, polarity in asymmetry.POLARITY.items():
        assert BY_ID[name].polarity == polarity


def test_the_numbers_of_a_trial_have_an_entry() -> None:
    told = {f.name for f in inspect.signature(hold.Trial).parameters.values()}
    assert {"hold_time_s", "force_sd_n", "force_mean_n", "touch_down_count"} <= told
    numbers = {n for n in told if n.endswith(("_n", "_pct_bw", "_time_s", "_time_pct", "_count"))}
    assert numbers - {"body_weight_n"} <= set(BY_ID) | {"force_sd_windows_n"}


def test_a_reason_must_be_known() -> None:
    with pytest.raises(KeyError):
        NotAvailable("bad luck")
    assert NotAvailable("gap").reason == "gap"


@pytest.mark.parametrize("name", ISSUE.split())
def test_what_cannot_be_known_is_refused_with_a_reason(name: str) -> None:
    one = refused(name)
    assert one is not None
    assert one.name == name
    assert len(one.reason) > 20
    assert len(one.instead) > 20


def test_refusals_have_one_owner_and_name_no_metric() -> None:
    names = [name for one in REFUSED for name in (one.name, *one.synonyms)]
    assert len(names) == len(set(names)) == len(BY_NAME)
    assert not set(names) & set(BY_ID)
    for one in REFUSED:
        for word in re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", one.instead):
            assert word in BY_ID, f"{one.name} sends to {word}"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("CoP velocity", "cop_velocity"),
        ("sway-area", "cop_area"),
        ("EMG", "muscle_activation"),
        ("hip strategy", "ankle_strategy"),
        ("AP_sway", "anterior_posterior"),
        ("force_sd_n", None),
        ("", None),
    ],
)
def test_other_names_and_spellings(written: str, name: str | None) -> None:
    found = refused(written)
    assert (None if found is None else found.name) == name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("force_sdn", "force_sd_n"),
        ("holdtime_s", "hold_time_s"),
        ("cop_velocty", "cop_velocity"),
        ("Body_Weight", "body_weight_n"),
    ],
)
def test_misspelt_names_find_what_was_meant(written: str, meant: str) -> None:
    assert like(written)[0] == meant


def test_nonsense_is_like_nothing() -> None:
    assert like("zzzzqqq") == []
