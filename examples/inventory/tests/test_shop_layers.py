"""The domain stands alone: no web below it, no cycle in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SERVICES = Path(__file__).parent.parent / "services"
MODULES = sorted(SERVICES.rglob("*.py"))
ALLOWED = {"services", "sqlalchemy", "alembic", "pydantic", "annotated_types"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SERVICES)))
def test_services_know_only_the_error_contract_of_the_framework(path: Path) -> None:
    import sys

    for name in imports(path):
        package = name.partition(".")[0]
        assert package in ALLOWED | sys.stdlib_module_names or name.startswith("twofold.errors."), name


def name_of(path: Path) -> str:
    return ".".join(("services", *path.relative_to(SERVICES).with_suffix("").parts)).removesuffix(".__init__")


def test_imports_of_services_have_no_cycle() -> None:
    names = {name_of(path) for path in MODULES}
    # `from a.b import c` is of the module a.b.c, if there is one, or else of a.b.
    graph = {
        name_of(path): {
            full if full in names else full.rpartition(".")[0] for full in imports(path) if full.startswith("services.")
        }
        for path in MODULES
    }
    assert all(used in names for users in graph.values() for used in users)
    assert len(list(TopologicalSorter(graph).static_order())) == len(names)
