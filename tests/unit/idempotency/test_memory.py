"""What the memory store adds to the contract of all stores: bounds."""

from __future__ import annotations

import pytest

from twofold.errors import ConfigurationError, Unavailable
from twofold.idempotency import Begun, Completed, InFlight, MemoryStore, Started
from twofold.idempotency.memory import SWEEP_BATCH


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def begin(store: MemoryStore, identity: str) -> Begun:
    return await store.begin(identity, b"payload", lease_seconds=60)


async def finish(store: MemoryStore, identity: str, outcome: bytes = b"outcome", ttl_seconds: float = 100) -> None:
    begun = await begin(store, identity)
    assert isinstance(begun, Started)
    assert await store.complete(identity, begun.fence, outcome, ttl_seconds=ttl_seconds)


async def test_the_oldest_completed_call_makes_room() -> None:
    store = MemoryStore(max_entries=2)
    await finish(store, "first")
    await finish(store, "second")
    await begin(store, "third")
    assert len(store) == 2
    assert await begin(store, "second") == Completed(b"outcome")
    assert isinstance(await begin(store, "first"), Started)


async def test_a_call_in_flight_never_makes_room() -> None:
    store = MemoryStore(max_entries=2)
    await begin(store, "in flight")
    for number in range(10):
        await finish(store, str(number))
    assert await begin(store, "in flight") == InFlight()


async def test_a_crashed_call_never_makes_room() -> None:
    clock = Clock()
    store = MemoryStore(max_entries=1, clock=clock)
    await begin(store, "crashed")
    clock.now = 60
    with pytest.raises(Unavailable):
        await begin(store, "other")


async def test_a_store_full_of_calls_in_flight_is_unavailable_until_one_ends() -> None:
    store = MemoryStore(max_entries=2)
    begun = await begin(store, "a")
    await begin(store, "b")
    with pytest.raises(Unavailable) as refusal:
        await begin(store, "c")
    assert refusal.value.retry_after == 1
    assert isinstance(begun, Started)
    await store.release("a", begun.fence)
    assert isinstance(await begin(store, "c"), Started)


async def test_a_full_store_still_answers_for_the_keys_that_it_has() -> None:
    store = MemoryStore(max_entries=1)
    await begin(store, "a")
    assert await begin(store, "a") == InFlight()


async def test_outcomes_share_a_budget_of_bytes() -> None:
    store = MemoryStore(max_bytes=10)
    await finish(store, "a", b"x" * 6)
    await finish(store, "b", b"x" * 4)
    assert len(store) == 2
    await finish(store, "c", b"x" * 5)
    assert len(store) == 2
    assert isinstance(await begin(store, "a"), Started)


async def test_the_newest_outcome_is_kept_even_beyond_the_budget() -> None:
    store = MemoryStore(max_bytes=10)
    await finish(store, "a", b"x" * 11)
    assert await begin(store, "a") == Completed(b"x" * 11)


async def test_expired_calls_leave_memory_whatever_their_order() -> None:
    clock = Clock()
    store = MemoryStore(clock=clock)
    await finish(store, "week", ttl_seconds=700)
    for number in range(10):
        await finish(store, str(number), ttl_seconds=100)
    clock.now = 100
    await begin(store, "new")
    assert len(store) == 2


async def test_a_key_that_was_evicted_and_came_back_lives_its_whole_second_life() -> None:
    clock = Clock()
    store = MemoryStore(max_entries=1, clock=clock)
    await finish(store, "a")
    await finish(store, "b")
    clock.now = 50
    await finish(store, "a", b"second")
    clock.now = 149
    assert await begin(store, "a") == Completed(b"second")


async def test_one_call_sweeps_one_batch() -> None:
    clock = Clock()
    store = MemoryStore(clock=clock)
    for number in range(SWEEP_BATCH + 5):
        await finish(store, str(number))
    clock.now = 100
    await begin(store, "new")
    assert len(store) == 5 + 1
    await begin(store, "new")
    assert len(store) == 1


async def test_the_list_of_expiries_stays_bounded_while_calls_are_evicted() -> None:
    store = MemoryStore(max_entries=3)
    for number in range(100):
        await finish(store, str(number))
    assert sum(map(len, store._expiries.values())) <= 2 * 3 + 1


@pytest.mark.parametrize("bounds", [{"max_entries": 0}, {"max_entries": -1}, {"max_bytes": 0}], ids=str)
def test_a_store_without_room_is_misuse(bounds: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match="at least 1"):
        MemoryStore(**bounds)
