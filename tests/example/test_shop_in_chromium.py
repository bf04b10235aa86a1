"""Visits in real Chromium, with JavaScript off and on, to the shop as uvicorn serves it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
import pytest_asyncio
from playwright.async_api import APIResponse, Browser, Error, Page, Route, expect

from example.serving import environment_for, run_command, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module", params=[False, True], ids=["javascript off", "javascript on"])
def has_scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


with_scripts = pytest.mark.parametrize("has_scripts", [True], ids=["javascript on"], indirect=True)
without_scripts = pytest.mark.parametrize("has_scripts", [False], ids=["javascript off"], indirect=True)


@pytest.fixture(scope="module")
def environ(has_scripts: bool, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return environment_for(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def url(environ: dict[str, str]) -> Iterator[str]:
    with serving(environ) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser, url: str, has_scripts: bool) -> AsyncIterator[Page]:
    """A new visitor's page."""
    context = await chromium.new_context(base_url=url, java_script_enabled=has_scripts)
    context.set_default_timeout(10_000)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await context.close()
    assert errors == []


async def reserve(page: Page, sku: str, quantity: str) -> None:
    await page.goto(f"/products/{sku}")
    await page.get_by_label("Quantity").fill(quantity)
    await page.get_by_role("button", name="Reserve").click()


def is_submission(url: str) -> bool:
    return "?/app.site." in url


async def middle_of(page: Page, button: str) -> tuple[float, float]:
    """Give the place to click at with the mouse itself: Playwright's own click waits for a navigation under way."""
    box = await page.get_by_role("button", name=button).bounding_box()
    if box is None:
        raise LookupError(f"the button {button} is not to be seen")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_visitor_reserves_from_the_catalogue(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("link", name="Aurora desk lamp").click()
    await page.get_by_label("Quantity").fill("2")
    await page.get_by_role("button", name="Reserve").click()
    await expect(page.get_by_role("status")).to_contain_text(
        re.compile(r"2 reserved for you until (\d+ \w+ \d{4}, )?\d\d:\d\d UTC")
    )
    await expect(page.locator(".badge")).to_have_text("22 in stock")
    await page.get_by_role("link", name="Pay €178.00 or cancel").click()
    await expect(page.locator(".reservation")).to_have_count(1)


async def test_visitor_is_refused_beyond_stock_and_keeps_what_she_typed(page: Page) -> None:
    await reserve(page, "D-2", "9")
    await expect(page.get_by_role("alert")).to_have_text("Only 3 left")
    quantity = page.get_by_label("Quantity")
    await expect(quantity).to_have_value("9")
    await expect(quantity).to_be_focused()
    await expect(quantity).to_have_attribute("aria-invalid", "true")
    await expect(quantity).to_have_accessible_description("Choose 3 or fewer")
    beside, field = await page.locator(".field-error").bounding_box(), await quantity.bounding_box()
    assert beside is not None
    assert field is not None
    assert beside["x"] == field["x"]
    assert 0 <= beside["y"] - (field["y"] + field["height"]) < 20


async def test_browser_itself_refuses_what_the_type_refuses(page: Page) -> None:
    await reserve(page, "A-2", "0")
    await expect(page.locator("input:invalid")).to_have_count(1)
    assert page.url.endswith("/products/A-2")


async def test_visitor_pays_and_reload_changes_nothing(page: Page) -> None:
    await reserve(page, "B-1", "1")
    await page.goto("/reservations")
    await page.get_by_role("button", name="Pay €129.00").click()
    await expect(page.get_by_text("simulated payments")).to_be_visible()
    await page.get_by_role("button", name="Pay €129.00").click()
    await expect(page.locator(".reservation .badge")).to_have_text("Paid")
    await page.reload()
    await expect(page.locator(".reservation .badge")).to_have_text("Paid")
    await expect(page.locator(".reservation")).to_have_count(1)
    await page.goto("/products/B-1")
    await expect(page.locator(".badge")).to_have_text("11 in stock")


async def test_reload_after_a_reservation_changes_nothing(page: Page) -> None:
    await reserve(page, "B-2", "4")
    await expect(page.get_by_role("status")).to_be_visible()
    for _ in range(3):
        await page.reload()
    await expect(page.locator(".badge")).to_have_text("36 in stock")


async def test_reload_after_a_refusal_changes_nothing(page: Page, has_scripts: bool) -> None:
    await reserve(page, "D-2", "9")
    await expect(page.get_by_role("alert")).to_have_text("Only 3 left")
    await page.reload()
    # Without scripts the browser sends the form again; with them it shows the page as it was before.
    await expect(page.get_by_role("alert")).to_have_text([] if has_scripts else ["Only 3 left"])
    await expect(page.get_by_label("Quantity")).to_have_value("1" if has_scripts else "9")
    await expect(page.locator(".badge")).to_have_text("Only 3 left")


@with_scripts
async def test_double_click_is_one_submission(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if is_submission(request.url) else None)
    await page.goto("/products/C-1")
    await page.get_by_role("button", name="Reserve").dblclick()
    await expect(page.get_by_role("status")).to_be_visible()
    await page.goto("/reservations")
    await expect(page.locator(".reservation")).to_have_count(1)
    assert len(sent) == 1


@without_scripts
async def test_double_click_makes_one_reservation(page: Page) -> None:
    answers: list[APIResponse] = []
    answered = asyncio.Condition()

    async def answer_late(route: Route) -> None:
        """Keep the first answer of the shop from the browser until the second click was answered too."""
        answer = await route.fetch(max_redirects=0)
        async with answered:
            answers.append(answer)
            answered.notify_all()
            await answered.wait_for(lambda: len(answers) == 2)
        with suppress(Error):  # the browser has dropped the first submission for the second
            await route.fulfill(response=answer)

    await page.goto("/products/C-1")
    await page.route(is_submission, answer_late)
    place = await middle_of(page, "Reserve")
    for clicks in (1, 2):
        await page.mouse.click(*place)
        async with answered:
            await answered.wait_for(lambda expected=clicks: len(answers) >= expected)
    await expect(page.get_by_role("status")).to_be_visible()
    assert [answer.status for answer in answers] == [303, 303]
    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true"]
    await page.goto("/reservations")
    await expect(page.locator(".reservation")).to_have_count(1)


@without_scripts
async def test_going_back_and_sending_again_makes_one_reservation(page: Page) -> None:
    await reserve(page, "C-1", "1")
    await expect(page.get_by_role("status")).to_be_visible()
    await page.go_back()
    await page.get_by_role("button", name="Reserve").click()
    await page.goto("/reservations")
    await expect(page.locator(".reservation")).to_have_count(1)


async def test_cancelling_returns_the_stock(page: Page) -> None:
    await reserve(page, "C-2", "6")
    await expect(page.locator(".badge")).to_have_text("10 in stock")
    await page.goto("/reservations")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("status")).to_contain_text("You gave them back")
    await page.goto("/products/C-2")
    await expect(page.locator(".badge")).to_have_text("16 in stock")


