"""The domain stands alone: no web below it, no cycle in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SERVICES = Path(__file__).parent.parent / "services"
MODULES = sorted(SERVICES.glob("*.py"))
ALLOWED = {"services", "sqlalchemy", "alembic", "pydantic", "annotated_types"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_services_know_only_the_error_contract_of_the_framework(path: Path) -> None:
    import sys

    for name in imports(path):
        package = name.partition(".")[0]
        assert package in ALLOWED | sys.stdlib_module_names or name.startswith("twofold.errors."), name


def test_imports_of_services_have_no_cycle() -> None:
    names = {path.stem for path in MODULES}
    graph = {
        path.stem: {
            part for name in imports(path) if name.startswith("services.") for part in name.split(".")[1:2] if part in names
        }
        for path in MODULES
    }
    assert len(list(TopologicalSorter(graph).static_order())) == len(names)
