"""One suite for every idempotency store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from support.valkey import ServerTime, Ticking
from twofold.idempotency import Begun, Completed, InFlight, MemoryStore, Mismatched, Started, Store
from twofold.idempotency.redis import RedisStore
from twofold.redis import Redis
from twofold.testing.clock import FrozenClock

SAME, OTHER = b"same", b"other"
LEASE_SECONDS, TTL_SECONDS = 60.0, 1000.0


@pytest.fixture(params=["memory", "redis"])
async def staged(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Store, Ticking]]:
    if request.param == "memory":
        clock = FrozenClock(0)
        yield MemoryStore(clock=clock), clock
    else:
        server = request.getfixturevalue("valkey")
        redis = Redis(server.url, deadline_seconds=10)
        yield RedisStore(redis), ServerTime(server)
        await redis.close()


@pytest.fixture
def store(staged: tuple[Store, Ticking]) -> Store:
    return staged[0]


@pytest.fixture
def clock(staged: tuple[Store, Ticking]) -> Ticking:
    return staged[1]


async def begin(store: Store, identity: str = "a", fingerprint: bytes = SAME) -> Begun:
    return await store.begin(identity, fingerprint, lease_seconds=LEASE_SECONDS)


async def claim(store: Store, identity: str = "a", fingerprint: bytes = SAME) -> int:
    begun = await begin(store, identity, fingerprint)
    assert isinstance(begun, Started)
    return begun.fence


async def complete(store: Store, fence: int, outcome: bytes = b"outcome", identity: str = "a") -> bool:
    return await store.complete(identity, fence, outcome, ttl_seconds=TTL_SECONDS)


async def test_an_absent_key_starts(store: Store) -> None:
    assert isinstance(await begin(store), Started)


async def test_a_call_in_flight_keeps_its_key(store: Store) -> None:
    await claim(store)
    assert await begin(store) == InFlight()
    assert await begin(store, fingerprint=OTHER) == Mismatched()


async def test_a_completed_call_gives_its_outcome(store: Store) -> None:
    assert await complete(store, await claim(store), b"\x00\xff outcome")
    assert await begin(store) == Completed(b"\x00\xff outcome")
    assert await begin(store, fingerprint=OTHER) == Mismatched()


async def test_keys_do_not_touch_each_other(store: Store) -> None:
    assert await complete(store, await claim(store, "a"), identity="a")
    assert isinstance(await begin(store, "b", OTHER), Started)


async def test_a_released_key_starts_again_with_any_payload(store: Store) -> None:
    await store.release("a", await claim(store))
    assert isinstance(await begin(store, fingerprint=OTHER), Started)


async def test_a_lease_ends_on_the_second(store: Store, clock: Ticking) -> None:
    await claim(store)
    clock.tick(LEASE_SECONDS - 1)
    assert await begin(store) == InFlight()
    clock.tick(1)
    assert await begin(store, fingerprint=OTHER) == Mismatched()
    assert isinstance(await begin(store), Started)


async def test_a_takeover_has_a_higher_fence_and_a_lease_of_its_own(store: Store, clock: Ticking) -> None:
    crashed = await claim(store)
    clock.tick(LEASE_SECONDS)
    assert await claim(store) > crashed
    assert await begin(store) == InFlight()


async def test_a_zombie_changes_nothing(store: Store, clock: Ticking) -> None:
    zombie = await claim(store)
    clock.tick(LEASE_SECONDS)
    fence = await claim(store)
    assert not await complete(store, zombie, b"late")
    assert not await store.renew("a", zombie, lease_seconds=LEASE_SECONDS)
    await store.release("a", zombie)
    assert await begin(store) == InFlight()
    assert await complete(store, fence, b"first")
    assert not await complete(store, zombie, b"later")
    assert await begin(store) == Completed(b"first")


async def test_a_zombie_of_a_released_key_changes_nothing(store: Store) -> None:
    zombie = await claim(store)
    await store.release("a", zombie)
    assert not await complete(store, zombie)
    fence = await claim(store)
    assert fence != zombie
    assert not await complete(store, zombie)
    assert await complete(store, fence)


async def test_a_late_call_that_nobody_took_over_completes(store: Store, clock: Ticking) -> None:
    fence = await claim(store)
    clock.tick(2 * LEASE_SECONDS)
    assert await complete(store, fence)
    assert await begin(store) == Completed(b"outcome")


async def test_a_call_completes_once(store: Store) -> None:
    fence = await claim(store)
    assert await complete(store, fence, b"first")
    assert not await complete(store, fence, b"second")
    await store.release("a", fence)
    assert await begin(store) == Completed(b"first")


async def test_renewal_restarts_the_lease(store: Store, clock: Ticking) -> None:
    fence = await claim(store)
    clock.tick(LEASE_SECONDS - 1)
    assert await store.renew("a", fence, lease_seconds=LEASE_SECONDS)
    clock.tick(LEASE_SECONDS - 1)
    assert await begin(store) == InFlight()
    assert await complete(store, fence)


async def test_an_ended_call_cannot_be_renewed(store: Store) -> None:
    fence = await claim(store)
    assert await complete(store, fence)
    assert not await store.renew("a", fence, lease_seconds=LEASE_SECONDS)
    assert not await store.renew("never seen", 1, lease_seconds=LEASE_SECONDS)


async def test_an_outcome_is_kept_for_its_time_and_then_forgotten(store: Store, clock: Ticking) -> None:
    await complete(store, await claim(store))
    clock.tick(TTL_SECONDS - 1)
    assert await begin(store) == Completed(b"outcome")
    clock.tick(1)
    assert isinstance(await begin(store, fingerprint=OTHER), Started)


async def test_one_of_many_concurrent_callers_starts(store: Store) -> None:
    begun = await asyncio.gather(*(begin(store) for _ in range(50)))
    assert sum(isinstance(each, Started) for each in begun) == 1
    assert begun.count(InFlight()) == 49


async def test_waiting_ends_at_once_when_there_is_nothing_to_wait_for(store: Store) -> None:
    async with asyncio.timeout(30):
        await store.wait("never seen", timeout_seconds=60)
        await complete(store, await claim(store))
        await store.wait("a", timeout_seconds=60)


@pytest.mark.parametrize("end", ["complete", "release"])
async def test_waiting_ends_with_the_call_for_all_who_wait(store: Store, end: str) -> None:
    fence = await claim(store)
    waiting = asyncio.gather(*(store.wait("a", timeout_seconds=50) for _ in range(10)))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await (complete(store, fence) if end == "complete" else store.release("a", fence))
    async with asyncio.timeout(30):
        await waiting


async def test_waiting_ends_when_the_time_is_over(store: Store) -> None:
    await claim(store)
    started = time.monotonic()
    await store.wait("a", timeout_seconds=0.1)
    assert time.monotonic() - started > 0.09
    assert await begin(store) == InFlight()


async def test_waiting_survives_a_takeover(store: Store, clock: Ticking) -> None:
    await claim(store)
    clock.tick(LEASE_SECONDS - 1)
    waiting = asyncio.create_task(store.wait("a", timeout_seconds=50))
    clock.tick(1)
    fence = await claim(store)
    assert not waiting.done()
    await complete(store, fence)
    await waiting
