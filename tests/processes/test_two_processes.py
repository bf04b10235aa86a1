"""One app as two real processes behind a proxy that asks them by turns: what other frameworks get wrong there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from support.builds import Build, behind_proxy
from support.valkey import Valkey
from twofold.actions.admission import CLIENT_HEADER

SHOP = """
from __future__ import annotations
import asyncio, os
from pathlib import Path
from markupsafe import Markup
from twofold import App, action, cached, limit, revalidate_tag, session

app = App()
TRUTH = Path(os.environ["TRUTH"])
EFFECTS = Path(os.environ["TRUTH"] + ".effects")

@cached(tags=["level"])
async def level() -> int:
    await asyncio.sleep(0.002)
    return int(TRUTH.read_text())

@cached(ttl=60)
async def greeting(name: str) -> str:
    return f"Hello {name}"

@cached(ttl=60)
async def careless() -> str:
    return str(session.get("name"))

@app.get("/level")
async def show() -> int:
    return await level()

@app.put("/level/{number}")
async def change(number: int) -> None:
    TRUTH.with_suffix(".new").write_text(str(number))
    TRUTH.with_suffix(".new").replace(TRUTH)
    revalidate_tag("level")

@app.get("/limited")
@limit("50/minute")
async def limited() -> None: ...

@action(export=True)
async def pay(amount: int) -> int:
    await asyncio.sleep(0.05)
    with EFFECTS.open("a") as file:
        file.write(f"{amount}\\n")
    return amount

@app.post("/login/{name}")
async def login(name: str) -> None:
    session["name"] = name

@app.page("/me")
async def me():
    return Markup("<!doctype html><title>Me</title><p>{}</p>").format(await greeting(str(session.get("name"))))

@app.get("/careless")
async def careless_page() -> str:
    return await careless()
"""

PROCESSES = 2


@pytest.fixture
async def url(tmp_path: Path, valkey: Valkey) -> AsyncIterator[str]:
    (tmp_path / "truth").write_text("0")
    variables = {
        "TRUTH": str(tmp_path / "truth"),
        "TWOFOLD_ENV": "development",
        "TWOFOLD_SECRET": "s" * 40,
        "TWOFOLD_REDIS_URL": valkey.url,
    }
    builds = [Build(tmp_path / f"process {number}", SHOP, **variables) for number in range(PROCESSES)]
    async with behind_proxy(*builds) as (_, found):
        yield found


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"origin": url, "sec-fetch-site": "same-origin"}
    limits = httpx2.Limits(max_connections=20)
    async with httpx2.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=60, trust_env=False) as client:
        yield client


async def test_a_limit_lets_exactly_as_many_pass(url: str) -> None:
    async with browser(url) as client:
        answers = await asyncio.gather(*(client.get("/limited") for _ in range(300)))
    assert [one.status_code for one in answers].count(204) == 50
    assert {one.status_code for one in answers} == {204, 429}


async def test_a_page_shows_nobody_what_is_anothers(url: str) -> None:
    async with browser(url) as ada, browser(url) as bob:
        for client, name in ((ada, "Ada"), (bob, "Bob")):
            assert (await client.post(f"/login/{name}")).status_code == 204
        for _ in range(6):
            pages = [(await client.get("/me")) for client in (ada, bob)]
            assert [one.status_code for one in pages] == [200, 200], pages[0].text
            assert ["Hello Ada" in pages[0].text, "Hello Bob" in pages[1].text] == [True, True]
            assert ["Hello Bob" in pages[0].text, "Hello Ada" in pages[1].text] == [False, False]


async def test_what_belongs_to_a_visitor_cannot_be_cached_by_mistake(url: str) -> None:
    async with browser(url) as client:
        await client.post("/login/Ada")
        assert (await client.get("/careless")).status_code == 500


@pytest.mark.parametrize("duplicates", [5, 20])
async def test_of_concurrent_duplicates_one_has_an_effect(url: str, tmp_path: Path, duplicates: int) -> None:
    headers = {CLIENT_HEADER.decode(): "key-of-this-payment", "content-type": "application/json"}
    async with browser(url) as client:
        await client.post("/login/Ada")
        body = json.dumps({"amount": 5})
        calls = [client.post("/_twofold/call?/shop.pay", content=body, headers=headers) for _ in range(duplicates)]
        answers = await asyncio.gather(*calls)
    assert [(one.status_code, one.text) for one in answers] == [(200, answers[0].text)] * duplicates
    assert (tmp_path / "truth.effects").read_text() == "5\n"


async def test_no_read_in_either_process_is_older_than_an_answered_write(url: str) -> None:
    stale = reads = 0
    async with browser(url) as client:
        floor, is_writing = 0, True

        async def reading() -> None:
            nonlocal stale, reads
            while is_writing:
                least = floor
                answer = await client.get("/level")
                assert answer.status_code == 200, answer.text
                found = answer.json()
                stale += found < least
                reads += 1

        readers = [asyncio.create_task(reading()) for _ in range(6)]
        for number in range(1, 101):
            assert (await client.put(f"/level/{number}")).status_code == 204
            floor = number
        is_writing = False
        await asyncio.gather(*readers)
    assert reads > 20
    assert stale == 0
