"""The development panel, in real Chromium."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from browser.panel.stage import Site, button, lines, opened, panel, rows, sell

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_there_is_none_without_twofold_dev(page: Page, plain: Site) -> None:
    await page.goto(plain.url)
    await sell(page)
    await expect(page.locator("#lamp")).to_have_text("lamp: 4 left")  # the runtime is there
    await expect(page.locator("twofold-panel")).to_have_count(0)


async def test_it_begins_as_a_button(page: Page, developed: Site) -> None:
    await page.goto(developed.url)
    await expect(button(page)).to_have_attribute("aria-expanded", "false")
    await expect(panel(page)).to_be_hidden()


async def test_the_keyboard_opens_and_closes_it(page: Page, developed: Site) -> None:
    await page.goto(developed.url)
    await button(page).focus()
    await page.keyboard.press("Enter")
    await expect(panel(page)).to_be_visible()
    await expect(button(page)).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("Escape")
    await expect(panel(page)).to_be_hidden()
    await expect(button(page)).to_be_focused()


async def test_it_stays_open_from_page_to_page_and_keeps_its_lines(page: Page, developed: Site) -> None:
    await opened(page, developed)
    await page.goto(developed.url + "/closed")
    await expect(panel(page)).to_be_visible()
    await expect(lines(page, "page").locator(".name")).to_have_text(["/closed", "/"])


async def test_a_page_says_what_it_rendered(page: Page, developed: Site) -> None:
    await opened(page, developed)
    assert [name for name, _, _ in await rows(lines(page, "page").first)] == [
        "the page /",
        'amount(sku="lamp")',
        'amount(sku="chair")',
        "shelf()",
    ]


async def test_a_submission_says_which_regions_it_rendered_and_why(page: Page, developed: Site) -> None:
    await opened(page, developed)
    await sell(page)
    line = lines(page, "call").first
    await expect(line.locator(".name")).to_contain_text("support.panel_app.sell")
    await expect(line.locator(".status")).to_have_text("200")
    await expect(line.locator(".again")).to_have_text("3 rendered, 1 kept")
    told = await rows(line)
    assert ['amount(sku="lamp")', "a tag that it read was revalidated", "stock:lamp"] in told
    await expect(line.locator("dt:text-is('tags written') + dd")).to_have_text("stock:lamp")
    await expect(line.locator("tbody .met").first).to_have_text("stock:lamp")


async def test_the_browser_measures_the_call(page: Page, developed: Site) -> None:
    await opened(page, developed)
    await sell(page)
    line = lines(page, "call").first
    await line.locator("summary").click()
    await expect(line.locator("dt:text-is('in the server') + dd")).to_contain_text(" of ")
    assert await line.locator("summary .number").last.inner_text() != ""


async def test_a_failure_says_its_code(page: Page, developed: Site) -> None:
    await opened(page, developed)
    await sell(page, "99")
    line = lines(page, "call").first
    await expect(line.locator(".status.bad")).to_have_text("409")
    await expect(line.locator(".name")).to_contain_text("SOLD_OUT: Sold out")
    await expect(button(page)).to_contain_class("bad")


async def test_a_call_without_a_form_is_a_line_too(page: Page, developed: Site) -> None:
    await opened(page, developed)
    await page.evaluate("twofold.call('support.panel_app.sell', { sku: 'chair' })")
    line = lines(page, "call").first
    await expect(line.locator(".name")).to_contain_text("without a form")
    await expect(line.locator(".status")).to_have_text("200")


async def test_news_of_others_have_the_names_of_what_the_page_reads(page: Page, developed: Site) -> None:
    await opened(page, developed)
    await expect(lines(page, "live").first).to_be_visible()  # it listens
    await developed.change("stock:chair", "elsewhere")
    news = lines(page, "live").first.locator(".chip")
    await expect(news.first).to_have_text("stock:chair")
    await expect(news.last).to_contain_text("#")
    await expect(lines(page, "pull").first.locator(".again")).to_have_text("3 rendered, 1 kept")


async def test_it_survives_a_new_body(page: Page, developed: Site) -> None:
    await opened(page, developed)
    await sell(page)
    await expect(lines(page, "call")).to_have_count(1)
    await page.get_by_role("button", name="Close the shop").click()
    await expect(page.get_by_role("heading")).to_have_text("Closed")
    await expect(panel(page)).to_be_visible()
    await expect(lines(page, "call")).to_have_count(2)
    await expect(lines(page, "call").first.locator(".name")).to_contain_text("to /closed")


async def test_a_region_can_be_found_on_the_page(page: Page, developed: Site) -> None:
    await opened(page, developed)
    line = lines(page, "page").first
    await line.locator("summary").click()
    await line.get_by_role("button", name="amount").first.focus()
    frame = page.locator("twofold-panel .frame")
    await expect(frame).to_be_visible()
    around, found = await frame.bounding_box(), await page.locator("#lamp").bounding_box()
    assert around == found
    await page.keyboard.press("Escape")
    await expect(frame).to_be_hidden()


async def test_it_keeps_the_last_two_hundred_lines(page: Page, developed: Site) -> None:
    await opened(page, developed)
    await page.evaluate("""() => {
        for (let number = 1; number <= 250; number++) {
            document.dispatchEvent(new CustomEvent("twofold:fallback", { bubbles: true, detail: { reason: `number ${number}` } }));
        }
    }""")
    await expect(lines(page, "fallback")).to_have_count(200)
    await expect(lines(page, "fallback").first).to_contain_text("number 250")
    await expect(lines(page, "fallback").last).to_contain_text("number 51")


async def test_what_it_is_told_is_text(page: Page, developed: Site) -> None:
    await opened(page, developed)
    await page.evaluate("""() => {
        const detail = { failure: { code: "X", error: "<img src=x onerror=alert(1)>" }, status: 400 };
        document.dispatchEvent(new CustomEvent("twofold:failure", { bubbles: true, detail }));
    }""")
    await expect(lines(page, "call").first).to_contain_text("<img src=x onerror=alert(1)>")
    assert await page.locator("twofold-panel img").count() == 0


async def test_clearing_leaves_room_for_what_comes(page: Page, developed: Site) -> None:
    await opened(page, developed)
    await page.get_by_role("button", name="Clear").click()
    await expect(page.get_by_text("Nothing yet")).to_be_visible()
    await sell(page)
    await expect(lines(page, "call")).to_have_count(1)
    await expect(page.get_by_text("Nothing yet")).to_be_hidden()
    await page.reload()
    await expect(lines(page, "page")).to_have_count(1)  # what was cleared does not come back
