"""The shop, served inside the test with a clock to set, on a database of the test's own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from example.world import Clock, World, new_shop_file, open_world
from support.chromium import opened_chromium


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database file of a new shop."""
    return new_shop_file(tmp_path_factory.mktemp("seeded"))


@pytest.fixture
def shop_file(seeded_file: Path, tmp_path: Path) -> Path:
    """A database file of this test's own."""
    return Path(shutil.copy(seeded_file, tmp_path / "shop.db"))


@pytest.fixture
async def world(shop_file: Path) -> AsyncIterator[World]:
    async with open_world(shop_file, Clock()) as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with opened_chromium() as browser:
        yield browser
