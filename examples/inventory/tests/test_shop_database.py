"""Transactions, constraints, exact columns."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from shop_databases import Shops
from shop_world import OWNER, SCARCE, SettableClock, open_shop
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError, StatementError

from services.database import Database, Limits, url_from
from services.shop import Shop
from services.tables import ProductRow, ReservationRow
from twofold.errors import ConfigurationError, StoreUnavailable

SELL_ONE = update(ProductRow).where(ProductRow.sku == SCARCE).values(available=ProductRow.available - 1, sold=ProductRow.sold + 1)


async def test_a_write_transaction_of_sqlite_holds_the_lock_from_its_start(shop_file: str) -> None:
    first = Database(shop_file)
    second = Database(shop_file, limits=Limits(lock_seconds=0.01))
    async with first.write():
        with pytest.raises(StoreUnavailable):
            async with second.write():
                pytest.fail("two writers at once")
    async with second.write():
        pass
    await first.close()
    await second.close()


async def test_processes_that_open_a_new_file_at_once_do_not_fail(files: Shops) -> None:
    async def touch(db: Database) -> None:
        async with db.write():
            pass

    for _ in range(20):
        url = files.empty()
        processes = [Database(url) for _ in range(4)]
        await asyncio.gather(*map(touch, processes))
        for each in processes:
            await each.close()
    files.clear()


async def test_writers_of_one_process_queue_in_order_for_a_file(shop_file: str) -> None:
    db = Database(shop_file)
    served: list[int] = []

    async def write(number: int) -> None:
        async with db.write():
            served.append(number)

    await asyncio.gather(*(write(number) for number in range(50)))
    await db.close()
    assert served == list(range(50))


async def test_a_reader_keeps_its_snapshot_while_others_write(shop: Shop, second_shop: Shop) -> None:
    available = text(f"SELECT available FROM products WHERE sku = '{SCARCE}'")
    async with shop.db.read() as session:
        assert await session.scalar(available) == 3
        await second_shop.reservations.reserve(SCARCE, 2, OWNER)
        assert await session.scalar(available) == 3
    async with shop.db.read() as session:
        assert await session.scalar(available) == 1


async def test_a_read_transaction_cannot_write(shop: Shop) -> None:
    with pytest.raises((OperationalError, InternalError), match=r"readonly|read-only"):
        async with shop.db.read() as session:
            await session.execute(SELL_ONE)


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError, KeyboardInterrupt])
async def test_any_exception_rolls_a_write_back(shop: Shop, error: type[BaseException]) -> None:
    async def fail() -> None:
        async with shop.db.write() as session:
            await session.execute(SELL_ONE)
            raise error

    with pytest.raises(error):
        await fail()
    assert (await shop.catalog.get_product(SCARCE)).sold == 0


async def test_the_hook_surrounds_every_transaction(shop_url: str) -> None:
    seen: list[str] = []

    @contextmanager
    def bypass() -> Iterator[None]:
        seen.append("enter")
        yield
        seen.append("leave")

    db = Database(shop_url, around_transaction=bypass)
    async with db.write():
        seen.append("write")
    async with db.read():
        seen.append("read")
    await db.close()
    assert seen == ["enter", "write", "leave", "enter", "read", "leave"]


@pytest.mark.parametrize(
    "change",
    [
        {"available": 4},
        {"available": -1, "sold": 4},
        {"held": -1, "available": 4},
        {"sold": -1, "available": 4},
        {"price": Decimal(0)},
    ],
)
async def test_figures_that_cannot_be_are_refused_by_the_table(shop: Shop, change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        async with shop.db.write() as session:
            await session.execute(update(ProductRow).where(ProductRow.sku == SCARCE).values(**change))


@pytest.mark.parametrize("change", [{"quantity": 0}, {"status": "lost"}, {"sku": "Z-9"}])
async def test_reservations_that_cannot_be_are_refused_by_the_table(shop: Shop, change: dict[str, object]) -> None:
    await shop.reservations.reserve(SCARCE, 1, OWNER)
    with pytest.raises(IntegrityError):
        async with shop.db.write() as session:
            await session.execute(update(ReservationRow).values(**change))


async def test_money_is_exact_to_the_cent(shop: Shop) -> None:
    price = update(ProductRow).where(ProductRow.sku == SCARCE)
    async with shop.db.write() as session:
        await session.execute(price.values(price=Decimal("90071992547409.93")))
        stored = await session.scalar(text(f"SELECT price FROM products WHERE sku = '{SCARCE}'"))
    assert stored == 9007199254740993
    assert (await shop.catalog.get_product(SCARCE)).price == Decimal("90071992547409.93")
    with pytest.raises(StatementError, match="fractions of a cent"):
        async with shop.db.write() as session:
            await session.execute(price.values(price=Decimal("0.005")))


async def test_instants_come_back_in_utc(shop: Shop, clock: SettableClock) -> None:
    held = await shop.reservations.reserve(SCARCE, 1, OWNER)
    noon = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    async with shop.db.write() as session:
        await session.execute(update(ReservationRow).values(paid_at=noon))

    paid_at = (await shop.reservations.get(held.id, OWNER)).paid_at
    assert paid_at is not None
    assert (paid_at.isoformat(), paid_at.tzinfo) == ("2026-07-01T10:00:00.123456+00:00", UTC)
    with pytest.raises(StatementError, match="no time zone"):
        async with shop.db.write() as session:
            await session.execute(update(ReservationRow).values(paid_at=noon.replace(tzinfo=None)))


async def test_a_full_disk_is_the_machines_fault_and_heals(shop_file: str, clock: SettableClock) -> None:
    async with open_shop(shop_file, clock) as shop:
        await fill_and_heal(shop)


async def fill_and_heal(shop: Shop) -> None:
    async with shop.db.write() as session:
        connection = await session.connection()
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    held = []

    async def fill() -> None:
        while True:
            held.append(await shop.reservations.reserve("B-2", 1, f"session:{'x' * 200}"))

    with pytest.raises(StoreUnavailable):
        await fill()
    assert (await shop.catalog.get_product("B-2")).held == len(held)

    async with shop.db.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    await shop.reservations.reserve("B-2", 1, OWNER)
    assert await shop.stock.discrepancies() == []


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:", "sqlite:///shop.db", "mysql://shop", "shop"]
)
def test_a_url_that_names_no_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"write sqlite\+aiosqlite:///\./data/shop\.db"):
        Database(url)


def test_the_url_comes_from_the_environment() -> None:
    assert url_from({}) == "sqlite+aiosqlite:///./data/shop.db"
    assert url_from({"DATABASE_URL": "sqlite+aiosqlite:////srv/shop.db"}) == "sqlite+aiosqlite:////srv/shop.db"
