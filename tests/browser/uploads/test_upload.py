"""Uploads in real Chromium, with JavaScript on and off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Route, expect

from support.upload_app import MIB, make_app, taken
from support.uvicorn_server import serving

with_scripts = pytest.mark.parametrize("has_scripts", [True], ids=["javascript on"], indirect=True)
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PNG = b"\x89PNG\r\n\x1a\n"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The app, behind either way of uvicorn to speak HTTP."""
    async with serving(make_app(), http=getattr(request, "param", "auto")) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext, url: str) -> Page:
    taken.clear()
    page = await context.new_page()
    await page.goto(url)
    await page.locator("[name=caption]").fill("mine")
    return page


async def choose(page: Page, folder: Path, size: int, start: bytes = PNG) -> None:
    file = folder / "photo.png"
    with file.open("wb") as opened:
        opened.write(start)
        opened.truncate(size)
    await page.locator("[name=photo]").set_input_files(file)


async def test_a_file_is_sent(page: Page, tmp_path: Path) -> None:
    await choose(page, tmp_path, MIB)
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("output")).to_have_text("mine")
    assert taken == [("mine", "photo.png", MIB)]


@pytest.mark.parametrize("url", ["httptools", "h11"], indirect=True)
async def test_a_file_of_fifty_mebibytes_is_refused_beside_its_field(page: Page, tmp_path: Path) -> None:
    await page.locator("[name=photo]").evaluate("field => field.removeAttribute('data-tf-max-bytes')")  # the server's word alone
    await choose(page, tmp_path, 50 * MIB)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Must be at most 1 MiB")).to_be_visible()
    await expect(page.locator("[name=caption]")).to_have_value("mine")
    await expect(page.locator("[name=photo]")).to_have_attribute("aria-invalid", "true")
    assert taken == []


async def test_a_file_that_is_no_image_is_refused_beside_its_field(page: Page, tmp_path: Path) -> None:
    await choose(page, tmp_path, 100, b"no image")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Must be one of: image/png")).to_be_visible()
    assert taken == []


@with_scripts
async def test_a_file_that_is_too_large_is_told_when_it_is_chosen(page: Page, tmp_path: Path) -> None:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    field, send = page.locator("[name=photo]"), page.get_by_role("button", name="Send")
    await choose(page, tmp_path, MIB + 1)
    assert await field.evaluate("field => field.validationMessage") == "Must be at most 1 MiB"
    await send.click()
    await expect(field).to_be_focused()
    assert await page.evaluate("document.forms[0].matches(':invalid')")
    assert posts == []

    await choose(page, tmp_path, MIB)  # the same file, smaller now, of which the browser tells nobody
    await send.press("Enter")  # a second click this soon would be a double click
    await expect(page.locator("output")).to_have_text("mine")
    assert len(posts) == 1


@with_scripts
async def test_progress_is_told_and_shown(page: Page, tmp_path: Path) -> None:
    await page.evaluate(
        """() => addEventListener("twofold:progress", ({ detail }) => {
          const bar = document.querySelector("progress");
          window.told = { ...detail, isShown: bar.value === detail.loaded / detail.total };
        })"""
    )
    await choose(page, tmp_path, MIB)
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("output")).to_have_text("mine")
    assert await page.evaluate("told.loaded === told.total && told.total > 1_000_000 && told.isShown")
    assert await page.evaluate("document.querySelector('progress').value") == 0


@with_scripts
async def test_an_upload_can_be_cancelled(page: Page, tmp_path: Path) -> None:
    await choose(page, tmp_path, MIB)
    await page.route("**/?/**", lambda _: None)  # on its way, for as long as the test wants
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("form")).to_have_attribute("aria-busy", "true")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("form")).not_to_have_attribute("aria-busy", "true")
    await expect(page.locator("[name=caption]")).to_have_value("mine")
    assert taken == []


@with_scripts
async def test_a_signal_cancels_before_the_module_has_come(page: Page, tmp_path: Path) -> None:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    coming: asyncio.Queue[Route] = asyncio.Queue()
    await page.route("**/upload.js", coming.put)
    await choose(page, tmp_path, MIB)
    await page.evaluate(
        """() => {
          window.stopping = new AbortController();
          window.ending = twofold.submit(document.forms[0], { signal: stopping.signal }).then(() => "sent", ({ name }) => name);
        }"""
    )
    route = await coming.get()
    await page.evaluate("stopping.abort()")
    await route.continue_()
    assert await page.evaluate("ending") == "AbortError"
    assert (posts, taken) == ([], [])
