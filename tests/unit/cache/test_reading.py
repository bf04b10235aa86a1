"""Reading through the cache: one computation, time, transactions, outages, one's own writes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator

import pytest

from twofold.cache import (
    Entry,
    Lookup,
    MemoryStore,
    Versions,
    bypass,
    cached,
    computing,
    current_store,
    revalidate_tag,
    revalidation,
    set_default_store,
    use,
)
from twofold.errors import StoreUnavailable
from twofold.testing.clock import FrozenClock


class Source:
    """A source of truth; reading it takes until it is let through."""

    def __init__(self) -> None:
        self.truth = 0
        self.reads = 0
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.failure: BaseException | None = None

    async def read(self) -> int:
        self.reads += 1
        value = self.truth
        self.has_begun.set()
        await self.may_end.wait()
        if self.failure is not None:
            raise self.failure
        return value

    def hold(self) -> None:
        self.has_begun.clear()
        self.may_end.clear()


@pytest.fixture
def source() -> Source:
    return Source()


async def revalidate(*tags: str) -> None:
    async with revalidation():
        revalidate_tag(*tags)


async def finish_refresh(source: Source) -> None:
    """Let a computation in the background end and store its value."""
    source.may_end.set()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others)


async def test_a_stampede_computes_once(store: MemoryStore, source: Source) -> None:
    @cached(tags="t")
    async def value() -> int:
        return await source.read()

    assert await asyncio.gather(*(value() for _ in range(100))) == [0] * 100
    assert source.reads == 1


async def test_a_reader_after_a_revalidation_does_not_join_what_began_before(store: MemoryStore, source: Source) -> None:
    @cached(tags="t")
    async def value() -> int:
        return await source.read()

    source.hold()
    early = asyncio.create_task(value())
    await source.has_begun.wait()
    source.truth = 1
    await revalidate("t")
    late = asyncio.create_task(value())
    source.may_end.set()
    assert [await early, await late] == [0, 1]
    assert await value() == 1


async def test_a_cancelled_reader_leaves_its_value_to_the_others(store: MemoryStore, source: Source) -> None:
    @cached(tags="t")
    async def value() -> int:
        return await source.read()

    source.hold()
    first, second = (asyncio.create_task(value()) for _ in range(2))
    await source.has_begun.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    source.may_end.set()
    assert await second == 0
    assert source.reads == 1


class TestTime:
    """Values expire by the store's clock, and only values that nobody revalidated are served after it."""

    async def test_a_value_is_computed_again_when_its_time_is_over(
        self, store: MemoryStore, clock: FrozenClock, source: Source
    ) -> None:
        @cached(ttl=10)
        async def value() -> int:
            return await source.read()

        await value()
        source.truth = 1
        clock.tick(9.9)
        assert await value() == 0
        clock.tick(0.1)
        assert await value() == 1

    async def test_the_time_runs_from_the_start_of_the_computation(
        self, store: MemoryStore, clock: FrozenClock, source: Source
    ) -> None:
        @cached(ttl=10)
        async def slow() -> int:
            value = await source.read()
            clock.tick(4)
            return value

        await slow()
        clock.tick(5.9)
        await slow()
        assert source.reads == 1
        clock.tick(0.1)
        await slow()
        assert source.reads == 2

    async def test_a_computation_longer_than_its_time_is_not_kept(self, store: MemoryStore, clock: FrozenClock) -> None:
        @cached(ttl=10)
        async def slow() -> int:
            clock.tick(10)
            return 1

        await slow()
        assert store.entry_count == 0

    async def test_a_stale_value_is_served_while_one_reader_refreshes_it(
        self, store: MemoryStore, clock: FrozenClock, source: Source
    ) -> None:
        @cached(ttl=10, stale=5)
        async def value() -> int:
            return await source.read()

        await value()
        source.truth = 1
        clock.tick(12)
        source.hold()
        assert await asyncio.gather(*(value() for _ in range(10))) == [0] * 10
        await finish_refresh(source)
        assert await value() == 1
        assert source.reads == 2

    async def test_a_value_is_not_served_after_its_stale_time(
        self, store: MemoryStore, clock: FrozenClock, source: Source
    ) -> None:
        @cached(ttl=10, stale=5)
        async def value() -> int:
            return await source.read()

        await value()
        source.truth = 1
        clock.tick(15)
        assert await value() == 1

    async def test_a_revalidated_value_is_never_served_stale(
        self, store: MemoryStore, clock: FrozenClock, source: Source
    ) -> None:
        @cached(tags="t", ttl=10, stale=5)
        async def value() -> int:
            return await source.read()

        await value()
        source.truth = 1
        clock.tick(12)
        await revalidate("t")
        assert await value() == 1

    async def test_a_refresh_that_was_overtaken_by_a_revalidation_is_not_served(
        self, store: MemoryStore, clock: FrozenClock, source: Source
    ) -> None:
        @cached(tags="t", ttl=10, stale=5)
        async def value() -> int:
            return await source.read()

        await value()
        clock.tick(12)
        source.hold()
        await value()
        await source.has_begun.wait()
        source.truth = 1
        await revalidate("t")
        await finish_refresh(source)
        assert await value() == 1

    async def test_a_failed_refresh_is_logged_and_the_old_value_served_on(
        self, store: MemoryStore, clock: FrozenClock, source: Source, caplog: pytest.LogCaptureFixture
    ) -> None:
        @cached(ttl=10, stale=5)
        async def value() -> int:
            return await source.read()

        await value()
        clock.tick(12)
        source.failure = ValueError("no database")
        with caplog.at_level(logging.ERROR, "twofold.cache"):
            assert await value() == 0
            await finish_refresh(source)
        assert f"Refreshing {value.name} failed" in caplog.text
        assert await value() == 0


