"""Shortens names in firmware files that nobody looks up or reads, before they are compiled.

MicroPython keeps the name of every parameter, in case a call uses it, of every attribute and of
every number of a module. Each takes memory on a board, about its length and ten bytes more. What a
traceback shows stays: the names of functions and classes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from string import ascii_lowercase

from evenstance.device.folding import text_of


def shortened(texts: Mapping[str, str]) -> dict[str, str]:
    """The same programs: parameters and private attributes have short names, and private numbers
    none.

    What is a program of its own, in no package, stays as it is.
    """
    trees = {target: ast.parse(text, target) for target, text in texts.items()}
    said = {
        node.arg
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg is not None
    }
    attributes = _attributes(trees.values())
    found = dict(texts)
    for target, tree in trees.items():
        if "/" in target:
            _hide_numbers(tree)
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute):
                    node.attr = attributes.get(node.attr, node.attr)
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    _shorten(node, said)
            found[target] = text_of(tree)
    return found


def _shorten(function: ast.FunctionDef, said: set[str]) -> None:
    """Give the parameters of a function letters; those that any call names keep theirs."""
    arguments = function.args
    inner = [node for statement in function.body for node in ast.walk(statement)]
    if any(isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)) for node in inner):
        return
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
        return
    names = [node for node in inner if isinstance(node, ast.Name)]
    letters = _letters({node.id for node in names} | said)
    new = {
        argument.arg: next(letters)
        for argument in arguments.args
        if len(argument.arg) > 1 and argument.arg not in said | {"self"}
    }
    for argument in arguments.args:
        argument.arg = new.get(argument.arg, argument.arg)
    for node in names:
        node.id = new.get(node.id, node.id)


def _letters(used: set[str]) -> Iterator[str]:
    return (letter for letter in ascii_lowercase if letter not in used)


def _attributes(trees: Iterable[ast.Module]) -> dict[str, str]:
    """Short names of private attributes that are data: the same one for two that no class has both
    of, and none that a program uses for anything else.
    """
    stored: set[str] = set()
    taken: set[str] = set()  # by methods, functions, public attributes, and texts
    together: list[set[str]] = []  # attributes that stand in one class
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.ClassDef):
            inner = list(ast.walk(node))
            together.append({one.attr for one in inner if isinstance(one, ast.Attribute)})
            taken |= {one.id for part in node.body for one in _set_by(part)}
        elif isinstance(node, ast.FunctionDef):
            taken.add(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            taken.add(node.value)
        elif isinstance(node, ast.Attribute):
            if isinstance(node.ctx, ast.Store) and _is_private(node.attr):
                stored.add(node.attr)
            elif not _is_private(node.attr):
                taken.add(node.attr)
    found: dict[str, str] = {}
    for name in sorted(stored - taken):
        near = {found.get(one, one) for row in together if name in row for one in row}
        found[name] = next(short for short in _shorts() if short not in taken | near)
    return found


def _set_by(statement: ast.stmt) -> list[ast.Name]:
    """Names that a statement of a class sets as attributes of the class."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [one for part in targets for one in ast.walk(part) if isinstance(one, ast.Name)]


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _shorts() -> Iterator[str]:
    yield from ascii_lowercase
    for letter in ascii_lowercase:
        yield "_" + letter
    for letter in ascii_lowercase:
        yield letter + "_"


def _hide_numbers(tree: ast.Module) -> None:
    """Make `_NAME = number` a `const`, of which nothing is left but the number."""
    hidden = False
    for statement in tree.body:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        name = statement.targets[0]
        if isinstance(name, ast.Name) and name.id.startswith("_") and name.id.isupper():
            value = _number(statement.value)
            if value is not None:
                number = ast.Constant(value)
                statement.value = ast.Call(ast.Name("const", ast.Load()), [number], [])
                hidden = True
    if hidden:
        tree.body.insert(0, ast.ImportFrom("micropython", [ast.alias("const")], 0))


def _number(value: ast.expr) -> int | None:
    """The number that an expression of numbers alone makes."""
    kinds = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)
    if not all(isinstance(node, kinds) for node in ast.walk(value)):
        return None
    made = eval(compile(ast.Expression(value), "", "eval"), {})
    return made if type(made) is int else None
