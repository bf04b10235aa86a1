"""Which tags a block depends on, and which it revalidates."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextvars import Context

import pytest

from support.asgi import settle
from twofold.cache import (
    PATH_PREFIX,
    InvalidationUnconfirmed,
    Lookup,
    MemoryStore,
    Recording,
    bypass,
    cached,
    recording,
    recording_revalidations,
    revalidate_path,
    revalidate_tag,
    revalidation,
    set_default_store,
)
from twofold.cache.notes import MAX_INHERITED_TAGS
from twofold.errors import StoreUnavailable
from twofold.testing.clock import FrozenClock


@cached(tags=["inner", "item:{item}"])
async def inner(item: int = 0) -> int:
    return item


@cached(tags="outer")
async def outer() -> int:
    return await inner()


@cached(tags="outermost")
async def outermost() -> int:
    return await outer()


@cached(ttl=10)
async def untagged() -> int:
    return 1


@cached(tags="failing")
async def failing() -> int:
    await inner()
    raise ValueError("no")


DEEP = ("outermost", "outer", "inner", "item:0")


@pytest.fixture(autouse=True)
def _store(store: MemoryStore) -> None:
    """A store of its own for each test."""


class Down(MemoryStore):
    """A store that answers nothing."""

    async def read(self, key: bytes, tags: tuple[str, ...], path: str | None) -> Lookup:
        raise StoreUnavailable

    async def invalidate(self, tags: Collection[str], paths: Collection[str]) -> None:
        raise StoreUnavailable


async def tags_of(read: Callable[[], Awaitable[object]]) -> tuple[str, ...]:
    with recording() as found:
        await read()
    return found.tags


# What was read


def test_tags_are_kept_once_in_the_order_of_the_reads() -> None:
    found = Recording()
    assert not found.tags
    found.add(["b", "a"])
    found.add([])
    found.add(["c", "b"])
    assert found.tags == ("b", "a", "c")


async def test_reads_inside_the_block_are_recorded() -> None:
    with recording() as found:
        await inner(2)
        await inner(1)
        await inner(2)
    assert found.tags == ("inner", "item:2", "item:1")


async def test_a_kept_value_tells_the_same_tags_as_its_computation() -> None:
    assert [await tags_of(outermost), await tags_of(outermost)] == [DEEP, DEEP]


async def test_a_value_that_is_served_beyond_its_time_tells_its_tags(clock: FrozenClock) -> None:
    @cached(tags="timed", ttl=10, stale=10)
    async def timed() -> int:
        return await inner()

    assert await timed() == 0
    clock.tick(15)
    assert set(await tags_of(timed)) == {"timed", "inner", "item:0"}
    await settle()  # the refreshing


async def test_a_read_without_tags_records_nothing() -> None:
    assert await tags_of(untagged) == ()


async def test_reads_before_and_after_the_block_are_not_recorded() -> None:
    await inner(1)
    with recording() as found:
        await inner(2)
    await inner(3)
    assert found.tags == ("inner", "item:2")


async def test_reads_outside_any_block_are_recorded_nowhere() -> None:
    with recording() as found:
        await asyncio.create_task(inner(), context=Context())
    assert found.tags == ()


async def test_a_block_inside_keeps_its_reads_from_the_one_around_it() -> None:
    with recording() as around:
        await inner(1)
        assert await tags_of(lambda: inner(2)) == ("inner", "item:2")
        await inner(3)
    assert around.tags == ("inner", "item:1", "item:3")


async def test_a_block_inside_that_fails_gives_the_reads_back_to_the_one_around_it() -> None:
    with recording() as around:
        with pytest.raises(ValueError, match="no"), recording() as found:
            await failing()
        await inner(3)
    assert found.tags == ("failing", "inner", "item:0")
    assert around.tags == ("inner", "item:3")


async def test_a_read_that_fails_is_recorded_with_what_it_read() -> None:
    with recording() as found:
        for _ in range(2):
            with pytest.raises(ValueError, match="no"):
                await failing()
    assert found.tags == ("failing", "inner", "item:0")


async def test_a_read_that_is_cancelled_is_recorded() -> None:
    @cached(tags="endless")
    async def endless() -> int:
        await asyncio.Event().wait()
        return 1

    with recording() as found:
        task = asyncio.create_task(endless())
        await settle()
        task.cancel()
        await asyncio.wait([task])
    assert found.tags == ("endless",)


async def test_tasks_of_the_block_record_into_it() -> None:
    with recording() as found:
        await asyncio.gather(inner(1), inner(2), outermost())
    assert set(found.tags) == {*DEEP, "item:1", "item:2"}


async def test_blocks_of_two_tasks_do_not_mix() -> None:
    async def read(item: int) -> tuple[str, ...]:
        with recording() as found:
            await settle()
            await inner(item)
        return found.tags

    first, second = await asyncio.gather(read(1), read(2))
    assert (first, second) == (("inner", "item:1"), ("inner", "item:2"))


async def test_readers_that_share_a_computation_each_record_all_of_it() -> None:
    may_end = asyncio.Event()

    @cached(tags="slow")
    async def slow() -> int:
        value = await inner()
        await may_end.wait()
        return value

    readers = [asyncio.create_task(tags_of(slow)) for _ in range(3)]
    await settle()
    may_end.set()
    assert await asyncio.gather(*readers) == [("slow", "inner", "item:0")] * 3


async def test_a_read_around_the_cache_is_recorded_with_what_it_read() -> None:
    with bypass():
        assert await tags_of(outermost) == DEEP


async def test_a_read_of_what_is_about_to_be_revalidated_is_recorded_with_what_it_read() -> None:
    await outermost()
    async with revalidation():
        revalidate_tag("inner")
        assert await tags_of(outermost) == DEEP


async def test_a_read_without_a_store_is_recorded_with_what_it_read() -> None:
    set_default_store(Down())
    assert await tags_of(outermost) == DEEP


@pytest.mark.parametrize("calls", [MAX_INHERITED_TAGS - 1, MAX_INHERITED_TAGS])
async def test_no_tag_is_lost_where_there_are_too_many_to_keep_the_value(calls: int, store: MemoryStore) -> None:
    @cached(tags="caller")
    async def caller() -> int:
        return sum([await inner(item) for item in range(calls)])  # the tag "inner", and one for each

    expected = {"caller", "inner", *(f"item:{item}" for item in range(calls))}
    first, second = await tags_of(caller), await tags_of(caller)
    assert (set(first), set(second)) == (expected, expected)
    assert (len(first), store.entry_count - calls) == (calls + 2, calls < MAX_INHERITED_TAGS)


# What was revalidated


async def revalidate(*tags: str, path: str | None = None) -> None:
    async with revalidation():
        revalidate_tag(*tags)
        if path is not None:
            revalidate_path(path)


async def test_what_is_revalidated_inside_the_block_is_recorded_as_the_log_has_it(store: MemoryStore) -> None:
    written, beginning = Recording(), await store.sequence()
    with recording_revalidations(written):
        await revalidate("a", "b", path="/p")
        await revalidate("b", path="/q/")
    assert written.tags == ("a", "b", f"{PATH_PREFIX}/p", f"{PATH_PREFIX}/q")
    changes = await store.changes(beginning)
    assert changes is not None
    assert {tag for change in changes for tag in change.tags} == set(written.tags)


async def test_what_is_revalidated_elsewhere_is_not_recorded() -> None:
    written = Recording()
    await revalidate("before")
    with recording_revalidations(written):
        await asyncio.create_task(revalidate("elsewhere"), context=Context())
        await revalidate()
    await revalidate("after")
    assert written.tags == ()


async def test_it_is_recorded_when_it_happens_and_not_when_it_is_asked_for() -> None:
    written = Recording()
    with recording_revalidations(written):
        async with revalidation():
            revalidate_tag("a")
            assert not written.tags
        assert written.tags == ("a",)


async def test_an_inner_recording_has_its_own() -> None:
    around, within = Recording(), Recording()
    with recording_revalidations(around):
        await revalidate("a")
        with recording_revalidations(within):
            await revalidate("b")
        await revalidate("c")
    assert (around.tags, within.tags) == (("a", "c"), ("b",))


async def test_what_a_failed_body_revalidates_is_recorded_and_the_recording_ends_with_its_block() -> None:
    written = Recording()
    with pytest.raises(ValueError, match="no"), recording_revalidations(written):  # noqa: PT012 - two blocks
        async with revalidation():
            revalidate_tag("a")
            raise ValueError("no")
    await revalidate("after")
    assert written.tags == ("a",)


async def test_what_the_store_did_not_confirm_is_not_recorded() -> None:
    set_default_store(Down())
    written = Recording()
    with recording_revalidations(written), pytest.raises(InvalidationUnconfirmed):
        await revalidate("a")
    assert written.tags == ()


async def test_reading_and_revalidating_are_recorded_apart() -> None:
    written = Recording()
    with recording() as found, recording_revalidations(written):
        await inner()
        await revalidate("inner")
    assert (found.tags, written.tags) == (("inner", "item:0"), ("inner",))
