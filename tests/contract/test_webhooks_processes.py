"""@dedupe over one server: deliveries to several processes are deliveries of one event."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from support.valkey import Valkey
from twofold import App, Settings, verify
from twofold.testing import Client
from twofold.webhooks import StandardWebhooks, dedupe

SIGNATURE = StandardWebhooks(secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
BODY = b'{"id":"evt_1"}'
ran: list[str] = []


@dataclass
class Event:
    id: str


@dataclass
class Received:
    number: int


@verify(SIGNATURE)
@dedupe(by=lambda event: event.id)
async def receive(event: Event) -> Received:
    ran.append(event.id)
    await asyncio.sleep(0.05)
    return Received(len(ran))


def app_on(url: str) -> App:
    app = App(settings=Settings(mode="test", redis_url=url, redis_prefix="webhooks"))
    app.post("/events")(receive)
    return app


def signed() -> dict[str, str]:
    return {"Content-Type": "application/json", **SIGNATURE.sign(BODY, time.time(), "msg_1")}


async def test_ten_deliveries_to_two_processes_have_one_effect_and_one_answer(valkey: Valkey) -> None:
    ran.clear()
    async with Client(app_on(valkey.url)) as here, Client(app_on(valkey.url)) as there:
        deliveries = (one.post("/events", content=BODY, headers=signed()) for one in [here, there] * 5)
        answers = await asyncio.gather(*deliveries)
    assert ran == ["evt_1"]
    assert {(one.status_code, one.text) for one in answers} == {(200, '{"number":1}')}
    async with Client(app_on(valkey.url)) as restarted:
        again = await restarted.post("/events", content=BODY, headers=signed())
    assert (again.text, again.headers["idempotent-replayed"], ran) == ('{"number":1}', "true", ["evt_1"])


async def test_nothing_runs_while_the_server_cannot_say_whether_it_has() -> None:
    ran.clear()
    async with Client(app_on("redis://127.0.0.1:1/0")) as client:
        answer = await client.post("/events", content=BODY, headers=signed())
    assert (answer.status_code, ran) == (503, [])
