"""Opens the clinic's history as the same `Store` that the laptop's own is."""

from __future__ import annotations

from pathlib import Path

from evenstance.clinic.access import Role
from evenstance.clinic.address import checked, shown
from evenstance.clinic.engine import clinic_engine
from evenstance.clinic.faults import translated
from evenstance.clinic.standing import in_the_way, standing
from evenstance.store.repository import Store


def open_clinic(address: str, needs: Role = "read") -> Store:
    """Open the history at the address; StoreError when it cannot be used, and why.

    A login whose role is less than `needs` is told so now, not when there is something to store.
    """
    url = checked(address)
    engine = clinic_engine(url)
    place = shown(url)
    try:
        with translated(place):
            who = standing(engine)
        for _, error in in_the_way(who, place, needs):
            raise error
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, Path(place), guard=lambda: translated(place))
