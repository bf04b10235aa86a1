"""Open pages hear what others have changed: windows, tabs, and a server that dies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route

from browser.live.stage import Site, made_site, opened_page, shows, stock
from support.waiting import until
from twofold.live import Hub, Seats
from twofold.regions import tag_hash

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

COLLECT = """() => {
    globalThis.news = [];
    new BroadcastChannel("twofold:/_twofold/live").onmessage = ({ data }) => data[1] && news.push(data);
}"""
"""Sees what the tab that listens tells the others: it has heard of it itself by then."""

Window = Callable[[], AbstractAsyncContextManager[BrowserContext]]

HIDE = """(isHidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
"""A headless browser shows all its tabs."""


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Site]:
    with made_site() as site:
        async with site.serving():
            yield site


@pytest.fixture
def window(chromium: Browser) -> Window:
    """Opens a window of its own: another visitor, whose pages must report no errors."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[BrowserContext]:
        context = await chromium.new_context()
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        try:
            yield context
            assert errors == []
        finally:
            await context.close()

    return opened


async def listening(site: Site, streams: int) -> None:
    await until(lambda: site.streams == streams)


async def test_two_windows_converge_after_a_change_in_one(site: Site, window: Window) -> None:
    stock["lamp"] = 5
    async with window() as ada, window() as bob:
        here, there = await opened_page(ada, site), await opened_page(bob, site)
        await listening(site, 2)
        await here.get_by_role("button", name="Sell").click()
        await shows(here, "lamp", "4 left")
        await shows(there, "lamp", "4 left")
        assert site.pulls == 1  # by the other window: the answer to the action brought the news to its own


async def test_a_region_that_shows_nothing_of_a_change_asks_for_nothing(site: Site, window: Window) -> None:
    async with window() as ada:
        page = await opened_page(ada, site)
        await listening(site, 1)
        await site.app.setup.cache_store.invalidate(["something:else"], [])
        await site.change("chair", 7)
        await shows(page, "chair", "7 left")
        assert site.pulls == 1


async def test_a_revalidated_path_brings_its_pages_up_to_date(site: Site, window: Window) -> None:
    async with window() as ada:
        page = await opened_page(ada, site)
        await listening(site, 1)
        stock["lamp"] = 9
        await site.app.setup.cache_store.invalidate([], ["/"])
        await shows(page, "lamp", "9 left")


async def test_what_a_visitor_is_typing_survives_the_news(site: Site, window: Window) -> None:
    async with window() as ada:
        page = await opened_page(ada, site)
        await listening(site, 1)
        await page.get_by_label("Note").fill("half a sent")
        await site.change("lamp", 3)
        await shows(page, "lamp", "3 left")
        assert await page.get_by_label("Note").input_value() == "half a sent"
        assert await page.evaluate("document.activeElement.name") == "note"


async def test_the_tabs_of_a_browser_share_one_stream_and_all_are_told(site: Site, window: Window) -> None:
    async with window() as ada:
        tabs = [await opened_page(ada, site) for _ in range(8)]  # more than the connections that a browser opens over HTTP/1.1
        await site.change("lamp", 2)
        for tab in tabs:
            await shows(tab, "lamp", "2 left")
        assert site.streams == 1
        assert site.asked.count("GET /_twofold/live") == 1


async def test_another_tab_takes_over_when_the_one_that_listens_is_closed(site: Site, window: Window) -> None:
    async with window() as ada:
        first, second = await opened_page(ada, site), await opened_page(ada, site)
        await listening(site, 1)
        await site.change("lamp", 1)
        await shows(second, "lamp", "1 left")
        await first.close()
        await until(lambda: site.asked.count("GET /_twofold/live") == 2)
        await listening(site, 1)
        await site.change("lamp", 8)
        await shows(second, "lamp", "8 left")


async def test_what_is_changed_between_two_listeners_is_not_lost(site: Site, window: Window) -> None:
    async with window() as ada:
        first, second = await opened_page(ada, site), await opened_page(ada, site)
        await listening(site, 1)
        await site.change("lamp", 1)
        await shows(second, "lamp", "1 left")
        is_cut = True

        async def gate(route: Route) -> None:
            await (route.abort() if is_cut else route.continue_())

        # It stays until the end: a request that comes while it is taken away would wait for ever.
        await ada.route("**/_twofold/live*", gate)
        await first.close()
        await listening(site, 0)
        await site.change("lamp", 6)
        is_cut = False
        await shows(second, "lamp", "6 left")


async def test_what_is_changed_while_a_page_loads_is_not_lost(site: Site, window: Window) -> None:
    async with window() as ada:
        page = await ada.new_page()
        await _changed_before_the_script(site, page, 4)
        await shows(page, "lamp", "4 left")


async def test_what_is_changed_while_another_tab_loads_is_not_lost(site: Site, window: Window) -> None:
    async with window() as ada:
        await opened_page(ada, site)
        await listening(site, 1)
        page = await ada.new_page()
        await _changed_before_the_script(site, page, 4)
        await shows(page, "lamp", "4 left")
        assert site.asked.count("GET /_twofold/live") == 1


async def _changed_before_the_script(site: Site, page: Page, to: int) -> None:
    async def late(route: Route) -> None:
        await site.change("lamp", to)
        await route.continue_()

    await page.route("**/core.js", late)
    await page.goto(site.url)


async def test_pages_converge_after_the_server_was_killed(site: Site, window: Window) -> None:
    with made_site() as mortal:
        async with AsyncExitStack() as stack:
            ada, bob = await stack.enter_async_context(window()), await stack.enter_async_context(window())
            async with mortal.serving():
                tabs = [await opened_page(ada, mortal), await opened_page(ada, mortal), await opened_page(bob, mortal)]
                await listening(mortal, 2)
            mortal.restart()
            stock["lamp"] = 3
            async with mortal.serving():
                for tab in tabs:
                    await shows(tab, "lamp", "3 left")
                await mortal.change("lamp", 2)
                for tab in tabs:
                    await shows(tab, "lamp", "2 left")


async def test_a_hidden_tab_asks_for_nothing_until_it_is_shown(site: Site, window: Window) -> None:
    async with window() as ada:
        hidden, shown = await opened_page(ada, site), await opened_page(ada, site)
        await listening(site, 1)
        await hidden.evaluate(HIDE, True)
        await site.change("lamp", 5)
        await shows(shown, "lamp", "5 left")
        assert site.pulls == 1
        assert await hidden.locator("#lamp").inner_text() == "0 left"
        await hidden.evaluate(HIDE, False)
        await shows(hidden, "lamp", "5 left")
        assert site.pulls == 2


async def test_a_thousand_events_are_a_handful_of_questions_and_the_last_one_counts(site: Site, window: Window) -> None:
    async with window() as ada:
        page = await opened_page(ada, site)
        await listening(site, 1)
        for number in range(1_000):
            await site.change("lamp", number)
        await shows(page, "lamp", "999 left")
        assert site.pulls <= 3


async def test_a_page_asks_at_most_twice_in_a_second_and_the_last_change_is_shown(site: Site, window: Window) -> None:
    async with window() as ada:
        page, probe = await ada.new_page(), await opened_page(ada, site, "/elsewhere")
        await probe.evaluate(COLLECT)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "twofold-pull" in request.headers else None)
        await page.clock.install(time=0)
        await page.goto(site.url)
        await listening(site, 1)
        await page.clock.pause_at(60_000)
        await site.change("lamp", 1)
        await shows(page, "lamp", "1 left")
        for number in (2, 3):
            await site.change("lamp", number)
            await probe.wait_for_function("(count) => news.length >= count", arg=number)
        await page.clock.run_for(499)
        assert len(asked) == 1
        await page.clock.run_for(1)
        await shows(page, "lamp", "3 left")
        assert len(asked) == 2


async def test_news_during_a_call_wait_for_its_answer(site: Site, window: Window) -> None:
    stock["lamp"] = 5
    async with window() as ada, window() as bob:
        here, there = await opened_page(ada, site), await opened_page(bob, site)
        await listening(site, 2)
        site.gate.clear()
        await here.get_by_role("button", name="Sell").click()
        await until(lambda: "POST /" in site.asked)
        await site.change("lamp", 7)
        await shows(there, "lamp", "7 left")
        assert site.pulls == 1
        site.gate.set()
        for page in (here, there):
            await shows(page, "lamp", "6 left")
        assert site.pulls == 2  # the call's own answer had everything for the page that made it


async def test_a_browser_without_room_on_the_server_comes_back(site: Site, window: Window) -> None:
    setup = site.app.setup
    setup.live = Hub(setup.cache_store, partial(tag_hash, setup.keys), Seats(total=1))
    async with window() as bob:
        async with window() as ada:
            await opened_page(ada, site)
            await listening(site, 1)
            page = await opened_page(bob, site)
            await until(lambda: site.asked.count("GET /_twofold/live") >= 3)
        await until(lambda: site.asked.count("GET /_twofold/live") >= 4)
        await site.change("lamp", 2)
        await shows(page, "lamp", "2 left")


@pytest.mark.parametrize("status", [0, 503], ids=["no answer", "503"])
async def test_a_failed_question_is_asked_again(site: Site, window: Window, status: int) -> None:
    async with window() as ada:
        page = await opened_page(ada, site)
        await listening(site, 1)
        asked: list[str] = []

        async def fail_once(route: Route) -> None:
            asked.append(route.request.url)
            if len(asked) > 1:
                await route.continue_()
            elif status:
                await route.fulfill(status=status)
            else:
                await route.abort()

        await page.route(f"{site.url}/?", fail_once)
        await site.change("lamp", 2)
        await shows(page, "lamp", "2 left")
        assert len(asked) == 2


async def test_a_page_that_was_kept_for_going_back_catches_up_and_hears_again(site: Site, remembering_chromium: Browser) -> None:
    page = await remembering_chromium.new_page()
    await page.goto(site.url)
    await page.evaluate("addEventListener('pageshow', ({ persisted }) => { globalThis.wasKept = persisted; })")
    await listening(site, 1)
    await page.goto(f"{site.url}/elsewhere")
    await listening(site, 0)
    await site.change("lamp", 3)
    await page.evaluate("history.back()")
    await shows(page, "lamp", "3 left")
    assert await page.evaluate("wasKept")
    await listening(site, 1)
    await site.change("lamp", 4)
    await shows(page, "lamp", "4 left")
