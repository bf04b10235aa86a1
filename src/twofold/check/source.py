"""A Python file as rules read it: its tree, what its names were imported as, and its functions by their role."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from twofold.check.findings import Edit

Function = ast.FunctionDef | ast.AsyncFunctionDef
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PACKAGE = "twofold"
_FIELDS = {
    kind: tuple(name for name in reversed(kind._fields) if name not in ("ctx", "op", "ops", "id", "attr"))
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""Where nodes are in a node, the last first; what an operator is, and which way a name is used, are no nodes of their own."""

_RUN_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Decorator:
    """One decorator.

    Args:
        name: the name in Twofold, such as `action`; empty for every other.
        call: with its arguments, where it is called.
    """

    name: str
    node: ast.expr
    call: ast.Call | None


@dataclass(slots=True)
class Role:
    """A function and what Twofold takes it for.

    Args:
        kind: "action", "cached", "region", "page", "handler" or "" for a function of the app's own.
        method: of a handler.
        route: of a handler that names its own; empty in folders.
        body: every node of its own body, without the functions inside it, which run at another time.
    """

    function: Function
    kind: str
    body: list[ast.AST]
    decorators: list[Decorator] = field(default_factory=list)
    method: str = ""
    route: str = ""

    def has(self, *names: str) -> bool:
        """Whether one of these decorators of Twofold is on the function."""
        return any(one.name in names for one in self.decorators)

    def arguments(self, name: str) -> ast.Call | None:
        """Give the call of a decorator of Twofold."""
        return next((one.call for one in self.decorators if one.name == name), None)


class Source:
    """A file.

    Args:
        path: as it is shown.

    Raises:
        SyntaxError: it is no Python.
    """

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        self.tree = ast.parse(text)
        self.lines = text.splitlines()

    def column(self, line: int, offset: int) -> int:
        """Give a column in characters, from 1.

        Args:
            offset: in bytes of UTF-8, from 0, as `ast` counts.
        """
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return len(text.encode()[:offset].decode(errors="replace")) + 1

    def replaced(self, node: ast.expr, text: str) -> Edit:
        """Give the edit that puts a text in the place of an expression."""
        end_line, end_offset = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        start = node.lineno, self.column(node.lineno, node.col_offset)
        return Edit(start, (end_line, self.column(end_line, end_offset)), text)

    def code(self, node: ast.expr | ast.stmt) -> str:
        """Give an expression or a statement as it is written."""
        return ast.get_source_segment(self.text, node) or ast.unparse(node)

    @property
    def is_test(self) -> bool:
        """Whether it belongs to tests, which hold secrets and call from outside as they like."""
        parts = {part.lower() for part in self.path.parts[:-1]}
        name = self.path.name
        return bool(parts & {"tests", "test"}) or name.startswith("test_") or name in ("conftest.py", "tests.py")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the file, in its order."""
        return nodes_below(self.tree)

    @cached_property
    def imports(self) -> dict[str, str]:
        """Dotted names by the names that this file has for them; those that it binds otherwise too are left out."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for one in node.names:
                    found[one.asname or one.name.partition(".")[0]] = one.name if one.asname else one.name.partition(".")[0]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for one in node.names:
                    found[one.asname or one.name] = f"{node.module}.{one.name}"
        return {name: dotted for name, dotted in found.items() if name not in self.bound}

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that the file binds otherwise than by an import."""
        names = set()
        for node in self.nodes:
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                names.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
        return frozenset(names)

    def dotted(self, node: ast.AST) -> str:
        """Give the dotted name that an expression stands for by its imports; empty where that is not known."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imports:
            return ""
        return ".".join([self.imports[node.id], *reversed(parts)])

    def ours(self, node: ast.AST) -> str:
        """Give the name in Twofold that an expression stands for, such as `revalidate_tag`; empty for anything else."""
        package, _, name = self.dotted(node).partition(".")
        return name.rpartition(".")[2] if package == _PACKAGE else ""

    @cached_property
    def roles(self) -> list[Role]:
        """The functions of the file, in order."""
        return [self._role(node) for node in self.nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]

    @cached_property
    def _apps(self) -> frozenset[str]:
        found: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and self.ours(node.value.func) == "App":
                found.update(one.id for one in node.targets if isinstance(one, ast.Name))
        return frozenset(found)

    def _role(self, function: Function) -> Role:
        decorators = [self._decorator(one) for one in function.decorator_list]
        role = Role(function, "", nodes_below(*function.body, past=_RUN_LATER), decorators)
        for kind in ("action", "cached", "region"):
            if role.has(kind):
                role.kind = kind
        for one in function.decorator_list:
            target = one.func.value if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) else None
            if isinstance(one, ast.Call) and isinstance(target, ast.Name) and target.id in self._apps:
                self._registered(role, one)
        is_top = function in self.tree.body
        if not role.kind and is_top and self.path.name == "route.py" and function.name in METHODS:
            role.kind, role.method = "handler", function.name
        elif not role.kind and is_top and self.path.name == "page.py" and function.name == "page":
            role.kind = "page"
        return role

    def _registered(self, role: Role, call: ast.Call) -> None:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name == "page":
            role.kind = "page"
        elif name.upper() in METHODS:
            role.kind, role.method = "handler", name.upper()
            role.route = constant(call.args[0]) if call.args else ""

    def _decorator(self, node: ast.expr) -> Decorator:
        call = node if isinstance(node, ast.Call) else None
        return Decorator(self.ours(call.func if call else node), node, call)


def constant(node: ast.AST | None) -> str:
    """Give a constant text; empty for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def keyword(call: ast.Call | None, name: str) -> ast.expr | None:
    """Give a keyword argument of a call."""
    return next((one.value for one in call.keywords if one.arg == name), None) if call is not None else None


def nodes_below(*roots: ast.AST, past: tuple[type[ast.AST], ...] = ()) -> list[ast.AST]:
    """Give nodes and all that is in them, in the order of the source.

    Args:
        past: kinds of nodes that are given, and not entered.
    """
    found: list[ast.AST] = []
    pending = list(reversed(roots))
    while pending:
        node = pending.pop()
        found.append(node)
        if isinstance(node, past):
            continue
        for name in _FIELDS[type(node)]:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                pending.append(value)
            elif isinstance(value, list):
                pending.extend(one for one in reversed(value) if isinstance(one, ast.AST))
    return found


def parameters(function: Function) -> list[ast.arg]:
    """Give the parameters of a function in order."""
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
