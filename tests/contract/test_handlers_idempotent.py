"""Route handlers that run at most once for a key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, StreamingResponse

from support.valkey import Valkey
from twofold import App, Conflict, Response, Settings, bearer, cookies, idempotent, use
from twofold.errors import ConfigurationError
from twofold.testing import Client

KEY = {"idempotency-key": "order-1"}
charged: list[tuple[str, int]] = []


class Order(BaseModel):
    sku: str
    quantity: int = 1


async def owner(token: str) -> str | None:
    return token


def shop(settings: Settings | None = None) -> App:
    charged.clear()
    app = App(settings=settings or Settings(mode="test"))

    @app.post("/orders/{shop}")
    @idempotent
    async def order(shop: str, order: Order) -> Order:
        await asyncio.sleep(0.02)
        charged.append((order.sku, order.quantity))
        if order.sku == "broken" and len(charged) == 1:
            raise RuntimeError
        if order.sku == "gone":
            raise Conflict("Sold out")
        cookies.set("last", order.sku)
        return order

    @app.post("/strict")
    @idempotent(required=True, ttl_seconds=60)
    async def strict(order: Order) -> Response:
        charged.append((order.sku, order.quantity))
        return PlainTextResponse("made", 201, {"location": "/orders/1", "set-cookie": "a=b"})

    @app.post("/mine")
    @use(bearer(owner))
    @idempotent
    async def mine(order: Order) -> int:
        charged.append((order.sku, order.quantity))
        return len(charged)

    @app.post("/streamed")
    @idempotent
    async def streamed() -> Response:
        return StreamingResponse(iter([b"x"]))

    return app


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(shop()) as opened:
        yield opened


async def test_a_retry_gets_the_answer_of_the_first(client: Client) -> None:
    first = await client.post("/orders/main", json={"sku": "A"}, headers=KEY)
    again = await client.post("/orders/main", json={"sku": "A"}, headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content) == (200, b'{"sku":"A","quantity":1}')
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["cache-control"] == "no-store"
    assert "set-cookie" not in again.headers
    assert charged == [("A", 1)]


async def test_status_and_headers_come_again_and_cookies_do_not(client: Client) -> None:
    for _ in range(2):
        answer = await client.post("/strict", json={"sku": "A"}, headers=KEY)
        assert (answer.status_code, answer.text, answer.headers["location"]) == (201, "made", "/orders/1")
    assert "set-cookie" not in answer.headers
    assert charged == [("A", 1)]


async def test_of_concurrent_duplicates_one_runs(client: Client) -> None:
    answers = await asyncio.gather(*(client.post("/orders/main", json={"sku": "A"}, headers=KEY) for _ in range(5)))
    assert {one.content for one in answers} == {b'{"sku":"A","quantity":1}'}
    assert charged == [("A", 1)]


async def test_another_payload_under_the_key_is_refused(client: Client) -> None:
    await client.post("/orders/main", json={"sku": "A"}, headers=KEY)
    for path, body in (("/orders/main", {"sku": "B"}), ("/orders/other", {"sku": "A"}), ("/orders/main?x=1", {"sku": "A"})):
        answer = await client.post(path, json=body, headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (422, "KEY_REUSED")
    assert charged == [("A", 1)]


async def test_how_json_is_spelled_does_not_matter(client: Client) -> None:
    headers = {**KEY, "content-type": "application/json"}
    await client.post("/orders/main", content=b'{"sku":"A","quantity":2}', headers=headers)
    again = await client.post("/orders/main", content=b'{ "quantity": 2, "sku": "A" }', headers=headers)
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_refusal_of_the_business_is_an_answer_like_any_other(client: Client) -> None:
    for _ in range(2):
        answer = await client.post("/orders/main", json={"sku": "gone"}, headers=KEY)
        assert (answer.status_code, answer.json()["error"]) == (409, "Sold out")
    assert len(charged) == 1


async def test_what_had_no_effect_is_not_kept(client: Client) -> None:
    answer = await client.post("/orders/main", json={"quantity": 1}, headers=KEY)
    assert answer.status_code == 422
    answer = await client.post("/orders/main", json={"sku": "broken"}, headers=KEY)
    assert answer.status_code == 500
    answer = await client.post("/orders/main", json={"sku": "broken"}, headers=KEY)
    assert answer.status_code == 200
    assert charged == [("broken", 1), ("broken", 1)]


@pytest.mark.parametrize("key", ["", '"open', "a b", "x" * 256])
async def test_a_malformed_key_is_refused(client: Client, key: str) -> None:
    answer = await client.post("/orders/main", json={"sku": "A"}, headers={"idempotency-key": key})
    assert answer.status_code == 400
    assert charged == []


async def test_a_key_may_be_required(client: Client) -> None:
    answer = await client.post("/strict", json={"sku": "A"})
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["error"]
    assert (await client.post("/orders/main", json={"sku": "A"})).status_code == 200


async def test_a_quoted_key_is_the_same_key(client: Client) -> None:
    await client.post("/orders/main", json={"sku": "A"}, headers=KEY)
    again = await client.post("/orders/main", json={"sku": "A"}, headers={"idempotency-key": '"order-1"'})
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_key_belongs_to_who_sends_it(client: Client) -> None:
    answers = [
        (await client.post("/mine", json={"sku": "A"}, headers={**KEY, "authorization": f"Bearer {who}"})).json()
        for who in ("ada", "bob", "ada")
    ]
    assert answers == [1, 2, 1]


async def test_two_processes_run_one(valkey: Valkey) -> None:
    settings = Settings(mode="test", redis_url=valkey.url)
    async with Client(shop(settings)) as here, Client(shop(settings)) as there:
        answers = await asyncio.gather(
            *((here, there)[number % 2].post("/orders/main", json={"sku": "A"}, headers=KEY) for number in range(6))
        )
    assert {one.content for one in answers} == {b'{"sku":"A","quantity":1}'}
    assert charged == [("A", 1)]


async def test_a_stream_cannot_be_kept(client: Client) -> None:
    assert (await client.post("/streamed", headers=KEY)).status_code == 500


def test_misuse_is_refused_at_start() -> None:
    app = App(settings=Settings(mode="test"))

    @idempotent
    async def read() -> int:
        return 1

    with pytest.raises(ConfigurationError, match="needs no @idempotent"):
        app.get("/")(read)

    @idempotent
    async def stream() -> AsyncIterator[int]:
        yield 1

    with pytest.raises(ConfigurationError, match="stream"):
        app.post("/")(stream)
