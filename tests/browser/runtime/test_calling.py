"""Scripts call exported actions."""

from __future__ import annotations

import json

import pytest

from browser.runtime.stage import AT_ONCE, Stage
from browser.runtime.wire import MEDIA, document

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CALL = """() => {
  window.answer = twofold.call("shop.sum", { a: 1 }).then((data) => ({ data }), ({ name, code, message, status }) => ({ name, code, message, status }));
}"""
STREAM = """() => {
  window.items = [];
  window.answer = (async () => {
    try {
      for await (const item of twofold.stream("shop.count", {})) items.push(item);
    } catch ({ code }) {
      items.push(code);
    }
    return items;
  })();
}"""


async def test_values_and_answers_are_json(stage: Stage) -> None:
    await stage.show("", "/page?q=1")
    await stage.run(CALL)
    ask = await stage.wire.asked()
    assert (ask.method, ask.url, json.loads(ask.body), ask.headers["accept"]) == ("POST", "/page?/shop.sum", {"a": 1}, MEDIA)
    assert len(ask.key) == 22
    ask.say('{"data": {"sum": 3}}', "application/json")
    assert await stage.run("() => answer") == {"data": {"sum": 3}}


async def test_frames_are_taken_too(stage: Stage) -> None:
    await stage.show("")
    await stage.run(CALL)
    (await stage.wire.asked()).succeed(data=4)
    assert await stage.run("() => answer") == {"data": 4}


@pytest.mark.parametrize("media", ["application/json", MEDIA])
async def test_a_failure_rejects(stage: Stage, media: str) -> None:
    await stage.show("")
    await stage.run(CALL)
    ask = await stage.wire.asked()
    if media == MEDIA:
        ask.fail(error="Sold out", status=409, code="SOLD_OUT")
    else:
        ask.say('{"error": "Sold out", "code": "SOLD_OUT"}', media, 409)
    assert await stage.run("() => answer") == {"name": "ActionError", "code": "SOLD_OUT", "message": "Sold out", "status": 409}


async def test_a_call_is_sent_again_with_the_same_key(stage: Stage) -> None:
    await stage.show("")
    await stage.run(AT_ONCE)
    await stage.run(CALL)
    first = await stage.wire.asked()
    first.say("busy", status=502)
    second = await stage.wire.asked()
    assert (second.key, second.body) == (first.key, first.body)
    second.succeed(data=1)
    assert await stage.run("() => answer") == {"data": 1}


async def test_a_redirect_is_followed(stage: Stage) -> None:
    await stage.show("")
    stage.wire.pages["/there"] = document("<p id=there>there</p>")
    await stage.run(CALL)
    (await stage.wire.asked()).say('{"redirect": "/there"}', "application/json")
    await stage.at("#there").wait_for()


async def test_items_come_one_by_one(stage: Stage) -> None:
    await stage.show("")
    await stage.run(STREAM)
    ask = (await stage.wire.asked()).begin().send({"item": 1})
    await stage.until("() => items.length === 1")
    ask.send({"item": 2}, {"failure": {"code": "TORN", "error": "It tore"}, "status": 409}).end()
    assert await stage.run("() => answer") == [1, 2, "TORN"]


async def test_whoever_stops_listening_ends_the_request(stage: Stage) -> None:
    await stage.show("")
    await stage.run("async () => { window.items = twofold.stream('shop.count'); window.first = items.next(); }")
    ask = (await stage.wire.asked()).begin().send({"item": 1})
    assert await stage.run("async () => (await first).value") == 1
    await stage.run("() => void items.return()")
    await ask.left.wait()
