"""Real Chromium, as the browser tests drive it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

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
async def opened_chromium(without: Sequence[str] = ()) -> AsyncIterator[Browser]:
    """Run Chromium, without a window and with an empty profile: the one that CHROMIUM names, or the one on the path.

    Args:
        without: of the driver's own flags.
    """
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS, ignore_default_args=[*without])
        yield browser
        await browser.close()