async def test_admin_restocks_and_comes_back_to_the_shelf(page: Page) -> None:
    await page.goto("/admin")
    await page.get_by_label("Admin token").fill("development-admin-token")
    await page.get_by_role("button", name="Sign in").click()
    shelf = page.locator("#D-1")
    await shelf.get_by_label("Units to add").fill("25")
    await shelf.get_by_role("button", name="Restock").click()
    await expect(shelf.get_by_role("status")).to_have_text("Restocked. 100 are available.")
    await expect(shelf).to_be_in_viewport()
    await page.goto("/products/D-1")
    await expect(page.locator(".badge")).to_have_text("100 in stock")


async def test_webhook_sent_by_command_makes_a_sale(page: Page, url: str, environ: dict[str, str]) -> None:
    await reserve(page, "A-2", "1")
    await page.goto("/reservations")
    reservation_id = await page.locator(".reservation").get_attribute("id")
    sent = run_command(environ, "commands.send_webhook", "payment.succeeded", str(reservation_id), "--url", url)
    assert sent.returncode == 0, sent.stderr
    assert "200 OK" in sent.stdout
    assert '"status":"paid"' in sent.stdout
    await page.reload()
    await expect(page.locator(".reservation .badge")).to_have_text("Paid")


async def test_command_tells_of_a_reservation_that_is_not_there(environ: dict[str, str], url: str) -> None:
    sent = run_command(environ, "commands.send_webhook", "payment.succeeded", "r_nobody", "--url", url)
    assert sent.returncode == 1
    assert sent.stderr.startswith("r_nobody: There is no such reservation")


@pytest.mark.parametrize("path", ["/", "/products/A-1", "/reservations", "/sign-in", "/nowhere"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_page_fits_a_phone_and_breaks_no_rule_of_its_policy(chromium: Browser, url: str, path: str, scheme: str) -> None:
    context = await chromium.new_context(base_url=url, viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(path)
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    assert [one for one in complaints if "Content Security Policy" in one] == []
    await context.close()
