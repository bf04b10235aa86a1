"""Uploads in real Chromium, with JavaScript on and off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from support.upload_app import MIB, make_app, taken
from support.uvicorn_server import serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PNG = b"\x89PNG\r\n\x1a\n"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def url() -> AsyncIterator[str]:
    async with serving(make_app()) as port:
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


async def test_a_file_of_fifty_mebibytes_is_refused_beside_its_field(page: Page, tmp_path: Path) -> None:
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


@pytest.mark.parametrize("has_scripts", [True], ids=["javascript on"], indirect=True)
async def test_progress_is_told_and_shown(page: Page, tmp_path: Path) -> None:
    await page.evaluate("addEventListener('twofold:progress', ({ detail }) => (window.told = detail))")
    await choose(page, tmp_path, MIB)
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("output")).to_have_text("mine")
    assert await page.evaluate("told.loaded === told.total && told.total > 1_000_000")


@pytest.mark.parametrize("has_scripts", [True], ids=["javascript on"], indirect=True)
async def test_an_upload_can_be_cancelled(page: Page, tmp_path: Path) -> None:
    await choose(page, tmp_path, MIB)
    await page.route("**/?/**", lambda _: None)  # on its way, for as long as the test wants
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("form")).to_have_attribute("aria-busy", "true")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("form")).not_to_have_attribute("aria-busy", "true")
    await expect(page.locator("[name=caption]")).to_have_value("mine")
    assert taken == []
