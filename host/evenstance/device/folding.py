"""Puts the constants of `evenstance_wire` into a firmware file before it is compiled.

A board needs of the message tables only numbers and forms, of the flags only bits. Compiled with
them in place, a file looks no names up, and whole modules need not be on the board.
"""

from __future__ import annotations

import ast
import importlib

from evenstance.errors import FlashError

WIRE = "evenstance_wire"


def folded(source: str, target: str) -> str:
    """The same program: what it takes from `evenstance_wire` and is constant stands in its place.

    Raises FlashError when the file gives another meaning to a name that it took from there.
    """
    tree = ast.parse(source, target)
    taken = {
        name.asname or name.name: _value(statement.module, name.name)
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and _is_wire(statement.module)
        for name in statement.names
    }
    again = sorted(_bound(tree) & set(taken))
    if again:
        raise FlashError(
            f"{target} cannot be compiled.",
            cause=f"it imports {', '.join(again)} from {WIRE}, and sets that name itself",
            next_step="Rename one of the two.",
        )
    tree = _Folder(taken).visit(tree)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    body: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and _is_wire(statement.module):
            statement.names = [n for n in statement.names if (n.asname or n.name) in used]
            if not statement.names:
                continue
        body.append(statement)
    tree.body = body
    return text_of(tree)


def text_of(tree: ast.Module) -> str:
    """The program of a tree. `a, b = b, a` is written so: MicroPython makes a tuple of `(b, a)`,
    which takes memory."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and all(
            isinstance(part, ast.Tuple) for part in (*node.targets, node.value)
        ):
            node.targets = [_bare(target) for target in node.targets]
            node.value = _bare(node.value)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _bare(value: ast.expr) -> ast.expr:
    """A tuple without its parentheses."""
    if not isinstance(value, ast.Tuple) or len(value.elts) < 2:
        return value
    return ast.Name(", ".join(map(ast.unparse, value.elts)), ast.Load())


def modules_of(source: str) -> set[str]:
    """Modules that a program imports, each by its full name, packages above them included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            found |= {".".join(parts[: n + 1]) for n in range(len(parts))}
    return found


def _is_wire(module: str | None) -> bool:
    return module is not None and module.split(".")[0] == WIRE


def _value(module: str | None, name: str) -> object:
    """What `from module import name` gives."""
    found = importlib.import_module(str(module))
    if not hasattr(found, name):
        return importlib.import_module(f"{module}.{name}")
    return getattr(found, name)


def _bound(tree: ast.Module) -> set[str]:
    """Names that the program sets other than by an import."""
    found: set[str | None] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                found.add(node.id)
            case ast.arg():
                found.add(node.arg)
            case ast.FunctionDef() | ast.ClassDef() | ast.ExceptHandler():
                found.add(node.name)
            case _:
                pass
    return {name for name in found if name is not None}


def _is_constant(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_constant, value))  # pyright: ignore[reportUnknownArgumentType]
    return type(value) in (int, str)


class _Folder(ast.NodeTransformer):
    def __init__(self, taken: dict[str, object]) -> None:
        self._taken = taken

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return self._folded(node) or self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._folded(node) or node

    def _folded(self, node: ast.Attribute | ast.Name) -> ast.expr | None:
        """The constant that this stands for, None when it stands for none."""
        names: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name) or inner.id not in self._taken:
            return None
        value = self._taken[inner.id]
        for name in reversed(names):
            if not hasattr(value, name):
                return None
            value = getattr(value, name)
        return ast.parse(repr(value), mode="eval").body if _is_constant(value) else None
