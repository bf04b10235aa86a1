"""A value that several processes miss is computed by one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from support.valkey import Valkey
from support.waiting import until
from twofold.cache import CachedFunction, MemoryStore, cached, revalidate_tag, revalidation, turns, use
from twofold.cache.redis import RedisStore
from twofold.redis import Redis

PROCESSES = 4


@pytest.fixture
async def stores(valkey: Valkey) -> AsyncIterator[list[RedisStore]]:
    """The stores of several processes."""
    servers = [Redis(valkey.url, deadline_seconds=10) for _ in range(PROCESSES)]
    yield [RedisStore(server) for server in servers]
    for server in servers:
        await server.close()


class Source:
    """What is computed, by functions that have nothing in common but the key of their values, as in several processes."""

    def __init__(self) -> None:
        self.computed = 0
        self.fails = False
        self.gate = asyncio.Event()

    def reader(self) -> CachedFunction[[], int]:
        async def total() -> int:
            self.computed += 1
            await self.gate.wait()
            if self.fails:
                raise LookupError
            return self.computed

        total.__qualname__ = "total"
        return cached(tags=["stock"], ttl=60)(total)


async def read_in(store: RedisStore | MemoryStore, function: CachedFunction[[], int], times: int) -> list[int]:
    with use(store):
        return await asyncio.gather(*(function() for _ in range(times)))


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    # A function that closes over something has a name of its own in each process; here all have one.
    monkeypatch.setattr("twofold.cache.functions.code_version", lambda function: "1")
    return Source()


async def test_of_all_processes_one_computes(stores: list[RedisStore], source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[RedisStore] = set()

    async def lead(store: RedisStore, name: bytes, *, lease_seconds: float) -> bool:
        is_leading = await RedisStore.lead(store, name, lease_seconds=lease_seconds)
        asked.add(store)
        return is_leading

    for store in stores:
        monkeypatch.setattr(store, "lead", partial(lead, store))
    reads = [asyncio.create_task(read_in(store, source.reader(), 10)) for store in stores]
    await until(lambda: len(asked) == PROCESSES)
    source.gate.set()
    found = await asyncio.gather(*reads)
    assert found == [[1] * 10] * PROCESSES
    assert source.computed == 1


async def test_after_a_revalidation_nobody_waits_for_what_is_outdated(stores: list[RedisStore], source: Source) -> None:
    before = asyncio.create_task(read_in(stores[0], source.reader(), 1))
    await until(lambda: source.computed == 1)
    with use(stores[1]):
        async with revalidation():
            revalidate_tag("stock")
    after = asyncio.create_task(read_in(stores[2], source.reader(), 1))
    await until(lambda: source.computed == 2)
    source.gate.set()
    await asyncio.gather(before, after)


async def test_one_that_fails_lets_the_next_compute(stores: list[RedisStore], source: Source) -> None:
    source.fails = True
    reads = [asyncio.create_task(read_in(store, source.reader(), 1)) for store in stores]
    await until(lambda: source.computed == 1)
    source.gate.set()
    found = await asyncio.gather(*reads, return_exceptions=True)
    assert [type(one) for one in found] == [LookupError] * PROCESSES
    assert source.computed == PROCESSES


async def test_one_that_has_crashed_holds_the_others_up_for_its_lease(
    stores: list[RedisStore], source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LEASE_SECONDS", 0.3)
    source.gate.set()

    async def vanish(name: bytes) -> None:
        """Die before it could tell anybody."""

    monkeypatch.setattr(stores[0], "lead_ends", vanish)
    source.fails = True
    with pytest.raises(LookupError):
        await read_in(stores[0], source.reader(), 1)
    source.fails = False
    started = asyncio.get_running_loop().time()
    assert await read_in(stores[1], source.reader(), 1) == [2]
    assert asyncio.get_running_loop().time() - started > 0.1


async def test_a_process_alone_computes_at_once(source: Source) -> None:
    source.gate.set()
    assert await read_in(MemoryStore(), source.reader(), 3) == [1, 1, 1]
