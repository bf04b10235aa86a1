"""The source is a ladder: imports point down, nothing goes in circles, and every public name says what it does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "twofold"

# From the bottom to the top. A new module takes its place here before it can be imported.
LAYERS: tuple[tuple[str, frozenset[str]], ...] = (
    ("vocabulary", frozenset({"errors"})),
    (
        "pure",
        frozenset({
            "asgi", "boundary", "cookies", "lazy", "media", "observing", "origin", "proxies", "randomness", "request_context",
            "request_ids", "scoped", "signing", "waiting",
        }),
    ),
    ("services", frozenset({"cache", "idempotency", "limits", "locks", "redis", "settings"})),
    (
        "models",
        frozenset({
            "actions", "ambient", "answering", "binding", "browser", "call", "calling", "frames", "guards", "handlers", "html",
            "incoming", "limiting", "live", "middleware", "pages", "parameters", "regions", "registry", "responses",
            "security_headers", "sessions", "tracing", "webhooks", "wire_guard",
        }),
    ),
    (
        "composition",
        frozenset({"routing", "discovery", "endpoints", "registration", "reserved", "stores", "visiting", "app", "health"}),
    ),
    ("tools", frozenset({"cases", "check", "cli", "client", "openapi", "scaffold", "testing"})),
)  # fmt: skip

Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def name_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TEMPLATES = PACKAGE / "scaffold" / "templates"  # files of new projects, which are written as users write

MODULES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py")) if not file.is_relative_to(TEMPLATES)}
every_module = pytest.mark.parametrize("module", MODULES)


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def layer_of(module: str) -> int | None:
    """The rung of a module; None for the package itself, which is the public surface above all but the tools."""
    parts = module.split(".")
    if len(parts) == 1:
        return None
    ranks = [rank for rank, (_, members) in enumerate(LAYERS) if parts[1] in members]
    if not ranks:
        raise LookupError(f"{module} has no layer: add {parts[1]!r} to LAYERS in {Path(__file__).name}")
    return ranks[0]


def absolute(module: str, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    parts = module.split(".")
    package = parts if MODULES[module].name == "__init__.py" else parts[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def imported_names(module: str) -> Iterator[str]:
    """Everything that a module imports, at its top or inside a function."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = absolute(module, node)
            for alias in node.names:
                submodule = f"{source}.{alias.name}"
                yield submodule if submodule in MODULES else source


def own_imports(module: str) -> set[str]:
    return {name for name in imported_names(module) if name in MODULES}


@every_module
def test_imports_point_down_the_layers(module: str) -> None:
    rank = layer_of(module)
    if rank is None or module.startswith("twofold.cases."):  # cases are written as users write
        return
    for imported in own_imports(module):
        below = layer_of(imported)
        assert below is not None, f"{module} imports the public surface: import from the module that defines the name"
        assert below <= rank, f"{module} ({LAYERS[rank][0]}) imports {imported} ({LAYERS[below][0]}), which is above it"


@every_module
def test_the_app_never_imports_the_tools(module: str) -> None:
    tools = len(LAYERS) - 1
    if layer_of(module) != tools:
        assert [name for name in own_imports(module) if layer_of(name) == tools] == []


def test_no_import_goes_in_a_circle() -> None:
    try:
        TopologicalSorter({module: own_imports(module) for module in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@every_module
def test_nothing_is_imported_for_type_checkers_only(module: str) -> None:
    names = {node.id for node in ast.walk(tree_of(module)) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree_of(module)) if isinstance(node, ast.Attribute)}
    assert "TYPE_CHECKING" not in names


@every_module
def test_nothing_is_pickled(module: str) -> None:
    roots = {name.partition(".")[0] for name in imported_names(module)}
    assert roots & {"pickle", "marshal", "shelve", "dill", "cloudpickle"} == set()


@every_module
def test_there_is_no_assert_that_optimisation_could_remove(module: str) -> None:
    assert [node.lineno for node in ast.walk(tree_of(module)) if isinstance(node, ast.Assert)] == []


def is_public(name: str) -> bool:
    return not name.startswith("_")


def needs_docstring(node: ast.stmt) -> bool:
    """Whether a definition is public and says something of its own: not an overload, not the setter of a property."""
    if not isinstance(node, Node) or not is_public(node.name):
        return False
    decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return not decorators & {"overload", "setter", "deleter", "override"}


def undocumented(module: str, body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from undocumented(module, node.body, prefix)
        if not needs_docstring(node) or not isinstance(node, Node):
            continue
        if not ast.get_docstring(node):
            yield f"{MODULES[module].name}:{node.lineno} {prefix}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from undocumented(module, node.body, f"{prefix}{node.name}.")


@every_module
def test_every_public_name_is_documented(module: str) -> None:
    if any(part.startswith("_") for part in module.split(".")):
        return
    assert ast.get_docstring(tree_of(module)) or not tree_of(module).body, "the module says nothing of itself"
    assert list(undocumented(module, tree_of(module).body)) == []
