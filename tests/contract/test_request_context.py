"""What code below a request is part of: the stores of its app, and its own revalidations, whatever stands around it."""

from __future__ import annotations

import asyncio

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from twofold import App, ConfigurationError, Settings, action, cached, revalidate_tag, revalidation
from twofold.cache import MemoryStore, current_store, use
from twofold.idempotency import KeyReused
from twofold.testing import Client

calls: list[int] = []
app = App(settings=Settings(mode="test", allowed_hosts=("testserver", "*.shop.example")))


@cached(tags=["stock:{sku}"])
async def level(sku: str) -> int:
    calls.append(1)
    return len(calls)


@app.get("/level/{sku}")
async def read(sku: str) -> int:
    return await level(sku)


@app.post("/touch/{sku}")
async def touch(sku: str) -> None:
    revalidate_tag(f"stock:{sku}")


@action(export=True)
async def add(left: int, right: int) -> int:
    return left + right


@app.get("/cookie")
async def none() -> None:
    return


async def test_a_store_that_is_chosen_around_a_request_is_not_the_one_inside() -> None:
    async with Client(app) as client:
        with use(MemoryStore()) as outer:
            assert (await client.get("/level/A")).json() == (await client.get("/level/A")).json()
            assert outer.entry_count == 0
            await level("B")
            assert outer.entry_count == 1


async def test_a_block_around_a_request_collects_nothing_of_it() -> None:
    async with Client(app) as client:
        before = (await client.get("/level/A")).json()
        async with revalidation() as outer:
            await client.post("/touch/A")
            assert outer.tags == ()
            assert (await client.get("/level/A")).json() == before + 1


async def test_what_is_mounted_uses_the_stores_of_the_app_around_it() -> None:
    outer, found = App(settings=Settings(mode="test")), []

    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(current_store())
        await PlainTextResponse("mounted")(scope, receive, send)

    outer.mount("/legacy", mounted)
    async with Client(outer) as client:
        assert (await client.get("/legacy/x")).text == "mounted"
        assert found == [outer.setup.cache_store]


async def test_what_outlives_a_handler_cannot_revalidate_for_it() -> None:
    later = App(settings=Settings(mode="test"))
    done = asyncio.Event()
    refusals: list[str] = []

    async def straggler() -> None:
        await done.wait()
        try:
            revalidate_tag("stock:A")
        except ConfigurationError as error:
            refusals.append(str(error))

    tasks: list[asyncio.Task[None]] = []

    @later.post("/")
    async def start() -> None:
        tasks.append(asyncio.create_task(straggler()))

    async with Client(later) as client:
        await client.post("/")
        done.set()
        await tasks[0]
    assert "after its action, handler or block had ended" in refusals[0]


async def test_a_key_stands_for_the_bytes_that_were_sent_with_it() -> None:
    async with Client(app) as client:
        url, headers = f"/_twofold/call?/{add.id}", {"Content-Type": "application/json", "Twofold-Call": "k" * 16}
        first = await client.post(url, content=b'{"left":1,"right":2}', headers=headers)
        again = await client.post(url, content=b'{"left":1,"right":2}', headers=headers)
        other = await client.post(url, content=b'{"right":2,"left":1}', headers=headers)

    assert first.json() == again.json() == {"data": 3}
    assert again.headers["idempotent-replayed"] == "true"
    assert other.json()["code"] == KeyReused.code


@pytest.mark.parametrize(("host", "status"), [("testserver", 204), ("a.shop.example", 204), ("evil.example", 400)])
async def test_a_host_is_judged_the_same_the_second_time(host: str, status: int) -> None:
    async with Client(app) as client:
        for _ in range(2):
            assert (await client.get("/cookie", headers={"Host": host})).status_code == status
