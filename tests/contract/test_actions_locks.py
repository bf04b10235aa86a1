"""Actions that hold a lock: two browsers, and Python itself, take their turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection

import pytest

from support.action_app import Tab, target, token
from support.asgi import settle
from support.stock_app import Stage, give_back, make_app, new_stage, take
from support.virtual_time import virtual_time
from twofold import App, Conflict, ValidationFailed, action, cached
from twofold.cache import MemoryStore as CacheStore
from twofold.cache import use as use_cache
from twofold.errors import StoreUnavailable
from twofold.idempotency import MemoryStore as CallKeys
from twofold.locks import MemoryStore, current_store, use

TAKE = "support.stock_app.take"


@pytest.fixture
def stage() -> Stage:
    return new_stage()


@pytest.fixture
def app() -> App:
    return make_app()


@pytest.fixture
async def tabs(app: App) -> AsyncIterator[tuple[Tab, Tab]]:
    ann, bob = Tab(app), Tab(app)
    yield ann, bob
    await ann.client.aclose()
    await bob.client.aclose()


async def submit(tab: Tab, sku: str, quantity: int) -> int:
    page = (await tab.open(f"/stock/{sku}")).text
    sent = {"_tf": token(page), "quantity": str(quantity)}
    return (await tab.post(f"/stock/{sku}" + target(page), sent)).status_code


async def test_two_browsers_lose_no_update(tabs: tuple[Tab, Tab], stage: Stage) -> None:
    ann, bob = tabs
    both = asyncio.gather(submit(ann, "A", 2), submit(bob, "A", 3))
    await stage.told("A read")
    await settle()
    assert stage.log == ["A read"]
    stage.gate.set()
    assert list(await both) == [303, 303]
    assert stage.left["A"] == 5
    assert stage.log == ["A read", "A wrote"] * 2


async def test_a_call_from_python_waits_for_a_browser(tabs: tuple[Tab, Tab], stage: Stage) -> None:
    browser = asyncio.create_task(submit(tabs[0], "A", 2))
    await stage.told("A read")
    python = asyncio.create_task(take("A", 3))
    await settle()
    assert stage.log == ["A read"]
    stage.gate.set()
    assert (await browser, await python) == (303, 5)


async def test_values_of_other_locks_do_not_wait(tabs: tuple[Tab, Tab], stage: Stage) -> None:
    both = asyncio.gather(submit(tabs[0], "A", 1), submit(tabs[1], "B", 1))
    await stage.told("A read")
    await stage.told("B read")
    stage.gate.set()
    await both


async def test_an_action_calls_another_one_of_its_own_lock(stage: Stage) -> None:
    stage.gate.set()
    assert await give_back("A") == 11


@virtual_time
async def test_who_waits_for_thirty_seconds_is_told_to_come_back_and_nothing_ran() -> None:
    stage = new_stage()
    holder = asyncio.create_task(take("A", 1))
    await stage.told("A read")
    with pytest.raises(Conflict) as refusal:
        await take("A", 1)
    assert refusal.value.retry_after == 1
    assert asyncio.get_running_loop().time() == 30
    assert stage.log == ["A read"]
    stage.gate.set()
    assert await holder == 9


@virtual_time
async def test_a_call_that_did_not_get_its_turn_runs_when_it_is_sent_again() -> None:
    stage = new_stage()
    tab = Tab(make_app(CallKeys(clock=asyncio.get_running_loop().time)))
    holder = asyncio.create_task(take("A", 1))
    await stage.told("A read")
    refused = await tab.call(TAKE, {"sku": "A", "quantity": 1})
    assert (refused.status_code, refused.headers["retry-after"]) == (409, "1")
    assert refused.json() == {
        "error": "Others are changing this right now. Try again",
        "code": "CONFLICT",
        "retryAfter": 1,
    }
    stage.gate.set()
    await holder
    again = await tab.call(TAKE, {"sku": "A", "quantity": 1})
    assert (again.status_code, again.json()) == (200, {"data": 8})
    await tab.client.aclose()


async def test_a_lock_that_cannot_be_spelled_is_the_fault_of_the_input(stage: Stage) -> None:
    with pytest.raises(ValidationFailed):
        await take("A" * 300)
    assert stage.log == []


async def test_a_default_is_part_of_the_name() -> None:
    seen: list[int | None] = []

    @action(lock="shop:{shop}:{open}")
    async def look(shop: int = 7, *, open: bool = True) -> None:  # noqa: A002
        seen.append(await current_store().acquire("shop:7:True", lease_seconds=1, wait_seconds=0))

    locks = MemoryStore()
    with use(locks):
        await look()
    assert seen == [None]
    assert len(locks) == 0


class Watched(MemoryStore):
    """Remembers who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def acquire(self, name: str, *, lease_seconds: float, wait_seconds: float) -> int | None:
        self.asked.append(name)
        return await super().acquire(name, lease_seconds=lease_seconds, wait_seconds=wait_seconds)


