"""Where the clinic's history is: EVENSTANCE_STORE, checked before anything connects."""

from __future__ import annotations

import ipaddress
import os

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from evenstance.errors import StoreError
from evenstance.store.location import STORE_VARIABLE

DRIVER = "postgresql+psycopg"
ENCRYPTED = ("require", "verify-ca", "verify-full")
DEFAULT_SSLMODE = "verify-full"
CONNECT_TIMEOUT_S = 10
ANCHOR = "the-clinics-history-cannot-be-reached"


def checked(address: str) -> URL:
    """The address as SQLAlchemy takes it; StoreError when it is none or would be sent in clear.

    A server on another computer is only talked to under TLS: without `sslmode` the server's
    certificate is verified (verify-full), and anything weaker than `require` is refused.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # the latter: a port that is no number
        raise _not_an_address("It is no database address.") from None
    if url.drivername == "postgresql":
        url = url.set(drivername=DRIVER)
    if url.drivername != DRIVER:
        raise _not_an_address("It does not begin with postgresql+psycopg://.")
    if not url.database:
        raise _not_an_address("It names no database.")
    mode = url.query.get("sslmode")
    if not is_local(url):
        if mode is None:
            url = url.update_query_dict({"sslmode": DEFAULT_SSLMODE})
        elif mode not in ENCRYPTED:
            raise StoreError(
                f"{shown(url)} would be reached without encryption",
                cause=f"The server is another computer and sslmode is {mode}.",
                next_step=f"Set sslmode to verify-full in {STORE_VARIABLE}, or leave it out.",
                anchor=ANCHOR,
            )
    if "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": str(CONNECT_TIMEOUT_S)})
    return url


def shown(url: URL) -> str:
    """The address as it may be printed: no password, no options."""
    at = _hosts(url)
    where = f"{at[0]}{f':{url.port}' if url.port else ''}" if at else "this computer"
    return f"{url.database} on {where}" + (f" as {url.username}" if url.username else "")


def _hosts(url: URL) -> list[str]:
    """Every host that the driver may try; a folder is that of a local socket."""
    # In the options they win over the one before the database, and may be several, with commas.
    names = _listed(url.query.get("host")) or _listed(url.host or os.environ.get("PGHOST"))
    # A number is what is connected to, whatever the name is.
    numbers = url.query.get("hostaddr") or os.environ.get("PGHOSTADDR")
    return [*names, *_listed(numbers)]


def _listed(value: str | tuple[str, ...] | None) -> list[str]:
    values = (value,) if isinstance(value, str) else value or ()
    return [one for part in values for one in part.split(",") if one]


def is_local(url: URL) -> bool:
    """Whether only this computer can be what is reached."""
    # A service file may name any host.
    if "service" in url.query or os.environ.get("PGSERVICE"):
        return False
    return all(_local_host(host) for host in _hosts(url))


def _local_host(host: str) -> bool:
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _not_an_address(cause: str) -> StoreError:
    return StoreError(
        f"{STORE_VARIABLE} is not the address of a clinic's history",
        cause=cause,
        next_step="Write it as postgresql+psycopg://LOGIN@HOST/DATABASE, or unset it to use the "
        "history of this computer.",
        anchor=ANCHOR,
    )
