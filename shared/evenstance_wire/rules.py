"""The one table of hold rules, by name, for whoever prints or applies them; a board needs none."""

from evenstance_wire.hold_rules import RULES_ID, Rules

__all__ = ("RULES_ID", "TABLE", "Rules", "value")

# (name, default) in the order of the rules
TABLE = tuple([row for row in Rules.__dict__.items() if row[0][0] != "_"])


def value(name: str) -> int:
    """The default of one rule; KeyError for a name that is not in the table."""
    for row in TABLE:
        if row[0] == name:
            return row[1]
    raise KeyError(name)
