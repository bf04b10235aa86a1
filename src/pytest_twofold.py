"""The pytest plugin: fixtures `client` and `page` for the app that `[tool.twofold]` names.

It stands beside the package `twofold` and not in it. Pytest imports plugins whenever it starts, and to import anything of
the package is to import the whole framework, which a project that only has it installed has not asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
async def client(pytestconfig: pytest.Config) -> AsyncIterator[Any]:
    """Visit the project's app as a browser tab does; its lifespan runs for the time of the test."""
    from twofold.testing import Client  # noqa: PLC0415  see above

    async with Client(_app(pytestconfig.rootpath)) as opened:
        yield opened


@pytest.fixture
async def page(client: Any) -> Any:
    """Open the page at `/`."""
    return await client.page("/")


FIXTURES: Mapping[str, Any] = {"client": client, "page": page}
FIXTURE = type(client)
del client, page  # pytest would take them from here, in every project


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Offer the fixtures where the project names an app, and where no other plugin has one of that name."""
    if _has_settings(config.rootpath):
        holder = ModuleType("twofold_fixtures")
        vars(holder).update((name, fixture) for name, fixture in FIXTURES.items() if not _is_taken(name, config))
        config.pluginmanager.register(holder, holder.__name__)


def _is_taken(name: str, config: pytest.Config) -> bool:
    """Whether another plugin has a fixture of this name; one in a conftest.py goes before ours in any case, and may use it."""
    plugins = config.pluginmanager.list_name_plugin()
    return any(type(getattr(one, name, None)) is FIXTURE for plugin, one in plugins if not plugin.endswith("conftest.py"))


def _has_settings(directory: Path) -> bool:
    # Not parsed: it is read when pytest starts, in projects that have nothing to do with this one too.
    try:
        return b"[tool.twofold" in (directory / "pyproject.toml").read_bytes()
    except OSError:
        return False


@cache
def _app(directory: Path) -> Any:
    from twofold.cli.finding import find_app, load_app  # noqa: PLC0415  see above
    from twofold.errors import ConfigurationError  # noqa: PLC0415  see above

    try:
        return load_app(find_app(None, directory), directory)
    except ConfigurationError as error:
        pytest.fail(f"twofold: {error}", pytrace=False)
