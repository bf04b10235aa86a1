"""Chromium for pages that hear of each other; several windows are several visitors, several tabs are one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from support.chromium import opened_chromium


@pytest_asyncio.fixture(loop_scope="session")
async def remembering_chromium() -> AsyncIterator[Browser]:
    """Keeps pages for going back to, as browsers of people do."""
    async with opened_chromium(without=["--disable-back-forward-cache"]) as browser:
        yield browser
