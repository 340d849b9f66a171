"""Turns failures of the clinic's server into StoreError with a cause and a next step."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from evenstance.errors import StoreError

REACH = "the-clinics-history-cannot-be-reached"
ROLE = "the-role-does-not-allow-that"

# SQLSTATE or its class (Appendix A of PostgreSQL's manual), what it means here, what to do.
_KNOWN = (
    ("42501", "does not allow that to your login", "Ask who runs it for the role you need."),
    ("28", "does not let you in", "Check the login and its password (PGPASSFILE or ~/.pgpass)."),
    (
        "3D000",
        "is not there",
        "Check its name; the owner makes it with createdb.",
    ),
    ("3F000", "was never set up", "Its owner runs `evenstance clinic init` first."),
    ("42883", "was never set up", "Its owner runs `evenstance clinic init` first."),
    ("42P01", "was never set up", "Its owner runs `evenstance clinic init` first."),
    ("55P03", "is busy: somebody else writes", "Wait a moment, then try again."),
    ("53", "has no room left", "Free disk space on the server; nothing was half written."),
    (
        "23",
        "refused a record that contradicts what it holds",
        "Nothing was changed. Check the names and numbers given.",
    ),
    ("40", "was changed by somebody else meanwhile", "Nothing was changed. Try again."),
    ("25006", "can only be read", "The server is a copy; use the first one."),
)
# A connection that does not come to be has no SQLSTATE, only words.
_REFUSED = (
    (r"password authentication failed|no password supplied|no pg_hba.conf entry", "28"),
    (r'role ".*" does not exist|is not permitted to log in', "28"),
    (r'database ".*" does not exist', "3D000"),
    (r"permission denied for database", "42501"),
)
_CERTIFICATE = ("certificate", "SSL", "sslmode")
_UNPROVEN = (
    "Ask who runs the server for its root certificate and put it into ~/.postgresql/root.crt, and "
    "use the name that the certificate is for."
)
_LOST = "Nothing was half written. Try again; what the board holds it keeps until it is stored."


def clinic_error(error: BaseException, place: str) -> StoreError:
    """Return the StoreError for a failure of the server at `place`."""
    original = getattr(error, "orig", None) or error
    state = str(getattr(original, "sqlstate", None) or "")
    cause = " ".join(str(original).split())[:300]
    if not state and isinstance(error, OperationalError):
        state = next((found for words, found in _REFUSED if re.search(words, cause)), "")
        if not state and any(word in cause for word in _CERTIFICATE):
            return StoreError(
                f"The server of {place} cannot be trusted or does not encrypt",
                cause=cause,
                next_step=_UNPROVEN,
                anchor=REACH,
            )
    for known, what, next_step in _KNOWN:
        if state.startswith(known):
            return StoreError(
                f"The history {place} {what}",
                cause=cause,
                next_step=next_step,
                anchor=ROLE if state == "42501" else REACH if state[:1] in "23" else "",
            )
    lost = isinstance(error, (OperationalError, InterfaceError)) and not state
    if lost or state.startswith(("08", "57")):
        return StoreError(
            f"The history {place} cannot be reached", cause=cause, next_step=_LOST, anchor=REACH
        )
    return StoreError(
        f"The history {place} could not be used",
        cause=cause,
        next_step="Nothing was changed. Try again; if it stays, report this message.",
    )


@contextmanager
def translated(place: str) -> Generator[None, None, None]:
    """Raise StoreError in place of any failure of the server inside the block."""
    try:
        yield
    except SQLAlchemyError as error:
        raise clinic_error(error, place) from error
