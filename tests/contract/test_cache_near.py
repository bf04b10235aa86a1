"""The copy that a process keeps of a shared store: how far it lags behind, and when it gives nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from support.valkey import Valkey, running_valkey
from support.waiting import until_told
from twofold.cache import Entry, Lookup, Reads, cached, revalidate_path, revalidate_tag, revalidation, use
from twofold.cache.redis import RedisStore
from twofold.errors import ConfigurationError
from twofold.redis import Redis

KEY = b"k" * 32
LAG_SECONDS = 5.0


@pytest.fixture
async def stores(valkey: Valkey) -> AsyncIterator[tuple[RedisStore, RedisStore]]:
    """The stores of two processes."""
    servers = Redis(valkey.url, deadline_seconds=10), Redis(valkey.url, deadline_seconds=10)
    here, there = map(RedisStore, servers)
    yield here, there
    for one in (here, there, *servers):
        await one.close()


async def write(store: RedisStore, value: bytes, *tags: str, paths: tuple[str, ...] = ()) -> None:
    versions = await store.mint(tags, paths)
    entry = Entry(value, versions.epoch, tags, versions.tokens, guards=versions.guards)
    await store.write(KEY, entry, fresh_seconds=None, stale_seconds=0)


def commands(valkey: Valkey) -> int:
    with valkey.client() as client:
        return int(client.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"])


async def warm(near: Reads, read: Callable[[], Awaitable[Any]], valkey: Valkey) -> None:
    """Read until a read costs the server nothing."""
    async with asyncio.timeout(20):
        while True:
            before = commands(valkey)
            for _ in range(5):
                await read()
            if commands(valkey) - before <= 2:  # the questions of the copy itself
                return
            await asyncio.sleep(0.01)


def value(lookup: Lookup) -> bytes | None:
    is_current = lookup.entry is not None and lookup.entry.tokens == lookup.tokens
    return lookup.entry.value if lookup.entry is not None and is_current else None


async def is_gone(near: Reads) -> bool:
    return value(await near.read(KEY, ("stock",), None)) is None


async def test_a_hot_read_asks_the_server_nothing(stores: tuple[RedisStore, RedisStore], valkey: Valkey) -> None:
    here, _ = stores
    await write(here, b"1", "stock")
    near = here.near(LAG_SECONDS)

    async def read() -> None:
        assert value(await near.read(KEY, ("stock",), "/p")) == b"1"
        assert len(await near.versions(("stock",))) == 1

    await warm(near, read, valkey)


async def test_another_process_is_heard_within_the_time(stores: tuple[RedisStore, RedisStore], valkey: Valkey) -> None:
    here, there = stores
    await write(here, b"1", "stock")
    near = here.near(LAG_SECONDS)
    await warm(near, lambda: near.read(KEY, ("stock",), None), valkey)
    await there.invalidate(["stock"], [])
    await until_told(partial(is_gone, near), seconds=LAG_SECONDS)
    await write(there, b"2", "stock")
    assert value(await near.read(KEY, ("stock",), None)) == b"2"


async def test_what_this_process_revalidates_is_gone_at_once(stores: tuple[RedisStore, RedisStore], valkey: Valkey) -> None:
    here, _ = stores
    for _ in range(20):
        await write(here, b"1", "stock", paths=("/p",))
        near = here.near(LAG_SECONDS)
        assert value(await near.read(KEY, ("stock",), "/p")) == b"1"
        await here.invalidate(["stock"], [])
        assert value(await near.read(KEY, ("stock",), "/p")) is None


async def test_a_read_under_way_while_its_tag_is_revalidated_is_not_kept(stores: tuple[RedisStore, RedisStore]) -> None:
    here, _ = stores
    near = here.near(LAG_SECONDS)
    for _ in range(50):
        await write(here, b"1", "stock")
        reads = [asyncio.create_task(near.read(KEY, ("stock",), None)) for _ in range(5)]
        await here.invalidate(["stock"], [])
        assert value(await near.read(KEY, ("stock",), None)) is None
        await asyncio.gather(*reads)
        assert value(await near.read(KEY, ("stock",), None)) is None


async def test_a_flush_is_found_out(stores: tuple[RedisStore, RedisStore], valkey: Valkey) -> None:
    here, _ = stores
    await write(here, b"1", "stock")
    near = here.near(LAG_SECONDS)
    await warm(near, lambda: near.read(KEY, ("stock",), None), valkey)
    with valkey.client() as client:
        client.flushall()
    await until_told(partial(is_gone, near), seconds=LAG_SECONDS)


async def test_without_answers_it_gives_nothing_when_the_time_is_over() -> None:
    with running_valkey() as valkey:
        redis = Redis(valkey.url, deadline_seconds=0.05)
        store = RedisStore(redis)
        await write(store, b"1", "stock")
        near = store.near(0.4)
        await warm(near, lambda: near.read(KEY, ("stock",), None), valkey)
        valkey.pause()

        async def is_silent() -> bool:
            try:
                await near.read(KEY, ("stock",), None)
            except Exception as error:  # noqa: BLE001 - whichever it is
                return type(error).__name__ == "StoreUnavailable"
            return False

        await until_told(is_silent)
        await asyncio.sleep(0.5)
        assert await is_silent()
        valkey.resume()
        await store.close()
        await redis.close()


computed: list[str] = []


@cached(tags=["stock:{sku}"], max_staleness=LAG_SECONDS)
async def level(sku: str) -> int:
    computed.append(sku)
    return len(computed)


async def test_a_function_says_how_far_its_reads_may_lag(stores: tuple[RedisStore, RedisStore]) -> None:
    here, there = stores
    computed.clear()
    with use(here):
        assert [await level("A"), await level("A")] == [1, 1]
        async with revalidation():
            revalidate_tag("stock:A")
        assert await level("A") == 2
    with use(there):
        assert await level("A") == 2
        async with revalidation():
            revalidate_tag("stock:A")
            revalidate_path("/p")
    with use(here):

        async def has_heard() -> bool:
            return await level("A") == 3

        await until_told(has_heard, seconds=LAG_SECONDS)


@pytest.mark.parametrize("seconds", [-1, float("inf"), True, "1"])
def test_what_is_no_number_of_seconds_is_refused(seconds: Any) -> None:
    with pytest.raises(ConfigurationError, match="max_staleness"):

        @cached(tags=["t"], max_staleness=seconds)
        async def never() -> int:
            return 1
