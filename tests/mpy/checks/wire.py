"""Requests and replies by the names of their fields: the board's parts know rows of values."""

from evenstance_wire import messages

_REPLIES = dict([(ask.kind, reply) for ask, reply in messages.REQUESTS])
_TABLES = dict([(t.kind, t) for t in messages.UNASKED + tuple(_REPLIES.values())])


def row_of(table, values):
    """The row of a dict; every field must be in it, and no other."""
    assert len(values) == len(table.fields)
    return [values[name] for name, _ in table.fields]


def named(table, row):
    """The dict of a row."""
    assert len(row) == len(table.fields), (table.name, row)
    return dict(zip([name for name, _ in table.fields], row))


def ask(part, table, values, tag=1):
    """The values of the reply, None when it follows later."""
    row = part.requests[table.kind](row_of(table, values), tag)
    return None if row is None else named(_REPLIES[table.kind], row)


def sent(kind, form, row):
    """(table, values) of a message that a part gave to the link."""
    table = _TABLES[kind]
    assert table.form == form
    return table, named(table, row)
