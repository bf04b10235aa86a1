"""What every store of locks promises; a new one joins the list and passes, or is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from twofold.locks import MemoryStore, Store
from twofold.locks.redis import RedisStore
from twofold.redis import Redis

PATIENT = 60


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
    else:
        redis = Redis(request.getfixturevalue("valkey").url, deadline_seconds=10)
        yield RedisStore(redis)
        await redis.close()


async def settle() -> None:
    """Let every task go as far as it can; a server needs a moment to answer."""
    await asyncio.sleep(0.05)


async def take(store: Store, name: str = "a", *, wait_seconds: float = PATIENT) -> int | None:
    return await store.acquire(name, lease_seconds=60, wait_seconds=wait_seconds)


async def taken(store: Store, name: str = "a") -> int:
    fence = await take(store, name)
    assert fence is not None
    return fence


async def test_a_free_lock_is_granted_at_once(store: Store) -> None:
    assert await take(store, wait_seconds=0) is not None


async def test_a_held_lock_is_not_granted_to_another(store: Store) -> None:
    await taken(store)
    assert await take(store, wait_seconds=0) is None


async def test_locks_of_different_names_have_nothing_to_do_with_each_other(store: Store) -> None:
    await taken(store, "a")
    assert await take(store, "b", wait_seconds=0) is not None


async def test_a_lock_that_was_released_is_free(store: Store) -> None:
    await store.release("a", await taken(store))
    assert await take(store, wait_seconds=0) is not None


async def test_waiters_get_the_lock_in_the_order_in_which_they_came(store: Store) -> None:
    order: list[int] = []

    async def wait(number: int) -> None:
        fence = await taken(store)
        order.append(number)
        await store.release("a", fence)

    first = await taken(store)
    waiters = []
    for number in range(5):
        waiters.append(asyncio.create_task(wait(number)))
        await settle()
    await store.release("a", first)
    await asyncio.gather(*waiters)
    assert order == [0, 1, 2, 3, 4]


async def test_a_lock_that_is_passed_on_cannot_be_jumped_at(store: Store) -> None:
    first = await taken(store)
    waiter = asyncio.create_task(taken(store))
    await settle()
    await store.release("a", first)
    assert await take(store, wait_seconds=0) is None
    assert await waiter > first


async def test_every_holder_has_a_greater_fence_than_the_one_before(store: Store) -> None:
    fences = []
    for _ in range(4):
        fences.append(await taken(store))
        await store.release("a", fences[-1])
    assert fences == sorted(set(fences))


async def test_who_holds_the_lock_renews_it_and_nobody_else_does(store: Store) -> None:
    former = await taken(store)
    await store.release("a", former)
    fence = await taken(store)
    assert await store.renew("a", fence, lease_seconds=60)
    assert not await store.renew("a", former, lease_seconds=60)
    assert not await store.renew("never taken", fence, lease_seconds=60)


async def test_a_former_holder_releases_nothing(store: Store) -> None:
    former = await taken(store)
    await store.release("a", former)
    await taken(store)
    await store.release("a", former)
    assert await take(store, wait_seconds=0) is None


async def test_who_gives_up_waiting_stands_in_nobodys_way(store: Store) -> None:
    first = await taken(store)
    impatient = asyncio.create_task(take(store, wait_seconds=0.001))
    await settle()
    patient = asyncio.create_task(taken(store))
    assert await impatient is None
    await store.release("a", first)
    assert await patient > first


async def test_who_is_cancelled_while_it_waits_stands_in_nobodys_way(store: Store) -> None:
    first = await taken(store)
    cancelled, patient = asyncio.create_task(taken(store)), asyncio.create_task(taken(store))
    await settle()
    cancelled.cancel()
    await settle()
    await store.release("a", first)
    assert await patient > first
    assert cancelled.cancelled()


async def test_who_is_cancelled_in_the_moment_of_its_turn_passes_the_lock_on(store: Store) -> None:
    first = await taken(store)
    cancelled, patient = asyncio.create_task(taken(store)), asyncio.create_task(taken(store))
    await settle()
    await store.release("a", first)
    cancelled.cancel()
    assert await patient > first
