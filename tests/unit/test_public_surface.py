"""What `import twofold` gives is what it promises, and costs no more than it must."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from types import ModuleType

import pytest

import twofold

PUBLIC_MODULES = [
    "twofold", "twofold.boundary", "twofold.cache", "twofold.idempotency", "twofold.openapi", "twofold.testing",
    "twofold.webhooks",
]  # fmt: skip


def public_names(module: ModuleType) -> list[str]:
    return sorted(name for name, value in vars(module).items() if not name.startswith("_") and not inspect.ismodule(value))


def test_everything_public_is_promised() -> None:
    # The linter keeps `__all__` in its own order (constants, classes, functions).
    assert sorted(twofold.__all__) == [name for name in public_names(twofold) if name != "annotations"]


def test_no_name_is_promised_twice() -> None:
    promised = twofold.__all__
    assert len(promised) == len(set(promised))


@pytest.mark.parametrize("name", twofold.__all__)
def test_every_promised_name_says_what_it_is(name: str) -> None:
    value = getattr(twofold, name)
    if (inspect.isclass(value) or inspect.isroutine(value)) and value.__module__.startswith("twofold"):
        assert inspect.getdoc(value)


@pytest.mark.parametrize("name", PUBLIC_MODULES)
def test_a_module_promises_only_what_it_has(name: str) -> None:
    module = importlib.import_module(name)
    for promised in getattr(module, "__all__", []):
        assert hasattr(module, promised)


@pytest.mark.parametrize("name", twofold.__all__)
def test_no_promised_name_is_a_submodule(name: str) -> None:
    # `from twofold.ambient import cookies` and the module twofold.cookies want the same attribute.
    assert not inspect.ismodule(getattr(twofold, name))


def test_importing_the_package_imports_no_tool() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import twofold, sys; print(*sys.modules)"], check=True, capture_output=True, text=True
    ).stdout.split()
    own = {"twofold.cli", "twofold.openapi", "twofold.testing"}
    tools = {*own, "typer", "pytest", "httpx2", "uvicorn", "sqlalchemy", "htpy", "jinja2"}
    assert tools & set(loaded) == set()
