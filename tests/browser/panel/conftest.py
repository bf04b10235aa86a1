"""A shop under `twofold dev`, and without it, in real Chromium under the policy that pages have."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page

from browser.panel.stage import Site, served
from support.panel_app import make_app, new_shelf, under_development

VIOLATIONS = """addEventListener("securitypolicyviolation", (event) => {
    (globalThis.violations ??= []).push(event.violatedDirective + " " + event.blockedURI);
})"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def developed() -> AsyncIterator[Site]:
    async with served(under_development(make_app("development"))) as site:
        yield site


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def plain() -> AsyncIterator[Site]:
    """The same app in the same mode, but not under `twofold dev`."""
    async with served(make_app("development")) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A page whose scripts report no errors and break no policy."""
    new_shelf()
    context = await chromium.new_context(viewport={"width": 1000, "height": 700})
    context.set_default_timeout(10_000)
    await context.add_init_script(VIOLATIONS)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []
    assert await page.evaluate("globalThis.violations ?? []") == []
    await context.close()
