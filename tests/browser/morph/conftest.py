"""A page with one region, in real Chromium, under a strict policy, with `moveBefore` and without."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browser.morph.stage import Stage
from playwright.async_api import Browser, async_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

WITHOUT_MOVE_BEFORE = """
for (const { prototype } of [Element, Document, DocumentFragment]) delete prototype.moveBefore;
"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=[True, False], ids=["moveBefore", "insertBefore"])
async def shared_stage(request: pytest.FixtureRequest, chromium: Browser) -> AsyncIterator[Stage]:
    context = await chromium.new_context(viewport={"width": 800, "height": 600})
    context.set_default_timeout(5_000)
    page = await context.new_page()
    stage = Stage(page, is_lossless=request.param)
    if not stage.is_lossless:
        await page.add_init_script(WITHOUT_MOVE_BEFORE)
    page.on("pageerror", lambda error: stage.errors.append(str(error)))
    await page.route("**/*", stage.serve)
    yield stage
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(shared_stage: Stage) -> AsyncIterator[Stage]:
    """A page whose scripts report no errors and break no policy."""
    shared_stage.errors.clear()
    yield shared_stage
    assert shared_stage.errors == []
    assert await shared_stage.run("() => stage.violations") == []