async def test_the_app_chooses_who_grants_the_locks(stage: Stage) -> None:
    locks = Watched()
    tab = Tab(make_app(locks=locks))
    stage.gate.set()
    assert await submit(tab, "A", 1) == 303
    assert locks.asked == ["stock:A"]
    await tab.client.aclose()


class Away(MemoryStore):
    """A store that is out of reach."""

    async def acquire(self, name: str, *, lease_seconds: float, wait_seconds: float) -> int | None:
        raise StoreUnavailable


async def test_without_whoever_grants_the_locks_nothing_runs(stage: Stage) -> None:
    tab = Tab(make_app(locks=Away()))
    answer = await tab.call(TAKE, {"sku": "A"})
    assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
    assert stage.log == []
    await tab.client.aclose()


class Renewed(MemoryStore):
    """Counts how often a lease was renewed."""

    def __init__(self) -> None:
        super().__init__()
        self.renewals: list[str] = []

    async def renew(self, name: str, fence: int, *, lease_seconds: float) -> bool:
        self.renewals.append(name)
        return await super().renew(name, fence, lease_seconds=lease_seconds)


@virtual_time
async def test_an_action_keeps_its_lock_for_as_long_as_it_runs() -> None:
    @action(lock="slow:{name}")
    async def slow(name: str) -> None:
        await asyncio.sleep(95)

    locks = Renewed()
    with use(locks):
        await slow("a")
    assert locks.renewals == ["slow:a"] * 9  # thrice in each lease of 30 seconds
    assert len(locks) == 0


async def test_an_action_that_fails_gives_its_lock_back() -> None:
    @action(lock="failing")
    async def failing() -> None:
        raise ValueError("canary")

    locks = MemoryStore()
    with use(locks):
        for _ in range(2):
            with pytest.raises(ValueError, match="canary"):
                await failing()
    assert len(locks) == 0


class Slow(CacheStore):
    """A cache that takes its time to revalidate."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = asyncio.Event()

    async def invalidate(self, tags: Collection[str], paths: Collection[str]) -> None:
        await self.may_end.wait()
        await super().invalidate(tags, paths)


async def test_whoever_gets_the_lock_next_reads_what_its_holder_has_changed() -> None:
    level = 0
    seen: list[int] = []

    @cached(tags="level")
    async def level_now() -> int:
        return level

    @action(lock="level", revalidates=["level"])
    async def raise_level() -> None:
        nonlocal level
        seen.append(await level_now())
        level += 1

    cache = Slow()
    with use(MemoryStore()), use_cache(cache):
        both = asyncio.gather(raise_level(), raise_level())
        await settle()
        assert seen == [0]
        cache.may_end.set()
        await both
    assert seen == [0, 1]


async def test_a_duplicate_of_a_call_gets_the_outcome_and_asks_for_no_lock(stage: Stage) -> None:
    locks = Watched()
    tab = Tab(make_app(locks=locks))
    stage.gate.set()
    await tab.call("support.stock_app.export", {})  # starts the session, to which a key belongs
    answers = [await tab.call(TAKE, {"sku": "A", "quantity": 4}, key="d" * 22) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"data": 6}, {"data": 6}]
    assert locks.asked == ["stock:A"]
    await tab.client.aclose()


async def test_a_lock_that_cannot_be_spelled_is_refused_on_the_wire_too(stage: Stage) -> None:
    locks = Watched()
    tab = Tab(make_app(locks=locks))
    answer = await tab.call(TAKE, {"sku": "A" * 251})
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION")
    assert (stage.log, locks.asked) == ([], [])
    await tab.client.aclose()
