"""A fresh, seeded shop for each test, copied from one that was migrated once."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
pytest.register_assert_rewrite("shop_world")

from shop_world import SettableClock, open_shop, url_of  # noqa: E402 - importable from here on

from services.database import Database  # noqa: E402
from services.shop import Shop  # noqa: E402


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database file of a new shop."""
    path = tmp_path_factory.mktemp("seeded") / "shop.db"

    async def make() -> None:
        shop = Shop(Database(url_of(path)), payment_secret="unused")
        await shop.open()
        await shop.close()

    asyncio.run(make())
    return path


@pytest.fixture
def shop_file(seeded_file: Path, tmp_path: Path) -> Path:
    """A database file of this test's own."""
    return Path(shutil.copy(seeded_file, tmp_path / "shop.db"))


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def shop(shop_file: Path, clock: SettableClock) -> AsyncIterator[Shop]:
    async with open_shop(shop_file, clock) as shop:
        yield shop


@pytest.fixture
async def second_shop(shop_file: Path, clock: SettableClock) -> AsyncIterator[Shop]:
    """The same shop as another process would have it: its own connections to the same file."""
    async with open_shop(shop_file, clock) as shop:
        yield shop
