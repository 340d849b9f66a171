"""What the firmware's compiler does to the programs before it compiles them."""

from __future__ import annotations

import ast

import pytest

from evenstance.device.folding import folded, modules_of
from evenstance.device.shortening import shortened
from evenstance.errors import FlashError
from evenstance.firmware_files import firmware_files
from evenstance_wire import flags, messages

USER = '''
from micropython import const
from evenstance_wire import PROTOCOL, flags as f, frames, messages
from evenstance_wire.messages import SUMMARY
from evenstance_wire.units import LEFT

_MOST = f.HOLD | 16


def work(sampler, flags, names=PROTOCOL):
    """What `sampler` says."""
    if flags & f.LATE:
        names, flags = flags, names
    row = sampler.f.LATE, SUMMARY.size
    return row, frames.encode(messages.LIVE.kind, LEFT), messages.LIVE.form
'''


def test_constants_stand_in_their_places() -> None:
    made = folded(USER, "user.py")
    assert "from evenstance_wire import frames\n" in made
    assert "messages" not in made
    assert "if flags & 1:" in made
    assert f"frames.encode({messages.LIVE.kind}, 0), 'HH')" in made
    assert f"row = (sampler.f.LATE, {messages.SUMMARY.size})" in made, "that f is another one"
    assert f"_MOST = {flags.HOLD} | 16" in made
    assert modules_of(made) == {
        *("micropython", "micropython.const"),
        *("evenstance_wire", "evenstance_wire.frames"),
    }


def test_an_exchange_makes_no_tuple() -> None:
    """MicroPython exchanges two variables without memory only if it is written so."""
    assert "names, flags = flags, names\n" in folded(USER, "user.py")


@pytest.mark.parametrize(
    "line", ["f = 3", "def f(): pass", "def use(f): pass", "for f in x: pass"]
)
def test_another_meaning_of_a_name_is_refused(line: str) -> None:
    with pytest.raises(FlashError, match=r"user\.py"):
        folded(f"from evenstance_wire import flags as f\n{line}\n", "user.py")


def test_what_is_no_constant_stays() -> None:
    source = "from evenstance_wire import messages\nprint(messages.LIVE, messages.REQUESTS)\n"
    assert folded(source, "user.py") == source


ONE = """
class One:
    def __init__(self, first_n, tag):
        self._first_n = first_n
        self._tag = tag
        self.t = 0

    def _look(self, other, limit_n=2):
        self._tag = [limit_n for limit_n in other._first_n]
        return self._look(other, limit_n)
"""
TWO = """
from one import One

_LIMIT = 1 << 4
_BOTH = (1, 2)


class Two:
    def __init__(self, implementation, tag):
        self._other = One(implementation._machine, tag=tag)
        self._seen = hasattr(self, "_kept")
        self._kept = _LIMIT
        self._look = None
"""


def test_names_that_nobody_reads_are_short() -> None:
    made = shortened({"p/one.py": ONE, "p/two.py": TWO, "main.py": "a_name = 1\n"})
    assert made["main.py"] == "a_name = 1\n"
    one, two = ast.parse(made["p/one.py"]), ast.parse(made["p/two.py"])
    names = {
        node.attr
        for tree in (one, two)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
    }
    # a method, what another object has, what a text names, what is public
    assert {"_look", "_machine", "_kept", "t"} <= names
    assert names - {"_look", "_machine", "_kept", "t"} == {"a", "b"}, "one class's are another's"
    assert "def __init__(self, a, tag):" in made["p/one.py"], "`tag` is named in a call"
    assert "_LIMIT = const(16)" in made["p/two.py"]
    assert "_BOTH = (1, 2)" in made["p/two.py"]


def test_the_shortened_program_does_the_same() -> None:
    def results(source: str) -> list[object]:
        space: dict[str, object] = {}
        exec(
            compile(source + "\nmade = One(3, 4)\nother = One([1, 2], 5)\n", "one", "exec"), space
        )
        return [sorted(map(str, vars(space[name]).values())) for name in ("made", "other")]

    source = ONE.replace("        return self._look(other, limit_n)\n", "")
    assert results(shortened({"p/one.py": source})["p/one.py"]) == results(source)


def test_all_of_the_firmware_still_parses_with_all_its_functions() -> None:
    texts = {t: path.read_text(encoding="utf-8") for t, path in firmware_files().items()}
    made = shortened({t: folded(s, t) if "/" in t else s for t, s in texts.items()})
    for target, source in texts.items():
        assert functions(made[target]) == functions(source), target


def functions(source: str) -> list[str]:
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
