"""A page with the runtime, built from its sources, in real Chromium under a strict policy; the test plays the server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from browser.runtime.stage import Stage
from browser.runtime.wire import Server, Wire
from support.chromium import opened_chromium
from support.uvicorn_server import serving


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def runtime_browser() -> AsyncIterator[Browser]:
    async with opened_chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def wires() -> AsyncIterator[tuple[Server, str]]:
    server = Server()
    async with serving(server) as port:
        yield server, f"http://127.0.0.1:{port}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def context(runtime_browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await runtime_browser.new_context(viewport={"width": 800, "height": 600})
    context.set_default_timeout(5_000)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(context: BrowserContext, wires: tuple[Server, str]) -> AsyncIterator[Stage]:
    """A page whose scripts report no errors and break no policy."""
    server, url = wires
    server.wire = Wire()
    page = await context.new_page()
    stage = Stage(page, server.wire, url)
    await stage.prepare()
    yield stage
    await page.close()
    assert stage.errors == []