class TestBypass:
    """In a transaction reads compute directly and leave nothing behind."""

    async def test_a_bypassed_read_neither_takes_nor_leaves_a_value(self, store: MemoryStore, source: Source) -> None:
        @cached(tags="t")
        async def value() -> int:
            return await source.read()

        with bypass():
            await value()
            assert store.entry_count == 0
        await value()
        source.truth = 1
        with bypass():
            assert await value() == 1
        assert await value() == 0

    async def test_a_bypassed_read_joins_nothing(self, store: MemoryStore, source: Source) -> None:
        @cached(tags="t")
        async def value() -> int:
            return await source.read()

        source.hold()
        outside = asyncio.create_task(value())
        await source.has_begun.wait()
        source.truth = 1

        async def in_transaction() -> int:
            with bypass():
                return await value()

        inside = asyncio.create_task(in_transaction())
        source.may_end.set()
        assert [await outside, await inside] == [0, 1]

    async def test_a_bypassed_read_runs_in_the_callers_task_as_a_cached_function(self, store: MemoryStore) -> None:
        tasks = []

        @cached(tags="t")
        async def name() -> str | None:
            tasks.append(asyncio.current_task())
            return computing.get()

        with bypass():
            assert await name() == name.name
            assert computing.get() is None
        assert tasks == [asyncio.current_task()]

    async def test_a_bypassed_value_has_the_same_types_as_a_cached_one(self, store: MemoryStore) -> None:
        given = ["a"]

        @cached(tags="t")
        async def words() -> list[str]:
            return given

        with bypass():
            assert await words() is not given


class TestOwnWrites:
    """A block reads what it is about to revalidate from the source."""

    async def test_a_pending_tag_is_read_around_the_cache(self, store: MemoryStore, source: Source) -> None:
        @cached(tags=["t", "u"])
        async def value() -> int:
            return await source.read()

        await value()
        source.truth = 1
        async with revalidation():
            assert await value() == 0
            revalidate_tag("u")
            assert await value() == 1
            async with revalidation():
                assert await value() == 1
            source.truth = 2
            assert await value() == 2
        assert await value() == 2

    async def test_others_keep_the_old_value_until_the_block_ends(self, store: MemoryStore, source: Source) -> None:
        @cached(tags="t")
        async def value() -> int:
            return await source.read()

        await value()
        may_end = asyncio.Event()
        has_written = asyncio.Event()

        async def act() -> None:
            async with revalidation():
                source.truth = 1
                revalidate_tag("t")
                assert await value() == 1
                has_written.set()
                await may_end.wait()

        action = asyncio.create_task(act())
        await has_written.wait()
        assert await value() == 0
        may_end.set()
        await action
        assert await value() == 1

    async def test_other_tags_are_read_through_the_cache(self, store: MemoryStore, source: Source) -> None:
        @cached(tags="t")
        async def value() -> int:
            return await source.read()

        await value()
        async with revalidation():
            revalidate_tag("other")
            await value()
        assert source.reads == 1


class Flaky(MemoryStore):
    """A memory store some of whose commands fail."""

    def __init__(self, *down: str) -> None:
        super().__init__()
        self.down = down

    def _reach(self, command: str) -> None:
        if command in self.down:
            raise StoreUnavailable("no connection")

    async def read(self, key: bytes, tags: tuple[str, ...], path: str | None) -> Lookup:
        self._reach("read")
        return await super().read(key, tags, path)

    async def mint(self, tags: tuple[str, ...], paths: Collection[str]) -> Versions:
        self._reach("mint")
        return await super().mint(tags, paths)

    async def write(self, key: bytes, entry: Entry, *, fresh_seconds: float | None, stale_seconds: float) -> None:
        self._reach("write")
        await super().write(key, entry, fresh_seconds=fresh_seconds, stale_seconds=stale_seconds)


@pytest.fixture
def flaky() -> Iterator[Flaky]:
    store = Flaky()
    set_default_store(store)
    yield store
    set_default_store(None)


@pytest.mark.parametrize("command", ["read", "mint", "write"])
async def test_a_store_that_is_down_costs_computations_and_nothing_else(flaky: Flaky, source: Source, command: str) -> None:
    @cached(tags="t")
    async def value() -> int:
        return await source.read()

    flaky.down = (command,)
    for truth in (0, 1):
        source.truth = truth
        assert await value() == truth
    flaky.down = ()
    assert await value() == 1
    assert await value() == 1
    assert source.reads == 3


async def test_an_outage_inside_the_computation_is_the_functions_own(flaky: Flaky, source: Source) -> None:
    @cached(tags="t")
    async def value() -> int:
        return await source.read()

    source.failure = StoreUnavailable("another store")
    with pytest.raises(StoreUnavailable, match="another store"):
        await value()
    assert source.reads == 1


async def test_each_context_may_have_a_store_of_its_own(store: MemoryStore, source: Source) -> None:
    @cached(tags="t")
    async def value() -> int:
        return await source.read()

    await value()
    source.truth = 1
    with use(MemoryStore()) as own:
        assert current_store() is own
        assert await value() == 1
    assert current_store() is store
    assert await value() == 0


async def test_a_process_without_a_store_gets_one_of_its_own() -> None:
    set_default_store(None)
    assert isinstance(current_store(), MemoryStore)
    assert current_store() is current_store()
    set_default_store(None)
