"""Holding locks: how they end, how they nest, and what they leave behind."""

from __future__ import annotations

import asyncio
import logging

import pytest

from support.virtual_time import virtual_time
from twofold.errors import ConfigurationError, Conflict, StoreUnavailable
from twofold.locks import Busy, MemoryStore, current_store, hold, use


class Broken(MemoryStore):
    """A store that cannot do one thing."""

    def __init__(self, broken: str, *, is_lost: bool = False) -> None:
        super().__init__()
        self.broken = broken
        self.is_lost = is_lost
        self.renewals = 0

    async def acquire(self, name: str, *, lease_seconds: float, wait_seconds: float) -> int | None:
        self._check("acquire")
        return await super().acquire(name, lease_seconds=lease_seconds, wait_seconds=wait_seconds)

    async def renew(self, name: str, fence: int, *, lease_seconds: float) -> bool:
        self.renewals += 1
        self._check("renew")
        return not self.is_lost and await super().renew(name, fence, lease_seconds=lease_seconds)

    async def release(self, name: str, fence: int) -> None:
        self._check("release")
        await super().release(name, fence)

    def _check(self, what: str) -> None:
        if self.broken == what:
            raise StoreUnavailable("the lock server is away")


async def held(name: str, seconds: float, log: list[str], who: str) -> None:
    async with hold(name):
        log.append(f"{who} in")
        await asyncio.sleep(seconds)
        log.append(f"{who} out")


@virtual_time
async def test_one_at_a_time_is_inside() -> None:
    log: list[str] = []
    with use(MemoryStore()):
        await asyncio.gather(held("a", 2, log, "first"), held("a", 1, log, "second"))
    assert log == ["first in", "first out", "second in", "second out"]


@virtual_time
async def test_a_wait_is_bounded_and_names_its_reason() -> None:
    log: list[str] = []
    with use(MemoryStore()):
        holder = asyncio.create_task(held("a", 31, log, "holder"))
        await asyncio.sleep(0)
        with pytest.raises(Busy) as refusal:
            await held("a", 1, log, "late")
        assert asyncio.get_running_loop().time() == 30
        await holder
    assert (refusal.value.code, refusal.value.status, refusal.value.retry_after) == ("CONFLICT", 409, 1)
    assert isinstance(refusal.value, Conflict)
    assert refusal.value.details == "lock-busy"
    assert log == ["holder in", "holder out"]


@pytest.mark.parametrize("leaving", [ValueError("no"), asyncio.CancelledError(), KeyboardInterrupt()], ids=repr)
async def test_a_lock_is_released_however_its_block_ends(leaving: BaseException) -> None:
    store = MemoryStore()
    with use(store), pytest.raises(type(leaving)):
        async with hold("a"):
            raise leaving
    assert len(store) == 0


@virtual_time
async def test_a_cancelled_holder_lets_the_next_one_in() -> None:
    store, log = MemoryStore(), list[str]()
    with use(store):
        first = asyncio.create_task(held("a", 1000, log, "first"))
        second = asyncio.create_task(held("a", 1, log, "second"))
        await asyncio.sleep(5)
        first.cancel()
        await second
    assert log == ["first in", "second in", "second out"]
    assert len(store) == 0


@virtual_time
async def test_a_thousand_locks_leave_nothing_behind() -> None:
    store, log = MemoryStore(), list[str]()
    with use(store):
        await asyncio.gather(*(held(f"lock {number % 300}", 0.001, log, "") for number in range(1000)))
    assert len(log) == 2000
    assert len(store) == 0


async def test_the_same_task_enters_a_lock_that_it_holds() -> None:
    with use(MemoryStore()):
        async with hold("a") as outer, hold("b"), hold("a") as inner:
            assert inner == outer


async def test_leaving_an_inner_block_keeps_the_lock() -> None:
    store = MemoryStore()
    with use(store):
        async with hold("a"):
            async with hold("a"):
                pass
            assert await store.acquire("a", lease_seconds=1, wait_seconds=0) is None


async def test_a_task_started_by_the_holder_is_refused_instead_of_waiting_for_ever() -> None:
    with use(MemoryStore()):
        async with hold("a"):
            with pytest.raises(ConfigurationError, match="held by the task that started this one"):
                await asyncio.create_task(held("a", 0, [], "inner"))


async def test_a_task_that_outlives_the_block_that_started_it_waits_like_everyone() -> None:
    log: list[str] = []
    may_enter = asyncio.Event()

    async def later() -> None:
        await may_enter.wait()
        await held("a", 0, log, "later")

    store = MemoryStore()
    with use(store):
        async with hold("a"):
            task = asyncio.create_task(later())
        may_enter.set()
        await task
    assert log == ["later in", "later out"]
    assert len(store) == 0


async def test_a_lock_of_another_store_is_another_lock() -> None:
    with use(MemoryStore()):
        async with hold("a"):
            with use(MemoryStore()):
                async with hold("a"):
                    pass


@virtual_time
async def test_the_lease_of_a_long_block_is_renewed() -> None:
    store = Broken("")
    with use(store):
        async with hold("a", lease_seconds=30):
            await asyncio.sleep(65)
        await asyncio.sleep(100)
    assert store.renewals == 6


@virtual_time
async def test_a_lock_that_is_lost_meanwhile_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    with use(Broken("", is_lost=True)):
        async with hold("stock:A-1"):
            await asyncio.sleep(11)
    assert "'stock:A-1' was lost" in caplog.text


@virtual_time
async def test_a_renewal_that_fails_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    store = Broken("renew")
    with use(store):
        async with hold("a"):
            await asyncio.sleep(25)
    assert store.renewals == 2
    assert [one.levelno for one in caplog.records] == [logging.WARNING] * 2


async def test_without_a_lock_server_nothing_runs() -> None:
    log: list[str] = []
    with use(Broken("acquire")), pytest.raises(StoreUnavailable):
        await held("a", 0, log, "")
    assert log == []


async def test_a_release_that_fails_does_not_hide_what_happened(caplog: pytest.LogCaptureFixture) -> None:
    with use(Broken("release")), pytest.raises(ValueError, match="the real one"):
        async with hold("a"):
            raise ValueError("the real one")
    assert "could not be released" in caplog.text


def test_a_process_that_chose_no_store_has_one_of_its_own() -> None:
    assert current_store() is current_store()
    with use(MemoryStore()) as chosen:
        assert current_store() is chosen
    assert current_store() is not chosen
