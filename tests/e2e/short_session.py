"""`evenstance session` with one scored hold on each leg and rests that a key must end.

Run as a program: the arguments are those of the command, and `--no-practice` in front of them
leaves out the practice block.
"""

from __future__ import annotations

import sys

from evenstance import cli
from evenstance.flows import guide

LONG_S = 3600.0


def main() -> None:
    """The command as a person would start it, with a shorter plan behind `quick`."""
    arguments = sys.argv[1:]
    practice = arguments[:1] != ["--no-practice"]
    guide.QUICK = guide.SessionPlan("quick", 1, rest_s=LONG_S, practice=practice)
    cli.main(["session", "--protocol", "quick", *arguments[not practice :]])


if __name__ == "__main__":
    main()
