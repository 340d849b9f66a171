"""The demonstration finds what is there and nothing else."""

from __future__ import annotations

import pytest
from programs import Run

from evenstance.commands.demo import DEFAULT_SEED

SLOW = pytest.mark.timeout(900)
EQUAL_SEED = 2


@SLOW
def test_the_default_demo_finds_the_difference_and_plans_for_the_less_steady_leg(
    evenstance: Run,
) -> None:
    result = evenstance("demo", "--difference", "25", "--json", timeout_s=850).json()
    assert result["truth"] == {
        "difference_pct": 25.0,
        "less_steady": "left",
        "seed": DEFAULT_SEED,
    }
    assert result["verdict"]["step"] == 3
    assert len(result["sessions"]) == 4
    assert [s["familiarisation"] for s in result["sessions"]] == [True, False, False, False]
    assert len({s["day"] for s in result["sessions"]}) == 4
    assert result["asymmetry"] is not None
    plan = result["plan"]
    assert (plan["kind"], plan["difference"]["less_steady"]) == ("balance_block", "left")
    assert plan["difference"]["difference_pct"] >= 15.0
    assert plan["items"]


@SLOW
def test_a_demo_of_equal_legs_gets_no_plan(evenstance: Run) -> None:
    arguments = ("--difference", "0", "--seed", str(EQUAL_SEED))
    result = evenstance("demo", *arguments, "--json", timeout_s=850).json()
    assert result["truth"]["less_steady"] is None
    assert result["verdict"]["step"] < 3
    assert result["plan"]["kind"] == "no_plan"
    assert "items" not in result["plan"]
