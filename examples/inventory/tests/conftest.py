"""A fresh, seeded shop for each test, on each kind of database, copied from one that was migrated once."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
pytest.register_assert_rewrite("shop_world")

from shop_databases import Files, Servers, Shops  # noqa: E402 - importable from here on
from shop_world import SettableClock, open_shop  # noqa: E402

from services.shop import Shop  # noqa: E402
from support.postgres import running_postgres  # noqa: E402


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Shops:
    return Files(tmp_path_factory.mktemp("shops"))


@pytest.fixture(scope="session")
def servers() -> Iterator[Shops]:
    with running_postgres() as server:
        yield Servers(server)


@pytest.fixture(params=["files", "servers"], ids=["sqlite", "postgresql"])
def shops(request: pytest.FixtureRequest) -> Iterator[Shops]:
    """Shops in files of SQLite, and in databases of PostgreSQL."""
    shops: Shops = request.getfixturevalue(request.param)
    yield shops
    shops.clear()


@pytest.fixture
def shop_url(shops: Shops) -> str:
    """The database of a new shop, of this test's own."""
    return shops.seeded()


@pytest.fixture
def shop_file(files: Shops) -> Iterator[str]:
    """The same, in a file: for what only SQLite has."""
    yield files.seeded()
    files.clear()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def shop(shop_url: str, clock: SettableClock) -> AsyncIterator[Shop]:
    async with open_shop(shop_url, clock) as shop:
        yield shop


@pytest.fixture
async def second_shop(shop_url: str, clock: SettableClock) -> AsyncIterator[Shop]:
    """The same shop as another process would have it: its own connections to the same database."""
    async with open_shop(shop_url, clock) as shop:
        yield shop
