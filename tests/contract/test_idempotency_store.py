"""One suite for every idempotency store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from support.virtual_time import virtual_time
from twofold.idempotency import Begun, Completed, InFlight, MemoryStore, Mismatched, Started, Store

SAME, OTHER = b"same", b"other"
LEASE_SECONDS, TTL_SECONDS = 60.0, 1000.0

MakeStore = Callable[[Callable[[], float]], Store]
all_stores = pytest.mark.parametrize("make_store", [pytest.param(lambda clock: MemoryStore(clock=clock), id="memory")])


def on_loop_time(make_store: MakeStore) -> Store:
    return make_store(asyncio.get_running_loop().time)


async def begin(store: Store, identity: str = "a", fingerprint: bytes = SAME) -> Begun:
    return await store.begin(identity, fingerprint, lease_seconds=LEASE_SECONDS)


async def claim(store: Store, identity: str = "a", fingerprint: bytes = SAME) -> int:
    begun = await begin(store, identity, fingerprint)
    assert isinstance(begun, Started)
    return begun.fence


async def complete(store: Store, fence: int, outcome: bytes = b"outcome", identity: str = "a") -> bool:
    return await store.complete(identity, fence, outcome, ttl_seconds=TTL_SECONDS)


@all_stores
@virtual_time
async def test_an_absent_key_starts(make_store: MakeStore) -> None:
    assert isinstance(await begin(on_loop_time(make_store)), Started)


@all_stores
@virtual_time
async def test_a_call_in_flight_keeps_its_key(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    await claim(store)
    assert await begin(store) == InFlight()
    assert await begin(store, fingerprint=OTHER) == Mismatched()


@all_stores
@virtual_time
async def test_a_completed_call_gives_its_outcome(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    assert await complete(store, await claim(store), b"\x00\xff outcome")
    assert await begin(store) == Completed(b"\x00\xff outcome")
    assert await begin(store, fingerprint=OTHER) == Mismatched()


@all_stores
@virtual_time
async def test_keys_do_not_touch_each_other(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    assert await complete(store, await claim(store, "a"), identity="a")
    assert isinstance(await begin(store, "b", OTHER), Started)


@all_stores
@virtual_time
async def test_a_released_key_starts_again_with_any_payload(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    await store.release("a", await claim(store))
    assert isinstance(await begin(store, fingerprint=OTHER), Started)


@all_stores
@virtual_time
async def test_a_lease_ends_on_the_second(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    await claim(store)
    await asyncio.sleep(LEASE_SECONDS - 0.001)
    assert await begin(store) == InFlight()
    await asyncio.sleep(0.001)
    assert await begin(store, fingerprint=OTHER) == Mismatched()
    assert isinstance(await begin(store), Started)


@all_stores
@virtual_time
async def test_a_takeover_has_a_higher_fence_and_a_lease_of_its_own(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    crashed = await claim(store)
    await asyncio.sleep(LEASE_SECONDS)
    assert await claim(store) > crashed
    assert await begin(store) == InFlight()


@all_stores
@virtual_time
async def test_a_zombie_changes_nothing(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    zombie = await claim(store)
    await asyncio.sleep(LEASE_SECONDS)
    fence = await claim(store)
    assert not await complete(store, zombie, b"late")
    assert not await store.renew("a", zombie, lease_seconds=LEASE_SECONDS)
    await store.release("a", zombie)
    assert await begin(store) == InFlight()
    assert await complete(store, fence, b"first")
    assert not await complete(store, zombie, b"later")
    assert await begin(store) == Completed(b"first")


@all_stores
@virtual_time
async def test_a_zombie_of_a_released_key_changes_nothing(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    zombie = await claim(store)
    await store.release("a", zombie)
    assert not await complete(store, zombie)
    fence = await claim(store)
    assert fence != zombie
    assert not await complete(store, zombie)
    assert await complete(store, fence)


@all_stores
@virtual_time
async def test_a_late_call_that_nobody_took_over_completes(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    fence = await claim(store)
    await asyncio.sleep(2 * LEASE_SECONDS)
    assert await complete(store, fence)
    assert await begin(store) == Completed(b"outcome")


@all_stores
@virtual_time
async def test_a_call_completes_once(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    fence = await claim(store)
    assert await complete(store, fence, b"first")
    assert not await complete(store, fence, b"second")
    await store.release("a", fence)
    assert await begin(store) == Completed(b"first")


@all_stores
@virtual_time
async def test_renewal_restarts_the_lease(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    fence = await claim(store)
    await asyncio.sleep(LEASE_SECONDS - 1)
    assert await store.renew("a", fence, lease_seconds=LEASE_SECONDS)
    await asyncio.sleep(LEASE_SECONDS - 1)
    assert await begin(store) == InFlight()
    assert await complete(store, fence)


@all_stores
@virtual_time
async def test_an_ended_call_cannot_be_renewed(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    fence = await claim(store)
    assert await complete(store, fence)
    assert not await store.renew("a", fence, lease_seconds=LEASE_SECONDS)
    assert not await store.renew("never seen", 1, lease_seconds=LEASE_SECONDS)


@all_stores
@virtual_time
async def test_an_outcome_is_kept_for_its_time_and_then_forgotten(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    await complete(store, await claim(store))
    await asyncio.sleep(TTL_SECONDS - 0.001)
    assert await begin(store) == Completed(b"outcome")
    await asyncio.sleep(0.001)
    assert isinstance(await begin(store, fingerprint=OTHER), Started)


@all_stores
@virtual_time
async def test_one_of_many_concurrent_callers_starts(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    begun = await asyncio.gather(*(begin(store) for _ in range(50)))
    assert sum(isinstance(each, Started) for each in begun) == 1
    assert begun.count(InFlight()) == 49


@all_stores
@virtual_time
async def test_waiting_ends_at_once_when_there_is_nothing_to_wait_for(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    await store.wait("never seen", timeout_seconds=5)
    await complete(store, await claim(store))
    await store.wait("a", timeout_seconds=5)
    assert asyncio.get_running_loop().time() == 0


@all_stores
@pytest.mark.parametrize("end", ["complete", "release"])
@virtual_time
async def test_waiting_ends_with_the_call_for_all_who_wait(make_store: MakeStore, end: str) -> None:
    store = on_loop_time(make_store)
    fence = await claim(store)
    waiting = asyncio.gather(*(store.wait("a", timeout_seconds=50) for _ in range(10)))
    await asyncio.sleep(2)
    assert not waiting.done()
    await (complete(store, fence) if end == "complete" else store.release("a", fence))
    await waiting
    assert asyncio.get_running_loop().time() < 4


@all_stores
@virtual_time
async def test_waiting_ends_when_the_time_is_over(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    await claim(store)
    await store.wait("a", timeout_seconds=5)
    assert 5 <= asyncio.get_running_loop().time() < 7
    assert await begin(store) == InFlight()


@all_stores
@virtual_time
async def test_waiting_survives_a_takeover(make_store: MakeStore) -> None:
    store = on_loop_time(make_store)
    await claim(store)
    await asyncio.sleep(LEASE_SECONDS - 1)
    waiting = asyncio.create_task(store.wait("a", timeout_seconds=50))
    await asyncio.sleep(1)
    fence = await claim(store)
    assert not waiting.done()
    await complete(store, fence)
    await waiting
