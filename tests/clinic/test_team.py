"""The team view of a clinic's history: the same people, the same decisions, on PostgreSQL."""

from __future__ import annotations

from team_history import NAMES, TODAY, fill_team
from test_team import GOLDEN, check_as_alone, text

from evenstance.flows.team import team_of
from evenstance.store.repository import Store


def test_the_team_of_a_clinic_is_that_of_a_laptop(store: Store) -> None:
    fill_team(store)
    team = team_of(store, TODAY)
    assert [one.name for one in team.members] == list(NAMES)
    assert text(team) == GOLDEN.read_text(encoding="utf-8")
    check_as_alone(store)
