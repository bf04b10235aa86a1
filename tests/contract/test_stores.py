"""Where an app keeps what outlives a request: two apps on one server are as one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest

from support.valkey import Valkey, running_valkey
from twofold import App, Settings, action, cached, revalidate_tag
from twofold.cache import MemoryStore, Sequence
from twofold.errors import ConfigurationError, StoreUnavailable
from twofold.testing import Client

STOCK = {"A": 3}


@cached(tags=["stock"])
async def level() -> int:
    return STOCK["A"]


@action(export=True)
async def sell() -> int:
    await asyncio.sleep(0.05)
    STOCK["A"] -= 1
    revalidate_tag("stock")
    return STOCK["A"]


@action(export=True, lock="stock", idempotent=True)
async def sell_in_turn() -> int:
    left = STOCK["A"]
    await asyncio.sleep(0.02)
    STOCK["A"] = left - 1
    return STOCK["A"]


def shop(settings: Settings) -> App:
    app = App(settings=settings)

    @app.get("/level")
    async def show() -> int:
        return await level()

    return app


@pytest.fixture
async def processes(valkey: Valkey) -> AsyncIterator[tuple[Client, Client]]:
    """Clients of two apps that share nothing but the server, as two processes do."""
    STOCK["A"] = 3
    settings = Settings(mode="test", redis_url=valkey.url, redis_prefix="shop")
    async with Client(shop(settings)) as here, Client(shop(settings)) as there:
        yield here, there


async def test_a_read_in_one_process_sees_what_another_revalidated(processes: tuple[Client, Client]) -> None:
    here, there = processes
    for left in (2, 1, 0):
        assert [(await one.get("/level")).json() for one in processes] == [left + 1] * 2
        assert await (here if left % 2 else there).call(sell) == left
    assert [(await one.get("/level")).json() for one in processes] == [0, 0]


async def test_a_lock_is_held_against_other_processes(processes: tuple[Client, Client]) -> None:
    STOCK["A"] = 20
    await asyncio.gather(*(one.call(sell_in_turn) for one in processes * 5))
    assert STOCK["A"] == 10


async def test_the_log_is_one(processes: tuple[Client, Client]) -> None:
    here, there = (one._app for one in processes)
    assert isinstance(here, App)
    assert isinstance(there, App)
    before = await here.stores.cache.sequence()
    await processes[1].call(sell)
    changes = await here.stores.cache.changes(before)
    assert changes is not None
    assert [change.tags for change in changes] == [("stock",)]
    assert await there.stores.cache.sequence() == changes[-1].sequence == Sequence(before.epoch, before.number + 1)


async def test_keys_carry_the_prefix_of_the_app(processes: tuple[Client, Client], valkey: Valkey) -> None:
    await processes[0].get("/level")
    await processes[0].call(sell)
    with valkey.client() as client:
        keys = list(client.scan_iter())
    assert {key.split(b"}")[0] for key in keys} == {b"{shop"}


async def test_the_server_is_asked_whether_it_answers() -> None:
    with running_valkey() as valkey:
        app = App(settings=Settings(mode="test", redis_url=valkey.url))
        app.start()
        await app.stores.ping()
        valkey.kill()
        with pytest.raises(StoreUnavailable):
            await app.stores.ping()
        await app.stores.close()


async def test_without_a_server_pages_are_computed_and_a_revalidation_is_not_confirmed() -> None:
    STOCK["A"] = 3
    async with Client(shop(Settings(mode="test", redis_url="redis://127.0.0.1:1/0"))) as client:
        assert (await client.get("/level")).json() == 3
        STOCK["A"] = 2
        assert (await client.get("/level")).json() == 2


def test_stores_in_memory_are_not_shared() -> None:
    app = App(settings=Settings(mode="test"))
    app.start()
    assert not app.stores.are_shared
    shared = App(settings=Settings(mode="test", redis_url="redis://127.0.0.1:1/0"))
    shared.start()
    assert shared.stores.are_shared
    mixed = App(settings=Settings(mode="test", redis_url="redis://127.0.0.1:1/0"), cache=MemoryStore())
    mixed.start()
    assert not mixed.stores.are_shared


def test_the_stores_of_an_app_are_known_when_it_was_started() -> None:
    with pytest.raises(ConfigurationError, match="not started"):
        _ = App().stores


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == "redis" or name == "twofold.stores.redis":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setitem(sys.modules, "twofold.redis", None)
    with pytest.raises(ConfigurationError, match=r"install twofold\[redis\]"):
        App(settings=Settings(mode="test", redis_url="redis://127.0.0.1:1/0")).start()


def test_an_url_that_names_no_server_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="URL"):
        App(settings=Settings(mode="test", redis_url="http://127.0.0.1")).start()
