"""Find where a public name is defined and what it says, by reading the source: nothing is imported or run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"


@dataclass(frozen=True)
class Definition:
    """A public name, the module that defines it, and its source: `ast.Pass` for one of another package."""

    name: str
    module: str
    node: ast.stmt
    doc: str


def source_file(module: str) -> Path:
    """Give the file of a module or package by its dotted name."""
    path = SOURCE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def exists(module: str) -> bool:
    """Tell whether there is such a module."""
    return source_file(module).exists()


@cache
def module_tree(module: str) -> ast.Module:
    """Parse a module or package by its dotted name."""
    return ast.parse(source_file(module).read_text(encoding="utf-8"))


def promised(module: str) -> list[str]:
    """Give the names in a module's `__all__`; when it has none, its public definitions and what it passes on."""
    for node in module_tree(module).body:
        if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == "__all__" for each in node.targets):
            return sorted(ast.literal_eval(node.value), key=str.casefold)
    body = module_tree(module).body
    names = [name for node, following in pairwise([*body, ast.Pass()]) for name in own_or_exported(node, following)]
    return [name for name in names if not name.startswith("_")]


def own_or_exported(node: ast.stmt, following: ast.stmt) -> Iterator[str]:
    """Give the names that a statement defines and documents, or imports as themselves (`import X as X`) to pass them on."""
    if isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names if alias.asname == alias.name)
    elif (name := defined_name(node)) and documentation(node, following):
        yield name


def resolve(module: str, name: str) -> Definition:
    """Follow imports from a module to the definition of a name.

    Raises:
        LookupError: the name is neither defined nor imported there.
    """
    body = module_tree(module).body
    for node, following in pairwise([*body, ast.Pass()]):
        if defined_name(node) == name:
            return Definition(name, module, node, documentation(node, following))
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return imported(node.module, alias.name)
    raise LookupError(f"{module} has no {name}")


def imported(module: str, name: str) -> Definition:
    """Follow an import within the package, and name the module of one from outside."""
    return resolve(module, name) if exists(module) else Definition(name, module, ast.Pass(), "")


def defined_name(node: ast.stmt) -> str | None:
    """Give the name that a statement defines: of a function, class, constant or alias."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case _:
            return None


def documentation(node: ast.stmt, following: ast.stmt) -> str:
    """Give what a definition says: its docstring, or the string under an assignment."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return ast.get_docstring(node) or ""
    match following:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
        case _:
            return ""


def members(node: ast.ClassDef) -> Iterator[Definition]:
    """Give the public methods and documented attributes of a class."""
    seen: set[str] = set()
    for member, following in pairwise([*node.body, ast.Pass()]):
        name = defined_name(member)
        if name is None or name.startswith("_") or name in seen:
            continue
        doc = documentation(member, following)
        if doc:
            seen.add(name)  # of overloads and setters, the one that says something
            yield Definition(name, "", member, doc)
