"""Where a submission leads."""

from __future__ import annotations

import pytest

from browser.runtime.stage import Stage
from browser.runtime.wire import descriptor, document, form, region

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ADD = form("<input name=a value=1><button>x</button>")


async def test_a_redirect_without_its_page_is_followed(stage: Stage) -> None:
    await stage.show(ADD)
    stage.wire.pages["/there"] = document("<p id=there>there</p>")
    (await stage.submit()).answer({"redirect": "/there?q=1"}, {"sequence": "e-1"})
    await stage.page.wait_for_url("**/there?q=1")
    await stage.at("#there").wait_for()


async def test_a_redirect_to_the_same_page_is_merged(stage: Stage) -> None:
    await stage.show("<p id=p>old</p><input id=mine>" + ADD)
    await stage.at("#mine").fill("typed")
    stage.wire.seen.clear()
    ask = await stage.submit()
    html = document("<p id=p>new</p><input id=mine>" + ADD, "e-2", "after")
    ask.answer({"redirect": "/?q=1"}, {"document": html, "url": "/?q=1"}, {"sequence": "e-2"})
    await stage.idle()
    assert [await stage.text("#p"), await stage.value("#mine"), await stage.page.title()] == ["new", "typed", "after"]
    assert stage.page.url.endswith("/?q=1")
    assert stage.wire.seen == ["POST /?/shop.add"]


async def test_a_redirect_elsewhere_shows_the_page_that_came_along(stage: Stage) -> None:
    await stage.show(ADD)
    await stage.run("() => { window.isSame = true; }")
    stage.wire.seen.clear()
    ask = await stage.submit()
    there = document(region("list", "there") + form("<button>y</button>", action="?/shop.drop"), "e-2", "There")
    ask.answer({"redirect": "/there"}, {"document": there, "url": "/there"}, {"sequence": "e-2"})
    await stage.at("#list").wait_for()
    assert [await stage.page.title(), await stage.run("() => isSame"), stage.page.url] == ["There", True, stage.url + "/there"]
    assert stage.wire.seen == ["POST /?/shop.add"]
    assert await stage.run("() => document.querySelectorAll('meta[name=twofold]').length") == 1
    assert await stage.run("() => document.querySelector('meta[name=twofold]').content") == descriptor("page", "e-2")
    then = await stage.submit()
    assert (then.url, then.have) == ("/there?/shop.drop", ["page", "list"])
    then.succeed()
    await stage.idle()


async def test_back_from_there_shows_the_page_before(stage: Stage) -> None:
    await stage.show("<p id=before>before</p>" + ADD)
    ask = await stage.submit()
    ask.answer(
        {"redirect": "/there"}, {"document": document("<p id=there>there</p>", "e-2"), "url": "/there"}, {"sequence": "e-2"}
    )
    await stage.at("#there").wait_for()
    await stage.run("() => history.back()")
    await stage.at("#before").wait_for()
    assert stage.page.url == stage.url + "/"


async def test_a_page_that_loads_something_else_is_loaded(stage: Stage) -> None:
    await stage.show(ADD)
    there = document("<p id=there>there</p>", "e-2", head="<style>p { color: red }</style>")
    stage.wire.pages["/there"] = there
    stage.wire.seen.clear()
    ask = await stage.submit()
    ask.answer({"redirect": "/there"}, {"document": there, "url": "/there"}, {"sequence": "e-2"})
    await stage.at("#there").wait_for()
    assert stage.wire.seen == ["POST /?/shop.add", "GET /there"]


async def test_a_redirect_to_a_script_runs_nothing(stage: Stage) -> None:
    await stage.show(ADD)
    await stage.run("() => addEventListener('twofold:fallback', (event) => event.preventDefault())")
    (await stage.submit()).answer({"redirect": "javascript:window.ran=1"}, {"sequence": "e-1"})
    await stage.idle()
    assert await stage.run("() => window.ran") is None
    assert "javascript:" in (await stage.told("fallback"))[0]["reason"]
