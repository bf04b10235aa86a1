"""The shop with JavaScript on: what others do shows, and what one does oneself shows at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from example.serving import environment_for, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(environment_for(tmp_path_factory.mktemp("served"))) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="module")
async def windows(chromium: Browser, url: str) -> AsyncIterator[list[Page]]:
    """Two visitors."""
    contexts: list[BrowserContext] = [await chromium.new_context(base_url=url) for _ in range(2)]
    errors: list[str] = []
    pages = []
    for context in contexts:
        context.set_default_timeout(10_000)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        pages.append(await context.new_page())
    yield pages
    for context in contexts:
        await context.close()
    assert errors == []


async def reserve(page: Page, sku: str, quantity: str) -> None:
    await page.goto(f"/products/{sku}")
    await page.get_by_label("Quantity").fill(quantity)
    await page.get_by_role("button", name="Reserve").click()
    await expect(page.get_by_role("status")).to_contain_text(f"{quantity} reserved for you")


async def test_stock_follows_in_another_window_without_a_reload(windows: list[Page]) -> None:
    watching, buying = windows
    await watching.goto("/products/C-2")
    await watching.get_by_label("Quantity").fill("7")
    await expect(watching.locator(".badge")).to_have_text("16 in stock")
    await reserve(buying, "C-2", "6")
    await expect(watching.locator(".badge")).to_have_text("10 in stock")
    await expect(watching.get_by_label("Quantity")).to_have_value("7")
    await expect(watching.locator("[data-tf-conflict]")).to_have_count(0)


async def test_the_catalogue_follows_too(windows: list[Page]) -> None:
    watching, buying = windows
    await watching.goto("/")
    await reserve(buying, "B-1", "2")
    await expect(watching.locator(".card", has_text="Fjord wool blanket").locator(".badge")).to_have_text("10 in stock")


async def test_a_cancelled_hold_shows_so_before_the_shop_has_answered(windows: list[Page]) -> None:
    page = windows[0]
    await reserve(page, "A-2", "1")
    await page.goto("/reservations")
    card = page.locator(".reservation").filter(visible=True)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await go_on.wait()
        await route.continue_()

    await page.route(lambda url: "cancel_reservation" in url, hold)
    await card.get_by_role("button", name="Cancel").click()
    await asyncio.wait_for(asked.wait(), 10)
    await expect(card.locator(".badge")).to_have_text("Cancelled")
    await expect(card).to_have_attribute("data-tf-layer", re.compile("r_"))
    go_on.set()
    await expect(page.get_by_role("status")).to_contain_text("You gave them back")
    await expect(card).to_have_count(1)
    await expect(card.locator(".badge")).to_have_text("Cancelled")


async def test_a_hold_counts_down(windows: list[Page]) -> None:
    page = windows[0]
    await reserve(page, "D-1", "1")
    await page.goto("/reservations")
    await expect(page.locator(".countdown")).to_have_text(re.compile(r"14:\d\d minutes"))


async def test_a_pressed_button_shows_that_it_is_pending(windows: list[Page]) -> None:
    page = windows[0]
    await page.goto("/products/A-1")
    go_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await page.route(lambda url: "reserve_stock" in url, hold)
    button = page.get_by_role("button", name="Reserve")
    await button.click()
    await expect(button).to_have_attribute("data-pending", "")
    await expect(page.locator("form.order")).to_have_attribute("aria-busy", "true")
    go_on.set()
    await expect(page.get_by_role("status")).to_contain_text("reserved for you")
    await expect(button).not_to_have_attribute("data-pending", "")


async def test_an_uploaded_picture_shows_in_another_window(windows: list[Page], tmp_path: Path) -> None:
    admin, watching = windows
    picture = tmp_path / "lamp.png"
    picture.write_bytes(PNG)
    await watching.goto("/")
    await admin.goto("/admin")
    await admin.get_by_label("Admin token").fill("development-admin-token")
    await admin.get_by_role("button", name="Sign in").click()
    shelf = admin.locator("#A-1")
    await shelf.get_by_label("Picture").set_input_files(picture)
    await shelf.get_by_role("button", name="Upload").click()
    await expect(shelf.get_by_role("status")).to_have_text("This is what visitors see now.")
    await expect(watching.locator(".card", has_text="Aurora desk lamp").locator(".photo img")).to_be_visible()
