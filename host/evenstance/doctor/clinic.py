"""Looks at a clinic's history and judges it: server, login, version, clock."""

from __future__ import annotations

from evenstance.clinic.address import checked, is_local, shown
from evenstance.clinic.engine import clinic_engine
from evenstance.clinic.faults import ROLE, translated
from evenstance.clinic.standing import Standing, in_the_way, standing
from evenstance.doctor.check import CLINIC_ANCHORS, Check, look, not_checked, ok, wrong
from evenstance.errors import StoreError

MAY = {
    "read": "may look, not measure",
    "measure": "may measure",
    "admin": "may measure, remove and merge",
}


def clinic_checks(address: str) -> list[Check]:
    """All of them; one that cannot be looked at says why."""
    try:
        url = checked(address)
        engine = clinic_engine(url)
        try:
            with translated(shown(url)):
                who = standing(engine)
        finally:
            engine.dispose()
    except StoreError as error:
        # Who is not let in has reached the server.
        name = "clinic_login" if error.anchor == ROLE else "clinic_server"
        found = [_wrong(name, error)]
        return found + [
            not_checked(n, "the server was not asked") for n in CLINIC_ANCHORS if n != name
        ]
    place = shown(url)
    faults = {f"clinic_{about}": error for about, error in in_the_way(who, place, "read")}
    verified = is_local(url) or url.query.get("sslmode") != "require"
    return [
        _server(place, who, verified=verified),
        *(
            _wrong(name, faults[name]) if name in faults else ok(name, text)
            for name, text in (
                ("clinic_login", f"{who.login}, clinic {who.clinic}: {MAY[who.role]}"),
                ("clinic_version", f"schema {who.revision} on both sides"),
                ("clinic_clock", f"{abs(who.apart_s):.1f} s from the server's"),
            )
        ),
    ]


def _server(place: str, who: Standing, *, verified: bool) -> Check:
    how = "encrypted" if who.encrypted else "on this computer, not encrypted"
    if verified:
        return ok("clinic_server", f"{place} answers, {how}")
    return look(
        "clinic_server",
        f"{place} answers, {how}; nothing proves that it is the clinic's server",
        "Set sslmode to verify-full in EVENSTANCE_STORE, or leave it out: docs/clinic.md.",
    )


def _wrong(name: str, error: StoreError) -> Check:
    told = f"{error.what}: {error.cause}" if error.cause else error.what
    return wrong(name, told, error.next_step, error.anchor)
