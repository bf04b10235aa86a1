"""A page with the runtime, built from its sources, in real Chromium under a strict policy; the test plays the server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page

from browser.runtime.stage import Stage, opened_page, staged
from browser.runtime.wire import Server, built
from support.uvicorn_server import serving


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def wires() -> AsyncIterator[tuple[Server, str]]:
    built()  # not while a page waits for it
    server = Server()
    async with serving(server) as port:
        yield server, f"http://127.0.0.1:{port}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_page(chromium: Browser) -> AsyncIterator[Page]:
    """To open a page takes longer than most tests do."""
    async with opened_page(chromium) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def stage(shared_page: Page, wires: tuple[Server, str]) -> AsyncIterator[Stage]:
    async with staged(shared_page, *wires) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def own_stage(chromium: Browser, wires: tuple[Server, str]) -> AsyncIterator[Stage]:
    """Is for tests that leave something in the browser, as its clock."""
    async with opened_page(chromium) as page, staged(page, *wires) as stage:
        yield stage
