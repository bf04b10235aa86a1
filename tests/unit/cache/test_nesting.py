"""Cached functions that call cached functions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context

import pytest

from twofold.cache import MemoryStore, bypass, cached, rendering, revalidate_path, revalidate_tag, revalidation
from twofold.cache.notes import MAX_INHERITED_TAGS
from twofold.errors import NotFound
from twofold.testing.clock import FrozenClock

truth = {"value": 0}
computed: list[str] = []


@cached(tags=["inner", "item:{item}"])
async def inner(item: int = 0) -> int:
    computed.append("inner")
    return truth["value"]


@cached(tags="outer")
async def outer() -> int:
    computed.append("outer")
    return await inner()


@cached(tags="outermost")
async def outermost() -> int:
    computed.append("outermost")
    return await outer()


@pytest.fixture(autouse=True)
def _fresh(store: MemoryStore) -> None:
    truth["value"] = 0
    computed.clear()


async def revalidate(*tags: str, path: str | None = None) -> None:
    async with revalidation():
        revalidate_tag(*tags)
        if path is not None:
            revalidate_path(path)


async def on_page(path: str, read: Callable[[], Awaitable[int]]) -> int:
    with rendering(path):
        return await read()


@pytest.mark.parametrize("tag", ["inner", "item:0"])
@pytest.mark.parametrize("read", [outer, outermost])
async def test_revalidating_what_was_called_outdates_every_caller(read: Callable[[], Awaitable[int]], tag: str) -> None:
    assert await read() == 0
    truth["value"] = 1
    assert await read() == 0
    await revalidate(tag)
    assert await read() == 1


async def test_revalidating_a_caller_leaves_what_it_called() -> None:
    await outer()
    await revalidate("outer")
    await outer()
    assert computed == ["outer", "inner", "outer"]


async def test_a_caller_computed_from_a_kept_value_inherits_its_tags() -> None:
    await inner()
    await outer()
    truth["value"] = 1
    await revalidate("inner")
    assert await outer() == 1


async def test_the_shorter_time_counts(clock: FrozenClock) -> None:
    @cached(ttl=10)
    async def short() -> int:
        return truth["value"]

    @cached(ttl=100)
    async def long() -> int:
        return await short()

    await short()
    clock.tick(6)
    await long()
    truth["value"] = 1
    clock.tick(3.9)
    assert await long() == 0
    clock.tick(0.1)
    assert await long() == 1


async def test_a_caller_of_a_read_around_the_cache_is_not_kept(store: MemoryStore) -> None:
    @cached(tags="caller")
    async def caller() -> int:
        with bypass():
            return await inner()

    await caller()
    truth["value"] = 1
    assert await caller() == 1
    assert store.entry_count == 0


@pytest.mark.parametrize("error", [ValueError, NotFound])
async def test_a_caller_that_caught_the_error_of_what_it_called_is_not_kept(error: type[BaseException]) -> None:
    outcomes: list[BaseException | None] = [error(), None]

    @cached(tags="failing")
    async def failing() -> int:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome
        return 1

    @cached(tags="caller")
    async def caller() -> int:
        try:
            return await failing()
        except error:
            return -1

    assert [await caller(), await caller(), await caller()] == [-1, 1, 1]


async def test_a_caller_that_read_before_and_after_a_revalidation_is_not_kept() -> None:
    async def write() -> None:
        truth["value"] = 1
        await revalidate("inner")

    @cached(tags="caller")
    async def caller() -> tuple[int, int]:
        first = await inner()
        await asyncio.create_task(write(), context=Context())
        return first, await inner()

    assert await caller() == (0, 1)
    assert await caller() == (1, 1)


async def test_a_caller_whose_older_read_ends_last_is_not_kept() -> None:
    has_read, may_end = asyncio.Event(), asyncio.Event()

    @cached(tags="inner")
    async def slow() -> int:
        value = truth["value"]
        has_read.set()
        await may_end.wait()
        return value

    @cached(tags="caller")
    async def caller() -> list[int]:
        older = asyncio.create_task(slow())
        await has_read.wait()
        truth["value"] = 1
        await asyncio.create_task(revalidate("inner"), context=Context())
        newer = await inner()
        may_end.set()
        return [newer, await older]

    assert await caller() == [1, 0]
    assert await caller() == [1, 1]


@pytest.mark.parametrize(("calls", "is_kept"), [(MAX_INHERITED_TAGS - 1, True), (MAX_INHERITED_TAGS, False)])
async def test_a_caller_of_too_many_is_not_kept(calls: int, is_kept: bool) -> None:
    computations = []

    @cached(tags="caller")
    async def caller() -> int:
        computations.append(1)
        return sum([await inner(item) for item in range(calls)])  # the tag "inner", and one for each

    await caller()
    await caller()
    assert len(computations) == (1 if is_kept else 2)


async def test_a_pending_tag_of_what_is_called_is_read_around_the_cache() -> None:
    await outermost()
    async with revalidation():
        truth["value"] = 1
        revalidate_tag("inner")
        assert await outermost() == 1
        truth["value"] = 2
        assert await outermost() == 2
    assert await outermost() == 2


async def test_a_follower_does_not_get_what_was_revalidated_before_it_came() -> None:
    has_read, may_end = asyncio.Event(), asyncio.Event()

    @cached(tags="slow")
    async def slow() -> int:
        value = await inner()
        has_read.set()
        await may_end.wait()
        return value

    leader = asyncio.create_task(slow())
    await has_read.wait()
    truth["value"] = 1
    await revalidate("inner")
    followers = [asyncio.create_task(slow()) for _ in range(3)]
    await asyncio.wait(followers, timeout=0)
    may_end.set()
    assert await leader == 0
    assert await asyncio.gather(*followers) == [1, 1, 1]


async def test_a_follower_computes_for_itself_what_its_leader_may_not_keep() -> None:
    has_read, may_end = asyncio.Event(), asyncio.Event()

    @cached(tags="slow")
    async def slow() -> int:
        with bypass():
            value = await inner()
        has_read.set()
        await may_end.wait()
        return value

    leader = asyncio.create_task(slow())
    await has_read.wait()
    truth["value"] = 1
    await revalidate("inner")
    follower = asyncio.create_task(slow())
    await asyncio.wait([follower], timeout=0)
    may_end.set()
    assert [await leader, await follower] == [0, 1]


async def test_revalidating_a_page_reaches_what_its_functions_call() -> None:
    assert await on_page("/p", outermost) == 0
    truth["value"] = 1
    await revalidate(path="/p")
    assert await on_page("/q", outermost) == 0
    assert await on_page("/p", outermost) == 1
    assert await on_page("/q", outermost) == 1


async def test_a_caller_is_no_newer_than_what_it_called() -> None:
    """A new value carries a path's token on only if everything it was computed from carries it too."""
    has_read, may_end = asyncio.Event(), asyncio.Event()

    @cached(tags="base")
    async def base() -> int:
        value = truth["value"]
        if value == 0:
            has_read.set()
            await may_end.wait()
        return value

    @cached(tags="top")
    async def top() -> int:
        return await base()

    slow = asyncio.create_task(base())
    await has_read.wait()
    truth["value"] = 1
    await revalidate(path="/p")
    assert await on_page("/p", top) == 1
    may_end.set()
    assert await slow == 0  # and it is stored over the newer value: its tags are current
    await revalidate("top")
    assert await top() == 0  # allowed: no tag of what it shows was revalidated
    assert await on_page("/p", top) == 1
