"""Whatever goes wrong, a submission has one effect, and the user learns of it."""

from __future__ import annotations

import pytest
from playwright.async_api import Route

from browser.runtime.stage import AT_ONCE, Stage
from browser.runtime.wire import MEDIA, document, form, patch, region

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ADD = form('<input name="sku" value="A-1"><button name="kind" value="now">Add</button>')

SURPRISES = {
    "html": ("<p>login</p>", "text/html", 200),
    "an error page of a proxy": ("<p>too large</p>", "text/html", 413),
    "json": ('{"data": 1}', "application/json", 200),
    "no json": ("{oops\n", MEDIA, 200),
    "nothing": ("", MEDIA, 200),
    "no result": ('{"sequence": "e-1"}\n', MEDIA, 200),
    "null": ("null\n", MEDIA, 200),
}


@pytest.mark.parametrize("said", SURPRISES.values(), ids=SURPRISES.keys())
async def test_a_surprise_becomes_a_native_submission_of_the_same_call(stage: Stage, said: tuple[str, str, int]) -> None:
    await stage.show(ADD)
    first = await stage.submit()
    await stage.at("[name=sku]").fill("later")
    first.say(*said)
    second = await stage.wire.asked()
    assert second.key == ""
    assert second.value("_tf_call") == first.key
    assert (second.own, second.value("_tf"), second.url) == (first.own, "sealed", first.url)
    second.say("<p id=there>there</p>")
    await stage.at("#there").wait_for()
    assert stage.wire.asks.empty()


async def test_files_are_part_of_the_native_submission(stage: Stage) -> None:
    await stage.show(form("<input type=file name=f><button>x</button>", attributes='enctype="multipart/form-data"'))
    (await stage.submit()).say("<p>surprise</p>")
    second = await stage.wire.asked()
    assert second.headers["content-type"].startswith("multipart/form-data")
    second.say("<p id=there>there</p>")
    await stage.at("#there").wait_for()


async def test_a_script_may_prevent_the_native_submission(stage: Stage) -> None:
    await stage.show(ADD)
    await stage.run("() => addEventListener('twofold:fallback', (event) => event.preventDefault())")
    (await stage.submit()).say("<p>surprise</p>")
    await stage.idle()
    assert "unexpected answer: 200" in (await stage.told("fallback"))[0]["reason"]
    assert stage.wire.asks.empty()


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_busy_gateway_is_asked_again_with_the_same_key(stage: Stage, status: int) -> None:
    await stage.show(ADD)
    await stage.run(AT_ONCE)
    first = await stage.submit()
    first.say("busy", status=status)
    second = await stage.wire.asked()
    assert (second.key, second.fields) == (first.key, first.fields)
    second.succeed()
    await stage.idle()


async def test_an_unavailable_action_is_asked_again_but_not_one_that_failed_beyond(stage: Stage) -> None:
    await stage.show(ADD)
    await stage.run(AT_ONCE)
    first = await stage.submit()
    first.fail(status=503)
    second = await stage.wire.asked()
    assert second.key == first.key
    second.fail(status=502, error="Their fault")
    await stage.idle()
    assert await stage.text("[role=alert]") == "Their fault"
    assert stage.wire.asks.empty()


async def test_the_last_answer_of_an_unavailable_action_is_shown(stage: Stage) -> None:
    await stage.show(ADD)
    await stage.run(AT_ONCE)
    (await stage.submit()).fail(status=503, error="Closed")
    for _ in range(3):
        (await stage.wire.asked()).fail(status=503, error="Closed")
    await stage.idle()
    assert await stage.text("[role=alert]") == "Closed"
    assert stage.wire.asks.empty()


async def test_a_network_that_comes_back_is_used(stage: Stage) -> None:
    await stage.show(ADD)
    await stage.run(AT_ONCE)
    keys: list[str] = []

    async def lose_two(route: Route) -> None:
        keys.append(route.request.headers.get("twofold-call", ""))
        await (route.abort() if len(keys) <= 2 else route.continue_())

    await stage.page.route("**/*shop.add*", lose_two)
    ask = await stage.submit()
    ask.succeed()
    await stage.idle()
    assert keys == [ask.key] * 3


