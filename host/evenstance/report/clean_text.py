"""Names and notes made safe for a terminal: whatever somebody typed moves no cursor.

What would act on a terminal, or turn the reading order round, is shown by its code: an escape
character becomes the four letters `\\x1b`. Letters of every script stay as they are.
"""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # spelling needs them in Persian, Hindi and emoji; they move nothing
_ACTS = ("Cc", "Cf", "Cs", "Zl", "Zp")


def clean(text: str) -> str:
    r"""The text without anything that acts on a terminal; line breaks stay.

    >>> clean("Ana\x1b[2J\tB\nC")
    'Ana\\x1b[2J B\nC'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(one) for one in text)


def one_line(text: str) -> str:
    r"""The same for a name or a cell of a table: line breaks become spaces.

    >>> one_line("Ana\nVerdict: \u202eno")
    'Ana Verdict: \\u202eno'
    """
    return clean(" ".join(text.splitlines()))


def _shown(one: str) -> str:
    if one == "\n" or one in _JOINERS or unicodedata.category(one) not in _ACTS:
        return one
    if one == "\t":
        return " "
    code = ord(one)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
