"""What PostgreSQL does in its own way: its clock, its faults, its locks, its limits."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg.errors
import pytest
from shop_databases import Shops
from shop_world import OWNER, PLENTY, SCARCE, SettableClock, check_books, open_shop
from sqlalchemy import exc, text

from services.clock import database_time, utc_now
from services.database import Database, Limits, postgresql
from services.database.urls import parsed
from services.locks import lock_name, lock_product
from services.reservations import Reservations
from services.shop import Shop
from twofold.errors import ConfigurationError, StoreUnavailable


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_the_spellings_of_hosts_mean_the_same(scheme: str) -> None:
    url = parsed(f"{scheme}://ada:secret@db.example/shop")
    assert url.render_as_string(hide_password=False) == "postgresql+psycopg://ada:secret@db.example/shop"


def test_a_url_that_is_refused_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as refused:
        parsed("oracle://ada:secret@db.example/shop")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("08006", True),  # connection_failure
        ("53100", True),  # disk_full
        ("53300", True),  # too_many_connections
        ("58030", True),  # io_error
        ("25P03", True),  # idle_in_transaction_session_timeout
        ("40001", True),  # serialization_failure
        ("40P01", True),  # deadlock_detected
        ("55P03", True),  # lock_not_available
        ("57014", True),  # query_canceled
        ("57P01", True),  # admin_shutdown
        ("57P02", True),  # crash_shutdown
        ("57P03", True),  # cannot_connect_now
        ("23505", False),  # unique_violation
        ("25006", False),  # read_only_sql_transaction
        ("42P01", False),  # undefined_table
        ("22021", False),  # character_not_in_repertoire
    ],
)
def test_the_state_of_the_server_is_told_from_a_mistake(state: str, expected: bool) -> None:
    error = exc.DBAPIError("SELECT 1", None, psycopg.errors.lookup(state)("told by the server"))
    assert postgresql.is_unavailable(error) == expected


@pytest.mark.parametrize(("lost", "expected"), [(True, True), (False, False)])
def test_a_lost_connection_needs_no_state(lost: bool, expected: bool) -> None:
    error = exc.DBAPIError("SELECT 1", None, psycopg.InterfaceError("gone"), connection_invalidated=lost)
    assert postgresql.is_unavailable(error) == expected


def test_limits_come_from_the_environment() -> None:
    environ = {"DATABASE_WRITERS": "3", "DATABASE_LOCK_SECONDS": "0.5", "DATABASE_URL": "postgresql://shop"}
    assert Limits.from_environ(environ) == Limits(writers=3, lock_seconds=0.5)


@pytest.mark.parametrize("value", ["", "many", "0", "-1", "nan", "1.5"])
def test_a_limit_that_is_none_is_refused_by_name(value: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_READERS"):
        Limits.from_environ({"DATABASE_READERS": value})


@pytest.fixture
def server_url(servers: Shops) -> str:
    return servers.seeded()


async def test_time_is_told_by_the_server_behind_the_lock(server_url: str) -> None:
    async with open_shop(server_url) as shop, shop.db.write() as session:
        first = await database_time(session)
        await session.execute(text("SELECT pg_sleep(0.02)"))
        second = await database_time(session)
    assert second - first >= timedelta(seconds=0.02)
    assert (second.utcoffset(), abs(second - utc_now()) < timedelta(minutes=1)) == (timedelta(0), True)


async def test_products_do_not_wait_for_each_other(server_url: str) -> None:
    async with open_shop(server_url) as shop, shop.db.write() as session:
        await lock_product(session, SCARCE)
        assert (await shop.reservations.reserve(PLENTY, 1, OWNER)).status == "held"


async def test_a_lock_that_does_not_come_free_is_the_servers_fault(server_url: str) -> None:
    hasty = Database(server_url, limits=Limits(lock_seconds=0.05))
    async with open_shop(server_url) as shop, shop.db.write() as session:
        await lock_product(session, SCARCE)
        with pytest.raises(StoreUnavailable):
            await Reservations(hasty, database_time).reserve(SCARCE, 1, OWNER)
    await hasty.close()


async def test_a_full_pool_lets_nobody_wait_for_ever(server_url: str) -> None:
    small = Database(server_url, limits=Limits(writers=1, queue_seconds=0.05))
    async with small.write():
        with pytest.raises(StoreUnavailable):
            async with small.write():
                pytest.fail("two connections of one")
        async with small.read() as session:  # readers have connections of their own
            assert await session.scalar(text("SELECT 1")) == 1
    await small.close()


async def test_one_name_lets_one_past_at_a_time(server_url: str) -> None:
    inside = most = 0

    async def enter(shop: Shop) -> None:
        nonlocal inside, most
        async with shop.db.write() as session:
            await lock_name(session, "gate")
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async with open_shop(server_url) as shop:
        await asyncio.gather(*(enter(shop) for _ in range(20)))
    assert most == 1


async def test_sweepers_and_buyers_in_all_orders_never_deadlock(server_url: str, clock: SettableClock) -> None:
    async with open_shop(server_url, clock) as shop, open_shop(server_url, clock) as second:
        for number in range(12):
            for sku in (PLENTY, "B-2", "C-1"):
                await shop.reservations.reserve(sku, 1, OWNER)
            clock.advance(seconds=15 * 60)
            buyers = [
                one.reservations.reserve(sku, 1, OWNER, f"{number}-{sku}")
                for one in (shop, second)
                for sku in ("C-1", PLENTY, "B-2")
            ]
            await asyncio.gather(*buyers, shop.reservations.expire_due(), second.reservations.expire_due())
        await check_books(shop)
