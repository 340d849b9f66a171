"""Text that people typed, made safe for files: no control characters, one kind of line end."""

from __future__ import annotations

from datetime import date, datetime, timezone

_REPLACED = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if code not in (9, 10)}
_FORMULA = "=+-@\t\n'\uff1d\uff0b\uff0d\uff20"  # also the full-width forms


def clean(text: str) -> str | None:
    r"""Text without control characters, its lines ended by \n; None when nothing is left.

    Control characters become U+FFFD: shown in a terminal they could do things there.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").translate(_REPLACED)
    return plain or None


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula: with an apostrophe before it if need be.

    Also before text that begins with an apostrophe, so that taking one away gives every text back.

    >>> neutral("=1+1"), neutral("Jo"), neutral("'t Hart")
    ("'=1+1", 'Jo', "''t Hart")
    """
    first = text.lstrip(" \u00a0\ufeff\u200b")[:1]
    return f"'{text}" if first and first in _FORMULA else text


def day_text(value: date) -> str:
    """2026-01-31"""
    return value.isoformat()


def time_text(value: datetime) -> str:
    """2026-01-31T09:05:00.000000Z"""
    return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
