"""The bounds of the memory store; what every store does is in the contract suite."""

from __future__ import annotations

import gc
import threading
import tracemalloc

from twofold.cache import Entry, MemoryStore


def key_of(number: int) -> bytes:
    return number.to_bytes(32, "big")


async def fill(store: MemoryStore, count: int, *, value: bytes = b"1", tag: str = "t:{}") -> None:
    for number in range(count):
        tags = (tag.format(number),)
        versions = await store.mint(tags, ())
        entry = Entry(value, versions.epoch, tags, versions.tokens)
        await store.write(key_of(number), entry, fresh_seconds=None, stale_seconds=0)


async def has(store: MemoryStore, number: int) -> bool:
    return (await store.read(key_of(number), (), None)).entry is not None


async def test_entries_beyond_the_size_go_oldest_use_first() -> None:
    store = MemoryStore(max_bytes=3000)
    await fill(store, 3)
    assert await has(store, 0)  # its use
    await fill_one(store, 3)
    assert [await has(store, number) for number in range(4)] == [True, False, True, True]
    assert store.size_bytes <= 3000


async def fill_one(store: MemoryStore, number: int) -> None:
    versions = await store.mint((), ())
    await store.write(key_of(number), Entry(b"1" * 500, versions.epoch), fresh_seconds=None, stale_seconds=0)


async def test_an_entry_larger_than_the_store_is_not_kept_and_pushes_nothing_out() -> None:
    store = MemoryStore(max_bytes=3000)
    await fill(store, 2)
    versions = await store.mint((), ())
    await store.write(key_of(9), Entry(b"x" * 3000, versions.epoch), fresh_seconds=None, stale_seconds=0)
    assert [await has(store, number) for number in (0, 1, 9)] == [True, True, False]


async def test_replaced_expired_and_cleared_entries_give_their_room_back() -> None:
    now = 0.0
    store = MemoryStore(clock=lambda: now)
    versions = await store.mint((), ())
    for _ in range(3):
        await store.write(key_of(1), Entry(b"x" * 100, versions.epoch), fresh_seconds=5, stale_seconds=0)
    assert store.size_bytes == 600
    now = 5.0
    assert not await has(store, 1)
    assert (store.size_bytes, store.entry_count) == (0, 0)
    await fill(store, 5)
    store.clear()
    assert (store.size_bytes, store.entry_count) == (0, 0)


async def test_the_size_is_about_what_the_process_pays() -> None:
    store = MemoryStore()
    await fill(store, 10)
    tracemalloc.start()
    before = store.size_bytes
    await fill(store, 2000, value=b"x" * 200, tag="stock:product-{}")
    gc.collect()
    paid, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.8 * paid < store.size_bytes - before < 2 * paid


async def test_tokens_of_tags_beyond_the_limit_are_lost_and_come_back_different() -> None:
    store = MemoryStore(max_tags=2)
    (first,) = (await store.mint(("a",), ())).tokens
    await store.mint(("b", "c"), ())
    assert await store.versions(("a", "b", "c")) != (first, None, None)
    assert (await store.versions(("a",))) == (None,)
    assert (await store.mint(("a",), ())).tokens != (first,)


async def test_tags_in_use_stay() -> None:
    store = MemoryStore(max_tags=10)
    await store.mint(("hot",), ())
    for number in range(100):
        await store.mint((f"cold:{number}",), ())
        assert await store.versions(("hot",)) != (None,)


async def test_an_entry_with_more_tags_than_the_store_keeps_is_a_miss() -> None:
    store = MemoryStore(max_tags=1)
    versions = await store.mint(("a", "b"), ())
    await store.write(key_of(1), Entry(b"1", versions.epoch, ("a", "b"), versions.tokens), fresh_seconds=None, stale_seconds=0)
    assert not await has(store, 1)


async def test_an_outdated_computation_does_not_push_out_a_newer_value() -> None:
    store = MemoryStore()
    old = await store.mint(("a",), ())
    await store.invalidate(["a"], [])
    new = await store.mint(("a",), ())
    for value, versions in ((b"new", new), (b"old", old)):
        await store.write(key_of(1), Entry(value, versions.epoch, ("a",), versions.tokens), fresh_seconds=None, stale_seconds=0)
    entry = (await store.read(key_of(1), ("a",), None)).entry
    assert entry is not None
    assert entry.value == b"new"


async def test_more_paths_than_the_store_keeps_forget_everything() -> None:
    store = MemoryStore(max_paths=2)
    await fill(store, 1)
    await store.invalidate([], ["/a", "/b"])
    assert await has(store, 0)
    await store.invalidate([], ["/c"])
    assert not await has(store, 0)
    assert (await store.mint((), ["/a", "/b", "/c"])).guards == {}


async def test_clearing_outdates_what_is_being_computed() -> None:
    store = MemoryStore()
    versions = await store.mint(("a",), ())
    store.clear()
    await store.write(key_of(1), Entry(b"1", versions.epoch, ("a",), versions.tokens), fresh_seconds=None, stale_seconds=0)
    assert not await has(store, 1)


def test_threads_may_share_a_store() -> None:
    store = MemoryStore(max_bytes=20_000, max_tags=20)
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            coroutine = churn(store, seed)
            coroutine.send(None)
        except StopIteration:
            return
        except BaseException as error:  # noqa: BLE001 - reported by the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.size_bytes <= 20_000


async def churn(store: MemoryStore, seed: int) -> None:
    for number in range(500):
        name = f"t:{(number * 7 + seed) % 30}"
        versions = await store.mint((name,), ())
        entry = Entry(b"1", versions.epoch, (name,), versions.tokens)
        await store.write(key_of(number % 40), entry, fresh_seconds=None, stale_seconds=0)
        await store.read(key_of((number + seed) % 40), (name,), "/p")
        if number % 10 == 0:
            await store.invalidate([name], [])


def test_an_empty_store_is_still_a_store() -> None:
    assert MemoryStore()
