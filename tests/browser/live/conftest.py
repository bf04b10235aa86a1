"""Chromium for pages that hear of each other; several windows are several visitors, several tabs are one."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest_asyncio
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


@asynccontextmanager
async def launched(without: Sequence[str] = ()) -> AsyncIterator[Browser]:
    """Chromium.

    Args:
        without: of the driver's own flags.
    """
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS, ignore_default_args=[*without])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def remembering_chromium() -> AsyncIterator[Browser]:
    """Keeps pages for going back to, as browsers of people do."""
    async with launched(without=["--disable-back-forward-cache"]) as browser:
        yield browser