async def test_a_network_that_is_down_is_told_and_nothing_is_lost(stage: Stage) -> None:
    await stage.show(ADD)
    await stage.run(AT_ONCE)
    tries: list[str] = []

    async def lose(route: Route) -> None:
        tries.append(route.request.method)
        await route.abort()

    await stage.page.route("**/*shop.add*", lose)
    await stage.at("[name=sku]").fill("mine")
    await stage.page.click("button")
    await stage.at("[role=alert]").wait_for()
    assert len(tries) == 4
    assert await stage.value("[name=sku]") == "mine"
    assert "reached" in await stage.text("[role=alert]")
    assert [one["reason"] for one in await stage.told("fallback")] == ["UNREACHABLE"]
    assert (await stage.told("failure"))[0]["failure"]["code"] == "UNREACHABLE"


async def test_a_connection_lost_before_the_result_is_tried_again(stage: Stage) -> None:
    await stage.show(ADD)
    await stage.run(AT_ONCE)
    first = await stage.submit()
    first.begin().send(b" \n").drop()
    second = await stage.wire.asked()
    assert second.key == first.key
    second.succeed()
    await stage.idle()


async def test_a_connection_lost_after_the_result_is_a_success_whose_patches_are_pulled(stage: Stage) -> None:
    await stage.show(region("list", "old") + ADD)
    first = await stage.submit()
    first.begin().send({"data": 1})
    await stage.until("() => told.some(([name]) => name === 'data')")
    first.drop()
    pull = await stage.wire.asked()
    assert pull.headers["twofold-pull"] == "1"
    pull.answer(patch("list", region("list", "new", "e-2"), "e-2"), {"sequence": "e-2"})
    await stage.idle()
    assert await stage.text("#list") == "new"
    assert await stage.told("data") == [{"data": 1}]


async def test_a_success_stays_one_when_what_was_put_off_cannot_be_pulled(stage: Stage) -> None:
    await stage.show(region("list", "old") + ADD)
    await stage.run("() => { window.seen = twofold.submit(document.forms[0]); }")
    (await stage.wire.asked()).succeed({"stale": ["list"]}, data=1)
    (await stage.wire.asked()).begin().send(b" \n").drop()
    assert await stage.run("() => seen") == 1
    assert await stage.told("fallback") == []
    assert await stage.text("#list") == "old"


async def test_an_abort_is_not_tried_again_and_shows_nothing(stage: Stage) -> None:
    await stage.show(ADD)
    await stage.run(
        """() => {
          window.controller = new AbortController();
          window.seen = twofold.submit(document.forms[0], { signal: controller.signal }).catch(({ name }) => name);
        }"""
    )
    ask = await stage.wire.asked()
    await stage.run("() => controller.abort()")
    assert await stage.run("() => seen") == "AbortError"
    await ask.left.wait()
    assert await stage.at("[role=alert]").count() == 0
    assert await stage.told("fallback") == []
    assert stage.wire.asks.empty()


async def test_a_patch_that_cannot_be_merged_loses_neither_the_result_nor_the_others(stage: Stage) -> None:
    await stage.show(region("a", "old") + region("b", "old") + ADD)
    ask = await stage.submit()
    ask.succeed({"region": "a", "sequence": "e-2", "html": "no element"}, patch("b", region("b", "new", "e-2"), "e-2"), data=1)
    await stage.idle()
    assert [await stage.text("#a"), await stage.text("#b")] == ["old", "new"]
    assert len(stage.errors) == 1
    stage.errors.clear()


DELAYS = [
    (0, None, 1.0, 250), (1, None, 1.0, 500), (2, None, 1.0, 1000), (2, None, 0.5, 500), (0, None, 0.0, 0),
    (0, "2", 1.0, 2000), (0, "3600", 1.0, 30_000), (1, "Wed, 21 Oct 2026 07:28:00 GMT", 1.0, 500), (0, "0", 0.5, 125),
]  # fmt: skip


async def test_delays_grow_are_random_and_heed_the_server(stage: Stage) -> None:
    await stage.show(document(""))
    script = "async (table) => { const { delayOf } = await import('/_twofold/source/call.js'); return table.map((row) => delayOf(...row)); }"
    assert await stage.run(script, [row[:3] for row in DELAYS]) == [row[3] for row in DELAYS]
