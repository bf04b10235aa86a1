"""Collecting revalidations and flushing them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress

import pytest

from twofold.cache import (
    InvalidationUnconfirmed,
    MemoryStore,
    cached,
    forbid_revalidation,
    revalidate_path,
    revalidate_tag,
    revalidation,
    set_default_store,
)
from twofold.errors import ConfigurationError, NotFound, Redirect, StoreUnavailable


class Recording(MemoryStore):
    """A memory store that says what it was asked to revalidate, waits when it is told to, and can be down."""

    def __init__(self) -> None:
        super().__init__()
        self.flushes: list[tuple[list[str], list[str]]] = []
        self.is_down = False
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def invalidate(self, tags: Collection[str], paths: Collection[str]) -> None:
        self.has_begun.set()
        await self.may_end.wait()
        if self.is_down:
            raise StoreUnavailable("no connection")
        self.flushes.append((list(tags), list(paths)))
        await super().invalidate(tags, paths)


@pytest.fixture
def recording() -> Iterator[Recording]:
    store = Recording()
    set_default_store(store)
    yield store
    set_default_store(None)


async def fail_after_revalidating(tag: str, error: BaseException) -> None:
    async with revalidation():
        revalidate_tag(tag)
        raise error


async def test_everything_is_flushed_once_when_the_block_ends(recording: Recording) -> None:
    async with revalidation() as collected:
        revalidate_tag("a", "b")
        revalidate_path("/p/")
        revalidate_tag("a")
        revalidate_path("/p")
        assert recording.flushes == []
    assert recording.flushes == [(["a", "b"], ["/p"])]
    assert (collected.tags, collected.paths) == (("a", "b"), ("/p",))


async def test_a_block_without_revalidations_asks_nothing_of_the_store(recording: Recording) -> None:
    recording.is_down = True
    async with revalidation():
        pass


@pytest.mark.parametrize("failure", [ValueError, NotFound, lambda: Redirect("/x"), asyncio.CancelledError, KeyboardInterrupt])
async def test_a_failed_body_is_flushed_too_and_its_failure_goes_on(recording: Recording, failure: type[BaseException]) -> None:
    error = failure()
    with pytest.raises(type(error)) as raised:
        await fail_after_revalidating("a", error)
    assert raised.value is error
    assert recording.flushes == [(["a"], [])]


async def test_what_was_rolled_back_is_not_revalidated(recording: Recording) -> None:
    async with revalidation():
        revalidate_tag("outer")
        with suppress(RuntimeError):
            async with revalidation() as pending:
                revalidate_tag("inner")
                revalidate_path("/p")
                pending.drop()
                raise RuntimeError
    assert recording.flushes == [(["outer"], [])]


async def test_an_inner_block_flushes_its_own_when_it_ends(recording: Recording) -> None:
    async with revalidation():
        revalidate_tag("outer")
        async with revalidation():
            revalidate_tag("inner")
        assert recording.flushes == [(["inner"], [])]
    assert recording.flushes == [(["inner"], []), (["outer"], [])]


async def test_tasks_and_threads_of_a_block_collect_into_it(recording: Recording) -> None:
    async def work() -> None:
        revalidate_tag("task")

    async with revalidation():
        await asyncio.gather(work(), asyncio.to_thread(revalidate_tag, "thread"))
    assert [set(tags) for tags, _ in recording.flushes] == [{"task", "thread"}]


async def test_a_task_that_outlives_its_block_is_told(recording: Recording) -> None:
    may_go_on = asyncio.Event()

    async def late() -> None:
        await may_go_on.wait()
        revalidate_tag("late")

    async with revalidation():
        task = asyncio.create_task(late())
    may_go_on.set()
    with pytest.raises(ConfigurationError, match="after its action, handler or block had ended"):
        await task


async def test_a_cancellation_during_the_flush_waits_for_it(recording: Recording) -> None:
    recording.may_end.clear()

    async def act() -> None:
        async with revalidation():
            revalidate_tag("a")

    task = asyncio.create_task(act())
    await recording.has_begun.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.wait([task], timeout=0)
        assert not task.done()
    recording.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recording.flushes == [(["a"], [])]


async def test_a_cancelled_body_is_flushed(recording: Recording) -> None:
    forever = asyncio.Event()
    has_begun = asyncio.Event()

    async def act() -> None:
        async with revalidation():
            revalidate_tag("a")
            has_begun.set()
            await forever.wait()

    task = asyncio.create_task(act())
    await has_begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recording.flushes == [(["a"], [])]


async def test_a_timeout_around_a_slow_flush_is_still_a_timeout(recording: Recording) -> None:
    recording.may_end.clear()

    async def end() -> None:
        await recording.has_begun.wait()
        recording.may_end.set()

    ending = asyncio.create_task(end())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0), revalidation():
            revalidate_tag("a")
    await ending
    assert recording.flushes == [(["a"], [])]


async def revalidate_a_b_and_p() -> None:
    async with revalidation():
        revalidate_tag("a", "b")
        revalidate_path("/p")


async def test_an_unconfirmed_flush_is_loud_and_says_what_it_was(recording: Recording) -> None:
    recording.is_down = True
    with pytest.raises(InvalidationUnconfirmed, match=r"did not confirm the revalidation of a, b, /p") as raised:
        await revalidate_a_b_and_p()
    assert (raised.value.tags, raised.value.paths) == (("a", "b"), ("/p",))
    assert isinstance(raised.value, StoreUnavailable)


async def test_an_unconfirmed_flush_tells_the_failure_of_the_body_too(recording: Recording) -> None:
    recording.is_down = True
    with pytest.raises(InvalidationUnconfirmed) as raised:
        await fail_after_revalidating("a", ValueError("no stock"))
    assert raised.value.__notes__ == ["The body had failed before: ValueError('no stock')"]
    assert isinstance(raised.value.__cause__, StoreUnavailable)


async def test_a_flush_that_fails_while_cancelled_is_logged(recording: Recording, caplog: pytest.LogCaptureFixture) -> None:
    recording.is_down = True
    recording.may_end.clear()

    async def act() -> None:
        async with revalidation():
            revalidate_tag("a")

    task = asyncio.create_task(act())
    await recording.has_begun.wait()
    task.cancel()
    await asyncio.wait([task], timeout=0)
    recording.may_end.set()
    with suppress(asyncio.CancelledError), caplog.at_level(logging.ERROR, "twofold.cache"):
        await task
    assert task.cancelled()
    assert "A revalidation failed while its caller was cancelled" in caplog.text


@pytest.mark.parametrize("call", [lambda: revalidate_tag("a"), lambda: revalidate_path("/a")], ids=["tag", "path"])
class TestWhereItIsRefused:
    """Each refusal says where the call belongs."""

    async def test_outside_a_block(self, call: Callable[[], None]) -> None:
        with pytest.raises(ConfigurationError, match=r"outside an action.*async with revalidation\(\)"):
            call()

    async def test_inside_a_cached_function(self, recording: Recording, call: Callable[[], None]) -> None:
        @cached(tags="x")
        async def reads() -> int:
            call()
            return 1

        async with revalidation():
            with pytest.raises(ConfigurationError, match=r"inside the cached function .*reads, which only reads.*async with"):
                await reads()

    async def test_while_it_is_forbidden(self, recording: Recording, call: Callable[[], None]) -> None:
        async with revalidation():
            with (
                forbid_revalidation("while the page /products renders"),
                pytest.raises(ConfigurationError, match=r"not allowed while the page /products renders.*async with"),
            ):
                call()
            call()
        assert len(recording.flushes) == 1


@pytest.mark.parametrize("tag", ["", "x" * 257, 5, None])
async def test_what_is_not_a_tag_is_refused(recording: Recording, tag: str) -> None:
    async with revalidation():
        with pytest.raises(ConfigurationError, match="a tag is a text"):
            revalidate_tag("good", tag)
    assert recording.flushes == []
