"""Plans come back out of JSON exactly as they were given."""

from __future__ import annotations

import json

import pytest
from course_cases import plan_of
from plan_cases import TODAY

from evenstance.plan.prescribe import Options
from evenstance.plan.refusals import ours
from evenstance.plan.stored import NoStoredPlanError, plan_from, wait_from
from evenstance.plan.types import Plan, Wait

PLANS = (
    plan_of(34),
    plan_of(70),
    plan_of(34, practice=True),
    plan_of(70, practice=True),
    plan_of(34, Options(clinician="A physio", days=("tue", "sat"), block_number=2)),
)


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_survives_json(plan: Plan) -> None:
    assert plan_from(json.loads(json.dumps(plan.as_dict()))) == plan


def test_a_wait_survives_json() -> None:
    wait = Wait(TODAY, TODAY, ("a", "b"), (ours("Measure again."),))
    assert wait_from(json.loads(json.dumps(wait.as_dict()))) == wait


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "no_plan"),
        ("starts_on", "soon"),
        ("weeks", None),
        ("order", ["left"]),
        ("block_number", True),
        ("clinician", 7),
    ],
)
def test_what_is_no_plan_is_named(key: str, value: object) -> None:
    body = {**plan_of(34).as_dict(), key: value}
    with pytest.raises(NoStoredPlanError, match="Plan"):
        plan_from(body)


def test_a_missing_field_is_named() -> None:
    body = dict(plan_of(34).as_dict())
    del body["person"]
    with pytest.raises(NoStoredPlanError, match="person"):
        plan_from(body)
