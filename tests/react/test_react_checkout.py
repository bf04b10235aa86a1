"""The React checkout in real Chromium: a component as one writes it for Next.js, in front of a Twofold action."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
CALL = re.compile(r"/_twofold/call\?/actions\.inventory\.reserve_stock$")


@pytest_asyncio.fixture(loop_scope="module")
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    context = await chromium.new_context()
    yield context
    await context.close()


async def opened(context: BrowserContext, url: str) -> Page:
    page = await context.new_page()
    await page.goto(url)
    return page


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=name)


async def reserve(shown: Locator, quantity: int) -> None:
    await shown.get_by_label("Quantity").fill(str(quantity))
    await shown.get_by_role("button", name="Reserve").click()


async def stock(shown: Locator) -> int:
    """What the badge says, once React shows it."""
    badge = shown.locator(".badge")
    await expect(badge).to_have_text(re.compile(r"\d+"))
    return int((await badge.inner_text()).split()[0 if "in" in await badge.inner_text() else 1])


async def test_a_reservation_is_held_and_every_open_page_follows(served: str, context: BrowserContext, chromium: Browser) -> None:
    here = card(await opened(context, served), "Aurora desk lamp")
    other = await chromium.new_context()
    there = card(await opened(other, served), "Aurora desk lamp")
    before = await stock(here)
    assert await stock(there) == before
    await reserve(here, 2)

    await expect(here.get_by_role("status")).to_have_text(re.compile("^2 reserved for you until "))
    for shown in (here, there):
        await expect(shown.locator(".badge")).to_have_text(f"{before - 2} in stock")
    await other.close()


async def test_a_refusal_is_shown_in_the_component(served: str, context: BrowserContext) -> None:
    shown = card(await opened(context, served), "Meridian wall clock")
    await stock(shown)
    await reserve(shown, 99)

    await expect(shown.get_by_role("alert")).to_have_text(re.compile("^Only [0-9]+ left$"))


async def test_it_is_pending_until_the_answer_is_there(served: str, context: BrowserContext) -> None:
    page = await opened(context, served)
    shown = card(page, "Fjord wool blanket")
    await stock(shown)

    async def slow(route: Route) -> None:
        await expect(shown.get_by_role("button")).to_have_text("Reserving…")
        await expect(shown.get_by_role("button")).to_be_disabled()
        await route.continue_()

    await page.route(CALL, slow)
    await reserve(shown, 1)

    await expect(shown.get_by_role("status")).to_be_visible()
    await expect(shown.get_by_role("button")).to_have_text("Reserve")


async def test_an_answer_that_gets_lost_holds_once(served: str, context: BrowserContext) -> None:
    page = await opened(context, served)
    shown = card(page, "Harbour linen cushion")
    before = await stock(shown)
    keys: list[str | None] = []

    async def lose_first(route: Route) -> None:
        keys.append(await route.request.header_value("twofold-call"))
        if len(keys) == 1:
            await route.fetch()  # it happens, and nobody hears of it
            await route.abort()
        else:
            await route.continue_()

    await page.route(CALL, lose_first)
    await reserve(shown, 3)

    await expect(shown.get_by_role("status")).to_have_text(re.compile("^3 reserved"))
    await expect(shown.locator(".badge")).to_have_text(f"{before - 3} in stock")
    assert len(keys) == 2
    assert keys[0] == keys[1]


async def test_drafts_survive_the_reload_that_another_build_makes_necessary(served: str, context: BrowserContext) -> None:
    page = await opened(context, served)
    shown = card(page, "Aurora desk lamp")
    await stock(shown)
    stale = {"error": "This page is older than the site", "code": "STALE"}
    await page.route(CALL, lambda route: route.fulfill(status=410, json=stale))
    await card(page, "Meridian wall clock").get_by_label("Quantity").fill("7")
    async with page.expect_event("load"):
        await reserve(shown, 5)

    await expect(card(page, "Meridian wall clock").get_by_label("Quantity")).to_have_value("7")
    await expect(shown.get_by_label("Quantity")).to_have_value("5")
    await reserve(shown, 5)  # a second reload within a minute would not help
    await expect(shown.get_by_role("alert")).to_have_text(stale["error"])


async def test_the_forms_work_before_react_has_come(served: str, context: BrowserContext) -> None:
    page = await context.new_page()
    await page.route(re.compile(r"/assets/.*\.js$"), lambda route: route.abort())
    await page.goto(served)
    shown = card(page, "Aurora desk lamp")
    await reserve(shown, 1)

    await expect(shown.get_by_role("status")).to_have_text("1 reserved for you")


async def test_the_forms_work_without_any_script(served: str, chromium: Browser) -> None:
    context = await chromium.new_context(java_script_enabled=False)
    page = await opened(context, served)
    await reserve(card(page, "Aurora desk lamp"), 1)
    await expect(card(page, "Aurora desk lamp").get_by_role("status")).to_have_text("1 reserved for you")
    await reserve(card(page, "Meridian wall clock"), 99)
    await expect(card(page, "Meridian wall clock").get_by_role("alert")).to_have_text(re.compile("^Only [0-9]+ left$"))
    await context.close()
