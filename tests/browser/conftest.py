"""Chromium with JavaScript on and off, and an app for it: what the browser tests of whole pages share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage

from support.chromium import opened_chromium


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with opened_chromium() as browser:
        yield browser


@pytest.fixture(params=[False, True], ids=["javascript off", "javascript on"])
def has_scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest_asyncio.fixture(loop_scope="session")
async def context(chromium: Browser, has_scripts: bool) -> AsyncIterator[BrowserContext]:
    """A visitor whose pages report no errors and break no policy."""
    context = await chromium.new_context(java_script_enabled=has_scripts)
    context.set_default_timeout(10_000)
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    context.on("console", hear)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    await context.close()
    assert complaints == []
